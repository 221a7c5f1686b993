//! Things: what a step asks AWS for by name, one line each.
//!
//! A [`Question`] is one read of one service. Of the answer only the members
//! in the table are kept: nothing else of it can reach screen or journal.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::What;
use crate::failure::cleaned;

/// What AWS is asked for a thing, and what of the answer is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The short name of the look, such as `states/execution`.
    pub name: &'static str,
    /// The name of the AWS system that it belongs to.
    pub system: &'static str,
    /// The signing name of the service and its operation.
    pub operation: &'static str,
    /// The IAM action that it needs, where that is called otherwise.
    pub needs: &'static str,
    /// The member of the answer that lists the items, or is the one item;
    /// where it is empty, the answer is.
    pub items: &'static str,
    /// The members of an item that are kept.
    pub keeps: &'static [&'static str],
    /// The codes by which the service says that there is none.
    pub absent: &'static [&'static str],
}

macro_rules! things {
    ($($(#[$doc:meta])+ $thing:ident $name:literal $system:literal
       $operation:literal needs $needs:literal items $items:literal
       keeps [$($keep:literal),+] absent [$($code:literal),*];)+) => {
        /// A kind of thing that a step asks for.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Thing {$(
            $(#[$doc])+
            $thing,
        )+}

        impl Thing {
            /// Every kind.
            pub const ALL: &[Thing] = &[$(Thing::$thing),+];

            /// What AWS is asked for it.
            pub const fn question(self) -> Question {
                match self {$(
                    Thing::$thing => Question {
                        name: $name,
                        system: $system,
                        operation: $operation,
                        needs: $needs,
                        items: $items,
                        keeps: &[$($keep),+],
                        absent: &[$($code),*],
                    },
                )+}
            }
        }
    };
}

things! {
    /// One execution of a state machine.
    // https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    Execution "states/execution" "Step Functions"
        "states:DescribeExecution" needs "states:DescribeExecution"
        items "" keeps ["name", "status", "startDate", "stopDate", "error"]
        absent ["ExecutionDoesNotExist"];
    /// The settings of an RDS instance.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    DbInstance "rds/instance-settings" "RDS"
        "rds:DescribeDBInstances" needs "rds:DescribeDBInstances"
        items "DBInstances"
        keeps ["DBInstanceIdentifier", "DBInstanceArn", "DbiResourceId",
            "DBInstanceStatus", "Endpoint", "Engine",
            "ReadReplicaSourceDBInstanceIdentifier", "MultiAZ", "DeletionProtection", "BackupRetentionPeriod",
            "DBParameterGroups", "VpcSecurityGroups",
            "PendingModifiedValues"]
        absent ["DBInstanceNotFound"];
    /// The automated backups of an RDS instance, also of a deleted one.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html
    AutomatedBackups "rds/automated-backups-of" "RDS"
        "rds:DescribeDBInstanceAutomatedBackups"
        needs "rds:DescribeDBInstanceAutomatedBackups"
        items "DBInstanceAutomatedBackups"
        keeps ["DBInstanceIdentifier", "DBInstanceArn", "DbiResourceId",
            "DBInstanceAutomatedBackupsArn", "RestoreWindow", "Status"]
        absent ["DBInstanceAutomatedBackupNotFound"];
    /// What RDS reports of an instance.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Event.html
    DbEvents "rds/instance-events" "RDS"
        "rds:DescribeEvents" needs "rds:DescribeEvents"
        items "Events" keeps ["Message", "Date"] absent [];
    /// Snapshots of an RDS instance, or one of them.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html
    DbSnapshot "rds/snapshot" "RDS"
        "rds:DescribeDBSnapshots" needs "rds:DescribeDBSnapshots"
        items "DBSnapshots"
        keeps ["DBSnapshotIdentifier", "DBSnapshotArn",
            "DBInstanceIdentifier", "SnapshotCreateTime",
            "OriginalSnapshotCreateTime", "SnapshotDatabaseTime", "Status",
            "PercentProgress", "Encrypted", "KmsKeyId",
            "SourceDBSnapshotIdentifier", "TagList"]
        absent ["DBSnapshotNotFound"];
    /// Snapshots of an Aurora cluster, or one of them.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterSnapshot.html
    DbClusterSnapshot "rds/cluster-snapshot" "RDS"
        "rds:DescribeDBClusterSnapshots"
        needs "rds:DescribeDBClusterSnapshots"
        items "DBClusterSnapshots"
        keeps ["DBClusterSnapshotIdentifier", "DBClusterSnapshotArn",
            "DBClusterIdentifier", "SnapshotCreateTime", "Status",
            "PercentProgress", "StorageEncrypted", "KmsKeyId", "Engine",
            "SourceDBClusterSnapshotArn", "TagList"]
        absent ["DBClusterSnapshotNotFoundFault"];
    /// A backup job.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupJob.html
    BackupJob "backup/backup-job" "AWS Backup"
        "backup:DescribeBackupJob" needs "backup:DescribeBackupJob"
        items ""
        keeps ["BackupJobId", "State", "StatusMessage", "PercentDone",
            "ResourceArn", "BackupVaultName", "RecoveryPointArn",
            "IamRoleArn", "CompletionDate", "CreatedBy"]
        absent ["ResourceNotFoundException"];
    /// The backup jobs since some time.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
    BackupJobs "backup/backup-jobs-since" "AWS Backup"
        "backup:ListBackupJobs" needs "backup:ListBackupJobs"
        items "BackupJobs"
        keeps ["BackupJobId", "State", "StatusMessage", "PercentDone",
            "ResourceArn", "BackupVaultName", "RecoveryPointArn",
            "IamRoleArn", "CompletionDate", "CreatedBy"]
        absent [];
    /// A copy job.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CopyJob.html
    CopyJob "backup/copy-job" "AWS Backup"
        "backup:DescribeCopyJob" needs "backup:DescribeCopyJob"
        items "CopyJob"
        keeps ["CopyJobId", "State", "StatusMessage",
            "SourceRecoveryPointArn", "DestinationBackupVaultArn",
            "DestinationRecoveryPointArn", "IamRoleArn", "CompletionDate",
            "CreatedBy"]
        absent ["ResourceNotFoundException"];
    /// The copy jobs since some time.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListCopyJobs.html
    CopyJobs "backup/copy-jobs-since" "AWS Backup"
        "backup:ListCopyJobs" needs "backup:ListCopyJobs"
        items "CopyJobs"
        keeps ["CopyJobId", "State", "StatusMessage",
            "SourceRecoveryPointArn", "DestinationBackupVaultArn",
            "DestinationRecoveryPointArn", "IamRoleArn", "CompletionDate",
            "CreatedBy"]
        absent [];
    /// A restore job.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRestoreJob.html
    RestoreJob "backup/restore-job" "AWS Backup"
        "backup:DescribeRestoreJob" needs "backup:DescribeRestoreJob"
        items ""
        keeps ["RestoreJobId", "Status", "StatusMessage", "PercentDone",
            "RecoveryPointArn", "CreatedResourceArn", "IamRoleArn",
            "CompletionDate", "CreatedBy"]
        absent ["ResourceNotFoundException"];
    /// The restore jobs since some time.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRestoreJobs.html
    RestoreJobs "backup/restore-jobs-since" "AWS Backup"
        "backup:ListRestoreJobs" needs "backup:ListRestoreJobs"
        items "RestoreJobs"
        keeps ["RestoreJobId", "Status", "StatusMessage", "PercentDone",
            "RecoveryPointArn", "CreatedResourceArn", "IamRoleArn",
            "CompletionDate", "CreatedBy"]
        absent [];
    /// The recovery points of a resource.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByResource.html
    RecoveryPoints "backup/points-of" "AWS Backup"
        "backup:ListRecoveryPointsByResource"
        needs "backup:ListRecoveryPointsByResource"
        items "RecoveryPoints"
        keeps ["RecoveryPointArn", "CreationDate", "Status",
            "BackupVaultName", "EncryptionKeyArn"]
        absent ["ResourceNotFoundException"];
    /// A vault.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupVault.html
    Vault "backup/vault" "AWS Backup"
        "backup:DescribeBackupVault" needs "backup:DescribeBackupVault"
        items ""
        keeps ["BackupVaultName", "BackupVaultArn", "EncryptionKeyArn"]
        absent ["ResourceNotFoundException"];
    /// A legal hold.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetLegalHold.html
    LegalHold "backup/legal-hold" "AWS Backup"
        "backup:GetLegalHold" needs "backup:GetLegalHold"
        items "" keeps ["LegalHoldId", "Title", "Status"]
        absent ["ResourceNotFoundException"];
    /// The legal holds of a Region.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListLegalHolds.html
    LegalHolds "backup/legal-holds" "AWS Backup"
        "backup:ListLegalHolds" needs "backup:ListLegalHolds"
        items "LegalHolds" keeps ["LegalHoldId", "Title", "Status"]
        absent [];
    /// A table of DynamoDB.
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
    Table "dynamodb/table" "DynamoDB"
        "dynamodb:DescribeTable" needs "dynamodb:DescribeTable"
        items "Table"
        keeps ["TableName", "TableArn", "TableStatus", "CreationDateTime",
            "RestoreSummary"]
        absent ["ResourceNotFoundException"];
    /// The continuous backups of a table.
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ContinuousBackupsDescription.html
    ContinuousBackups "dynamodb/continuous-backups" "DynamoDB"
        "dynamodb:DescribeContinuousBackups"
        needs "dynamodb:DescribeContinuousBackups"
        items "ContinuousBackupsDescription"
        keeps ["ContinuousBackupsStatus", "PointInTimeRecoveryDescription"]
        absent ["TableNotFoundException"];
    /// A key of KMS.
    // https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html
    Key "kms/key" "KMS"
        "kms:DescribeKey" needs "kms:DescribeKey"
        items "KeyMetadata"
        keeps ["Arn", "KeyState", "KeyUsage", "KeyManager", "DeletionDate"]
        absent ["NotFoundException"];

    /// The executions of a Region switch plan.
    // https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ListPlanExecutions.html
    PlanExecutions "region-switch/executions" "ARC Region switch"
        "arc-region-switch:ListPlanExecutions"
        needs "arc-region-switch:ListPlanExecutions"
        items "items" keeps [
            "executionId", "executionState", "comment", "startTime",
            "endTime", "actualRecoveryTime"
        ]
        absent [];

    /// The steps of an execution of a Region switch plan.
    // https://docs.aws.amazon.com/arc-region-switch/latest/api/API_GetPlanExecution.html
    PlanSteps "region-switch/steps" "ARC Region switch"
        "arc-region-switch:GetPlanExecution"
        needs "arc-region-switch:GetPlanExecution"
        items "stepStates" keeps ["name", "status", "stepMode"]
        absent [];

    /// The events of an execution of a Region switch plan.
    // https://docs.aws.amazon.com/arc-region-switch/latest/api/API_ListPlanExecutionEvents.html
    PlanEvents "region-switch/events" "ARC Region switch"
        "arc-region-switch:ListPlanExecutionEvents"
        needs "arc-region-switch:ListPlanExecutionEvents"
        items "items"
        keeps ["timestamp", "type", "stepName", "error", "description"]
        absent [];
}

impl Thing {
    /// The look at it. `request` is in the member names of the API
    /// reference, as short as it may be.
    pub fn asked(self, request: &Value) -> What {
        What::Thing { of: self, request: request.to_string() }
    }
}

impl Question {
    /// The items of an answer, with what is kept of them.
    pub fn kept(&self, answer: Value) -> Vec<Value> {
        let items = if self.items.is_empty() {
            vec![answer]
        } else {
            match answer.get(self.items) {
                Some(Value::Array(list)) => list.clone(),
                Some(one @ Value::Object(_)) => vec![one.clone()],
                _ => Vec::new(),
            }
        };
        items.into_iter().map(|item| self.picked(item)).collect()
    }

    fn picked(&self, item: Value) -> Value {
        let Value::Object(members) = item else { return plain(item) };
        let kept = members.into_iter().filter(|(name, value)| {
            self.keeps.contains(&name.as_str()) && !value.is_null()
        });
        kept.map(|(name, value)| (name, plain(value))).collect()
    }
}

/// A value without what would disturb a screen.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(cleaned(&text)),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (cleaned(&name), plain(value)))
            .collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_members_of_the_table_are_kept() {
        let question = Thing::Execution.question();
        let kept = question.kept(json!({
            "name": "a\u{1b}[2J", "status": "RUNNING", "stopDate": null,
            "input": "{\"password\": \"hunter2\"}",
        }));
        assert_eq!(kept.len(), 1);
        let members: Vec<_> = kept[0].as_object().unwrap().keys().collect();
        assert_eq!(members, ["name", "status"]);
        assert!(!kept[0]["name"].as_str().unwrap().contains('\u{1b}'));
    }

    #[test]
    fn a_list_is_of_its_items() {
        let question =
            Question { items: "executions", ..Thing::Execution.question() };
        let two = [json!({ "name": "a" }), json!({ "name": "b", "x": 1 })];
        let kept = question.kept(json!({ "executions": two, "more": 1 }));
        assert_eq!(kept, [json!({ "name": "a" }), json!({ "name": "b" })]);
        assert_eq!(question.kept(json!({})), [] as [Value; 0]);
        let one = json!({ "executions": { "name": "a", "x": 1 } });
        assert_eq!(question.kept(one), [json!({ "name": "a" })]);
    }
}
