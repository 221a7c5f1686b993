//! `kms.key-usable`: a key works in a Region, as a check.

use serde_json::{Value, json};

use super::checking::{Checking, Checks};
use super::place::Place;
use super::seen::{Seen, moment, things, word};
use super::{Fields, Missing, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::Source;
use crate::estate::ids::{Arn, Region};
use crate::estate::thing::Thing;

pub(super) const TYPE: StepType = StepType {
    name: "kms.key-usable",
    doc: "Holds when KMS in a Region has a key, it is enabled, is not \
          waiting to be deleted and encrypts: by its id, its ARN or an \
          alias. A copy that such a key does not open cannot be restored. \
          Whether a role may use it is told by policies and grants, which \
          are not looked at.",
    example: r#"
[[step]]
id = "key"
kind = "kms.key-usable"
title = "The key of the copies works in {to}"
account = "{account}"
region = "{to}"
key = "alias/learn-copies"
fresh = "10m"
"#,
    outputs: &["arn"],
    parse,
};

#[derive(Debug)]
struct KeyUsable {
    place: Place,
    key: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let key = fields.needed_text("key");
    Some(Box::new(Checks(KeyUsable { place: place?, key: key? })))
}

/// The ARN of a key, if it can encrypt in a Region, or why it cannot.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
pub(super) fn usable(
    told: Option<&Value>,
    region: &Region,
) -> Result<Arn, String> {
    let Some(key) = told else {
        return Err(format!("KMS in {region} has no such key"));
    };
    let arn = Arn::new(word(key, "Arn"));
    let id = arn.rsplit('/').next().unwrap_or_default();
    if arn.region().as_ref() != Some(region) {
        return Err(format!("key {id} is not of {region}"));
    }
    match word(key, "KeyState") {
        "Enabled" => {}
        "PendingDeletion" => {
            let at = word(key, "DeletionDate");
            return Err(format!("key {id} will be deleted on {at}"));
        }
        state => return Err(format!("key {id} is {state}")),
    }
    match word(key, "KeyUsage") {
        "" | "ENCRYPT_DECRYPT" => Ok(arn),
        usage => Err(format!("key {id} is for {usage}")),
    }
}

impl Checking for KeyUsable {
    fn texts(&self) -> Vec<&Text> {
        self.place.texts().into_iter().chain([&self.key]).collect()
    }

    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let what =
            Thing::Key.asked(&json!({ "KeyId": scene.fill(&self.key)? }));
        Ok(vec![self.place.look(scene, what)?])
    }

    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let region = match self.place.of(scene) {
            Ok((_, region)) => region,
            Err(missing) => return Settled::from(missing),
        };
        let [look] = told else {
            return Settled::CannotTell { why: "nothing was seen".into() };
        };
        let key = match things(look.found) {
            Ok(keys) => keys.first(),
            Err(blocked) => {
                return Settled::CannotTell { why: blocked.why };
            }
        };
        match usable(key, &region) {
            Ok(arn) => Settled::Done {
                evidence: vec![format!(
                    "{arn} is enabled at {}",
                    moment(look.at)
                )],
                outputs: Values::from([("arn".into(), arn.to_string())]),
            },
            Err(why) => Settled::NotDone { why },
        }
    }
}
