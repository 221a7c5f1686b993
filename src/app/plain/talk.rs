//! What is printed and when: news at once, a prompt once it stands still.

use jiff::{SignedDuration, Timestamp};

use super::news::{News, still};
use super::{Prompt, Waits, broken, prompt};
use crate::app::Model;
use crate::event::Spoken;
use crate::screens::confirm::DEAF;

/// A prompt is shown once it stood still for this long: states pass by that
/// nobody could answer.
const SETTLES: SignedDuration = SignedDuration::from_millis(300);

/// A piped answer is not asked for before the first looks came back, but for
/// no longer than this.
const FIRST_LOOKS: SignedDuration = SignedDuration::from_secs(10);

/// While something is waited for, a line says so this often.
const BEAT: SignedDuration = SignedDuration::from_secs(60);

/// What is to be printed now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Lines, each no wider than the terminal.
    pub lines: Vec<String>,
    /// The question after them, to be left open.
    pub question: Option<String>,
    /// Whether a text was shown that closes now.
    pub shown: bool,
}

/// The question that is open.
#[derive(Clone, Debug)]
struct Asked {
    key: String,
    at: Timestamp,
    /// Whether an answer is wanted now.
    open: bool,
}

/// A conversation, line by line: what was said, and what was asked last.
#[derive(Clone, Debug)]
pub struct Talk {
    by_hand: bool,
    began: Option<Timestamp>,
    news: News,
    /// How many prompts were shown; the last one has this number.
    number: u32,
    about: Option<String>,
    asked: Option<Asked>,
    /// A prompt that may still change, and since when it has not.
    coming: Option<(String, Timestamp)>,
    /// Whether an answer was taken, so that the question is put again.
    again: bool,
    last: Option<Timestamp>,
}

impl Talk {
    /// A conversation with a person at a terminal (`by_hand`), or with what
    /// comes by a pipe: that is asked only where a person is needed.
    pub fn new(by_hand: bool) -> Self {
        Talk {
            by_hand,
            began: None,
            news: News::default(),
            number: 0,
            about: None,
            asked: None,
            coming: None,
            again: false,
            last: None,
        }
    }

    /// What is to be printed now. While something is on its way to the
    /// journal (`settled` is false) no new question is put.
    pub fn turn(
        &mut self,
        model: &Model,
        now: Timestamp,
        settled: bool,
    ) -> Said {
        let began = *self.began.get_or_insert(now);
        let news = self.news.lines(model, now);
        let mut said = Said::default();
        said.lines.extend(news.iter().flat_map(|line| broken(line)));
        let front = prompt(model, now);
        let early = now.duration_since(began) < FIRST_LOOKS;
        if !self.by_hand && early && !looked(model) {
            return self.noted(said, now);
        }
        match front.waits {
            Waits::Nothing => self.show(&front, &mut said),
            Waits::Person | Waits::World => {
                self.ask(front, &mut said, now, settled);
                self.beat(model, &mut said, now);
            }
        }
        self.noted(said, now)
    }

    fn noted(&mut self, said: Said, now: Timestamp) -> Said {
        if !said.lines.is_empty() || said.question.is_some() {
            self.last = Some(now);
        }
        said
    }

    fn show(&mut self, front: &Prompt, said: &mut Said) {
        said.lines.extend(front.head.iter().flat_map(|line| broken(line)));
        said.shown = true;
        self.about = None;
        self.asked = None;
        self.coming = None;
    }

    fn ask(
        &mut self,
        front: Prompt,
        said: &mut Said,
        now: Timestamp,
        settled: bool,
    ) {
        let open = self.by_hand || front.waits == Waits::Person;
        if let Some(asked) = &self.asked
            && asked.key == front.key
        {
            self.coming = None;
            let again = self.again || !said.lines.is_empty();
            if again && asked.open && settled {
                self.again = false;
                said.question = Some(self.question(&front));
            }
            return;
        }
        let since = match &self.coming {
            Some((key, since)) if *key == front.key => *since,
            _ => now,
        };
        self.coming = Some((front.key.clone(), since));
        if !settled || now.duration_since(since) < SETTLES {
            return;
        }
        self.coming = None;
        self.again = false;
        self.number += 1;
        let known = self.about.as_ref() == Some(&front.about);
        let head = front.head.iter().filter(|_| !known);
        let lines = head.chain(&front.lines).flat_map(|line| broken(line));
        said.lines.extend(lines);
        if open {
            said.question = Some(self.question(&front));
        }
        self.about = Some(front.about);
        self.asked = Some(Asked { key: front.key, at: now, open });
    }

    fn question(&self, front: &Prompt) -> String {
        let text = format!("#{} {}", self.number, front.ask);
        // All but the last line would end in a blank.
        let mut lines = broken(text.trim_end());
        let last = lines.pop().unwrap_or_default();
        lines.push(format!("{last} "));
        lines.join("\n")
    }

    /// While something is waited for and nothing was said for a minute.
    fn beat(&mut self, model: &Model, said: &mut Said, now: Timestamp) {
        let waits = prompt(model, now).waits == Waits::World;
        let due = self.last.is_some_and(|at| now.duration_since(at) >= BEAT);
        if !waits || !due || !said.lines.is_empty() {
            return;
        }
        let Some(line) = still(model, now) else { return };
        said.lines = broken(&line);
        self.again = true;
        let front = prompt(model, now);
        if self.asked.as_ref().is_some_and(|a| a.open && a.key == front.key) {
            self.again = false;
            said.question = Some(self.question(&front));
        }
    }

    /// Whether a line is to be read now. A person may type at any time; what
    /// comes by a pipe waits until it is asked for.
    pub fn hears(&self, now: Timestamp) -> bool {
        self.by_hand
            || !self.again
                && self.coming.is_none()
                && self.asked.as_ref().is_some_and(|asked| {
                    asked.open && now.duration_since(asked.at) >= DEAF
                })
    }

    /// Whether the passing of time alone may change what is printed or
    /// heard within a moment.
    pub fn is_restless(&self, now: Timestamp) -> bool {
        self.coming.is_some()
            || self.asked.as_ref().is_some_and(|asked| {
                let new = now.duration_since(asked.at) < DEAF;
                asked.open && (self.again || new)
            })
    }

    /// What a line that came is: an answer to the prompt shown last, or
    /// nothing that can be taken.
    pub fn answer(&mut self, line: &str, now: Timestamp) -> Spoken {
        self.again = true;
        let refused = |text: String| Spoken::Refused(text);
        let Some(asked) =
            self.asked.as_ref().filter(|_| self.coming.is_none())
        else {
            return refused(
                "the prompt was changing: that answer was not taken".into(),
            );
        };
        if now.duration_since(asked.at) < DEAF {
            return refused(
                "that came before the prompt could be read: not taken".into(),
            );
        }
        let line = line.trim();
        let (named, rest) = numbered(line);
        if let Some(number) = named
            && number != self.number
        {
            return refused(format!(
                "prompt #{number} is no longer in front: not taken"
            ));
        }
        Spoken::Answer {
            prompt: asked.key.clone(),
            line: rest.to_owned(),
            by_hand: self.by_hand,
        }
    }
}

/// The number of the prompt that an answer names, as in `#12 yes`, and the
/// answer itself.
fn numbered(line: &str) -> (Option<u32>, &str) {
    let named = line.strip_prefix('#').and_then(|rest| {
        let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        Some((number.parse().ok()?, rest.trim()))
    });
    named.map_or((None, line), |(number, rest)| (Some(number), rest))
}

/// Whether every look that is expected has come back once, or failed.
fn looked(model: &Model) -> bool {
    let mut sources = model.estate.sources().peekable();
    sources.peek().is_some()
        && sources
            .all(|(_, known)| known.found.is_some() || known.failed.is_some())
}
