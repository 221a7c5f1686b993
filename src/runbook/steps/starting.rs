//! Starting: a change that starts or makes one thing and follows it.
//!
//! Executions, copies, jobs, change sets: how a lost answer is found out, and
//! when nothing came of it, is the same for all. A kind says what its plan
//! rests on, what it starts, and how far that has come.

use std::fmt;

use jiff::SignedDuration;
use serde_json::Value;

use super::seen::{seen, things};
use super::{
    Answers, Blocked, Bound, Call, Level, LossStatement, Missing, Plan, Scene,
    Second, Settled, Step, Text, Undo, Values,
};
use crate::estate::Source;

/// What is to be started.
#[derive(Debug)]
pub(super) struct Start {
    /// What is typed to confirm it, where it is severe.
    pub(super) name: String,
    /// What will be, in sentences.
    pub(super) effect: String,
    /// What is lost by it.
    pub(super) loss: Option<LossStatement>,
    /// How it is taken back.
    pub(super) undo: Undo,
    /// What must still hold when the call is sent: field and value.
    pub(super) bound: Vec<(String, String)>,
    /// What was seen before.
    pub(super) before: Vec<String>,
    /// What a look must tell afterwards.
    pub(super) after: String,
    /// The call.
    pub(super) call: Call,
}

/// How far what was started has come, by a look at it.
#[derive(Debug, PartialEq)]
pub(super) enum Came {
    /// There is nothing of it.
    Absent,
    /// It is under way.
    Running(String),
    /// It came to its end.
    Done {
        /// What it tells later steps.
        outputs: Values,
        /// What was seen.
        evidence: Vec<String>,
    },
    /// What it would change is as it was before.
    Before(String),
    /// It ended, and its work is not done.
    Failed(String),
    /// The look does not tell.
    Unclear(String),
}

/// What one kind of start knows.
pub(super) trait Starting: fmt::Debug + Send + Sync {
    /// The texts of its own fields.
    fn texts(&self) -> Vec<&Text>;

    /// How dangerous it is.
    fn level(&self) -> Level {
        Level::Moderate
    }

    /// Whether there is no way back after it.
    fn is_irreversible(&self) -> bool {
        false
    }

    /// The IAM actions of its call.
    fn calls(&self) -> &'static [&'static str];

    /// How long after sending a look may still not show it.
    fn propagation(&self) -> SignedDuration {
        SignedDuration::from_secs(30)
    }

    /// The look at what it is about.
    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing>;

    /// The looks that its plan rests on.
    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        Ok(vec![self.look(scene)?])
    }

    /// The look that tells what was started.
    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let _ = answers;
        self.look(scene)
    }

    /// Looks at more of it, once that look has told these items.
    fn follows(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
        items: &[Value],
    ) -> Vec<Source> {
        let _ = (scene, answers, items);
        Vec::new()
    }

    /// What would be started, or why it cannot be.
    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked>;

    /// How far it has come, by the items that this look told.
    fn came(
        &self,
        scene: &Scene<'_>,
        items: &[Value],
        answers: &Answers,
    ) -> Came;
}

/// A start as a step.
#[derive(Debug)]
pub(super) struct Starts<S>(pub(super) S);

impl<S: Starting> Starts<S> {
    fn told_by(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Settled> {
        let unsent = || Settled::CannotTell { why: "it was not sent".into() };
        answers.sent.ok_or_else(unsent)?;
        Ok(self.0.result(scene, answers)?)
    }
}

impl<S: Starting> Step for Starts<S> {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts()
    }

    fn level(&self) -> Level {
        self.0.level()
    }

    fn is_irreversible(&self) -> bool {
        self.0.is_irreversible()
    }

    fn calls(&self) -> &'static [&'static str] {
        self.0.calls()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.0.rests_on(scene).unwrap_or_default()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        let Ok(look) = self.told_by(scene, answers) else {
            return Vec::new();
        };
        let sent = answers.sent.unwrap_or(scene.now);
        let told = seen(scene, &look, sent).ok();
        let items = told.and_then(|told| things(told.found).ok());
        let more = items.map(|items| self.0.follows(scene, answers, items));
        [look].into_iter().chain(more.into_iter().flatten()).collect()
    }

    fn propagation(&self) -> SignedDuration {
        self.0.propagation()
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let start = self.0.start(scene)?;
        let bound = start.bound.into_iter();
        let severe = self.0.level() == Level::Severe;
        Ok(Plan {
            step: String::new(),
            effect: start.effect,
            loss: start.loss,
            expect: None,
            undo: start.undo,
            level: self.0.level(),
            bound: bound
                .map(|(field, value)| Bound { field, value })
                .collect(),
            before: start.before,
            after: vec![start.after],
            typed: severe.then_some(start.name),
            readback: None,
            second: Second::Off,
            calls: vec![start.call],
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let look = match self.told_by(scene, answers) {
            Ok(look) => look,
            Err(settled) => return settled,
        };
        let sent = answers.sent.unwrap_or(scene.now);
        let told = match seen(scene, &look, sent) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let items = match things(told.found) {
            Ok(items) => items,
            Err(Blocked { why, .. }) => return Settled::CannotTell { why },
        };
        let late = told.begun >= sent + self.0.propagation();
        match self.0.came(scene, items, answers) {
            Came::Absent if late => {
                Settled::NotDone { why: format!("{look}: there is none") }
            }
            Came::Before(why) if late => Settled::NotDone { why },
            Came::Absent => {
                let why = format!("{look}: there is none yet");
                Settled::CannotTell { why }
            }
            Came::Running(why) => Settled::Running { why },
            Came::Done { outputs, evidence } => {
                Settled::Done { outputs, evidence }
            }
            Came::Failed(why) => Settled::NotDone { why },
            Came::Before(why) | Came::Unclear(why) => {
                Settled::CannotTell { why }
            }
        }
    }
}
