//! VPC peerings and what is attached to Transit Gateways.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::tag_set;
use crate::sim::world::shelf::Paging;
use crate::sim::world::value::{list, text};
use crate::sim::world::{Caller, Fault, World, refuse};

const PAGING: Paging = Paging {
    token: "NextToken",
    size: "MaxResults",
    most: 1000,
    refusal: "InvalidPaginationToken",
};

/// One page of those things that the input asks for by id.
fn answer(
    all: Vec<Value>,
    input: &Value,
    name: &str,
    (id, ids): (&str, &str),
) -> Result<Value, Fault> {
    if !list(input, "Filters").is_empty() {
        let text = "Filters of these lists are not simulated.";
        return Err(refuse(400, "InvalidParameterValue", text));
    }
    let wanted = list(input, ids);
    let all = all
        .into_iter()
        .filter(|item| wanted.is_empty() || wanted.contains(&item[id]));
    let page = PAGING.cut(all, input)?;
    let shown = page.items.into_iter().map(tag_set);
    Ok(json!({
        name: shown.collect::<Vec<_>>(),
        "NextToken": page.next,
    }))
}

/// The items of a kind that have a side here, wherever they were laid: both
/// sides of a peering tell the same.
fn sided(
    world: &World,
    caller: &Caller,
    kind: &str,
    sides: [&str; 2],
) -> Vec<Value> {
    let all = world.places().flat_map(|(_, _, place)| place.shelved(kind));
    let here = |item: &Value| {
        sides.into_iter().any(|side| {
            let side = &item[side];
            text(side, "OwnerId") == Some(&caller.account)
                && text(side, "Region") == Some(&caller.region)
        })
    };
    all.filter(here).collect()
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcPeeringConnections.html
pub(super) fn peerings(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let sides = ["RequesterVpcInfo", "AccepterVpcInfo"];
    let all = sided(world, caller, "ec2:vpc-peering", sides);
    let by = ("VpcPeeringConnectionId", "VpcPeeringConnectionIds");
    answer(all, input, "VpcPeeringConnections", by)
}

const GATEWAYS: [&str; 2] = ["RequesterTgwInfo", "AccepterTgwInfo"];
const ATTACHMENT: (&str, &str) =
    ("TransitGatewayAttachmentId", "TransitGatewayAttachmentIds");

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTransitGatewayPeeringAttachments.html
pub(super) fn gateway_peerings(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let all = sided(world, caller, "ec2:tgw-peering", GATEWAYS);
    answer(all, input, "TransitGatewayPeeringAttachments", ATTACHMENT)
}

/// A peering is an attachment, too.
fn as_attachment(peering: &Value, caller: &Caller) -> Value {
    let here =
        |side: &&str| text(&peering[*side], "Region") == Some(&caller.region);
    let [requester, accepter] = GATEWAYS;
    let (own, other) = if here(&requester) {
        (requester, accepter)
    } else {
        (accepter, requester)
    };
    json!({
        "TransitGatewayAttachmentId": peering["TransitGatewayAttachmentId"],
        "TransitGatewayId": peering[own]["TransitGatewayId"],
        "TransitGatewayOwnerId": peering[own]["OwnerId"],
        "ResourceOwnerId": peering[other]["OwnerId"],
        "ResourceType": "peering",
        "ResourceId": peering[other]["TransitGatewayId"],
        "State": peering["State"],
        "Tags": peering["Tags"],
    })
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTransitGatewayAttachments.html
pub(super) fn attachments(
    world: &mut World,
    caller: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let place = world.place_mut(&caller.account, &caller.region);
    let mut all = place.shelved("ec2:tgw-attachment");
    let peerings = sided(world, caller, "ec2:tgw-peering", GATEWAYS);
    all.extend(peerings.iter().map(|p| as_attachment(p, caller)));
    answer(all, input, "TransitGatewayAttachments", ATTACHMENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, WEST};

    #[test]
    fn a_peering_is_told_by_both_of_its_sides_alone() {
        let mut lab = Lab::new();
        let side = |region: &str| json!({ "OwnerId": ACCOUNT, "Region": region, "VpcId": "vpc-1" });
        let item = json!({
            "VpcPeeringConnectionId": "pcx-1",
            "RequesterVpcInfo": side(WEST),
            "AccepterVpcInfo": side(CENTRAL),
            "Status": { "Code": "active", "Message": "Active" },
            "Tags": { "Name": "west-central" },
        });
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("ec2:vpc-peering", "pcx-1", item);
        let operation = "ec2:DescribeVpcPeeringConnections";
        for region in [WEST, CENTRAL] {
            let all = lab.get(region, operation, &json!({}));
            let first = &all["VpcPeeringConnections"][0];
            assert_eq!(first["Tags"][0]["Value"], "west-central");
        }
        let none = lab.get("us-east-1", operation, &json!({}));
        assert_eq!(none["VpcPeeringConnections"], json!([]));
    }

    #[test]
    fn a_gateway_peering_is_among_the_attachments_of_both_regions() {
        let mut lab = Lab::new();
        let side = |region: &str| {
            json!({
                "TransitGatewayId": format!("tgw-{region}"),
                "OwnerId": ACCOUNT,
                "Region": region,
            })
        };
        let item = json!({
            "TransitGatewayAttachmentId": "tgw-attach-1",
            "RequesterTgwInfo": side(WEST),
            "AccepterTgwInfo": side(CENTRAL),
            "State": "available",
        });
        let shelves = &mut lab.world.place_mut(ACCOUNT, WEST).shelves;
        shelves.put("ec2:tgw-peering", "tgw-attach-1", item);
        let operation = "ec2:DescribeTransitGatewayAttachments";
        let all = lab.get(CENTRAL, operation, &json!({}));
        let first = &all["TransitGatewayAttachments"][0];
        assert_eq!(first["ResourceId"], "tgw-eu-west-1");
        let operation = "ec2:DescribeTransitGatewayPeeringAttachments";
        let all = lab.get(WEST, operation, &json!({}));
        let first = &all["TransitGatewayPeeringAttachments"][0];
        assert_eq!(first["State"], "available");
    }
}
