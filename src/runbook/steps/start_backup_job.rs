//! `backup.start-backup-job`: backs a resource up now.

use jiff::SignedDuration;
use serde_json::Value;

use super::jobs::{Desk, Family, PROPAGATION, kept, vault, vault_look};
use super::seen::word;
use super::starting::{Came, Start, Starting, Starts};
use super::{
    Answers, Blocked, Call, Fields, Missing, Scene, Step, StepType, Text, Undo,
};
use crate::estate::Source;
use crate::estate::ids::Arn;
use crate::estate::thing::Thing;
use crate::runbook::call::backup;

pub(super) const TYPE: StepType = StepType {
    name: "backup.start-backup-job",
    doc: "Has AWS Backup back a resource up now, into a vault of its \
          Region, and follows the job to its end: before a change that \
          could go wrong, or of what was restored. The same token makes \
          one job; a lost answer is found out as with \
          `backup.start-restore-job`.",
    example: r#"
[[step]]
id = "back-up"
kind = "backup.start-backup-job"
title = "Back learn-orders up now"
account = "{account}"
region = "{to}"
role = "arn:aws:iam::{account}:role/learn-backup"
resource = "arn:aws:rds:{to}:{account}:db:learn-orders"
vault = "learn-vault-dr"
keep_days = 35
expect = "10m"
timeout = "4h"
"#,
    outputs: &["job", "point"],
    parse,
};

const FAMILY: Family = Family {
    one: Thing::BackupJob,
    all: Thing::BackupJobs,
    id: "BackupJobId",
    state: "State",
    made: "RecoveryPointArn",
    output: "point",
};

#[derive(Debug)]
struct StartBackupJob {
    desk: Desk,
    resource: Text,
    vault: Text,
    keep_days: Option<i64>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let desk = Desk::read(fields);
    let resource = fields.needed_text("resource");
    let vault = fields.needed_text("vault");
    let keep_days = fields.integer("keep_days", 1..=36_500);
    Some(Box::new(Starts(StartBackupJob {
        desk: desk?,
        resource: resource?,
        vault: vault?,
        keep_days,
    })))
}

impl StartBackupJob {
    fn vault(&self, scene: &Scene<'_>) -> Result<(Source, String), Missing> {
        let (_, region) = self.desk.place.of(scene)?;
        let name = scene.fill(&self.vault)?;
        let look = vault_look(scene, &self.desk.place, &region, &name)?;
        Ok((look, name))
    }
}

impl Starting for StartBackupJob {
    fn texts(&self) -> Vec<&Text> {
        self.desk.texts().chain([&self.resource, &self.vault]).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[backup::StartBackupJob::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        Ok(self.vault(scene)?.0)
    }

    fn result(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Result<Source, Missing> {
        self.desk.result(&FAMILY, scene, answers)
    }

    fn start(&self, scene: &Scene<'_>) -> Result<Start, Blocked> {
        let (look, name) = self.vault(scene)?;
        let held = vault(scene, &look, &name)?;
        let resource = Arn::new(scene.fill(&self.resource)?);
        let kept = kept(self.keep_days);
        let own = resource.tail();
        Ok(Start {
            name: own.to_owned(),
            effect: format!(
                "{own} is backed up into {name}, and the recovery point is \
                 kept {kept}"
            ),
            loss: None,
            undo: Undo::None("it stays until it expires".into()),
            bound: vec![("vault".to_owned(), held.to_string())],
            before: vec![format!("{name} is there")],
            after: "the backup job is COMPLETED".to_owned(),
            call: Call::BackupStartBackupJob(backup::StartBackupJob {
                asked: self.desk.asked(scene)?,
                resource,
                vault: name,
                keep_days: self.keep_days,
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
            matches!(sent, Some(Call::BackupStartBackupJob(call))
                if word(job, "ResourceArn") == call.resource.as_str()
                && word(job, "BackupVaultName") == call.vault)
        })
    }
}
