//! From single key presses to actions: prefixes are kept, bursts swallowed.

use std::collections::VecDeque;
use std::mem;

use jiff::{SignedDuration, Timestamp};

use crate::keymap::{Binding, Chord, Context, Keymap, Lookup};

/// Keys this close together come from a paste or a stuck key, not a person.
/// A paste arrives some microseconds apart; people repeat at 25 ms or more.
const BURST: SignedDuration = SignedDuration::from_millis(30);

/// How many keys within [`BURST`] make a burst.
const BURST_KEYS: usize = 4;

/// Where keys accept, two keys this close are a burst already.
const CONFIRM_BURST: SignedDuration = SignedDuration::from_millis(5);

/// Where a name is typed, three keys within this time are a burst. Two that
/// came together may be a person's, read late by a busy machine.
const NAME_BURST: SignedDuration = SignedDuration::from_millis(10);

/// After a burst keys are swallowed until this long nothing came.
const QUIET: SignedDuration = SignedDuration::from_millis(250);

/// A prefix shows what can follow it after this long.
const WHICH_KEY: SignedDuration = SignedDuration::from_millis(400);

/// What a key press came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pressed {
    /// It completed a binding.
    Bound(Binding),
    /// It began or continued a sequence.
    Waiting,
    /// It is text for the focused field, or a key that field edits with.
    Text(Chord),
    /// Nothing is bound to it here; what was pressed is dropped.
    Unbound(Vec<Chord>),
    /// It belongs to a burst and is ignored; `true` for the first of it.
    Swallowed(bool),
}

/// The keys pressed so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyboard {
    pressed: Vec<Chord>,
    since: Option<Timestamp>,
    recent: VecDeque<Timestamp>,
    swallowing: bool,
}

impl Keyboard {
    /// Takes one key press. `contexts` is the stack to look it up in, inner
    /// first; `guarded` tells that a name is being typed that must be typed.
    pub(super) fn press(
        &mut self,
        keymap: &Keymap,
        contexts: &[Context],
        guarded: bool,
        chord: Chord,
        at: Timestamp,
    ) -> Pressed {
        let inner = contexts.first().copied();
        if let Some(first) = self.burst(inner, guarded, at) {
            self.pressed.clear();
            return Pressed::Swallowed(first);
        }
        self.pressed.push(chord);
        match keymap.look_up(contexts, &self.pressed) {
            Lookup::Found(binding) => {
                self.pressed.clear();
                Pressed::Bound(binding)
            }
            Lookup::Pending(_) => {
                self.since.get_or_insert(at);
                self.since = Some(at);
                Pressed::Waiting
            }
            Lookup::None => {
                let keys = mem::take(&mut self.pressed);
                if inner.is_some_and(Context::types_text) {
                    Pressed::Text(chord)
                } else {
                    Pressed::Unbound(keys)
                }
            }
        }
    }

    /// The sequence begun, for the status line.
    pub(super) fn pending(&self) -> &[Chord] {
        &self.pressed
    }

    /// The sequence begun, once it has waited long enough to be explained.
    pub(super) fn explain(&self, now: Timestamp) -> Option<&[Chord]> {
        let waited = now.duration_since(self.since?);
        (!self.pressed.is_empty() && waited >= WHICH_KEY)
            .then_some(&*self.pressed)
    }

    /// Whether this key belongs to a burst: `Some(true)` for the key at
    /// which it is noticed. Text fields take bursts, but no dialog that
    /// confirms does.
    fn burst(
        &mut self,
        inner: Option<Context>,
        guarded: bool,
        at: Timestamp,
    ) -> Option<bool> {
        let before = self.recent.back().copied();
        self.recent.push_back(at);
        while self.recent.len() > BURST_KEYS {
            self.recent.pop_front();
        }
        let gap = before.map(|before| at.duration_since(before));
        if self.swallowing {
            if gap.is_some_and(|gap| gap < QUIET) {
                return Some(false);
            }
            self.swallowing = false;
            self.recent.clear();
            self.recent.push_back(at);
            return None;
        }
        let names = guarded || inner == Some(Context::Typed);
        let third = self.recent.iter().rev().nth(2);
        let three =
            third.is_some_and(|first| at.duration_since(*first) <= NAME_BURST);
        let many = self.recent.len() == BURST_KEYS
            && self
                .recent
                .front()
                .is_some_and(|first| at.duration_since(*first) <= BURST);
        let close = gap.is_some_and(|gap| gap < CONFIRM_BURST);
        let is_burst = if names {
            three
        } else if inner == Some(Context::Confirm) {
            close
        } else {
            many && !inner.is_some_and(Context::types_text)
        };
        if is_burst {
            self.swallowing = true;
            return Some(true);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyboard() -> (Keyboard, Keymap) {
        let keymap = Keymap::shipped("default").expect("it is compiled in");
        (Keyboard::default(), keymap)
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    fn press(
        keyboard: &mut Keyboard,
        keymap: &Keymap,
        context: Context,
        key: char,
        ms: i64,
    ) -> Pressed {
        keyboard.press(
            keymap,
            context.stack(),
            false,
            Chord::char(key),
            at(ms),
        )
    }

    #[test]
    fn a_paste_of_yes_into_a_confirm_dialog_accepts_nothing() {
        let (mut keyboard, keymap) = keyboard();
        for key in ['y', 'e', 's'] {
            let pressed =
                press(&mut keyboard, &keymap, Context::Confirm, key, 0);
            assert!(!matches!(pressed, Pressed::Bound(_)), "{key}");
        }
    }

    #[test]
    fn yes_typed_by_a_person_is_bound() {
        let (mut keyboard, keymap) = keyboard();
        press(&mut keyboard, &keymap, Context::Confirm, 'y', 0);
        press(&mut keyboard, &keymap, Context::Confirm, 'e', 90);
        let last = press(&mut keyboard, &keymap, Context::Confirm, 's', 180);
        assert!(matches!(last, Pressed::Bound(_)), "{last:?}");
    }

    #[test]
    fn two_keys_of_a_name_read_together_are_taken_and_a_paste_is_not() {
        let (mut keyboard, keymap) = keyboard();
        let mut press =
            |key, ms| press(&mut keyboard, &keymap, Context::Typed, key, ms);
        for (key, ms) in [('d', 0), ('b', 90), ('-', 91), ('r', 180)] {
            let pressed = press(key, ms);
            assert!(matches!(pressed, Pressed::Text(_)), "{pressed:?}");
        }
        press('e', 1000);
        press('p', 1000);
        assert_eq!(press('l', 1000), Pressed::Swallowed(true));
        assert_eq!(press('i', 1000), Pressed::Swallowed(false));
    }

    #[test]
    fn a_burst_is_swallowed_until_it_is_quiet_again() {
        let (mut keyboard, keymap) = keyboard();
        let mut presses = Vec::new();
        for ms in 0..8 {
            presses.push(press(
                &mut keyboard,
                &keymap,
                Context::Global,
                'j',
                ms,
            ));
        }
        assert_eq!(presses[3], Pressed::Swallowed(true));
        assert_eq!(presses[7], Pressed::Swallowed(false));
        let later = press(&mut keyboard, &keymap, Context::Global, 'm', 600);
        assert!(matches!(later, Pressed::Bound(_)), "{later:?}");
    }

    #[test]
    fn a_prefix_waits_for_ever_and_is_explained_after_a_while() {
        let (mut keyboard, keymap) = keyboard();
        let first = press(&mut keyboard, &keymap, Context::Global, 'g', 0);
        assert_eq!(first, Pressed::Waiting);
        assert_eq!(keyboard.explain(at(100)), None);
        assert_eq!(keyboard.explain(at(500)).map(<[_]>::len), Some(1));
        let then = press(&mut keyboard, &keymap, Context::Global, 'o', 60_000);
        assert!(matches!(then, Pressed::Bound(_)), "{then:?}");
    }
}
