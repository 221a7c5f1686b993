//! What could be reached from a subnet group of RDS, as RDS and EC2 tell.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::failure::failure;
use super::modeled::into;
use super::{Look, Reader, Seen};
use crate::estate::Found;
use crate::estate::reach::Reach;
use crate::failure::{Failure, FailureKind, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Tables {
    route_tables: Vec<Table>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Table {
    route_table_id: String,
    associations: Vec<Association>,
    routes: Vec<Route>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Association {
    main: bool,
    subnet_id: Option<String>,
}

/// A route: where to, and every member that may name what it leads over.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Route {
    destination_cidr_block: Option<String>,
    destination_ipv6_cidr_block: Option<String>,
    destination_prefix_list_id: Option<String>,
    #[serde(flatten)]
    over: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Groups {
    security_groups: Vec<Group>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Group {
    group_id: String,
    ip_permissions_egress: Vec<Rule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rule {
    ip_ranges: Vec<Range>,
    ipv6_ranges: Vec<Range>,
    prefix_list_ids: Vec<Range>,
    user_id_group_pairs: Vec<Pair>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    #[serde(alias = "CidrIp", alias = "CidrIpv6", alias = "PrefixListId")]
    to: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Pair {
    group_id: String,
}

/// Every way out of a subnet group for what stands behind these security
/// groups.
pub(super) async fn of(
    reader: &Reader,
    subnets: &str,
    guards: &[String],
) -> Look {
    let mut reach = network(reader, subnets).await?;
    let ways = routes(reader, &reach).await?;
    reach.ways.extend(ways);
    if guards.is_empty() {
        // RDS takes the default group of the network then, which lets
        // everything out (Amazon VPC user guide, "Default security groups").
        reach.ways.push("no security group is named".to_owned());
    } else {
        reach.ways.extend(rules(reader, guards).await?);
    }
    Ok(Seen::whole(Found::Reach(reach)))
}

/// The network and the subnets of a group.
async fn network(reader: &Reader, name: &str) -> Result<Reach, Failure> {
    let doing = "look at the subnet group";
    reader.turn("rds", "DescribeDBSubnetGroups").await;
    let answer = reader
        .rds()
        .describe_db_subnet_groups()
        .db_subnet_group_name(name)
        .send()
        .await
        .map_err(|error| failure(doing, &error))?;
    let group = answer.db_subnet_groups.unwrap_or_default().into_iter().next();
    let group = group.ok_or_else(|| {
        Failure::new(doing, FailureKind::NotFound)
            .because(format!("RDS tells of no subnet group {name}"))
    })?;
    let subnets = group.subnets.unwrap_or_default().into_iter();
    Ok(Reach {
        network: cleaned(&group.vpc_id.unwrap_or_default()),
        subnets: subnets
            .filter_map(|subnet| subnet.subnet_identifier)
            .map(|id| cleaned(&id))
            .collect(),
        ways: Vec::new(),
    })
}

/// The routes of these subnets that lead out of their network. A subnet
/// without a table of its own goes by the main one.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
async fn routes(
    reader: &Reader,
    reach: &Reach,
) -> Result<Vec<String>, Failure> {
    let doing = "list the route tables";
    let ec2 = reader.modeled("ec2")?;
    let input = json!({
        "Filters": [{ "Name": "vpc-id", "Values": [reach.network] }],
        "MaxResults": 100,
    });
    let found = ec2
        .list(doing, "DescribeRouteTables", input, |page| {
            let said: Tables = into(doing, page)?;
            Ok(said.route_tables)
        })
        .await?;
    if let Some(partial) = found.partial {
        return Err(Failure::new(doing, FailureKind::Other).because(partial));
    }
    let mut ways = Vec::new();
    for subnet in &reach.subnets {
        let own = |table: &&Table| {
            table
                .associations
                .iter()
                .any(|one| one.subnet_id.as_deref() == Some(subnet))
        };
        let main = |table: &&Table| table.associations.iter().any(|a| a.main);
        let mut tables = found.items.iter();
        let table = tables.find(own).or(found.items.iter().find(main));
        match table {
            Some(table) => ways.extend(table.ways()),
            None => ways.push(format!("no route table of {subnet} is told")),
        }
    }
    ways.sort();
    ways.dedup();
    Ok(ways)
}

impl Table {
    fn ways(&self) -> impl Iterator<Item = String> {
        let id = cleaned(&self.route_table_id);
        self.routes.iter().filter_map(move |route| {
            let over = route.over()?;
            let to = route
                .destination_cidr_block
                .as_ref()
                .or(route.destination_ipv6_cidr_block.as_ref())
                .or(route.destination_prefix_list_id.as_ref());
            let to = to.map_or("?", String::as_str);
            Some(cleaned(&format!("{to} over {over} ({id})")))
        })
    }
}

impl Route {
    /// What it leads over; nothing for the network's own. A target that this
    /// program does not know is a way out, too.
    fn over(&self) -> Option<String> {
        let target = self.over.iter().find_map(|(member, value)| {
            let names = member.ends_with("Id") && member != "InstanceOwnerId"
                || member.ends_with("Arn");
            value.as_str().filter(|_| names)
        });
        match target {
            Some("local") => None,
            Some(target) => Some(target.to_owned()),
            None => Some("something unknown".to_owned()),
        }
    }
}

/// The rules of these security groups that let anything but their own
/// members be asked.
async fn rules(
    reader: &Reader,
    guards: &[String],
) -> Result<Vec<String>, Failure> {
    let doing = "look at the security groups";
    let ec2 = reader.modeled("ec2")?;
    let input = json!({ "GroupIds": guards });
    let page = ec2.ask(doing, "DescribeSecurityGroups", input).await?;
    let said: Groups = into(doing, page)?;
    let mut ways = Vec::new();
    for id in guards {
        match said.security_groups.iter().find(|g| g.group_id == *id) {
            Some(group) => ways.extend(group.ways(guards)),
            None => ways.push(format!("{id} is not told")),
        }
    }
    Ok(ways)
}

impl Group {
    fn ways<'a>(
        &'a self,
        own: &'a [String],
    ) -> impl Iterator<Item = String> + 'a {
        self.ip_permissions_egress
            .iter()
            .map(move |rule| {
                let ranges = rule.ip_ranges.iter().chain(&rule.ipv6_ranges);
                let ranges = ranges.chain(&rule.prefix_list_ids);
                let mut to: Vec<&str> =
                    ranges.map(|range| range.to.as_str()).collect();
                let pairs = rule.user_id_group_pairs.iter();
                let pairs = pairs.map(|pair| pair.group_id.as_str());
                to.extend(pairs.filter(|id| !own.iter().any(|own| own == id)));
                to.join(" ")
            })
            .filter(|to| !to.is_empty())
            .map(|to| {
                cleaned(&format!("{} lets {to} be asked", self.group_id))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(routes: &str) -> Vec<String> {
        let text =
            format!(r#"{{ "RouteTableId": "rtb-1", "Routes": {routes} }}"#);
        let table: Table = serde_json::from_str(&text).unwrap();
        table.ways().collect()
    }

    #[test]
    fn every_route_but_the_networks_own_is_a_way_out() {
        let local = r#"[{ "DestinationCidrBlock": "10.0.0.0/16",
            "GatewayId": "local", "Origin": "CreateRouteTable",
            "State": "active" }]"#;
        assert_eq!(table(local), [] as [&str; 0]);
        for (member, id) in [
            ("GatewayId", "igw-1"),
            ("GatewayId", "vpce-1"),
            ("NatGatewayId", "nat-1"),
            ("TransitGatewayId", "tgw-1"),
            ("VpcPeeringConnectionId", "pcx-1"),
            ("EgressOnlyInternetGatewayId", "eigw-1"),
            ("NetworkInterfaceId", "eni-1"),
            ("CoreNetworkArn", "arn:core"),
        ] {
            let route = format!(
                r#"[{{ "DestinationCidrBlock": "0.0.0.0/0",
                    "{member}": "{id}", "State": "active" }}]"#
            );
            let told = format!("0.0.0.0/0 over {id} (rtb-1)");
            assert_eq!(table(&route), [told]);
        }
        let new = r#"[{ "DestinationIpv6CidrBlock": "::/0",
            "State": "active" }]"#;
        assert_eq!(table(new), ["::/0 over something unknown (rtb-1)"]);
    }

    #[test]
    fn a_rule_that_lets_only_its_own_groups_be_asked_is_no_way_out() {
        let ways = |rules: &str| -> Vec<String> {
            let text = format!(
                r#"{{ "GroupId": "sg-1", "IpPermissionsEgress": {rules} }}"#
            );
            let group: Group = serde_json::from_str(&text).unwrap();
            group.ways(&["sg-1".to_owned(), "sg-2".to_owned()]).collect()
        };
        assert_eq!(ways("[]"), [] as [&str; 0]);
        let own = r#"[{ "UserIdGroupPairs": [{ "GroupId": "sg-2" }] }]"#;
        assert_eq!(ways(own), [] as [&str; 0]);
        for to in [
            r#""IpRanges": [{ "CidrIp": "x" }]"#,
            r#""Ipv6Ranges": [{ "CidrIpv6": "x" }]"#,
            r#""PrefixListIds": [{ "PrefixListId": "x" }]"#,
            r#""UserIdGroupPairs": [{ "GroupId": "x" }]"#,
        ] {
            let rules = format!("[{{ {to} }}]");
            assert_eq!(ways(&rules), ["sg-1 lets x be asked"], "{to}");
        }
    }
}
