//! `policy print`: the IAM policies of what the console asks of AWS, made
//! from the same tables that the guard and the runbooks go by.

mod document;
mod terraform;

use anyhow::anyhow;
use serde_json::Value;

use super::args::{Policy as Args, PolicyForm, PolicyKind};
use super::{Ended, INVALID, Start, library, print, stop};
use crate::runbook::Runbook;
use document::{Shared, changes, observe, restore};

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let Args::Print { kind, runbook, form } = args;
    let shared = Shared::of(&start.config);
    let looks = || observe(shared.as_ref());
    let operate = match (kind, runbook) {
        (_, Some(name)) => Some(("runbook", of_runbook(start, name)?)),
        (Some(PolicyKind::Restore), None) => Some(("restore", restore())),
        (Some(PolicyKind::Failover), None) => {
            Some(("failover", changes(&document::all_changes())))
        }
        (Some(PolicyKind::Observe), None) => None,
        (None, None) => return Err(anyhow!("say what the policy is for")),
    };
    let text = match (form, &operate) {
        (PolicyForm::Json, Some((_, document))) => pretty(document)?,
        (PolicyForm::Json, None) => pretty(&looks())?,
        (PolicyForm::Terraform, _) => {
            let operate =
                operate.as_ref().map(|(name, document)| (*name, document));
            terraform::module(&looks(), operate)
        }
    };
    print(text.as_bytes());
    Ok(Ended::Well)
}

fn pretty(document: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}

/// What the calls of one runbook need, and nothing else.
fn of_runbook(start: &Start, name: &str) -> anyhow::Result<Value> {
    let book = library::find(&start.config.paths.runbooks(), name)?;
    match &book.runbook {
        Ok(runbook) => Ok(changes(&calls(runbook))),
        Err(why) => Err(stop(INVALID, why.clone())),
    }
}

/// The IAM actions of a runbook's calls, sorted and each once.
fn calls(runbook: &Runbook) -> Vec<&'static str> {
    let steps = runbook.steps.iter();
    let mut calls: Vec<_> =
        steps.flat_map(|step| step.does.calls()).copied().collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWITCH: &str = r#"
schema = 1
[runbook]
id = "x"
title = "x"
[[step]]
id = "a"
title = "say"
kind = "note"
ask = "x"
"#;

    #[test]
    fn a_runbook_needs_what_its_calls_need_and_nothing_else() {
        let needs: [&[&str]; 4] = [
            &["rds:PromoteReadReplica", "route53:ChangeResourceRecordSets"],
            &[
                "rds:FailoverGlobalCluster",
                "rds:SwitchoverGlobalCluster",
                "route53:ChangeResourceRecordSets",
            ],
            &["route53:ChangeResourceRecordSets"],
            &["rds:DeleteDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"],
        ];
        for ((path, text), needs) in library::SHIPPED.iter().zip(needs) {
            let runbook = Runbook::parse(text, path).unwrap();
            assert_eq!(calls(&runbook), needs, "{path}");
        }
        let quiet = Runbook::parse(SWITCH, "x.toml").unwrap();
        assert_eq!(calls(&quiet), [] as [&str; 0]);
        let document = changes(&calls(&quiet));
        let statements = document["Statement"].as_array().unwrap();
        assert!(statements.iter().all(|s| s["Effect"] == "Deny"));
    }
}
