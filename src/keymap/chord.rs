//! Chord: one key press with its modifiers, however a terminal spells it.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One key press in normal form: a capital instead of shift and a letter,
/// `shift-tab` instead of a back tab, small letters under ctrl.
///
/// Only presses and repeats become chords; the shell drops releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Keys that have a name instead of a sign.
pub(super) const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("f1", KeyCode::F(1)),
    ("f2", KeyCode::F(2)),
    ("f3", KeyCode::F(3)),
    ("f4", KeyCode::F(4)),
    ("f5", KeyCode::F(5)),
    ("f6", KeyCode::F(6)),
    ("f7", KeyCode::F(7)),
    ("f8", KeyCode::F(8)),
    ("f9", KeyCode::F(9)),
    ("f10", KeyCode::F(10)),
    ("f11", KeyCode::F(11)),
    ("f12", KeyCode::F(12)),
];

const MODIFIERS: [(&str, KeyModifiers); 3] = [
    ("ctrl-", KeyModifiers::CONTROL),
    ("alt-", KeyModifiers::ALT),
    ("shift-", KeyModifiers::SHIFT),
];

impl Chord {
    /// A chord from its parts, in normal form.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let (mut code, mut modifiers) = (code, modifiers);
        match code {
            KeyCode::BackTab => {
                code = KeyCode::Tab;
                modifiers |= KeyModifiers::SHIFT;
            }
            KeyCode::Char('\r' | '\n') => code = KeyCode::Enter,
            KeyCode::Char(' ') => {}
            KeyCode::Char(c) => {
                code = KeyCode::Char(normal_letter(c, modifiers));
                modifiers -= KeyModifiers::SHIFT;
            }
            _ => {}
        }
        Self { code, modifiers }
    }

    /// A plain key without modifiers.
    pub fn key(code: KeyCode) -> Self {
        Self::new(code, KeyModifiers::NONE)
    }

    /// A plain character without modifiers.
    pub fn char(c: char) -> Self {
        Self::key(KeyCode::Char(c))
    }

    /// A character under ctrl.
    pub fn ctrl(c: char) -> Self {
        Self::new(KeyCode::Char(c), KeyModifiers::CONTROL)
    }

    /// The key.
    pub const fn code(self) -> KeyCode {
        self.code
    }

    /// The modifiers, without the shift that a capital already says.
    pub const fn modifiers(self) -> KeyModifiers {
        self.modifiers
    }

    /// The character that this chord types into a text field, if any.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c)
                if (self.modifiers - KeyModifiers::SHIFT).is_empty() =>
            {
                Some(c)
            }
            _ => None,
        }
    }

    /// The key that a plain terminal cannot tell from this one, if any:
    /// both send the same byte unless the terminal speaks a newer protocol.
    pub fn twin(self) -> Option<&'static str> {
        const CTRL: KeyModifiers = KeyModifiers::CONTROL;
        const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
        match (self.modifiers, self.code) {
            (CTRL, KeyCode::Char('i') | KeyCode::Tab) => Some("tab"),
            (CTRL, KeyCode::Char('m')) | (CTRL | SHIFT, KeyCode::Enter) => {
                Some("enter")
            }
            (CTRL, KeyCode::Char('[' | '3'))
            | (CTRL | SHIFT, KeyCode::Esc) => Some("esc"),
            (CTRL, KeyCode::Char('h'))
            | (CTRL | SHIFT, KeyCode::Backspace) => Some("backspace"),
            (SHIFT, KeyCode::Char(' ')) => Some("space"),
            _ => None,
        }
    }
}

fn normal_letter(c: char, modifiers: KeyModifiers) -> char {
    if modifiers.contains(KeyModifiers::CONTROL) {
        c.to_ascii_lowercase()
    } else if modifiers.contains(KeyModifiers::SHIFT) {
        c.to_ascii_uppercase()
    } else {
        c
    }
}

impl From<KeyEvent> for Chord {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, modifier) in MODIFIERS {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, c)| *c == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            other => write!(f, "{other}"),
        }
    }
}

/// Why a text names no chord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChord {
    /// The key has no such name.
    #[error("no key is named {0:?}")]
    UnknownKey(String),
    /// A capital says shift already.
    #[error("write a capital letter instead of shift and a letter in {0:?}")]
    ShiftedLetter(String),
    /// Terminals send the same byte for both.
    #[error("ctrl takes small letters only in {0:?}")]
    CapitalUnderCtrl(String),
}

impl FromStr for Chord {
    type Err = BadChord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        for (name, modifier) in MODIFIERS {
            if let Some(tail) = rest.strip_prefix(name)
                && !tail.is_empty()
            {
                rest = tail;
                modifiers |= modifier;
            }
        }
        let unknown = || BadChord::UnknownKey(rest.to_owned());
        let code = parse_key(rest).ok_or_else(unknown)?;
        if let KeyCode::Char(c) = code
            && c != ' '
        {
            if modifiers.contains(KeyModifiers::SHIFT) {
                return Err(BadChord::ShiftedLetter(text.to_owned()));
            }
            let ctrl = modifiers.contains(KeyModifiers::CONTROL);
            if ctrl && c.is_ascii_uppercase() {
                return Err(BadChord::CapitalUnderCtrl(text.to_owned()));
            }
        }
        Ok(Self::new(code, modifiers))
    }
}

fn parse_key(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(n, _)| *n == name) {
        return Some(*code);
    }
    let mut chars = name.chars();
    let only = chars.next().filter(|c| !c.is_whitespace())?;
    let sign = chars.next().is_none() && !only.is_control();
    sign.then_some(KeyCode::Char(only))
}

impl Serialize for Chord {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chord {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chord_prints_it_also_reads() {
        for text in ["a", "A", "-", "ctrl--", "?", "f12", "shift-tab", "alt-b"]
        {
            let chord: Chord = text.parse().unwrap();
            assert_eq!(chord.to_string(), text);
        }
    }

    #[test]
    fn terminals_that_spell_a_key_differently_mean_the_same_chord() {
        let shift = KeyModifiers::SHIFT;
        let capital = Chord::char('G');
        assert_eq!(Chord::new(KeyCode::Char('g'), shift), capital);
        assert_eq!(Chord::new(KeyCode::Char('G'), shift), capital);
        let back = Chord::new(KeyCode::BackTab, KeyModifiers::NONE);
        assert_eq!(back, "shift-tab".parse().unwrap());
    }

    #[test]
    fn a_key_under_another_modifier_types_nothing() {
        assert_eq!(Chord::char('y').text(), Some('y'));
        assert_eq!(Chord::ctrl('y').text(), None);
        let sup = Chord::new(KeyCode::Char('y'), KeyModifiers::SUPER);
        assert_eq!(sup.text(), None);
        assert_ne!(sup, Chord::char('y'));
    }

    #[test]
    fn unknown_and_ambiguous_names_are_refused() {
        let unknown = BadChord::UnknownKey("entr".into());
        assert_eq!("ctrl-entr".parse::<Chord>(), Err(unknown));
        assert!("shift-g".parse::<Chord>().is_err());
        assert!("ctrl-G".parse::<Chord>().is_err());
        assert!("".parse::<Chord>().is_err());
    }
}
