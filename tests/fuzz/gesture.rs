//! What a person does at a keyboard, right or wrong, as timed inputs.

use std::mem;

use crossterm::event::KeyCode;
use jiff::SignedDuration;
use lifeboat::keymap::{ACTIONS, Chord, Keymap};

use super::Chance;

/// What the terminal tells the console.
#[derive(Clone, Debug)]
pub enum Input {
    /// A key.
    Key(Chord),
    /// A bracketed paste.
    Paste(String),
    /// Another size.
    Resize(u16, u16),
}

/// An input, and how long after the one before it comes.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The time since the input before.
    pub gap: SignedDuration,
    /// The input.
    pub input: Input,
}

/// A sequence in the making.
pub struct Hand<'a> {
    chance: &'a mut Chance,
    bound: &'a [Vec<Chord>],
    inputs: Vec<Timed>,
    pause: SignedDuration,
}

/// Words that mean something somewhere in the console.
const WORDS: &[&str] = &[
    "learn-db-replica",
    "db.learn.example",
    "learn-prod",
    "rds-replica-failover",
    "promote",
    "yes",
    "y",
    "eu-west-1 is dark",
    "12m",
    "2026-05-02T03:00:00Z",
    "soon",
    "note the database team knows",
    "données — 数据 🛟",
];

/// The ways to open each dialog from a screen, one after the other.
pub const OPENERS: &[&str] = &[
    "5 x",
    "5 p",
    "g a",
    "5 s",
    "5 A",
    "5 o",
    "?",
    ":",
    "i",
    "E",
    "m",
    "D",
    "/",
    "1 q",
    "5 o enter",
    "5 v",
    "6 m",
];

/// Every key sequence that is bound anywhere.
pub fn bound(keymap: &Keymap) -> Vec<Vec<Chord>> {
    keymap.bindings().map(|(_, keys, _)| chords(&keys)).collect()
}

fn chords(keys: &str) -> Vec<Chord> {
    let keys = keys.split(' ').filter(|key| !key.is_empty());
    keys.map(|key| key.parse().expect("a key name")).collect()
}

impl<'a> Hand<'a> {
    /// A hand that has pressed nothing.
    pub fn new(chance: &'a mut Chance, bound: &'a [Vec<Chord>]) -> Self {
        let pause = SignedDuration::ZERO;
        Hand { chance, bound, inputs: Vec::new(), pause }
    }

    /// A whole sequence; `name` is what the open plan wants typed.
    pub fn sequence(mut self, name: &str, open: Option<&str>) -> Vec<Timed> {
        if let Some(keys) = open {
            self.press(keys);
            if self.chance.percent(80) {
                self.rest(SignedDuration::from_millis(450));
            }
        }
        for _ in 0..self.chance.within(1, 6) {
            self.gesture(name);
        }
        self.inputs
    }

    /// A confirm as it is meant: read, type, tab, accept.
    pub fn confirm(&mut self, name: &str) {
        self.press("5 x");
        self.rest(SignedDuration::from_millis(450));
        self.write(name);
        self.press("tab y e s");
        self.rest(SignedDuration::from_secs(1));
    }

    fn gesture(&mut self, name: &str) {
        match self.chance.within(0, 100) {
            0..12 => self.confirm(name),
            12..20 => self.almost_confirm(name),
            20..25 => self.arm(),
            25..37 => {
                let keys = self.chance.pick(self.bound).clone();
                for key in keys {
                    self.key(key);
                }
            }
            37..47 => {
                let keys = *self.chance.pick(OPENERS);
                self.press(keys);
            }
            47..55 => {
                let word = self.word(name);
                self.write(&word);
            }
            55..59 => self.press("enter"),
            59..63 => self.press("tab"),
            63..68 => self.press("y e s"),
            68..72 => {
                let text = self.pasted(name);
                self.put(Input::Paste(text));
            }
            72..78 => {
                let text = self.pasted(name);
                self.burst(&text);
            }
            78..83 => self.resize(),
            83..87 => self.press("esc"),
            87..91 => {
                let ms = self.chance.within(200, 3000);
                self.rest(SignedDuration::from_millis(
                    i64::try_from(ms).expect("small"),
                ));
            }
            91..96 => {
                let c = self.chance.within(33, 127);
                let c = u8::try_from(c).expect("a byte of ASCII");
                self.key(Chord::char(char::from(c)));
            }
            _ => self.odd_key(),
        }
    }

    /// A confirm with one thing wrong.
    fn almost_confirm(&mut self, name: &str) {
        let slip = self.chance.within(0, 9);
        self.press("5 x");
        if slip != 0 {
            self.rest(SignedDuration::from_millis(450));
        }
        match slip {
            1 => self.burst(name),
            2 => self.put(Input::Paste(name.to_owned())),
            3 => {
                let near = self.near(name);
                self.write(&near);
            }
            _ => self.write(name),
        }
        self.press(if slip == 4 { "enter" } else { "tab" });
        match slip {
            5 => self.burst("yes"),
            6 => self.put(Input::Paste("yes".into())),
            7 => self.press("y e enter"),
            8 => self.press("y c y s"),
            _ => self.press("y e s"),
        }
    }

    fn arm(&mut self) {
        self.press("g a");
        self.rest(SignedDuration::from_millis(450));
        self.write("eu-west-1 is dark");
        self.press("enter");
        if self.chance.percent(60) {
            self.write("learn-prod");
        } else {
            self.burst("learn-prod\n");
        }
        self.press("enter");
    }

    fn odd_key(&mut self) {
        const ODD: &[KeyCode] = &[
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Delete,
            KeyCode::Backspace,
            KeyCode::PageDown,
            KeyCode::BackTab,
            KeyCode::Insert,
            KeyCode::F(5),
            KeyCode::Null,
        ];
        let code = *self.chance.pick(ODD);
        self.key(Chord::key(code));
    }

    fn resize(&mut self) {
        let (wide, tall) = match self.below(4) {
            0 => (40, 10),
            1 => (80, 24),
            _ => (self.chance.within(1, 201), self.chance.within(1, 61)),
        };
        let cells = |n: u64| u16::try_from(n).expect("a small terminal");
        self.put(Input::Resize(cells(wide), cells(tall)));
    }

    fn word(&mut self, name: &str) -> String {
        match self.below(5) {
            0 => name.to_owned(),
            1 => self.near(name),
            2 => self.chance.pick(ACTIONS).name.to_owned(),
            _ => (*self.chance.pick(WORDS)).to_owned(),
        }
    }

    /// A name that is not quite the right one.
    fn near(&mut self, name: &str) -> String {
        let mut text: Vec<char> = name.chars().collect();
        let place = self.below(text.len().max(1));
        match self.below(4) {
            0 if text.len() > 1 => {
                text.remove(place);
            }
            1 => text.insert(place, 'x'),
            2 => text.push(' '),
            _ => text = name.to_uppercase().chars().collect(),
        }
        text.into_iter().collect()
    }

    fn pasted(&mut self, name: &str) -> String {
        match self.below(6) {
            0 => "yes".to_owned(),
            1 => format!("{name}\tyes"),
            2 => format!("{name}\n"),
            3 => format!("x{name}\tyes\n"),
            4 => "qgG5xyes1jjkk/abc\nA\n".to_owned(),
            _ => self.word(name),
        }
    }

    fn below(&mut self, count: usize) -> usize {
        let place = self.chance.within(0, count as u64);
        usize::try_from(place).expect("a place in memory")
    }

    fn rest(&mut self, time: SignedDuration) {
        self.pause += time;
    }

    /// Keys at a person's pace.
    pub fn press(&mut self, keys: &str) {
        for key in chords(keys) {
            self.key(key);
        }
    }

    /// Text at a person's pace.
    pub fn write(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(Chord::char(c)));
    }

    /// Text some microseconds a key, as a terminal without bracketed paste
    /// gives it.
    pub fn burst(&mut self, text: &str) {
        for (place, c) in text.chars().enumerate() {
            let key = match c {
                '\n' => Chord::key(KeyCode::Enter),
                '\t' => Chord::key(KeyCode::Tab),
                c => Chord::char(c),
            };
            let gap = if place == 0 { 120_000 } else { 7 };
            self.after(SignedDuration::from_micros(gap), Input::Key(key));
        }
    }

    fn key(&mut self, key: Chord) {
        self.put(Input::Key(key));
    }

    fn put(&mut self, input: Input) {
        let ms = self.chance.within(35, 180);
        let gap = SignedDuration::from_millis(
            i64::try_from(ms).expect("a short time"),
        );
        self.after(gap, input);
    }

    fn after(&mut self, gap: SignedDuration, input: Input) {
        let gap = gap + mem::take(&mut self.pause);
        self.inputs.push(Timed { gap, input });
    }
}
