//! Access policies of vaults, and what a Region is opted in to.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::vaults::{vault, vault_arn};
use super::{not_found, required};
use crate::sim::world::{Caller, Fault, World};

/// The types that AWS Backup can be opted in to here.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
const TYPES: [&str; 8] =
    ["Aurora", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "RDS", "S3"];

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupVaultAccessPolicy.html
pub(super) fn policy(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = required(input, "BackupVaultName")?;
    let (place, _) = vault(world, caller, name)?;
    let item = place.shelves.one("backup:vault-policy", name);
    let policy = item.and_then(|item| item.get("Policy"));
    let policy = policy.ok_or_else(|| {
        not_found(format!("Backup vault {name} has no access policy."))
    })?;
    let text = match policy {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    Ok(json!({
        "BackupVaultName": name,
        "BackupVaultArn": vault_arn(caller, name),
        "Policy": text,
    }))
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
pub(super) fn settings(
    world: &mut World,
    caller: &Caller,
    _: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut types: Map<String, Value> =
        TYPES.iter().map(|of| ((*of).to_owned(), json!(true))).collect();
    let item = place.shelves.one("backup:region-settings", "settings");
    let said = item.and_then(|item| item.get("ResourceTypeOptInPreference"));
    for (of, on) in said.and_then(Value::as_object).into_iter().flatten() {
        types.insert(of.clone(), on.clone());
    }
    Ok(json!({
        "ResourceTypeOptInPreference": types,
        "ResourceTypeManagementPreference": { "EFS": true, "DynamoDB": true },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn a_vault_without_a_policy_is_answered_as_not_found() {
        let mut lab = Lab::new();
        let op = "backup:GetBackupVaultAccessPolicy";
        let of = json!({ "BackupVaultName": "main" });
        assert_eq!(lab.refusal(WEST, op, &of), "ResourceNotFoundException");
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let policy = json!({ "Policy": { "Statement": [] } });
        shelves.put("backup:vault-policy", "main", policy);
        let told = lab.get(WEST, op, &of);
        assert_eq!(told["Policy"], r#"{"Statement":[]}"#);
    }

    #[test]
    fn every_type_is_opted_in_unless_a_scenario_says_otherwise() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let off = json!({ "ResourceTypeOptInPreference": { "EFS": false } });
        shelves.put("backup:region-settings", "settings", off);
        let told = lab.get(WEST, "backup:DescribeRegionSettings", &json!({}));
        let types = &told["ResourceTypeOptInPreference"];
        assert_eq!(
            (&types["EFS"], &types["S3"]),
            (&json!(false), &json!(true))
        );
    }
}
