//! The simulated service `lambda`: functions.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::seed::arn;
use super::world::shelf::Paging;
use super::world::value::text;
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations. An item of `lambda:function` is a
/// `FunctionConfiguration`, with its tags as an object and the times of its
/// `Runs`, oldest first, beside it.
pub const SERVICE: Service = Service {
    signing_name: "lambda",
    handlers: &[
        ("GetFunctionConfiguration", configuration),
        ("ListFunctions", functions),
    ],
    shelves: &["lambda:function"],
};

const PAGING: Paging = Paging {
    token: "Marker",
    size: "MaxItems",
    most: 50,
    refusal: "InvalidParameterValueException",
};

/// Members that only `GetFunctionConfiguration` tells.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
const UNLISTED: [&str; 6] = [
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
];

fn function(name: &str, item: &Value, caller: &Caller) -> Value {
    let rest = format!("function:{name}");
    let own = arn("lambda", &caller.region, &caller.account, &rest);
    let mut function = item.clone();
    function["FunctionName"] = json!(name);
    function["FunctionArn"] = json!(own);
    if let Some(members) = function.as_object_mut() {
        members.retain(|member, _| member != "Tags" && member != "Runs");
    }
    // Lambda writes this time in a form of its own.
    let modified = text(item, "LastModified").and_then(|t| {
        let at: Timestamp = t.parse().ok()?;
        Some(at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string())
    });
    if let Some(modified) = modified {
        function["LastModified"] = json!(modified);
    }
    function
}

fn functions(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let page = PAGING.cut(place.shelves.all("lambda:function"), input)?;
    let shown = page.items.into_iter().map(|(name, item)| {
        let mut function = function(name, item, caller);
        if let Some(members) = function.as_object_mut() {
            members.retain(|member, _| !UNLISTED.contains(&&**member));
        }
        function
    });
    Ok(json!({
        "Functions": shown.collect::<Vec<_>>(),
        "NextMarker": page.next,
    }))
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
fn configuration(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let name = text(input, "FunctionName").unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or_default();
    let place = world.place_mut(&caller.account, &caller.region);
    let item =
        place.shelves.one("lambda:function", name).ok_or_else(|| {
            let rest = format!("function:{name}");
            let own = arn("lambda", &caller.region, &caller.account, &rest);
            let why = format!("Function not found: {own}");
            refuse(404, "ResourceNotFoundException", why)
        })?;
    let mut told = function(name, item, caller);
    for (member, usual) in
        [("State", "Active"), ("LastUpdateStatus", "Successful")]
    {
        if told[member].is_null() {
            told[member] = json!(usual);
        }
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn the_state_of_a_function_is_not_in_the_list() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        let item = json!({
            "Runtime": "python3.12", "State": "Inactive",
            "LastModified": "2026-11-01T00:00:00Z",
        });
        shelves.put("lambda:function", "dr-restore", item);
        let all = lab.get(WEST, "lambda:ListFunctions", &json!({}));
        let listed = &all["Functions"][0];
        assert!(listed.get("State").is_none());
        assert_eq!(listed["LastModified"], "2026-11-01T00:00:00.000+0000");
        let one = json!({ "FunctionName": "dr-restore" });
        let told = lab.get(WEST, "lambda:GetFunctionConfiguration", &one);
        assert_eq!(told["State"], "Inactive");
        let one = json!({ "FunctionName": "none" });
        let code = lab.refusal(WEST, "lambda:GetFunctionConfiguration", &one);
        assert_eq!(code, "ResourceNotFoundException");
    }
}
