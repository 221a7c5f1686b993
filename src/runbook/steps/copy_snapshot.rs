//! `rds.copy-snapshot`, `rds.copy-cluster-snapshot`: a copy of a snapshot,
//! also from another Region.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::key_usable::usable;
use super::place::Place;
use super::seen::{looked, moment, things, time, word};
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, INCIDENT_TAG, Missing, Scene, Step,
    StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::ids::{Arn, Region};
use crate::estate::thing::Thing;
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "rds.copy-snapshot",
    doc: "Copies a snapshot of an RDS instance, by default the newest one, \
          from the Region `from` into `region`, which is asked itself; both \
          may be the same, to keep a snapshot that RDS would delete by \
          itself. In another Region an encrypted snapshot needs a key of \
          that Region, which must be enabled. The name of the copy is made \
          of incident, step and try; RDS takes it once, so that after a \
          lost answer a look at that name tells what happened. Done when \
          the copy is available; it costs until it is deleted.",
    example: r#"
[[step]]
id = "keep-copy"
kind = "rds.copy-snapshot"
title = "Copy the newest snapshot of {primary} to {to}"
account = "{account}"
from = "{from}"
region = "{to}"
source = "{primary}"
key = "alias/learn-copies"
expect = "10m"
timeout = "2h"
"#,
    outputs: &["snapshot", "arn", "data_time"],
    parse: |fields| parse(fields, &INSTANCE),
};

pub(super) const OF_CLUSTER: StepType = StepType {
    name: "rds.copy-cluster-snapshot",
    doc: "Copies a snapshot of an Aurora cluster, by default the newest \
          one, from the Region `from` into `region`, which is asked itself; \
          both may be the same, to keep what RDS would delete by itself, \
          such as the snapshot of the old writer that a failover of a \
          global database leaves. Key, name and a lost answer are as with \
          `rds.copy-snapshot`. Of a copy RDS does not tell up to when it \
          holds the writes: `data_time` is the time of the original.",
    example: r#"
[[step]]
id = "keep-cluster"
kind = "rds.copy-cluster-snapshot"
title = "Copy the newest snapshot of learn-courses"
account = "{account}"
from = "{from}"
region = "{to}"
source = "learn-courses"
key = "alias/learn-copies"
expect = "10m"
timeout = "2h"
"#,
    outputs: &["snapshot", "arn", "data_time"],
    parse: |fields| parse(fields, &CLUSTER),
};

/// A copy that was taken shows within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// Names of snapshots are at most this long.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
const LONGEST: usize = 200;

/// What RDS calls it, of instances and of clusters.
#[derive(Debug)]
struct Family {
    thing: Thing,
    name: &'static str,
    arn: &'static str,
    of: &'static str,
    encrypted: &'static str,
    original: &'static str,
    /// The members that tell up to when an original holds the writes.
    times: &'static [&'static str],
    calls: &'static [&'static str],
    call: fn(rds::Copy) -> Call,
}

static INSTANCE: Family = Family {
    thing: Thing::DbSnapshot,
    name: "DBSnapshotIdentifier",
    arn: "DBSnapshotArn",
    of: "DBInstanceIdentifier",
    encrypted: "Encrypted",
    original: "SourceDBSnapshotIdentifier",
    times: &["SnapshotDatabaseTime", "OriginalSnapshotCreateTime"],
    calls: &[rds::CopySnapshot::ACTION],
    call: |copy| Call::RdsCopySnapshot(rds::CopySnapshot(copy)),
};

static CLUSTER: Family = Family {
    thing: Thing::DbClusterSnapshot,
    name: "DBClusterSnapshotIdentifier",
    arn: "DBClusterSnapshotArn",
    of: "DBClusterIdentifier",
    encrypted: "StorageEncrypted",
    original: "SourceDBClusterSnapshotArn",
    times: &[],
    calls: &[rds::CopyClusterSnapshot::ACTION],
    call: |copy| Call::RdsCopyClusterSnapshot(rds::CopyClusterSnapshot(copy)),
};

#[derive(Debug)]
struct CopySnapshot {
    family: &'static Family,
    place: Place,
    from: Text,
    source: Text,
    snapshot: Option<Text>,
    key: Option<Text>,
}

fn parse(
    fields: &mut Fields<'_>,
    family: &'static Family,
) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let from = fields.needed_text("from");
    let source = fields.needed_text("source");
    let snapshot = fields.text("snapshot");
    let key = fields.text("key");
    Some(Box::new(Starts(CopySnapshot {
        family,
        place: place?,
        from: from?,
        source: source?,
        snapshot,
        key,
    })))
}

impl Family {
    /// Up to when a snapshot holds the writes, where RDS tells it.
    fn data_time(&self, item: &Value) -> Option<Timestamp> {
        let told = self.times.iter().find_map(|member| time(item, member));
        let own = word(item, self.original).is_empty();
        told.or_else(|| time(item, "SnapshotCreateTime").filter(|_| own))
    }
}

impl CopySnapshot {
    fn originals(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let source = scene.fill(&self.source)?;
        let what = self.family.thing.asked(&json!({ self.family.of: source }));
        let (account, _) = self.place.of(scene)?;
        let from = Region::new(scene.fill(&self.from)?);
        Ok(Source::aws(&account, &from, what))
    }

    fn key(&self, scene: &Scene<'_>) -> Result<Option<Source>, Missing> {
        let Some(key) = &self.key else { return Ok(None) };
        let what = Thing::Key.asked(&json!({ "KeyId": scene.fill(key)? }));
        Ok(Some(self.place.look(scene, what)?))
    }

    /// The name of the copy: RDS keeps it in small letters, begins it with
    /// one and takes no two dashes side by side.
    fn name(scene: &Scene<'_>) -> String {
        let once = scene.once(LONGEST).to_lowercase();
        let words = once.split('-').filter(|word| !word.is_empty());
        let words: Vec<&str> = ["lifeboat"].into_iter().chain(words).collect();
        words.join("-")
    }

    /// That nothing is called like the copy.
    fn is_free(&self, scene: &Scene<'_>, name: &str) -> Result<(), Blocked> {
        let look = self.look(scene)?;
        if things(looked(scene, &look)?.found)?.is_empty() {
            return Ok(());
        }
        let why = format!("there is a snapshot {name} already");
        Err(Blocked::because(why))
    }

    /// The snapshot to be copied.
    fn original<'a>(&self, scene: &Scene<'a>) -> Result<&'a Value, Blocked> {
        let told = looked(scene, &self.originals(scene)?)?;
        let of = self.family;
        let wanted = self.snapshot.as_ref();
        let wanted = wanted.map(|text| scene.fill(text)).transpose()?;
        let usable = things(told.found)?.iter().filter(|item| {
            word(item, "Status") == "available"
                && wanted.as_deref().is_none_or(|wanted| {
                    [of.name, of.arn].iter().any(|m| word(item, m) == wanted)
                })
        });
        let newest = usable.max_by_key(|item| {
            (of.data_time(item), time(item, "SnapshotCreateTime"))
        });
        let source = scene.fill(&self.source)?;
        newest.ok_or_else(|| {
            let which = wanted.map_or(String::new(), |id| format!(" {id}"));
            Blocked::because(format!(
                "there is no available snapshot{which} of {source}"
            ))
        })
    }

    /// The key of the copy, once it is known that it can encrypt.
    fn opened(
        &self,
        scene: &Scene<'_>,
        item: &Value,
        away: bool,
    ) -> Result<Option<Arn>, Blocked> {
        let look = self.key(scene)?;
        let encrypted = item[self.family.encrypted] == true;
        let Some(look) = look else {
            if encrypted && away {
                let (_, region) = self.place.of(scene)?;
                return Err(Blocked::because(format!(
                    "the snapshot is encrypted: the copy needs a `key` of \
                     {region}"
                )));
            }
            return Ok(None);
        };
        let (_, region) = self.place.of(scene)?;
        let told = things(looked(scene, &look)?.found)?.first();
        usable(told, &region).map(Some).map_err(Blocked::because)
    }
}

impl Starting for CopySnapshot {
    fn texts(&self) -> Vec<&Text> {
        let own = [&self.from, &self.source];
        let own = self.place.texts().into_iter().chain(own);
        own.chain(&self.snapshot).chain(&self.key).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        self.family.calls
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let of = json!({ self.family.name: Self::name(scene) });
        self.place.look(scene, self.family.thing.asked(&of))
    }

    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let looks = [self.originals(scene)?, self.look(scene)?].into_iter();
        Ok(looks.chain(self.key(scene)?).collect())
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let (account, region) = self.place.of(scene)?;
        let from = scene.fill(&self.from)?;
        if from != region.as_str() && from.starts_with("us-gov-") {
            return Err(Blocked::because(
                "between Regions of GovCloud RDS wants a signed address \
                 that this program does not make",
            ));
        }
        let name = Self::name(scene);
        self.is_free(scene, &name)?;
        let item = self.original(scene)?;
        let key = self.opened(scene, item, from != region.as_str())?;
        let arn = word(item, self.family.arn);
        let of = scene.fill(&self.source)?;
        let data = self.family.data_time(item);
        let data = data.map_or("unknown".to_owned(), moment);
        let own = word(item, self.family.name);
        let mut bound = vec![
            (format!("snapshot of {of}"), arn.to_owned()),
            (format!("snapshots called {name}"), "none".to_owned()),
        ];
        if let Some(key) = &key {
            bound.push(("key of the copy".to_owned(), key.to_string()));
        }
        let (tag, incident) = scene.tag();
        let tags = [tag, INCIDENT_TAG].map(|tag| (tag, incident));
        let tags = tags.map(|(tag, by)| (tag.to_owned(), by.to_owned()));
        Ok(Start {
            name: name.clone(),
            effect: format!(
                "{name} is made in {region} of {own} in {from}, and costs \
                 until it is deleted"
            ),
            loss: None,
            undo: Undo::By(format!("delete the snapshot {name}")),
            bound,
            before: vec![format!("{own} holds the writes up to {data}")],
            after: format!("{name} is available in {region}"),
            call: (self.family.call)(rds::Copy {
                account,
                region,
                copy: name,
                snapshot: Arn::new(arn),
                key,
                tags: BTreeMap::from(tags),
            }),
        })
    }

    fn came(
        &self,
        scene: &Scene<'_>,
        items: &[Value],
        answers: &Answers,
    ) -> Came {
        let Some(copy) = items.first() else { return Came::Absent };
        let (key, incident) = scene.tag();
        let tags = copy["TagList"].as_array().into_iter().flatten();
        let ours = tags
            .filter(|tag| word(tag, "Key") == key)
            .any(|tag| word(tag, "Value") == incident);
        let name = word(copy, self.family.name);
        if !ours {
            return Came::Unclear(format!(
                "{name} has no tag {key} = {incident}"
            ));
        }
        let status = word(copy, "Status");
        let told = format!("{name} is {status}");
        let before = answers.plan.as_ref().and_then(|p| p.before.first());
        let data = before.and_then(|text| text.rsplit(' ').next());
        match status {
            "available" => Came::Done {
                outputs: Values::from([
                    ("snapshot".into(), name.into()),
                    ("arn".into(), word(copy, self.family.arn).into()),
                    ("data_time".into(), data.unwrap_or("unknown").into()),
                ]),
                evidence: vec![told],
            },
            "failed" | "deleting" | "deleted" => Came::Failed(told),
            "creating" | "copying" | "pending" => {
                let share = copy["PercentProgress"].as_i64().unwrap_or(0);
                Came::Running(format!("{told}, {share} %"))
            }
            _ => Came::Unclear(told),
        }
    }
}
