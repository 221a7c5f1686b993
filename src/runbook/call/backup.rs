//! Changes to AWS Backup: jobs that are started by hand.

mod hold;

pub use self::hold::{CancelLegalHold, CreateLegalHold};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resource::arn;
use super::{Change, Survival};
use crate::estate::ids::{Account, Arn, Region};
use crate::failure::cleaned;

/// What every job that is started has: where, by which role and with which
/// token, of which AWS Backup makes one job however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The account that is asked.
    pub account: Account,
    /// The Region that is asked.
    pub region: Region,
    /// The ARN of the role that AWS Backup works with.
    pub role: String,
    /// The token.
    pub token: String,
}

/// Implements [`Change`] of a job: its IAM action, what it does, the member
/// of the answer that is its id, and whether it makes something that costs
/// until it is deleted and does not expire.
macro_rules! job {
    ($name:ident $action:literal $doing:literal $id:literal
     creates $creates:literal) => {
        impl $name {
            /// Its IAM action.
            pub const ACTION: &str = $action;
        }

        impl Change for $name {
            fn place(&self) -> (&Account, Region) {
                (&self.asked.account, self.asked.region.clone())
            }

            fn action(&self) -> &'static str {
                Self::ACTION
            }

            fn doing(&self) -> &'static str {
                $doing
            }

            fn target(&self) -> &str {
                self.of().tail()
            }

            fn survival(&self) -> Survival {
                Survival::SameToken
            }

            fn resource(&self) -> Option<String> {
                self.touches()
            }

            fn request(&self) -> Value {
                let mut request = self.own_request();
                request["IamRoleArn"] = json!(self.asked.role);
                request["IdempotencyToken"] = json!(self.asked.token);
                request
            }

            fn answer(&self, output: &Value) -> Option<String> {
                output[$id].as_str().map(cleaned)
            }

            fn creates(&self) -> bool {
                $creates
            }
        }
    };
}

/// A recovery point is restored to something new.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartRestoreJob.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRestoreJob {
    /// Where, and by whom.
    #[serde(flatten)]
    pub asked: Asked,
    /// The ARN of the recovery point.
    pub point: Arn,
    /// What the type of resource needs to be restored.
    pub metadata: BTreeMap<String, String>,
}

job!(StartRestoreJob "backup:StartRestoreJob" "restore the recovery point"
    "RestoreJobId" creates true);

impl StartRestoreJob {
    fn of(&self) -> &Arn {
        &self.point
    }

    /// What it makes, where its name is given beforehand.
    fn touches(&self) -> Option<String> {
        let named = |key: &str| {
            let mut all = self.metadata.iter();
            all.find(|(name, _)| name.eq_ignore_ascii_case(key))
        };
        let Asked { account, region, .. } = &self.asked;
        let of = |service: &str, what: String| {
            Some(arn(account, region, service, &what))
        };
        if let Some((_, id)) = named("DBInstanceIdentifier") {
            return of("rds", format!("db:{id}"));
        }
        if let Some((_, id)) = named("DBClusterIdentifier") {
            return of("rds", format!("cluster:{id}"));
        }
        let (_, table) = named("targetTableName")?;
        of("dynamodb", format!("table/{table}"))
    }

    fn own_request(&self) -> Value {
        json!({
            "RecoveryPointArn": self.point,
            "Metadata": self.metadata,
        })
    }
}

/// A recovery point is copied to another vault.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartCopyJob.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCopyJob {
    /// Where, and by whom.
    #[serde(flatten)]
    pub asked: Asked,
    /// The ARN of the recovery point.
    pub point: Arn,
    /// The name of the vault that it lies in.
    pub vault: String,
    /// The ARN of the vault that the copy is put into.
    pub to: Arn,
    /// Days that the copy is kept; none is for ever.
    pub keep_days: Option<i64>,
}

job!(StartCopyJob "backup:StartCopyJob" "copy the recovery point"
    "CopyJobId" creates false);

impl StartCopyJob {
    fn of(&self) -> &Arn {
        &self.point
    }

    /// The vault: the ARN of a copy is not known before it is there.
    fn touches(&self) -> Option<String> {
        Some(self.to.to_string())
    }

    fn own_request(&self) -> Value {
        let request = json!({
            "RecoveryPointArn": self.point,
            "SourceBackupVaultName": self.vault,
            "DestinationBackupVaultArn": self.to,
        });
        kept(request, self.keep_days)
    }
}

/// A resource is backed up.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartBackupJob {
    /// Where, and by whom.
    #[serde(flatten)]
    pub asked: Asked,
    /// The ARN of the resource.
    pub resource: Arn,
    /// The name of the vault that the recovery point is put into.
    pub vault: String,
    /// Days that it is kept; none is for ever.
    pub keep_days: Option<i64>,
}

job!(StartBackupJob "backup:StartBackupJob" "back the resource up"
    "BackupJobId" creates false);

impl StartBackupJob {
    fn of(&self) -> &Arn {
        &self.resource
    }

    fn touches(&self) -> Option<String> {
        let Asked { account, region, .. } = &self.asked;
        let vault = format!("backup-vault:{}", self.vault);
        Some(arn(account, region, "backup", &vault))
    }

    fn own_request(&self) -> Value {
        let request = json!({
            "ResourceArn": self.resource,
            "BackupVaultName": self.vault,
        });
        kept(request, self.keep_days)
    }
}

/// A request with how long what it makes is kept.
fn kept(mut request: Value, days: Option<i64>) -> Value {
    if let Some(days) = days {
        request["Lifecycle"] = json!({ "DeleteAfterDays": days });
    }
    request
}
