//! What keeps the recovery points of a vault from being deleted: its lock,
//! its access policy, and whether it is cut off from the account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_str};

use super::super::objective::fits;
use super::{Health, Told, stamp};

/// How a vault is guarded.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupVaultListMember.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultGuard {
    /// The vault's ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whether it is logically air-gapped: held by AWS, locked from the
    /// first, to be shared with other accounts.
    pub air_gapped: bool,
    /// How many recovery points AWS says it holds.
    pub points: i64,
    /// Whether a vault lock is in force; none if not told.
    pub locked: Option<bool>,
    /// From when on nobody can take the lock off. Without it, and until
    /// then, whoever may change vaults can.
    pub immutable_from: Option<Timestamp>,
    /// The least days that a recovery point stays, if the lock says so.
    pub min_days: Option<i64>,
    /// The most days that a recovery point stays, if the lock says so.
    pub max_days: Option<i64>,
    /// What its access policy says; none if not told.
    pub access: Option<Access>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// What the access policy of a vault says.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize,
)]
pub struct Access {
    /// Whether there is one.
    pub exists: bool,
    /// Whether it denies everybody to delete recovery points, be it with
    /// exceptions.
    pub denies_deletion: bool,
    /// Whether it allows everybody something without a condition.
    pub open: bool,
}

/// What nobody should be allowed to do.
const DELETION: &str = "backup:deleterecoverypoint";

impl Access {
    /// What a policy says; nothing if it cannot be read.
    // https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
    pub fn of(policy: &str) -> Option<Self> {
        let policy: Value = from_str(policy).ok()?;
        let all = many(policy.get("Statement")?);
        let is = |statement: &Value, effect: &str| {
            statement.get("Effect").and_then(Value::as_str) == Some(effect)
                && statement.get("Principal").is_some_and(everybody)
        };
        let names = |statement: &Value| {
            let actions = statement.get("Action").map(many);
            actions.into_iter().flatten().any(|action| {
                let action = action.as_str().unwrap_or_default();
                fits(&action.to_lowercase(), DELETION)
            })
        };
        let free = |statement: &Value| statement.get("Condition").is_none();
        Some(Access {
            exists: true,
            denies_deletion: all.iter().any(|s| is(s, "Deny") && names(s)),
            open: all.iter().any(|s| is(s, "Allow") && free(s)),
        })
    }

    fn words(self) -> &'static str {
        match self {
            Access { exists: false, .. } => "none",
            Access { open: true, .. } => "open to everybody",
            Access { denies_deletion: true, .. } => "denies deletion",
            _ => "does not deny deletion",
        }
    }
}

/// A member that is one thing or a list of things.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

fn everybody(principal: &Value) -> bool {
    let aws = principal.get("AWS").unwrap_or(principal);
    many(aws).iter().any(|one| one.as_str() == Some("*"))
}

impl VaultGuard {
    /// Whether nobody can take the lock off any more.
    pub fn is_immutable(&self, now: Timestamp) -> bool {
        self.air_gapped
            || (self.locked == Some(true)
                && self.immutable_from.is_some_and(|from| from <= now))
    }
}

impl Told for VaultGuard {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let denies = self.access.is_some_and(|a| a.denies_deletion);
        match (self.locked, self.immutable_from) {
            _ if self.air_gapped => (Health::Good, "air-gapped".to_owned()),
            (None, _) => (Health::Unknown, "lock not told".to_owned()),
            (Some(true), Some(from)) => {
                (Health::Good, format!("lock immutable from {}", stamp(from)))
            }
            (Some(true), None) => (Health::Plain, "governance lock".into()),
            (Some(false), _) if denies => (Health::Plain, "no lock".into()),
            (Some(false), _) if self.points == 0 => {
                (Health::Plain, "no lock, empty".into())
            }
            (Some(false), _) => (Health::Warn, "no lock".into()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let access = self.access.map_or("not told", Access::words);
        let days = |days: Option<i64>| {
            days.map_or("any".to_owned(), |days| format!("{days} d"))
        };
        let mut facts = vec![("policy", access.to_owned())];
        if self.locked == Some(true) {
            let (least, most) = (days(self.min_days), days(self.max_days));
            facts.push(("keeps", format!("at least {least}, most {most}")));
        }
        facts.push(("points", self.points.to_string()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The developer guide prints it for "deny access to delete recovery
    /// points in a backup vault".
    #[test]
    fn the_printed_policy_denies_deletion() {
        let policy = r#"{ "Version": "2012-10-17", "Statement": [{
            "Sid": "statement ID",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["backup:DeleteRecoveryPoint"],
            "Resource": ["*"],
            "Condition": { "StringNotLike": { "aws:userId":
                ["AAAAAAAAAAAAAAAAAAAAA:*", "112233445566"] } }
        }] }"#;
        let access = Access::of(policy).unwrap();
        assert!(access.denies_deletion && !access.open);
    }

    #[test]
    fn a_policy_is_open_if_it_allows_everybody_without_a_condition() {
        let one = |statement: &str| {
            Access::of(&format!(r#"{{ "Statement": {statement} }}"#)).unwrap()
        };
        let open = r#"{ "Effect": "Allow", "Principal": { "AWS": "*" },
            "Action": "backup:CopyIntoBackupVault", "Resource": "*" }"#;
        assert!(one(open).open);
        let org = open.replace(
            "\"Resource\"",
            r#""Condition": { "StringEquals": {} }, "Resource""#,
        );
        assert!(!one(&org).open);
        let root = open.replace('*', "arn:aws:iam::111122223333:root");
        assert!(!one(&root).open);
        let wild = r#"[{ "Effect": "Deny", "Principal": { "AWS": ["*"] },
            "Action": "backup:Delete*", "Resource": "*" }]"#;
        assert!(one(wild).denies_deletion);
        assert_eq!(Access::of("no policy"), None);
    }
}
