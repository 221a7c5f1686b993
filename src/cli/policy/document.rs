//! Policy documents, made from what the program can ask and change.

use serde_json::{Value, json};

use crate::aws::needs;
use crate::config::{Config, Shared as Place};
use crate::estate::cost::DRILL_TAG;
use crate::runbook::call::{ACTIONS, REMOVALS};
use crate::runbook::steps::INCIDENT_TAG;

/// What no policy of ours may allow: with these a login could end what is
/// left to recover from.
pub(super) const DENIED: [&str; 18] = [
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:DisassociateRecoveryPointFromParent",
    "backup:PutBackupVaultAccessPolicy",
    "backup:UpdateRecoveryPointLifecycle",
    "dynamodb:DeleteBackup",
    "ec2:DeleteSnapshot",
    "ec2:DeregisterImage",
    "fsx:DeleteBackup",
    "rds:DeleteDBClusterAutomatedBackup",
    "rds:DeleteDBClusterSnapshot",
    "rds:DeleteDBInstanceAutomatedBackup",
    "rds:DeleteDBSnapshot",
    "s3:DeleteObjectVersion",
    "s3:PutBucketVersioning",
];

/// The tag that everything carries that a restore of ours makes; its value
/// names the incident. Only what has it may be deleted again.
pub(super) const TAG: &str = INCIDENT_TAG;

/// What makes something of RDS, and what its tags are put on with.
const MAKES: [&str; 4] = [
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:RestoreDBInstanceToPointInTime",
];
const TAGS: &str = "rds:AddTagsToResource";

/// What a guided restore needs: the restoring operations of each service, by
/// the IAM actions that the Service Authorization Reference gives them.
pub(super) const RESTORE: &[&str] = &[
    // Databases, from a snapshot or to a moment, and their readers.
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:RestoreDBInstanceToPointInTime",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBClusterToPointInTime",
    "rds:CreateDBInstance",
    "rds:ModifyDBInstance",
    "rds:ModifyDBCluster",
    "rds:AddTagsToResource",
    // Volumes and machines, also out of the archive and the Recycle Bin.
    "ec2:CreateVolume",
    "ec2:AttachVolume",
    "ec2:RunInstances",
    "ec2:RestoreSnapshotTier",
    "ec2:RestoreSnapshotFromRecycleBin",
    "ec2:RestoreImageFromRecycleBin",
    // File systems; what AWS Backup holds of them goes by StartRestoreJob.
    "elasticfilesystem:CreateFileSystem",
    "elasticfilesystem:CreateMountTarget",
    "elasticfilesystem:TagResource",
    "fsx:CreateFileSystemFromBackup",
    "fsx:CreateVolumeFromBackup",
    "fsx:TagResource",
    // Tables.
    "dynamodb:RestoreTableFromBackup",
    "dynamodb:RestoreTableToPointInTime",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:TagResource",
    // All types, and S3 by this alone.
    "backup:StartRestoreJob",
    "backup:GetRecoveryPointRestoreMetadata",
];

/// A table is filled by these as the caller, so they are allowed on restored
/// tables alone, by their names.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
const FILL: [&str; 7] = [
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];

/// Encrypted copies are restored with their keys, through the services.
const KEYS: [&str; 5] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

/// What a drill or a wrong restore leaves behind may be taken away again.
const CLEAR: [&str; 7] = [
    "dynamodb:DeleteTable",
    "ec2:DeleteVolume",
    "ec2:TerminateInstances",
    "elasticfilesystem:DeleteFileSystem",
    "fsx:DeleteFileSystem",
    "rds:DeleteDBCluster",
    "rds:DeleteDBInstance",
];

/// The bucket and the key under which a team shares its estate.
pub(super) struct Shared(String);

impl Shared {
    /// What the config names, if it is in S3.
    pub(super) fn of(config: &Config) -> Option<Self> {
        match config.shared_estate.as_ref()? {
            Place::S3 { bucket, prefix } => {
                let key = Place::key(prefix);
                Some(Shared(format!("arn:*:s3:::{bucket}/{key}")))
            }
            Place::File(_) => None,
        }
    }
}

/// What looking needs. With an estate shared in S3 also to open and to save
/// that one object.
pub(super) fn observe(shared: Option<&Shared>) -> Value {
    let mut statements = vec![allow("LifeboatLooks", &needs())];
    statements.extend(shared.map(|Shared(object)| {
        json!({
            "Sid": "LifeboatSharesItsEstate",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": object,
        })
    }));
    policy(statements)
}

/// Every change that a call of the program can make, sorted.
pub(super) fn all_changes() -> Vec<&'static str> {
    let mut all = ACTIONS.to_vec();
    all.sort_unstable();
    all.dedup();
    all
}

/// These changes and no other; none allows nothing. What is made gets our
/// tags, and only what has them is deleted.
pub(super) fn changes(actions: &[&str]) -> Value {
    let (removals, others): (Vec<&str>, Vec<&str>) =
        actions.iter().partition(|action| REMOVALS.contains(action));
    let mut statements = Vec::new();
    if !others.is_empty() {
        statements.push(allow("LifeboatChanges", &others));
    }
    if others.iter().any(|action| MAKES.contains(action)) {
        let mut tags = allow("LifeboatTagsWhatItMakes", &[TAGS]);
        tags["Condition"] = json!({
            "ForAllValues:StringEquals": { "aws:TagKeys": [TAG, DRILL_TAG] },
        });
        statements.extend([tags, untiered()]);
    }
    if others.iter().any(|action| action.starts_with("rds:Copy")) {
        statements.push(grants());
    }
    if others.iter().any(|action| action.starts_with("backup:Start")) {
        statements.push(role());
    }
    if !removals.is_empty() {
        let mut clear = allow("LifeboatDeletesWhatItMade", &removals);
        clear["Condition"] = with_tag();
        statements.push(clear);
    }
    policy(statements)
}

/// What a guided restore needs. A role is passed to AWS Backup alone, keys
/// are used through the services alone, and what is deleted has our tag.
pub(super) fn restore() -> Value {
    let mut tags = allow("LifeboatTagsWhatItMakes", &["ec2:CreateTags"]);
    tags["Condition"] = json!({
        "StringEquals": {
            "ec2:CreateAction": ["CreateVolume", "RunInstances"],
        },
    });
    let mut fill = allow("LifeboatFillsRestoredTables", &FILL);
    fill["Resource"] = json!("arn:*:dynamodb:*:*:table/*-restored-*");
    let mut keys = allow("LifeboatUsesKeysThroughServices", &KEYS);
    keys["Condition"] = json!({ "StringLike": { "kms:ViaService": [
        "backup.*.amazonaws.com", "dynamodb.*.amazonaws.com",
        "ec2.*.amazonaws.com", "elasticfilesystem.*.amazonaws.com",
        "fsx.*.amazonaws.com", "rds.*.amazonaws.com",
    ] } });
    let mut clear = allow("LifeboatDeletesWhatItMade", &CLEAR);
    clear["Condition"] = with_tag();
    policy(vec![
        allow("LifeboatRestores", RESTORE),
        role(),
        tags,
        fill,
        keys,
        grants(),
        clear,
        untiered(),
    ])
}

/// AWS Backup works by a role that is passed to it, and to nothing else.
fn role() -> Value {
    let mut role = allow("LifeboatPassesRolesToAwsBackup", &["iam:PassRole"]);
    role["Resource"] = json!("arn:*:iam::*:role/*");
    role["Condition"] = json!({
        "StringEquals": { "iam:PassedToService": "backup.amazonaws.com" },
    });
    role
}

/// What is encrypted anew needs a grant of its key for the service.
fn grants() -> Value {
    let mut grants = allow("LifeboatGrantsKeysToAws", &["kms:CreateGrant"]);
    grants["Condition"] =
        json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } });
    grants
}

/// Who may set our tag could make deletable what it never made: what has a
/// tier, production first of all, never gets it. What is being made has no
/// tags yet.
fn untiered() -> Value {
    json!({
        "Sid": "LifeboatTagsNothingThatHasATier",
        "Effect": "Deny",
        "Action": [
            "dynamodb:TagResource",
            "ec2:CreateTags",
            "elasticfilesystem:TagResource",
            "fsx:TagResource",
            "rds:AddTagsToResource",
        ],
        "Resource": "*",
        "Condition": {
            "ForAnyValue:StringEquals": { "aws:TagKeys": [TAG] },
            "Null": { "aws:ResourceTag/DR_Tier": "false" },
        },
    })
}

/// Only what carries our tag, whichever incident it names.
fn with_tag() -> Value {
    let key = format!("aws:ResourceTag/{TAG}");
    json!({ "StringLike": { key: "?*" } })
}

fn allow(sid: &str, actions: &[&str]) -> Value {
    json!({
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": "*",
    })
}

/// A policy of these statements, and of what is denied whatever else is
/// attached.
fn policy(mut statements: Vec<Value>) -> Value {
    statements.push(json!({
        "Sid": "LifeboatNeverEndsWhatIsLeft",
        "Effect": "Deny",
        "Action": DENIED,
        "Resource": "*",
    }));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The actions of statements with this effect.
    fn actions<'v>(document: &'v Value, effect: &str) -> BTreeSet<&'v str> {
        let statements = document["Statement"].as_array().unwrap().iter();
        let of = statements.filter(|s| s["Effect"] == effect);
        let of = of.flat_map(|s| s["Action"].as_array().unwrap());
        of.map(|action| action.as_str().unwrap()).collect()
    }

    fn all() -> [Value; 3] {
        [observe(None), changes(&all_changes()), restore()]
    }

    #[test]
    fn observing_allows_exactly_what_the_table_of_services_needs() {
        let document = observe(None);
        let allowed = actions(&document, "Allow");
        assert_eq!(allowed, needs().into_iter().collect());
        for action in allowed {
            let (_, verb) = action.split_once(':').unwrap();
            let looks = ["Describe", "Get", "List", "Lookup"]
                .iter()
                .any(|begins| verb.starts_with(begins));
            assert!(looks || action == "sqs:ReceiveMessage", "{action}");
        }
    }

    #[test]
    fn failover_allows_exactly_what_the_calls_of_the_program_need() {
        let document = changes(&all_changes());
        let allowed = actions(&document, "Allow");
        let mut needed: BTreeSet<&str> = ACTIONS.iter().copied().collect();
        needed.extend([TAGS, "kms:CreateGrant", "iam:PassRole"]);
        assert_eq!(allowed, needed);
    }

    #[test]
    fn a_call_deletes_only_what_has_our_tag() {
        let document = changes(&all_changes());
        let statements = document["Statement"].as_array().unwrap().iter();
        let allows = statements.filter(|s| s["Effect"] == "Allow");
        for statement in allows {
            let actions = statement["Action"].as_array().unwrap();
            let deletes = actions
                .iter()
                .any(|action| REMOVALS.contains(&action.as_str().unwrap()));
            let bound = statement["Condition"] == with_tag();
            assert_eq!(deletes, bound, "{statement}");
        }
    }

    #[test]
    fn what_is_denied_is_nowhere_allowed() {
        for document in all() {
            let allowed = actions(&document, "Allow");
            let last = document["Statement"].as_array().unwrap().last();
            let denied = last.unwrap()["Action"].as_array().unwrap();
            assert_eq!(denied.len(), DENIED.len());
            for denied in denied {
                let denied = denied.as_str().unwrap();
                assert!(!allowed.contains(denied), "{denied}");
            }
        }
    }

    #[test]
    fn a_restore_deletes_nothing_without_our_tag_and_passes_no_role_on() {
        let document = restore();
        let statements = document["Statement"].as_array().unwrap();
        for statement in statements.iter().filter(|s| s["Effect"] == "Allow") {
            let condition = statement["Condition"].to_string();
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let (_, verb) = action.split_once(':').unwrap();
                if action == "dynamodb:DeleteItem" {
                    let table = statement["Resource"].as_str().unwrap();
                    assert!(table.ends_with("table/*-restored-*"));
                } else if ["Delete", "Term"]
                    .iter()
                    .any(|begins| verb.starts_with(begins))
                {
                    assert!(condition.contains(TAG), "{action}");
                }
                if action == "iam:PassRole" {
                    assert!(condition.contains("backup.amazonaws.com"));
                }
                if action.starts_with("kms:") {
                    assert_ne!(condition, "null", "{action}");
                }
            }
        }
    }

    /// A managed policy holds 6,144 characters, white space not counted.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    #[test]
    fn every_policy_fits_a_managed_policy() {
        for document in all() {
            let length = document.to_string().len();
            assert!(length <= 6144, "{length}");
        }
    }
}
