//! What `policy print` gives, read as a stranger would: the Terraform module
//! by a parser of its language, the actions by AWS's own list of operations.

mod python;

use std::process::{Command, Stdio};

use hcl::format::to_string;
use hcl::{BlockLabel, Body, Expression};
use serde_json::Value;
use tempfile::TempDir;

fn printed(line: &[&str]) -> String {
    let home = TempDir::new().expect("a folder");
    let done = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(["policy", "print"])
        .args(line)
        .env("LIFEBOAT_HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{line:?}: {said}");
    String::from_utf8(done.stdout).expect("text")
}

fn document(kind: &[&str]) -> Value {
    serde_json::from_str(&printed(kind)).expect("JSON")
}

/// The document in a policy of the module, from the expression that makes
/// it.
fn policy(module: &Body, role: &str) -> Value {
    let block = module.blocks().find(|block| {
        let labels: Vec<&str> =
            block.labels.iter().map(BlockLabel::as_str).collect();
        labels == ["aws_iam_policy", role]
    });
    let block = block.unwrap_or_else(|| panic!("no policy {role}"));
    let attribute = block.body.attributes().find(|a| a.key() == "policy");
    let Expression::FuncCall(call) = attribute.expect("a policy").expr()
    else {
        panic!("no call");
    };
    assert_eq!(call.name.name.as_str(), "jsonencode");
    let text = to_string(&call.args[0]).expect("formats");
    hcl::from_str::<Value>(&format!("policy = {text}")).expect("a value")
        ["policy"]
        .clone()
}

#[test]
fn the_module_holds_both_roles_with_the_very_documents() {
    for kind in [&["restore"][..], &["failover"]] {
        let text = printed(&[kind, &["--as", "terraform"]].concat());
        let module: Body = hcl::parse(&text).expect("Terraform's language");
        assert_eq!(policy(&module, "read"), document(&["observe"]));
        assert_eq!(policy(&module, "operate"), document(kind));
        let roles = module.blocks().filter(|block| {
            block.labels.first().is_some_and(|l| l.as_str() == "aws_iam_role")
        });
        assert_eq!(roles.count(), 2);
    }
    let read = printed(&["observe", "--as", "terraform"]);
    assert!(!read.contains("operate"), "{read}");
}

#[test]
fn a_runbooks_policy_is_a_part_of_what_all_need() {
    let one = document(&["--runbook", "rds-replica-failover"]);
    let all = document(&["failover"]);
    let allowed = |document: &Value| -> Vec<Value> {
        let statements = document["Statement"].as_array().expect("a list");
        let allowed = statements.iter().filter(|s| s["Effect"] == "Allow");
        allowed
            .flat_map(|s| s["Action"].as_array().expect("a list").clone())
            .collect()
    };
    let all = allowed(&all);
    assert!(!allowed(&one).is_empty());
    assert!(allowed(&one).iter().all(|action| all.contains(action)));
}

/// Actions that are not named as an operation of that service's API.
const OTHERWISE: [&str; 5] = [
    "iam:PassRole",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "s3:DeleteObjectVersion",
    "tag:GetResources",
];

#[test]
fn every_action_is_an_operation_that_aws_has() {
    let Some(python) = python::python() else { return };
    let script = "
import botocore.session, json
session = botocore.session.get_session()
names = {'dynamodb', 'ec2', 'fsx', 'rds', 'backup', 'kms', 's3', 'route53',
         'route53-recovery-cluster', 'ecs', 'autoscaling',
         'globalaccelerator', 'arc-region-switch', 'events'}
found = {f'{n}:{o}' for n in names
         for o in session.get_service_model(n).operation_names}
found |= {f'elasticfilesystem:{o}'
          for o in session.get_service_model('efs').operation_names}
found |= {f'states:{o}'
          for o in session.get_service_model('stepfunctions').operation_names}
print(json.dumps(sorted(found)))
";
    let said = Command::new(python).args(["-c", script]).output();
    let said = said.expect("Python starts").stdout;
    let known: Vec<String> = serde_json::from_slice(&said).expect("a list");
    let mut strangers = Vec::new();
    for kind in ["restore", "failover"] {
        let document = document(&[kind]);
        for statement in document["Statement"].as_array().expect("a list") {
            for action in statement["Action"].as_array().expect("a list") {
                let action = action.as_str().expect("a name").to_owned();
                if !known.contains(&action)
                    && !OTHERWISE.contains(&action.as_str())
                {
                    strangers.push(action);
                }
            }
        }
    }
    assert!(strangers.is_empty(), "{strangers:?}");
}
