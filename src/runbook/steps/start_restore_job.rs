//! `backup.start-restore-job`: restores a recovery point of AWS Backup.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::jobs::{Desk, Family, Meant, PROPAGATION, said};
use super::seen::word;
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Missing, Scene, Step, StepType, Text, Undo,
};
use crate::estate::Source;
use crate::estate::ids::Arn;
use crate::estate::thing::Thing;
use crate::runbook::call::backup;
use crate::runbook::payload::Payload;

pub(super) const TYPE: StepType = StepType {
    name: "backup.start-restore-job",
    doc: "Restores a recovery point of AWS Backup in its Region, by default \
          the newest usable one of a resource, to something new, and \
          follows the job to its end. `metadata` is what the type of \
          resource asks for, all of it text; what is in it decides whether \
          something there is touched, such as the file system that files \
          are put back into. The same token makes one job. After a lost \
          answer the jobs since the confirm are looked at: ours is the one \
          that restores this point by this role and that no plan made; \
          where there are two, only a person can tell. What is restored \
          has no tag of this program, so no step deletes it; a cluster of \
          Aurora has no instances yet.",
    example: r#"
[[step]]
id = "restore"
kind = "backup.start-restore-job"
title = "Restore learn-orders from AWS Backup"
account = "{account}"
region = "{to}"
role = "arn:aws:iam::{account}:role/learn-restore"
resource = "arn:aws:rds:{to}:{account}:db:learn-orders"
metadata = { DBInstanceIdentifier = "learn-orders-restored", DBSubnetGroupName = "drill-closed" }
expect = "20m"
timeout = "2h"
"#,
    outputs: &["job", "resource"],
    parse,
};

const FAMILY: Family = Family {
    one: Thing::RestoreJob,
    all: Thing::RestoreJobs,
    id: "RestoreJobId",
    state: "Status",
    made: "CreatedResourceArn",
    output: "resource",
};

#[derive(Debug)]
struct StartRestoreJob {
    desk: Desk,
    meant: Meant,
    metadata: Payload,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let desk = Desk::read(fields);
    let meant = Meant::read(fields);
    fields.needed("metadata");
    let metadata = Payload::read(fields, "metadata");
    Some(Box::new(Starts(StartRestoreJob {
        desk: desk?,
        meant: meant?,
        metadata: metadata?,
    })))
}

impl StartRestoreJob {
    /// The metadata: what is no text becomes one, as AWS Backup wants it.
    fn metadata(
        &self,
        scene: &Scene<'_>,
    ) -> Result<BTreeMap<String, String>, Blocked> {
        let Value::Object(members) = self.metadata.fill(scene.values)? else {
            return Err(Blocked::because("`metadata` is no table"));
        };
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let members = members.into_iter();
        Ok(members.map(|(name, value)| (name, text(value))).collect())
    }
}

impl Starting for StartRestoreJob {
    fn texts(&self) -> Vec<&Text> {
        let own = self.desk.texts().chain(self.meant.texts());
        own.chain(self.metadata.texts()).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[backup::StartRestoreJob::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.meant.look(scene, &self.desk.place)
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        self.desk.result(&FAMILY, scene, answers)
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let point = self.meant.one(scene, &self.desk.place)?;
        let metadata = self.metadata(scene)?;
        let arn = Arn::new(word(point, "RecoveryPointArn"));
        let asked = self.desk.asked(scene)?;
        let told =
            metadata.iter().map(|(name, value)| format!("{name} = {value}"));
        let told = told.collect::<Vec<_>>().join(", ");
        Ok(Start {
            name: arn.tail().to_owned(),
            effect: format!(
                "{} is restored in {} with {told}; what is made costs until \
                 it is deleted",
                arn.tail(),
                asked.region
            ),
            loss: None,
            undo: Undo::By("delete what was restored".into()),
            bound: vec![
                ("recovery point".to_owned(), arn.to_string()),
                ("its status".to_owned(), word(point, "Status").to_owned()),
            ],
            before: vec![said(point)],
            after: "the restore job is COMPLETED".to_owned(),
            call: Call::BackupStartRestoreJob(backup::StartRestoreJob {
                asked,
                point: arn,
                metadata,
            }),
        })
    }

    fn came(
        &self,
        scene: &Scene<'_>,
        items: &[Value],
        answers: &Answers,
    ) -> Came {
        let sent = answers.call();
        self.desk.came(&FAMILY, (scene, items), answers, |job| {
            matches!(sent, Some(Call::BackupStartRestoreJob(call))
                if word(job, "RecoveryPointArn") == call.point.as_str())
        })
    }
}
