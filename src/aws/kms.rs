//! What we ask of AWS KMS, and what its answers mean.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::pages::{self, Pages};
use super::{Look, Reader, Seen};
use crate::estate::ids::Arn;
use crate::estate::part::kms::{Key, KeyState};
use crate::failure::{Failure, FailureKind, cleaned};

/// The most keys that one look describes, those in use first.
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    keys: Vec<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Entry {
    key_arn: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Described {
    key_metadata: Told,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    description: String,
    key_state: String,
    key_manager: Option<String>,
    deletion_date: Option<Timestamp>,
    multi_region: Option<bool>,
    multi_region_configuration: MultiRegion,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MultiRegion {
    primary_key: Place,
    replica_keys: Vec<Place>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Place {
    region: String,
}

/// What is encrypted with each key, by ARN.
type Uses = BTreeMap<String, Vec<String>>;

/// The keys of a Region: all that KMS lists, and those that vaults,
/// databases and volumes there are encrypted with, whoever owns them. A key that is
/// denied is unknown and hides no other.
pub(super) async fn keys(reader: &Reader) -> Look {
    let kms = reader.modeled("kms")?;
    let doing = "list the keys";
    let input = json!({ "Limit": 1000 });
    let listed = kms.list(doing, "ListKeys", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.keys)
    });
    let listed = listed.await?;
    let mut reasons: Vec<String> = listed.partial.into_iter().collect();
    let mut uses = Uses::new();
    for of in USERS {
        match users(reader, of).await {
            Ok(told) => {
                reasons.extend(told.partial);
                for (arn, name) in told.items {
                    uses.entry(arn).or_default().push(name);
                }
            }
            Err(failure) => reasons.push(failure.to_string()),
        }
    }
    for entry in listed.items {
        uses.entry(entry.key_arn).or_default();
    }
    let mut all: Vec<_> = uses.into_iter().collect();
    all.sort_by_key(|(_, used_by)| used_by.is_empty());
    let here = reader.region();
    let mut keys = Vec::with_capacity(all.len());
    for (index, (arn, used_by)) in all.into_iter().enumerate() {
        let said = if index < MOST {
            describe(&kms, &arn).await
        } else {
            let told = format!("not asked: {MOST} keys a look are");
            Ok(Err(told))
        };
        keys.push(key(&arn, used_by, said, here.as_str()));
    }
    Ok(Seen::parts(keys, pages::joined(&reasons)))
}

/// What KMS says of a key, or why it does not say.
type Said = Result<Result<Told, String>, Failure>;

async fn describe(kms: &Client, arn: &str) -> Said {
    let doing = "ask for the state of the key";
    let input = json!({ "KeyId": arn });
    let said = kms.ask(doing, "DescribeKey", input).await?;
    let said: Described = into(doing, said)?;
    Ok(Ok(said.key_metadata))
}

fn key(arn: &str, used_by: Vec<String>, said: Said, here: &str) -> Key {
    let id = cleaned(arn.rsplit('/').next().unwrap_or_default());
    let mut key = Key {
        arn: cleaned(arn),
        name: id,
        state: None,
        deleted: None,
        aws_managed: None,
        also_in: Vec::new(),
        multi_region: None,
        used_by,
        unknown: Vec::new(),
    };
    match said {
        Ok(Ok(told)) => tell(&mut key, told, here),
        Ok(Err(why)) => key.unknown.push(why),
        Err(failure) if failure.kind == FailureKind::NotFound => {
            key.state = Some(KeyState::Missing);
        }
        Err(failure) => key.unknown.push(failure.to_string()),
    }
    key
}

fn tell(key: &mut Key, told: Told, here: &str) {
    if !told.description.is_empty() {
        key.name = cleaned(&told.description);
    }
    key.state = Some(match told.key_state.as_str() {
        "Enabled" => KeyState::Enabled,
        "Disabled" => KeyState::Disabled,
        "PendingDeletion" | "PendingReplicaDeletion" => {
            KeyState::PendingDeletion
        }
        other => KeyState::Other(cleaned(other)),
    });
    key.deleted = told.deletion_date;
    key.aws_managed = told.key_manager.map(|manager| manager == "AWS");
    key.multi_region = told.multi_region;
    let MultiRegion { primary_key, replica_keys } =
        told.multi_region_configuration;
    let places = replica_keys.into_iter().chain([primary_key]);
    key.also_in = places
        .map(|place| cleaned(&place.region))
        .filter(|region| !region.is_empty() && region != here)
        .collect();
}

/// A key's ARN, and what is encrypted with it.
type Use = (String, String);

/// Things of one kind that are encrypted with a key, and who lists them.
struct Users {
    service: &'static str,
    operation: &'static str,
    /// How many a page holds.
    page: (&'static str, u32),
    list: &'static str,
    name: &'static str,
    kind: &'static str,
}

const USERS: &[Users] = &[
    Users {
        service: "backup",
        operation: "ListBackupVaults",
        page: ("MaxResults", 1000),
        list: "BackupVaultList",
        name: "BackupVaultName",
        kind: "vault",
    },
    Users {
        service: "rds",
        operation: "DescribeDBInstances",
        page: ("MaxRecords", 100),
        list: "DBInstances",
        name: "DBInstanceIdentifier",
        kind: "database",
    },
    Users {
        service: "rds",
        operation: "DescribeDBClusters",
        page: ("MaxRecords", 100),
        list: "DBClusters",
        name: "DBClusterIdentifier",
        kind: "cluster",
    },
    Users {
        service: "ec2",
        operation: "DescribeVolumes",
        page: ("MaxResults", 500),
        list: "Volumes",
        name: "VolumeId",
        kind: "volume",
    },
];

/// What of one kind there is in the Region, each with its key.
async fn users(reader: &Reader, of: &Users) -> Result<Pages<Use>, Failure> {
    let doing = format!("ask which key encrypts which {}", of.kind);
    let found = reader.modeled(of.service)?;
    let (size, most) = of.page;
    let input = json!({ size: most });
    let found = found.list(&doing, of.operation, input, |page| {
        Ok(pairs(&page, of.list, of.name, of.kind))
    });
    found.await
}

/// The ARN of the key that something is encrypted with, if it is named by
/// one and not by a bare id or alias.
pub(super) fn key_arn(told: &str) -> Option<Arn> {
    told.starts_with("arn:").then(|| Arn::new(cleaned(told)))
}

fn pairs(page: &Value, list: &str, name: &str, kind: &str) -> Vec<Use> {
    let all = page.get(list).and_then(Value::as_array);
    let text = |item: &Value, member: &str| {
        item.get(member).and_then(Value::as_str).map(cleaned)
    };
    all.into_iter()
        .flatten()
        .filter_map(|item| {
            let key = text(item, "EncryptionKeyArn");
            let key = key.or_else(|| text(item, "KmsKeyId"))?;
            Some((key, format!("{kind} {}", text(item, name)?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer of `get-key-details-1` and of a multi-Region key in
    /// botocore's `examples-1.json`.
    #[test]
    fn the_printed_answers_are_read() {
        let arn = "arn:aws:kms:us-west-2:111122223333:key/\
                   mrk-1234abcd12ab34cd56ef1234567890ab";
        let said = json!({ "KeyMetadata": {
            "AWSAccountId": "111122223333",
            "Arn": arn,
            "CreationDate": "2020-12-12T05:39:20Z",
            "Description": "",
            "Enabled": true,
            "KeyId": "mrk-1234abcd12ab34cd56ef1234567890ab",
            "KeyManager": "CUSTOMER",
            "KeyState": "Enabled",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "MultiRegion": true,
            "MultiRegionConfiguration": {
                "MultiRegionKeyType": "PRIMARY",
                "PrimaryKey": { "Arn": arn, "Region": "us-west-2" },
                "ReplicaKeys": [
                    { "Arn": "a", "Region": "eu-west-1" },
                    { "Arn": "b", "Region": "ap-northeast-1" },
                ],
            },
            "Origin": "AWS_KMS",
        } });
        let said: Described = into("try", said).unwrap();
        let key = key(arn, vec![], Ok(Ok(said.key_metadata)), "us-west-2");
        assert_eq!(key.state, Some(KeyState::Enabled));
        assert_eq!(key.also_in, ["eu-west-1", "ap-northeast-1"]);
        assert_eq!(key.aws_managed, Some(false));
    }

    #[test]
    fn a_denied_key_is_unknown_and_a_key_that_is_gone_is_missing() {
        let told = |kind| {
            let failure = Failure::new("ask", kind);
            key("a/b", vec!["vault x".into()], Err(failure), "eu-west-1")
        };
        let denied = told(FailureKind::Denied { action: None });
        assert_eq!(denied.state, None);
        assert_eq!(denied.unknown.len(), 1);
        let gone = told(FailureKind::NotFound);
        assert_eq!(gone.state, Some(KeyState::Missing));
    }
}
