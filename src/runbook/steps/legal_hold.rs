//! `backup.create-legal-hold`, `backup.cancel-legal-hold`.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::jobs::{vault, vault_look};
use super::place::Place;
use super::seen::{looked, the_thing, things, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Level, Missing, Scene, Step, StepType,
    Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::thing::Thing;
use crate::runbook::call::backup;

pub(super) const CREATE: StepType = StepType {
    name: "backup.create-legal-hold",
    doc: "Lays a legal hold of AWS Backup on all recovery points of vaults \
          or of resources of a Region: while it lies there nobody can \
          delete them, and they do not expire. Its title is made of \
          incident, step and try; after a lost answer the holds are looked \
          at for that title. Done when the hold is ACTIVE. What it holds \
          costs for as long.",
    example: r#"
[[step]]
id = "hold"
kind = "backup.create-legal-hold"
title = "Let nobody delete what is in learn-vault-dr"
account = "{account}"
region = "{to}"
description = "Kept until it is known what the intruder touched"
vaults = ["learn-vault-dr"]
expect = "2m"
timeout = "30m"
"#,
    outputs: &["hold"],
    parse: parse_create,
};

pub(super) const CANCEL: StepType = StepType {
    name: "backup.cancel-legal-hold",
    doc: "Takes a legal hold of AWS Backup off, by its id: from then on \
          what it held can be deleted, and what is over its time is. There \
          is no way back for what is gone by then. Done when the hold is \
          CANCELED.",
    example: r#"
[[step]]
id = "release"
kind = "backup.cancel-legal-hold"
title = "Take the legal hold off"
account = "{account}"
region = "{to}"
hold = "b4e1c7d2-5f08-4c1e-9a63-0d2f8e7b9c11"
reason = "The inquiry is over"
undo = "none: lay a new hold on what is still there"
expect = "2m"
timeout = "30m"
"#,
    outputs: &[],
    parse: parse_cancel,
};

/// A hold that was laid or taken off shows so within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// Titles are made at most this long.
const LONGEST: usize = 64;

#[derive(Debug)]
struct CreateLegalHold {
    place: Place,
    description: Text,
    vaults: Vec<Text>,
    resources: Vec<Text>,
}

fn parse_create(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let description = fields.needed_text("description");
    let vaults = fields.texts("vaults").unwrap_or_default();
    let resources = fields.texts("resources").unwrap_or_default();
    // AWS Backup takes one or the other.
    if vaults.is_empty() == resources.is_empty() {
        let told = "it holds either `vaults` or `resources`";
        fields.wrong(fields.span(), "missing-key", told, "");
        return None;
    }
    Some(Box::new(Starts(CreateLegalHold {
        place: place?,
        description: description?,
        vaults,
        resources,
    })))
}

fn filled(texts: &[Text], scene: &Scene<'_>) -> Result<Vec<String>, Missing> {
    texts.iter().map(|text| scene.fill(text)).collect()
}

impl CreateLegalHold {
    fn vaults(
        &self,
        scene: &Scene<'_>,
    ) -> Result<Vec<(Source, String)>, Missing> {
        let (_, region) = self.place.of(scene)?;
        let looks = filled(&self.vaults, scene)?.into_iter().map(|name| {
            let look = vault_look(scene, &self.place, &region, &name)?;
            Ok((look, name))
        });
        looks.collect()
    }
}

/// The hold with a title.
fn titled<'a>(holds: &'a [Value], title: &str) -> Option<&'a Value> {
    holds.iter().find(|hold| word(hold, "Title") == title)
}

impl Starting for CreateLegalHold {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.description]);
        own.chain(&self.vaults).chain(&self.resources).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[backup::CreateLegalHold::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.place.look(scene, Thing::LegalHolds.asked(&json!({})))
    }

    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let vaults = self.vaults(scene)?.into_iter().map(|(look, _)| look);
        Ok([self.look(scene)?].into_iter().chain(vaults).collect())
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let title = scene.once(LONGEST);
        let holds = looked(scene, &self.look(scene)?)?.found;
        if titled(things(holds)?, &title).is_some() {
            let why = format!("there is a legal hold {title} already");
            return Err(Blocked::because(why));
        }
        let mut bound =
            vec![(format!("legal holds called {title}"), "none".to_owned())];
        for (look, name) in self.vaults(scene)? {
            let arn = vault(scene, &look, &name)?;
            bound.push((format!("vault {name}"), arn.to_string()));
        }
        let (account, region) = self.place.of(scene)?;
        let vaults = filled(&self.vaults, scene)?;
        let resources = filled(&self.resources, scene)?;
        let held = [vaults.as_slice(), &resources].concat().join(", ");
        Ok(Start {
            name: title.clone(),
            effect: format!(
                "{title} holds all recovery points of {held} in {region}: \
                 none can be deleted, and none expires"
            ),
            loss: None,
            undo: Undo::By("cancel the legal hold".into()),
            bound,
            before: vec![format!("no legal hold is called {title}")],
            after: format!("{title} is ACTIVE"),
            call: Call::BackupCreateLegalHold(backup::CreateLegalHold {
                account,
                region,
                title,
                description: scene.fill(&self.description)?,
                vaults,
                resources,
            }),
        })
    }

    fn came(&self, scene: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let title = scene.once(LONGEST);
        let Some(hold) = titled(items, &title) else { return Came::Absent };
        let (id, status) = (word(hold, "LegalHoldId"), word(hold, "Status"));
        let told = format!("legal hold {id} is {status}");
        match status {
            "ACTIVE" => Came::Done {
                outputs: Values::from([("hold".into(), id.into())]),
                evidence: vec![told],
            },
            "CREATING" => Came::Running(told),
            "CANCELING" | "CANCELED" => Came::Failed(told),
            _ => Came::Unclear(told),
        }
    }
}

#[derive(Debug)]
struct CancelLegalHold {
    place: Place,
    hold: Text,
    reason: Text,
}

fn parse_cancel(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let hold = fields.needed_text("hold");
    let reason = fields.needed_text("reason");
    Some(Box::new(Starts(CancelLegalHold {
        place: place?,
        hold: hold?,
        reason: reason?,
    })))
}

impl Starting for CancelLegalHold {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.hold, &self.reason];
        self.place.texts().into_iter().chain(own).collect()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn is_irreversible(&self) -> bool {
        true
    }

    fn calls(&self) -> &'static [&'static str] {
        &[backup::CancelLegalHold::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let of = json!({ "LegalHoldId": scene.fill(&self.hold)? });
        self.place.look(scene, Thing::LegalHold.asked(&of))
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let id = scene.fill(&self.hold)?;
        let found = looked(scene, &self.look(scene)?)?.found;
        let hold = the_thing(found, &format!("legal hold {id}"))?;
        let (title, status) = (word(hold, "Title"), word(hold, "Status"));
        if status != "ACTIVE" {
            let why = format!("legal hold {id} is {status}, not ACTIVE");
            return Err(Blocked::because(why));
        }
        let (account, region) = self.place.of(scene)?;
        Ok(Start {
            name: id.clone(),
            effect: format!(
                "what {title} held in {region} can be deleted again, and \
                 what is over its time is"
            ),
            loss: None,
            undo: Undo::None("lay a new hold on what is still there".into()),
            bound: vec![
                (format!("title of {id}"), title.to_owned()),
                (format!("status of {id}"), status.to_owned()),
            ],
            before: vec![format!("legal hold {id}, {title}, is {status}")],
            after: format!("legal hold {id} is CANCELED"),
            call: Call::BackupCancelLegalHold(backup::CancelLegalHold {
                account,
                region,
                hold: id,
                why: scene.fill(&self.reason)?,
            }),
        })
    }

    fn came(&self, _: &Scene<'_>, items: &[Value], _: &Answers) -> Came {
        let Some(hold) = items.first() else {
            return Came::Unclear(
                "the legal hold is not told any more".into(),
            );
        };
        let (id, status) = (word(hold, "LegalHoldId"), word(hold, "Status"));
        let told = format!("legal hold {id} is {status}");
        match status {
            "CANCELED" => {
                Came::Done { outputs: Values::new(), evidence: vec![told] }
            }
            "CANCELING" => Came::Running(told),
            "ACTIVE" => Came::Before(told),
            _ => Came::Unclear(told),
        }
    }
}
