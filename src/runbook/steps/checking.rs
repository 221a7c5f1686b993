//! Checking: a check that rests on looks alone.
//!
//! A kind says what is looked at and judges what was seen; that every look
//! came late enough, whole and live is the same for all.

use std::fmt;

use super::seen::{Seen, seen};
use super::{Answers, Missing, Scene, Settled, Step, Text};
use crate::estate::Source;

/// What one kind of check knows.
pub(super) trait Checking: fmt::Debug + Send + Sync {
    /// The texts of its own fields.
    fn texts(&self) -> Vec<&Text>;

    /// The looks that it rests on.
    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing>;

    /// What the answers say, in the order of the looks.
    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled;
}

/// A check as a step.
#[derive(Debug)]
pub(super) struct Checks<C>(pub(super) C);

impl<C: Checking> Step for Checks<C> {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.0.looks(scene).unwrap_or_default()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let looks = match self.0.looks(scene) {
            Ok(looks) => looks,
            Err(missing) => return Settled::from(missing),
        };
        let told = looks.iter().map(|look| seen(scene, look, scene.since));
        match told.collect::<Result<Vec<_>, _>>() {
            Ok(told) => self.0.verdict(scene, &told),
            Err(why) => Settled::CannotTell { why },
        }
    }
}
