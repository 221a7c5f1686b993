//! The simulated service `iam`: what policies would say of calls.
//!
//! What lies on the shelf `iam:denied`, by action, is denied to everyone in
//! its account; all else is allowed.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::value::{list, text};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "iam",
    handlers: &[("SimulatePrincipalPolicy", simulate)],
    shelves: &["iam:denied"],
};

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
fn simulate(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let source = text(input, "PolicySourceArn").unwrap_or_default();
    let own = format!("arn:aws:iam::{}:", caller.account);
    if !source.starts_with(&own) {
        return Err(refuse(
            404,
            "NoSuchEntity",
            format!("The principal {source} cannot be found."),
        ));
    }
    let place = world.place_mut(&caller.account, &caller.region);
    let given = list(input, "ResourceArns");
    let resource = given.first().and_then(Value::as_str).unwrap_or("*");
    let judge = |action: &Value| {
        let name = action.as_str().unwrap_or_default();
        let denied = place.shelves.one("iam:denied", name).is_some();
        json!({
            "EvalActionName": name,
            "EvalResourceName": resource,
            "EvalDecision": if denied { "implicitDeny" } else { "allowed" },
            "MatchedStatements": [],
            "MissingContextValues": [],
        })
    };
    let actions = list(input, "ActionNames").iter();
    Ok(json!({
        "EvaluationResults": actions.map(judge).collect::<Vec<_>>(),
        "IsTruncated": false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab};

    #[test]
    fn what_is_on_the_shelf_is_denied_and_strangers_are_not_found() {
        let mut lab = Lab::new();
        let home = "us-east-1";
        let shelves = &mut lab.world.place_mut(ACCOUNT, home).shelves;
        let denied = "rds:DeleteDBInstance";
        shelves.put("iam:denied", denied, json!({}));
        let mut input = json!({
            "PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:role/x"),
            "ActionNames": ["rds:PromoteReadReplica", denied],
        });
        let op = "iam:SimulatePrincipalPolicy";
        let told = lab.get(home, op, &input);
        let said = |place: usize| {
            told["EvaluationResults"][place]["EvalDecision"].clone()
        };
        assert_eq!([said(0), said(1)], ["allowed", "implicitDeny"]);
        input["PolicySourceArn"] = json!("arn:aws:iam::999999999999:role/x");
        assert_eq!(lab.refusal(home, op, &input), "NoSuchEntity");
    }
}
