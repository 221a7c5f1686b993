//! `policy print`: the IAM policy of what the console asks of AWS, made from
//! the same tables that the guard goes by.

use serde_json::{Value, json};

use super::args::{Policy as Args, PolicyForm, PolicyKind};
use super::{Ended, print};
use crate::aws::needs;
use crate::runbook::call::ACTIONS;

/// Runs the command.
pub(super) fn run(args: &Args) -> anyhow::Result<Ended> {
    let Args::Print { kind, form } = args;
    let document = document(*kind);
    let text = match form {
        PolicyForm::Json => serde_json::to_string_pretty(&document)?,
        PolicyForm::Terraform => terraform(*kind, &document)?,
    };
    print(text.as_bytes());
    print(b"\n");
    Ok(Ended::Well)
}

/// The policy document. What failover may do is on top of what it looks at;
/// deleting a recovery point is denied whatever else is attached.
fn document(kind: PolicyKind) -> Value {
    let look = json!({
        "Sid": "LifeboatLooks",
        "Effect": "Allow",
        "Action": needs(),
        "Resource": "*",
    });
    let deny = json!({
        "Sid": "LifeboatNeverDeletesRecoveryPoints",
        "Effect": "Deny",
        "Action": DENIED,
        "Resource": "*",
    });
    let statements = match kind {
        PolicyKind::Observe => vec![look, deny],
        PolicyKind::Failover => {
            let change = json!({
                "Sid": "LifeboatChanges",
                "Effect": "Allow",
                "Action": ACTIONS,
                "Resource": "*",
            });
            vec![look, change, deny]
        }
    };
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// What no policy of ours may allow.
const DENIED: [&str; 8] = [
    "backup:DeleteBackupVault",
    "backup:DeleteRecoveryPoint",
    "ec2:DeleteSnapshot",
    "fsx:DeleteBackup",
    "dynamodb:DeleteBackup",
    "rds:DeleteDBClusterSnapshot",
    "rds:DeleteDBInstanceAutomatedBackup",
    "rds:DeleteDBSnapshot",
];

fn terraform(kind: PolicyKind, document: &Value) -> anyhow::Result<String> {
    let name = match kind {
        PolicyKind::Observe => "observe",
        PolicyKind::Failover => "failover",
    };
    let text = serde_json::to_string_pretty(document)?;
    Ok(format!(
        "variable \"role_name\" {{\n  description = \"The role that \
         lifeboat assumes.\"\n  type        = string\n}}\n\n\
         resource \"aws_iam_policy\" \"lifeboat_{name}\" {{\n  name   = \
         \"lifeboat-{name}\"\n  policy = <<-POLICY\n{text}\n  POLICY\n}}\n\n\
         resource \"aws_iam_role_policy_attachment\" \"lifeboat_{name}\" \
         {{\n  role       = var.role_name\n  policy_arn = \
         aws_iam_policy.lifeboat_{name}.arn\n}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observing_allows_nothing_but_looking() {
        let document = document(PolicyKind::Observe);
        let allowed = &document["Statement"][0]["Action"];
        let allowed: Vec<&str> = allowed
            .as_array()
            .unwrap()
            .iter()
            .flat_map(Value::as_str)
            .collect();
        assert_eq!(allowed, needs());
        let looks = |action: &&&str| {
            let verb = action.split_once(':').unwrap().1;
            ["Describe", "Get", "List", "Lookup"]
                .iter()
                .any(|begins| verb.starts_with(begins))
        };
        let others: Vec<_> =
            allowed.iter().filter(|action| !looks(action)).collect();
        assert!(others.is_empty(), "{others:?}");
    }

    #[test]
    fn what_is_denied_is_nowhere_allowed() {
        let document = document(PolicyKind::Failover);
        for statement in document["Statement"].as_array().unwrap() {
            if statement["Effect"] == "Allow" {
                let allowed = statement["Action"].as_array().unwrap();
                for denied in DENIED {
                    assert!(!allowed.contains(&json!(denied)));
                }
            }
        }
    }
}
