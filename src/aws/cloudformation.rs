//! What we ask of AWS CloudFormation, and what its answers mean.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::into;
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::part::cloudformation::{Drift, Stack};
use crate::estate::part::maker::{Maker, Tool, of_tags};
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    stacks: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    stack_id: String,
    stack_name: String,
    stack_status: String,
    stack_status_reason: Option<String>,
    creation_time: Option<Timestamp>,
    last_updated_time: Option<Timestamp>,
    parameters: Vec<Parameter>,
    drift_information: Option<DriftTold>,
    parent_id: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Parameter {
    parameter_key: String,
    parameter_value: String,
    resolved_value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DriftTold {
    stack_drift_status: String,
    last_check_timestamp: Option<Timestamp>,
}

/// The stacks of a Region, those that are being deleted left out.
pub(super) async fn stacks(reader: &Reader) -> Look {
    let doing = "list the stacks";
    let found = reader.modeled("cloudformation")?;
    let found = found.list(doing, "DescribeStacks", json!({}), |page| {
        let listed: Listed = into(doing, page)?;
        let there = listed.stacks.into_iter();
        let there =
            there.filter(|told| told.stack_status != "DELETE_COMPLETE");
        Ok(there.map(stack).collect())
    });
    let found = found.await?;
    Ok(Seen::parts(found.items, found.partial))
}

fn stack(told: Told) -> Stack {
    let drift = told.drift_information;
    let name = cleaned(&told.stack_name);
    let tags = by_key(told.tags);
    Stack {
        arn: cleaned(&told.stack_id),
        status: cleaned(&told.stack_status),
        reason: told.stack_status_reason.as_deref().map(cleaned),
        drift_seen: drift.as_ref().and_then(|d| d.last_check_timestamp),
        drift: drift.map(|told| drifted(&told.stack_drift_status)),
        created: told.creation_time,
        updated: told.last_updated_time,
        maker: maker(&name, &told.parameters, &tags),
        nested: told.parent_id.is_some(),
        name,
        tags,
    }
}

fn drifted(status: &str) -> Drift {
    match status {
        "IN_SYNC" => Drift::InSync,
        "DRIFTED" => Drift::Drifted,
        "NOT_CHECKED" => Drift::NotChecked,
        _ => Drift::Unknown,
    }
}

/// Stacks of the CDK have a parameter that names the parameter in which
/// `cdk bootstrap` keeps its version; tags tell of other tools.
// https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
fn maker(
    name: &str,
    parameters: &[Parameter],
    tags: &BTreeMap<String, String>,
) -> Option<Maker> {
    let cdk = |sign: &str| Maker { tool: Tool::Cdk, sign: sign.to_owned() };
    let bootstrapped = parameters.iter().any(|parameter| {
        let value = [&parameter.parameter_value, &parameter.resolved_value];
        parameter.parameter_key == "BootstrapVersion"
            && value.iter().any(|v| v.starts_with("/cdk-bootstrap/"))
    });
    match name {
        "CDKToolkit" => Some(cdk("name, the bootstrap stack")),
        _ if bootstrapped => Some(cdk("parameter BootstrapVersion")),
        _ => of_tags(tags),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Stack {
        stack(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn the_cdk_is_told_by_the_parameter_of_its_bootstrap_version() {
        let told = told(
            r#"{"StackName":"Web","StackStatus":"CREATE_COMPLETE",
            "CreationTime":"2026-01-01T00:00:00Z","Parameters":[{
            "ParameterKey":"BootstrapVersion",
            "ParameterValue":"/cdk-bootstrap/hnb659fds/version"}]}"#,
        );
        let by = told.maker.unwrap().to_string();
        assert_eq!(by, "CDK, by its parameter BootstrapVersion");
        assert_eq!(told.drift, None);
    }

    #[test]
    fn a_stack_of_nobody_is_nobodys() {
        let told = told(
            r#"{"StackName":"Web","StackStatus":"CREATE_COMPLETE",
            "CreationTime":"2026-01-01T00:00:00Z",
            "DriftInformation":{"StackDriftStatus":"NOT_CHECKED"}}"#,
        );
        assert_eq!(told.maker, None);
        assert_eq!(told.drift, Some(Drift::NotChecked));
    }
}
