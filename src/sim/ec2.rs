//! The simulated service `ec2`: Regions, the ways between them, machines and
//! what those store on.

mod network;
mod routing;
mod storage;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::value::{list, tag_list};
use super::world::{Caller, Fault, Service, World, refuse};

/// Its operations.
pub const SERVICE: Service = Service {
    signing_name: "ec2",
    handlers: &[
        ("DeleteSnapshot", storage::delete_snapshot),
        ("DescribeImages", storage::images),
        ("DescribeInstances", storage::instances),
        ("DescribeRegions", regions),
        ("DescribeRouteTables", routing::tables),
        ("DescribeSecurityGroups", routing::guards),
        ("DescribeSnapshots", storage::snapshots),
        ("DescribeTransitGatewayAttachments", network::attachments),
        (
            "DescribeTransitGatewayPeeringAttachments",
            network::gateway_peerings,
        ),
        ("DescribeVolumes", storage::volumes),
        ("DescribeVpcPeeringConnections", network::peerings),
        ("ListImagesInRecycleBin", storage::binned_images),
        ("ListSnapshotsInRecycleBin", storage::binned_snapshots),
    ],
    shelves: &[
        "ec2:route-table",
        "ec2:security-group",
        "ec2:tgw-attachment",
        "ec2:tgw-peering",
        "ec2:vpc-peering",
        "ec2:volume",
        "ec2:snapshot",
        "ec2:instance",
        "ec2:image",
        "ec2:binned-snapshot",
        "ec2:binned-image",
    ],
};

/// An item with its tags in the form that EC2 shows them.
fn tag_set(mut item: Value) -> Value {
    if let Some(Value::Object(tags)) = item.get("Tags") {
        item["Tags"] = json!(tag_list(tags));
    }
    item
}

/// The Regions that every account may use without opting in.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

fn regions(
    _: &mut World,
    _: &Caller,
    input: &Value,
    _: Timestamp,
) -> Result<Value, Fault> {
    let wanted: Vec<&str> =
        list(input, "RegionNames").iter().filter_map(Value::as_str).collect();
    let unknown = wanted.iter().find(|name| !REGIONS.contains(name));
    if let Some(name) = unknown {
        return Err(refuse(
            400,
            "InvalidParameterValue",
            format!("Invalid region provided: {name}"),
        ));
    }
    let shown: Vec<Value> = REGIONS
        .iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name))
        .map(|name| {
            json!({
                "RegionName": name,
                "Endpoint": format!("ec2.{name}.amazonaws.com"),
                "OptInStatus": "opt-in-not-required",
            })
        })
        .collect();
    Ok(json!({ "Regions": shown }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::fixture::{Lab, WEST};

    #[test]
    fn regions_are_listed_and_unknown_ones_refused() {
        let mut lab = Lab::new();
        let op = "ec2:DescribeRegions";
        let all = lab.get(WEST, op, &json!({}));
        assert_eq!(all["Regions"].as_array().map(Vec::len), Some(17));
        let one = lab.get(WEST, op, &json!({ "RegionNames": [WEST] }));
        assert_eq!(one["Regions"][0]["RegionName"], WEST);
        let none = json!({ "RegionNames": ["eu-moon-1"] });
        assert_eq!(lab.refusal(WEST, op, &none), "InvalidParameterValue");
    }
}
