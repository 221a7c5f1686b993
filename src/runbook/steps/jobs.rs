//! Jobs of AWS Backup: how one that was started is found and followed.
//!
//! An answer names the job. Where the answer was lost, AWS is asked for the
//! jobs of the kind since the confirm: none of them tells its token, so one
//! is ours if it does the same by the same role and no plan made it, and only
//! if there is no other such.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::place::Place;
use super::seen::{looked, moment, things, time, word};
use super::starting::Came;
use super::{Answers, Blocked, Fields, Missing, Scene, Text, Values};
use crate::estate::Source;
use crate::estate::ids::{Arn, Region};
use crate::estate::thing::Thing;
use crate::runbook::call::backup::Asked;

/// Tokens are made at most this long.
const LONGEST: usize = 64;

/// How far the clock of AWS may be behind ours for a job of ours to be found.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A job that was taken is listed within this time.
pub(super) const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

/// What AWS Backup calls the jobs of one kind.
#[derive(Debug)]
pub(super) struct Family {
    /// One job by its id.
    pub(super) one: Thing,
    /// The jobs since some time.
    pub(super) all: Thing,
    /// The member that is the id of a job.
    pub(super) id: &'static str,
    /// The member that is its state.
    pub(super) state: &'static str,
    /// The member that is the ARN of what it made.
    pub(super) made: &'static str,
    /// What that is called for later steps.
    pub(super) output: &'static str,
}

/// Where a job is asked for, and by which role it works.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) place: Place,
    role: Text,
}

impl Desk {
    /// Reads `account`, `region` and `role`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Desk> {
        let place = Place::read(fields);
        let role = fields.needed_text("role");
        Some(Desk { place: place?, role: role? })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.place.texts().into_iter().chain([&self.role])
    }

    /// How the job of this try is asked for.
    pub(super) fn asked(&self, scene: &Scene<'_>) -> Result<Asked, Missing> {
        let (account, region) = self.place.of(scene)?;
        let role = scene.fill(&self.role)?;
        Ok(Asked { account, region, role, token: scene.once(LONGEST) })
    }

    /// The look that tells the job.
    pub(super) fn result(
        &self,
        family: &Family,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        let named = answers.named.iter().flatten().next();
        let what = if let Some(id) = named {
            family.one.asked(&json!({ family.id: id }))
        } else {
            let from = answers.confirmed.unwrap_or(scene.since) - SKEW;
            family.all.asked(&json!({ "ByCreatedAfter": moment(from) }))
        };
        self.place.look(scene, what)
    }

    /// How far the job has come. What `same` tells of a job is whether it
    /// does what was asked for.
    pub(super) fn came(
        &self,
        family: &Family,
        (scene, all): (&Scene<'_>, &[Value]),
        answers: &Answers,
        same: impl Fn(&Value) -> bool,
    ) -> Came {
        if answers.named.iter().flatten().next().is_some() {
            return all.first().map_or(Came::Absent, |job| family.came(job));
        }
        let role = scene.fill(&self.role).unwrap_or_default();
        let ours = all.iter().filter(|job| {
            job["CreatedBy"].as_object().is_none_or(Map::is_empty)
                && word(job, "IamRoleArn") == role
                && same(job)
        });
        match ours.collect::<Vec<_>>().as_slice() {
            [] => Came::Absent,
            [job] => family.came(job),
            several => Came::Unclear(format!(
                "{} jobs do the same, and the answer that named ours was \
                 lost",
                several.len()
            )),
        }
    }
}

impl Family {
    fn came(&self, job: &Value) -> Came {
        let (id, state) = (word(job, self.id), word(job, self.state));
        let said = word(job, "StatusMessage");
        let told = match said {
            "" => format!("job {id} is {state}"),
            said => format!("job {id} is {state}: {said}"),
        };
        match state {
            // AWS Backup calls a restore of S3 completed although objects
            // of it were not.
            // https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-s3.html
            "COMPLETED" if said.contains("failed") => Came::Failed(told),
            "COMPLETED" => {
                let made = word(job, self.made).to_owned();
                let at = word(job, "CompletionDate");
                let mut outputs = Values::from([("job".into(), id.into())]);
                if !made.is_empty() {
                    outputs.insert(self.output.into(), made.clone());
                }
                let evidence = vec![format!("{told} since {at}; made {made}")];
                Came::Done { outputs, evidence }
            }
            "FAILED" | "ABORTED" | "EXPIRED" | "PARTIAL" => Came::Failed(told),
            "CREATED" | "PENDING" | "RUNNING" | "ABORTING" | "COMPLETING"
            | "FAILING" => match word(job, "PercentDone") {
                "" => Came::Running(told),
                share => {
                    let share = share.trim_end_matches('%');
                    Came::Running(format!("{told}, {share} %"))
                }
            },
            _ => Came::Unclear(told),
        }
    }
}

/// The recovery point that a step means: the one that it names, or the
/// newest one of a resource that can be used.
#[derive(Debug)]
pub(super) struct Meant {
    resource: Text,
    point: Option<Text>,
}

impl Meant {
    /// Reads `resource` and `point`.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Meant> {
        let resource = fields.needed_text("resource");
        let point = fields.text("point");
        Some(Meant { resource: resource?, point })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        [&self.resource].into_iter().chain(&self.point)
    }

    /// The look at the recovery points of the resource.
    pub(super) fn look(
        &self,
        scene: &Scene<'_>,
        place: &Place,
    ) -> Result<Source, Missing> {
        let of = json!({ "ResourceArn": scene.fill(&self.resource)? });
        place.look(scene, Thing::RecoveryPoints.asked(&of))
    }

    /// The recovery point, once it is known that it can be used.
    pub(super) fn one<'a>(
        &self,
        scene: &Scene<'a>,
        place: &Place,
    ) -> Result<&'a Value, Blocked> {
        let told = looked(scene, &self.look(scene, place)?)?;
        let wanted = self.point.as_ref();
        let wanted = wanted.map(|text| scene.fill(text)).transpose()?;
        let usable = things(told.found)?.iter().filter(|point| {
            let named = wanted
                .as_deref()
                .is_none_or(|arn| word(point, "RecoveryPointArn") == arn);
            let status = word(point, "Status");
            named && ["COMPLETED", "AVAILABLE"].contains(&status)
        });
        let newest = usable.max_by_key(|point| time(point, "CreationDate"));
        let resource = Arn::new(scene.fill(&self.resource)?);
        let (_, region) = place.of(scene)?;
        newest.ok_or_else(|| {
            let which = wanted.map_or(String::new(), |arn| format!(" {arn}"));
            Blocked::because(format!(
                "{region} has no usable recovery point{which} of {}",
                resource.tail()
            ))
        })
    }
}

/// How long what a job makes is kept, in words.
pub(super) fn kept(days: Option<i64>) -> String {
    days.map_or("for ever".to_owned(), |days| format!("for {days} days"))
}

/// A recovery point in words: its name and when AWS Backup began to make it.
pub(super) fn said(point: &Value) -> String {
    let arn = Arn::new(word(point, "RecoveryPointArn"));
    let at = time(point, "CreationDate");
    let at = at.map_or("at an unknown time".to_owned(), moment);
    format!("{} was begun {at}", arn.tail())
}

/// A vault, looked at in its own Region; the name is the end of its ARN.
pub(super) fn vault_look(
    scene: &Scene<'_>,
    place: &Place,
    region: &Region,
    name: &str,
) -> Result<Source, Missing> {
    let (account, _) = place.of(scene)?;
    let what = Thing::Vault.asked(&json!({ "BackupVaultName": name }));
    Ok(Source::aws(&account, region, what))
}

/// The ARN of a vault that is there.
pub(super) fn vault(
    scene: &Scene<'_>,
    look: &Source,
    name: &str,
) -> Result<Arn, Blocked> {
    let told = things(looked(scene, look)?.found)?.first();
    let arn = told.map(|vault| Arn::new(word(vault, "BackupVaultArn")));
    arn.ok_or_else(|| Blocked::because(format!("there is no vault {name}")))
}
