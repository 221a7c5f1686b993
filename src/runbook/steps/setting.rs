//! Setting: a change that sets a few fields of one thing that a look tells.
//!
//! Desired counts, dials, flags: what is bound, what is planned, how a lost
//! answer is settled and what an undoing step needs is the same for all.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, seen};
use super::{
    Answers, Blocked, Bound, Call, Level, Missing, Plan, Scene, Second,
    Settled, Step, Text, Undo, Values,
};
use crate::estate::part::Part;
use crate::estate::{Found, Source};
use crate::runbook::plan::NOTHING;

/// A thing as a look tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Thing {
    /// What it is called, as a person types it.
    pub(super) name: String,
    /// The fields that may be set, each with its value.
    pub(super) fields: Vec<Field>,
    /// What else must still hold when the call is sent, such as its status.
    pub(super) rests_on: Vec<Field>,
    /// Why it is not there yet although the fields are as wanted.
    pub(super) behind: Option<String>,
}

/// A field and its value, such as `desired count` and `2`.
pub(super) type Field = (&'static str, String);

/// What one kind of setting knows.
pub(super) trait Setting: fmt::Debug + Send + Sync {
    /// The texts of its own fields.
    fn texts(&self) -> Vec<&Text>;

    /// How dangerous it is.
    fn level(&self) -> Level {
        Level::Severe
    }

    /// The IAM actions of its call.
    fn calls(&self) -> &'static [&'static str];

    /// How long after sending a look may still show the old values.
    fn propagation(&self) -> SignedDuration {
        SignedDuration::from_secs(30)
    }

    /// The look that tells the thing.
    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing>;

    /// The thing among what that look found, or why it cannot be set.
    fn thing(
        &self,
        scene: &Scene<'_>,
        found: &Found,
    ) -> Result<Thing, Blocked>;

    /// The values that the fields are to have; those left out stay.
    fn wanted(&self, scene: &Scene<'_>) -> Result<Vec<Field>, Blocked>;

    /// The call that sets them, once it is known that it can.
    fn call(
        &self,
        scene: &Scene<'_>,
        found: &Found,
        wanted: &[Field],
    ) -> Result<Call, Blocked>;

    /// What is lost or risked by it, in a sentence for the effect.
    fn warning(&self) -> Option<&'static str> {
        None
    }

    /// How it is taken back, by what it was before in words.
    fn way_back(&self, was: &str) -> Undo {
        Undo::By(format!("set {was}"))
    }
}

/// A setting as a step.
#[derive(Debug)]
pub(super) struct Sets<S>(pub(super) S);

/// A thing, and when the look that told it began and ended.
struct Look<'a> {
    thing: Thing,
    found: &'a Found,
    begun: Timestamp,
    at: Timestamp,
}

impl<S: Setting> Sets<S> {
    fn now<'a>(
        &self,
        scene: &Scene<'a>,
        since: Timestamp,
    ) -> Result<Look<'a>, Blocked> {
        let look = self.0.look(scene)?;
        let told = seen(scene, &look, since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        let thing = self.0.thing(scene, told.found)?;
        let (found, begun, at) = (told.found, told.begun, told.at);
        Ok(Look { thing, found, begun, at })
    }

    fn outcome(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
        sent: Timestamp,
    ) -> Result<Settled, Blocked> {
        let wanted = self.0.wanted(scene)?;
        let Look { thing, begun, at, .. } = self.now(scene, sent)?;
        let is = told(&thing.of(&wanted));
        let name = &thing.name;
        if !thing.has(&wanted) {
            let late = begun >= sent + self.0.propagation();
            let why = format!("{name} has {is}");
            return Ok(if late {
                Settled::NotDone { why }
            } else {
                // As it was before: that says nothing yet.
                Settled::CannotTell { why: format!("{name} still has {is}") }
            });
        }
        if let Some(why) = thing.behind {
            return Ok(Settled::Running { why });
        }
        let before = before(name, &wanted, answers);
        let evidence = vec![format!("{name} has {is} at {}", moment(at))];
        Ok(Settled::Done { outputs: outputs(&before, &wanted), evidence })
    }
}

impl Thing {
    /// The fields that are meant, as they are now.
    fn of(&self, wanted: &[Field]) -> Vec<Field> {
        let is_meant =
            |(name, _): &&Field| wanted.iter().any(|(field, _)| field == name);
        self.fields.iter().filter(is_meant).cloned().collect()
    }

    fn has(&self, wanted: &[Field]) -> bool {
        wanted.iter().all(|field| self.fields.contains(field))
    }
}

/// The values before, as the confirm was bound to them.
fn before(name: &str, wanted: &[Field], answers: &Answers) -> Vec<Field> {
    let bounds = answers.plan.iter().flat_map(|plan| &plan.bound);
    let of = |(field, _): &Field| {
        let own = format!("{field} of {name}");
        let bound = bounds.clone().find(|bound| bound.field == own)?;
        Some((*field, bound.value.clone()))
    };
    wanted.iter().filter_map(of).collect()
}

/// `before` and `after` of the one field that was set; of several, each with
/// the field's name behind: `before_min`.
fn outputs(before: &[Field], after: &[Field]) -> Values {
    let alone = after.len() == 1;
    let name = |word: &str, field: &str| {
        let field = field.replace(' ', "_");
        if alone { word.to_owned() } else { format!("{word}_{field}") }
    };
    let before = before.iter().map(|(f, v)| (name("before", f), v.clone()));
    let after = after.iter().map(|(f, v)| (name("after", f), v.clone()));
    before.chain(after).collect()
}

/// Fields and values: `min 1, desired count 2`.
fn told(fields: &[Field]) -> String {
    let words = fields.iter().map(|(name, value)| format!("{name} {value}"));
    words.collect::<Vec<_>>().join(", ")
}

fn bound(name: &str, (field, value): &Field) -> Bound {
    Bound { field: format!("{field} of {name}"), value: value.clone() }
}

impl<S: Setting> Step for Sets<S> {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts()
    }

    fn level(&self) -> Level {
        self.0.level()
    }

    fn calls(&self) -> &'static [&'static str] {
        self.0.calls()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.0.look(scene).into_iter().collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn propagation(&self) -> SignedDuration {
        self.0.propagation()
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let wanted = self.0.wanted(scene)?;
        let Look { thing, found, at, .. } = self.now(scene, scene.since)?;
        let call = self.0.call(scene, found, &wanted)?;
        let current = thing.of(&wanted);
        if current.len() < wanted.len() {
            let name = &thing.name;
            let why = format!("what is to be set of {name} was not told");
            return Err(Blocked::because(why));
        }
        let (was, is) = (told(&current), told(&wanted));
        let same = thing.has(&wanted);
        let name = thing.name;
        let mut effect = if same {
            format!("{NOTHING}{name} has {is} already")
        } else {
            format!("{name}: {was} -> {is}")
        };
        if let Some(warning) = self.0.warning() {
            effect = format!("{effect}. {warning}");
        }
        let bounds = current.iter().chain(&thing.rests_on);
        Ok(Plan {
            step: String::new(),
            effect,
            loss: None,
            expect: None,
            undo: if same {
                Undo::NotNeeded
            } else {
                self.0.way_back(&format!("{name} back to {was}"))
            },
            level: self.0.level(),
            bound: bounds.map(|field| bound(&name, field)).collect(),
            before: vec![format!("{name} has {was} at {}", moment(at))],
            after: vec![format!("AWS tells {is} of {name}")],
            typed: (self.0.level() == Level::Severe).then_some(name),
            readback: None,
            second: Second::Off,
            calls: vec![call],
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let Some(sent) = answers.sent else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let outcome = self.outcome(scene, answers, sent);
        outcome
            .unwrap_or_else(|blocked| Settled::CannotTell { why: blocked.why })
    }
}

/// The parts that a look found.
pub(super) fn parts(found: &Found) -> Result<&[Part], Blocked> {
    match found {
        Found::Parts(parts) => Ok(parts),
        _ => Err(Blocked::because("AWS answered with something else")),
    }
}

/// The one of a kind of parts that a name means, by its name, ARN or id.
pub(super) fn the_one<'a, T: 'a>(
    mut all: impl Iterator<Item = &'a T>,
    what: &str,
    is: impl Fn(&T) -> bool,
) -> Result<&'a T, Blocked> {
    let one = all.find(|item| is(item));
    one.ok_or_else(|| Blocked::because(format!("there is no {what}")))
}

/// A whole number that a template may have given, from `least` on.
pub(super) fn number(
    scene: &Scene<'_>,
    text: &Text,
    least: i64,
) -> Result<i64, Blocked> {
    let filled = scene.fill(text)?;
    let number = filled.trim().parse::<i64>();
    number.ok().filter(|number| *number >= least).ok_or_else(|| {
        Blocked::because(format!(
            "{filled:?} is no whole number from {least} on"
        ))
    })
}

#[cfg(test)]
mod tests;
