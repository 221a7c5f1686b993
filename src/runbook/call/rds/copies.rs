//! Copies of snapshots, asked for in the Region that they are made in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tag_list;
use crate::estate::ids::{Account, Arn, Region};
use crate::runbook::call::resource::arn;
use crate::runbook::call::{Change, Survival};

/// A copy of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The account that the copy is made in.
    pub account: Account,
    /// The Region that the copy is made in, which is asked itself.
    pub region: Region,
    /// The identifier of the copy.
    pub copy: String,
    /// The ARN of the snapshot.
    pub snapshot: Arn,
    /// The ARN of the key of the copy, where the snapshot is encrypted.
    pub key: Option<Arn>,
    /// Its tags beside those of the snapshot, which tell who made it.
    pub tags: BTreeMap<String, String>,
}

impl Copy {
    /// The request, with the members that name snapshot and copy.
    fn request(&self, snapshot: &str, copy: &str) -> Value {
        let mut request = json!({
            snapshot: self.snapshot,
            copy: self.copy,
            "CopyTags": false,
            "Tags": tag_list(&self.tags),
        });
        if let Some(key) = &self.key {
            request["KmsKeyId"] = json!(key);
        }
        request
    }
}

macro_rules! copies {
    ($($(#[$doc:meta])+ $name:ident $action:literal $kind:literal
       $snapshot:literal $copy:literal;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Copy);

        impl $name {
            /// Its IAM action.
            pub const ACTION: &str = $action;
        }

        impl Change for $name {
            fn place(&self) -> (&Account, Region) {
                (&self.0.account, self.0.region.clone())
            }

            fn action(&self) -> &'static str {
                Self::ACTION
            }

            fn doing(&self) -> &'static str {
                "copy the snapshot"
            }

            fn target(&self) -> &str {
                &self.0.copy
            }

            fn survival(&self) -> Survival {
                Survival::NameTaken
            }

            fn resource(&self) -> Option<String> {
                let what = format!("{}:{}", $kind, self.0.copy);
                Some(arn(&self.0.account, &self.0.region, "rds", &what))
            }

            fn request(&self) -> Value {
                self.0.request($snapshot, $copy)
            }

            fn creates(&self) -> bool {
                true
            }

            fn made_by(&self) -> Option<(&str, &str)> {
                let (key, by) = self.0.tags.first_key_value()?;
                Some((key, by))
            }
        }
    )+};
}

copies! {
    /// A snapshot of an instance is copied.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
    CopySnapshot "rds:CopyDBSnapshot" "snapshot"
        "SourceDBSnapshotIdentifier" "TargetDBSnapshotIdentifier";
    /// A snapshot of a cluster is copied.
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html
    CopyClusterSnapshot "rds:CopyDBClusterSnapshot" "cluster-snapshot"
        "SourceDBClusterSnapshotIdentifier"
        "TargetDBClusterSnapshotIdentifier";
}
