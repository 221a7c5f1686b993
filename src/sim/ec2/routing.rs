//! Route tables and security groups: what of a network leads out of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::tag_set;
use crate::sim::world::shelf::Paging;
use crate::sim::world::value::{list, text};
use crate::sim::world::{Caller, Fault, World, refuse};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 100,
    refusal: "InvalidPaginationToken",
};

/// Whether an item lies in the networks that an input asks for; filters by
/// anything else are not simulated.
fn in_network(input: &Value, item: &Value) -> Result<bool, Fault> {
    let mut all = true;
    for filter in list(input, "Filters") {
        if text(filter, "Name") != Some("vpc-id") {
            let text = "Only the filter vpc-id is simulated.";
            return Err(refuse(400, "InvalidParameterValue", text));
        }
        all &= list(filter, "Values").contains(&item["VpcId"]);
    }
    Ok(all)
}

fn wanted(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    kind: &str,
) -> Result<Vec<Value>, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut items = Vec::new();
    for item in place.shelved(kind) {
        if in_network(input, &item)? {
            items.push(tag_set(item));
        }
    }
    Ok(items)
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html
pub(super) fn tables(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = wanted(world, caller, input, "ec2:route-table")?;
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "RouteTables": page.items, "NextToken": page.next }))
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
pub(super) fn guards(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let mut all = wanted(world, caller, input, "ec2:security-group")?;
    let ids = list(input, "GroupIds");
    let lacks = |id: &&Value| !all.iter().any(|g| g["GroupId"] == **id);
    if let Some(id) = ids.iter().find(lacks) {
        let id = id.as_str().unwrap_or_default();
        let why = format!("The security group '{id}' does not exist");
        return Err(refuse(400, "InvalidGroup.NotFound", why));
    }
    all.retain(|group| ids.is_empty() || ids.contains(&group["GroupId"]));
    let page = PAGING.cut(all, input)?;
    Ok(json!({ "SecurityGroups": page.items, "NextToken": page.next }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, Lab, WEST};

    #[test]
    fn tables_are_told_by_network_and_groups_by_id() {
        let mut lab = Lab::new();
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        for (id, vpc) in [("rtb-1", "vpc-1"), ("rtb-2", "vpc-2")] {
            let item = json!({ "RouteTableId": id, "VpcId": vpc });
            shelves.put("ec2:route-table", id, item);
        }
        let item = json!({ "GroupId": "sg-1", "VpcId": "vpc-1" });
        shelves.put("ec2:security-group", "sg-1", item);
        let op = "ec2:DescribeRouteTables";
        let input = json!({
            "Filters": [{ "Name": "vpc-id", "Values": ["vpc-2"] }],
        });
        let told = lab.get(WEST, op, &input);
        assert_eq!(told["RouteTables"].as_array().map(Vec::len), Some(1));
        assert_eq!(told["RouteTables"][0]["RouteTableId"], "rtb-2");
        let op = "ec2:DescribeSecurityGroups";
        let told = lab.get(WEST, op, &json!({ "GroupIds": ["sg-1"] }));
        assert_eq!(told["SecurityGroups"][0]["VpcId"], "vpc-1");
        let none = json!({ "GroupIds": ["sg-9"] });
        assert_eq!(lab.refusal(WEST, op, &none), "InvalidGroup.NotFound");
    }
}
