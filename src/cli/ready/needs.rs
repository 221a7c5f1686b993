//! What a runbook needs, as far as its file and one look tell.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::past::Used;
use crate::estate::ids::{Account, Region};
use crate::estate::{Estate, Source};
use crate::runbook::ready::{Item, Proof};
use crate::runbook::steps::Scene;
use crate::runbook::{Runbook, StepSpec, Values};

/// What a runbook needs.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// What is known without asking anybody.
    pub(super) items: Vec<Item>,
    /// The calls that it may send.
    pub(super) calls: Vec<Call>,
    /// The looks and probes of its steps.
    pub(super) sources: BTreeSet<Source>,
    /// The Regions that it asks, each in its account.
    pub(super) places: BTreeSet<(Account, Region)>,
}

/// A call that a step may send.
#[derive(Debug)]
pub(super) struct Call {
    step: String,
    action: String,
    account: Option<Account>,
    /// What it would be sent to now, or why that is not known.
    plan: Result<String, String>,
}

impl Call {
    /// Whether it would be allowed. Only a call that AWS took tells that.
    pub(super) fn item(&self, used: &Used, runbook: &Runbook) -> Item {
        let about = format!("{} of {}", self.action, self.step);
        let at = self.account.as_ref().and_then(|account| {
            used.get(&(self.action.clone(), account.clone()))
        });
        let plan = match &self.plan {
            Ok(target) => format!("it would be sent to {target}"),
            Err(why) => format!("no plan can be made now: {why}"),
        };
        if let Some(at) = at {
            let day = at.strftime("%Y-%m-%d %H:%MZ");
            let told = format!("AWS took it at {day}; {plan}");
            return Item::new("call", about, Proof::ProvenByUse, told);
        }
        let told = format!(
            "no call of this kind was taken yet, and nothing was sent to \
             find out; {plan}"
        );
        Item::new("call", about, Proof::CannotBeKnown, told).todo(format!(
            "hold the role's policy against `lifeboat policy print --runbook \
             {}`, and drill the runbook",
            runbook.id
        ))
    }
}

/// What this runbook needs, with its inputs as they are by default.
pub(super) fn of(runbook: &Runbook, estate: &Estate, now: Timestamp) -> Needs {
    let mut needs = Needs::default();
    let mut values = Values::new();
    for input in runbook.resolve(&Values::new(), estate, now) {
        let about = format!("{} = {}", input.name, input.given);
        let item = match input.result {
            Ok(pin) => {
                values.insert(pin.name.clone(), pin.value.clone());
                let state = if pin.verified {
                    Proof::ProvenByUse
                } else {
                    Proof::CannotBeKnown
                };
                Item::new("input", about, state, pin.how)
            }
            Err(why) => Item::new("input", about, Proof::Fails, why)
                .todo(format!("correct the default of {}", input.name)),
        };
        needs.items.push(item);
    }
    let scene = Scene {
        estate,
        values: &values,
        impact: None,
        now,
        since: now,
        holds_since: None,
        mark: "ready",
        drill: false,
    };
    for step in &runbook.steps {
        take_in(&mut needs, step, &scene);
    }
    needs
}

/// Takes in what one step needs.
fn take_in(needs: &mut Needs, step: &StepSpec, scene: &Scene<'_>) {
    let mut missing = step.does.texts().into_iter();
    let missing = missing.find_map(|text| scene.fill(text).err());
    if let Some(missing) = missing {
        needs.items.push(Item::new(
            "step",
            step.id.clone(),
            Proof::CannotBeKnown,
            format!("what it needs is told in the run alone: {missing}"),
        ));
    }
    let mut sources = step.does.looks(scene);
    sources.extend(step.does.bound_looks(scene));
    let mut account = None;
    for source in sources {
        if let Source::Aws { account: of, region, .. } = &source {
            account = Some(of.clone());
            needs.places.insert((of.clone(), region.clone()));
        }
        needs.sources.insert(source);
    }
    let actions = step.does.calls();
    if actions.is_empty() {
        return;
    }
    let planned = step.does.plan(scene);
    let calls = planned.as_ref().map_or(&[][..], |plan| &plan.calls);
    for call in calls {
        needs.places.insert((call.account().clone(), call.region()));
    }
    for action in actions {
        let call = calls.iter().find(|call| call.action() == *action);
        needs.calls.push(Call {
            step: step.id.clone(),
            action: (*action).to_owned(),
            account: call.map(|c| c.account().clone()).or(account.clone()),
            plan: match (&planned, call) {
                (_, Some(call)) => Ok(call.target().to_owned()),
                (Err(why), None) => Err(why.to_string()),
                (Ok(_), None) => {
                    Err("as things are, it would not be sent".to_owned())
                }
            },
        });
    }
}
