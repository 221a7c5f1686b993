//! What we ask of AWS Backup about itself: frameworks, opt-in settings, and
//! its own count of jobs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::modeled::{Client, into};
use super::pages::{self, Page, Pages};
use super::{Look, Reader, Seen};
use crate::estate::part::audit::{
    Control, Framework, JobCount, JobSummary, OptIns,
};
use crate::estate::resource::JobKind;
use crate::failure::{Failure, cleaned};

/// The most frameworks whose controls one look asks for.
const MOST: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FrameworkTold {
    framework_name: String,
    framework_arn: String,
    deployment_status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct FrameworkSaid {
    framework_controls: Vec<ControlTold>,
    framework_status: Option<String>,
    deployment_status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ControlTold {
    control_name: String,
    control_scope: ScopeTold,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ScopeTold {
    compliance_resource_types: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct SettingsSaid {
    resource_type_opt_in_preference: BTreeMap<String, bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CountTold {
    state: String,
    resource_type: String,
    count: i64,
}

/// Reads a list that has no official paginator, but pages all the same.
async fn listed<T: DeserializeOwned>(
    backup: &Client,
    doing: &str,
    operation: &str,
    member: &str,
    input: Value,
) -> Result<Pages<T>, Failure> {
    pages::all(async |token: Option<String>| {
        let mut input = input.clone();
        if let Some(token) = token {
            input["NextToken"] = Value::from(token);
        }
        let mut said = backup.ask(doing, operation, input).await?;
        let next = said.get("NextToken").and_then(Value::as_str);
        let next = next.map(str::to_owned);
        let items = said.get_mut(member).map(Value::take);
        let items = items.filter(|items| !items.is_null());
        let items = items.map(|items| into(doing, items)).transpose()?;
        Ok(Page { items: items.unwrap_or_default(), next })
    })
    .await
}

/// The frameworks of Audit Manager in a Region with their controls.
pub(super) async fn frameworks(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let (doing, operation) = ("list frameworks", "ListFrameworks");
    let listed =
        listed(&backup, doing, operation, "Frameworks", json!({})).await?;
    let mut frameworks: Vec<_> =
        listed.items.into_iter().map(framework).collect();
    for (index, framework) in frameworks.iter_mut().enumerate() {
        if index < MOST {
            ask_controls(&backup, framework).await;
        } else {
            let why = format!("not asked: {MOST} frameworks a look are");
            framework.unknown.push(why);
        }
    }
    Ok(Seen::parts(frameworks, listed.partial))
}

fn framework(told: FrameworkTold) -> Framework {
    Framework {
        arn: cleaned(&told.framework_arn),
        name: cleaned(&told.framework_name),
        deployment: cleaned(&told.deployment_status),
        status: None,
        controls: None,
        unknown: Vec::new(),
    }
}

async fn ask_controls(backup: &Client, framework: &mut Framework) {
    let doing = "ask for the controls of a framework";
    let input = json!({ "FrameworkName": framework.name });
    let said = backup.ask(doing, "DescribeFramework", input).await;
    match said.and_then(|said| into::<FrameworkSaid>(doing, said)) {
        Ok(said) => tell(framework, said),
        Err(failure) => framework.unknown.push(failure.to_string()),
    }
}

fn tell(framework: &mut Framework, said: FrameworkSaid) {
    framework.status = said.framework_status.as_deref().map(cleaned);
    if !said.deployment_status.is_empty() {
        framework.deployment = cleaned(&said.deployment_status);
    }
    let controls = said.framework_controls.into_iter().map(|told| {
        let types = told.control_scope.compliance_resource_types;
        Control {
            name: cleaned(&told.control_name),
            types: types.iter().map(|of| cleaned(of)).collect(),
        }
    });
    framework.controls = Some(controls.collect());
}

/// Which types of resource are opted in to AWS Backup in a Region.
pub(super) async fn settings(reader: &Reader) -> Look {
    let doing = "ask what is opted in to AWS Backup";
    let backup = reader.modeled("backup")?;
    let said = backup.ask(doing, "DescribeRegionSettings", json!({})).await?;
    let said: SettingsSaid = into(doing, said)?;
    let types = said.resource_type_opt_in_preference.into_iter();
    let types = types.map(|(of, on)| (cleaned(&of), on)).collect();
    let region = reader.region().as_str().to_owned();
    Ok(Seen::parts(vec![OptIns { region, types }], None))
}

/// How the jobs of seven days ended, by the three summaries.
pub(super) async fn summaries(reader: &Reader) -> Look {
    let backup = reader.modeled("backup")?;
    let all = [
        (JobKind::Backup, "ListBackupJobSummaries", "BackupJobSummaries"),
        (JobKind::Copy, "ListCopyJobSummaries", "CopyJobSummaries"),
        (JobKind::Restore, "ListRestoreJobSummaries", "RestoreJobSummaries"),
    ];
    let (mut parts, mut reasons) = (Vec::new(), Vec::new());
    for (kind, operation, member) in all {
        let doing = format!("count the {} jobs", kind.name());
        let input = json!({
            "State": "ANY",
            "ResourceType": "ANY",
            "AggregationPeriod": "SEVEN_DAYS",
        });
        let listed = listed(&backup, &doing, operation, member, input).await?;
        reasons.extend(listed.partial);
        parts.push(summary(kind, listed.items));
    }
    Ok(Seen::parts(parts, pages::joined(&reasons)))
}

fn summary(kind: JobKind, told: Vec<CountTold>) -> JobSummary {
    let counts = told.into_iter().filter(|told| told.count > 0);
    let counts = counts.map(|told| JobCount {
        state: cleaned(&told.state),
        of: cleaned(&told.resource_type),
        count: told.count,
    });
    JobSummary {
        name: format!("{} jobs", kind.name()),
        kind,
        counts: counts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_is_read_with_its_controls() {
        let said: FrameworkSaid = into(
            "try",
            json!({
                "FrameworkName": "f",
                "DeploymentStatus": "COMPLETED",
                "FrameworkStatus": "PARTIALLY_ACTIVE",
                "FrameworkControls": [{
                    "ControlName": "BACKUP_RECOVERY_POINT_ENCRYPTED",
                    "ControlScope": {
                        "ComplianceResourceTypes": ["RDS"],
                    },
                }],
            }),
        )
        .unwrap();
        let mut told = framework(FrameworkTold::default());
        tell(&mut told, said);
        assert_eq!(told.works(), Some(false));
        assert_eq!(told.controls.unwrap()[0].types, ["RDS"]);
    }
}
