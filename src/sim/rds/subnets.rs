//! Subnet groups: where RDS may place an instance.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cut;
use crate::sim::world::value::text;
use crate::sim::world::{Caller, Fault, World, refuse};

// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSubnetGroups.html
pub(super) fn groups(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = place.shelved("rds:subnet-group");
    if let Some(name) = text(input, "DBSubnetGroupName") {
        let name = name.to_lowercase();
        all.retain(|group| text(group, "DBSubnetGroupName") == Some(&name));
        if all.is_empty() {
            return Err(refuse(
                404,
                "DBSubnetGroupNotFoundFault",
                format!("DB subnet group '{name}' does not exist."),
            ));
        }
    }
    let page = cut(input, all.into_iter())?;
    Ok(json!({ "DBSubnetGroups": page.items, "Marker": page.next }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab};

    #[test]
    fn a_subnet_group_is_told_by_its_name_and_refused_if_there_is_none() {
        let mut lab = Lab::new();
        let item = json!({
            "DBSubnetGroupName": "closed",
            "VpcId": "vpc-1",
            "Subnets": [{ "SubnetIdentifier": "subnet-1" }],
        });
        let shelves = &mut lab.world.place_mut(ACCOUNT, CENTRAL).shelves;
        shelves.put("rds:subnet-group", "closed", item);
        let op = "rds:DescribeDBSubnetGroups";
        let one = json!({ "DBSubnetGroupName": "Closed" });
        let told = lab.get(CENTRAL, op, &one);
        assert_eq!(told["DBSubnetGroups"][0]["VpcId"], "vpc-1");
        let none = json!({ "DBSubnetGroupName": "open" });
        let code = lab.refusal(CENTRAL, op, &none);
        assert_eq!(code, "DBSubnetGroupNotFoundFault");
    }
}
