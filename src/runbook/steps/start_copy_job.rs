//! `backup.start-copy-job`: copies a recovery point to another vault.

use jiff::SignedDuration;
use serde_json::Value;

use super::jobs::{
    Desk, Family, Meant, PROPAGATION, kept, said, vault, vault_look,
};
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
    name: "backup.start-copy-job",
    doc: "Copies a recovery point of AWS Backup, by default the newest \
          usable one of a resource, from a Region to a vault of another \
          Region or account, and follows the job to its end. The Region \
          that it lies in is asked. A vault of the same account is looked \
          at first; whether one of another account takes the copy is told \
          by the job alone. A copy of a continuous backup is a snapshot. \
          The same token makes one job; a lost answer is found out as with \
          `backup.start-restore-job`.",
    example: r#"
[[step]]
id = "copy"
kind = "backup.start-copy-job"
title = "Copy the newest backup of learn-orders"
account = "{account}"
region = "{to}"
role = "arn:aws:iam::{account}:role/learn-backup"
resource = "arn:aws:rds:{to}:{account}:db:learn-orders"
vault = "arn:aws:backup:{from}:{account}:backup-vault:learn-vault"
keep_days = 35
expect = "10m"
timeout = "4h"
"#,
    outputs: &["job", "point"],
    parse,
};

const FAMILY: Family = Family {
    one: Thing::CopyJob,
    all: Thing::CopyJobs,
    id: "CopyJobId",
    state: "State",
    made: "DestinationRecoveryPointArn",
    output: "point",
};

#[derive(Debug)]
struct StartCopyJob {
    desk: Desk,
    meant: Meant,
    vault: Text,
    keep_days: Option<i64>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let desk = Desk::read(fields);
    let meant = Meant::read(fields);
    let vault = fields.needed_text("vault");
    let keep_days = fields.integer("keep_days", 1..=36_500);
    Some(Box::new(Starts(StartCopyJob {
        desk: desk?,
        meant: meant?,
        vault: vault?,
        keep_days,
    })))
}

impl StartCopyJob {
    fn to(&self, scene: &Scene<'_>) -> Result<Arn, Missing> {
        Ok(Arn::new(scene.fill(&self.vault)?))
    }

    /// The look at the vault, where it is one of the account that is asked.
    fn vault(&self, scene: &Scene<'_>) -> Result<Option<Source>, Missing> {
        let (to, place) = (self.to(scene)?, &self.desk.place);
        let (account, _) = place.of(scene)?;
        let region = to.region().filter(|_| to.account() == Some(account));
        let look = |region| vault_look(scene, place, &region, to.tail());
        region.map(look).transpose()
    }
}

impl Starting for StartCopyJob {
    fn texts(&self) -> Vec<&Text> {
        let own = self.desk.texts().chain(self.meant.texts());
        own.chain([&self.vault]).collect()
    }

    fn calls(&self) -> &'static [&'static str] {
        &[backup::StartCopyJob::ACTION]
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn look(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        self.meant.look(scene, &self.desk.place)
    }

    fn rests_on(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        Ok([self.look(scene)?].into_iter().chain(self.vault(scene)?).collect())
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
        let to = self.to(scene)?;
        if let Some(look) = self.vault(scene)? {
            vault(scene, &look, &to)?;
        }
        let arn = Arn::new(word(point, "RecoveryPointArn"));
        let kept = kept(self.keep_days);
        Ok(Start {
            name: arn.tail().to_owned(),
            effect: format!(
                "{} is copied to {to} and kept there {kept}",
                arn.tail()
            ),
            loss: None,
            undo: Undo::None("the copy stays until it expires".into()),
            bound: vec![
                ("recovery point".to_owned(), arn.to_string()),
                ("its status".to_owned(), word(point, "Status").to_owned()),
                ("vault of the copy".to_owned(), to.to_string()),
            ],
            before: vec![said(point)],
            after: "the copy job is COMPLETED".to_owned(),
            call: Call::BackupStartCopyJob(backup::StartCopyJob {
                asked: self.desk.asked(scene)?,
                point: arn,
                vault: word(point, "BackupVaultName").to_owned(),
                to,
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
            matches!(sent, Some(Call::BackupStartCopyJob(call))
                if word(job, "SourceRecoveryPointArn") == call.point.as_str()
                && word(job, "DestinationBackupVaultArn") == call.to.as_str())
        })
    }
}
