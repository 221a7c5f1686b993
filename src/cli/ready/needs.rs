//! What a runbook needs, as far as its file and one look tell.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::past::Used;
use crate::aws::judged::{Asked, Judged};
use crate::estate::cost::DRILL_TAG;
use crate::estate::ids::{Account, Region};
use crate::estate::{Estate, Source};
use crate::runbook::call::{Call as Sent, REMOVALS};
use crate::runbook::input::UNREACHED;
use crate::runbook::ready::{Item, Proof};
use crate::runbook::steps::{INCIDENT_TAG, Scene};
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
    /// The same, as those who judge it want it.
    asked: Asked,
}

impl Call {
    /// The account that it would be sent to.
    pub(super) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// What policies are asked of it.
    pub(super) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Whether AWS took one like it.
    pub(super) fn was_used(&self, used: &Used) -> bool {
        self.account.as_ref().is_some_and(|account| {
            used.contains_key(&(self.action.clone(), account.clone()))
        })
    }

    /// Whether it would be allowed: as a call that AWS took tells, or else
    /// as policies were judged.
    pub(super) fn item(
        &self,
        used: &Used,
        runbook: &Runbook,
        judged: Option<Result<Judged, String>>,
    ) -> Item {
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
        let why = match judged {
            Some(Ok(Judged::Allowed)) => {
                let told = format!(
                    "IAM's simulation allows it, without service control \
                     policies and those of resources; {plan}"
                );
                return Item::new("call", about, Proof::Simulated, told);
            }
            Some(Ok(Judged::Denied(word))) => {
                let told = format!("IAM's simulation says {word}; {plan}");
                let item = Item::new("call", about, Proof::Fails, told);
                return item.todo(format!(
                    "allow {} to the role to operate",
                    self.action
                ));
            }
            Some(Ok(Judged::HangsOn(keys))) => {
                format!("by IAM's simulation it hangs on {}", keys.join(", "))
            }
            Some(Err(why)) => format!("the policies were not judged: {why}"),
            None => "nobody could be asked".to_owned(),
        };
        let told = format!(
            "no call of this kind was taken yet, and nothing was sent to \
             find out; {why}; {plan}"
        );
        Item::new("call", about, Proof::CannotBeKnown, told).todo(format!(
            "allow iam:SimulatePrincipalPolicy to the role to read, or hold \
             the policy against `lifeboat policy print --runbook {}`; drill \
             the runbook",
            runbook.id
        ))
    }
}

/// What policies are asked of a call. What it deletes has our tags then,
/// though nothing has them now.
fn asked(action: &str, call: Option<&Sent>) -> Asked {
    let ours = call.is_some_and(|call| call.made_by().is_some())
        || REMOVALS.contains(&action);
    let tags = [INCIDENT_TAG, DRILL_TAG];
    let tags = tags.map(|key| (key.to_owned(), "ready".to_owned()));
    Asked {
        action: action.to_owned(),
        resource: call.and_then(Sent::resource),
        tags: if ours { tags.into() } else { Vec::new() },
    }
}

/// What this runbook needs, with its inputs as they are by default.
pub(super) fn of(
    runbook: &Runbook,
    estate: &Estate,
    embedded: bool,
    now: Timestamp,
) -> Needs {
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
            Err(why) if why.starts_with(UNREACHED) => {
                Item::new("input", about, Proof::CannotBeKnown, why)
                    .todo("sign in, and see that Route 53 answers")
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
        attempt: 1,
        drill: false,
        embedded,
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
            asked: asked(action, call),
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
