//! What we ask of EC2 of the ways between Regions, and what it answers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::modeled::into;
use super::tagging::{Tag, by_key};
use super::{Look, Reader, Seen};
use crate::estate::ids::{Account, Region};
use crate::estate::part::Part;
use crate::estate::part::network::{
    Attachment, GatewayPeering, Peering, Side,
};
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Peerings {
    vpc_peering_connections: Vec<PeeringSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PeeringSaid {
    vpc_peering_connection_id: String,
    requester_vpc_info: Vpc,
    accepter_vpc_info: Vpc,
    status: Status,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Vpc {
    owner_id: String,
    region: String,
    vpc_id: String,
    cidr_block: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Status {
    code: String,
    message: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GatewayPeerings {
    transit_gateway_peering_attachments: Vec<GatewayPeeringSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GatewayPeeringSaid {
    transit_gateway_attachment_id: String,
    requester_tgw_info: Gateway,
    accepter_tgw_info: Gateway,
    state: String,
    status: Status,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Gateway {
    transit_gateway_id: String,
    owner_id: String,
    region: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attachments {
    transit_gateway_attachments: Vec<AttachmentSaid>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttachmentSaid {
    transit_gateway_attachment_id: String,
    transit_gateway_id: String,
    resource_type: String,
    resource_id: String,
    state: String,
    association: Option<Association>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Association {
    state: String,
}

/// The VPC peering connections that a Region has a side of.
pub(super) async fn peerings(reader: &Reader) -> Look {
    let doing = "list the VPC peerings";
    let operation = "DescribeVpcPeeringConnections";
    listed(reader, doing, operation, |page| {
        let said: Peerings = into(doing, page)?;
        Ok(said.vpc_peering_connections.into_iter().map(peering).collect())
    })
    .await
}

/// The Transit Gateway peerings that a Region has a side of.
pub(super) async fn gateway_peerings(reader: &Reader) -> Look {
    let doing = "list the Transit Gateway peerings";
    let operation = "DescribeTransitGatewayPeeringAttachments";
    listed(reader, doing, operation, |page| {
        let said: GatewayPeerings = into(doing, page)?;
        let all = said.transit_gateway_peering_attachments.into_iter();
        Ok(all.map(gateway_peering).collect())
    })
    .await
}

/// What is attached to the Transit Gateways of a Region.
pub(super) async fn attachments(reader: &Reader) -> Look {
    let doing = "list the Transit Gateway attachments";
    let operation = "DescribeTransitGatewayAttachments";
    listed(reader, doing, operation, |page| {
        let said: Attachments = into(doing, page)?;
        let all = said.transit_gateway_attachments.into_iter();
        Ok(all.map(attachment).collect())
    })
    .await
}

async fn listed<T: Into<Part>>(
    reader: &Reader,
    doing: &str,
    operation: &str,
    project: impl Fn(Value) -> Result<Vec<T>, Failure>,
) -> Look {
    let ec2 = reader.modeled("ec2")?;
    // Pages hold 5 to 1,000 things (Amazon EC2 API reference).
    let input = json!({ "MaxResults": 1000 });
    let found = ec2.list(doing, operation, input, project).await?;
    Ok(Seen::parts(found.items, found.partial))
}

/// The id, and the name by tag, or the id again.
fn named(id: &str, tags: Vec<Tag>) -> (String, String) {
    let id = cleaned(id);
    let name = by_key(tags).remove("Name");
    let name = name.filter(|name| !name.is_empty());
    (id.clone(), name.unwrap_or(id))
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| cleaned(text))
}

fn peering(said: PeeringSaid) -> Peering {
    let (id, name) = named(&said.vpc_peering_connection_id, said.tags);
    let side = |vpc: Vpc| Side {
        account: given(&vpc.owner_id).map(Account::from),
        region: given(&vpc.region).map(Region::from),
        id: cleaned(&vpc.vpc_id),
        cidr: vpc.cidr_block.map(|cidr| cleaned(&cidr)),
    };
    Peering {
        id,
        name,
        state: cleaned(&said.status.code),
        message: said.status.message.map(|text| cleaned(&text)),
        requester: side(said.requester_vpc_info),
        accepter: side(said.accepter_vpc_info),
    }
}

fn gateway_peering(said: GatewayPeeringSaid) -> GatewayPeering {
    let (id, name) = named(&said.transit_gateway_attachment_id, said.tags);
    let side = |gateway: Gateway| Side {
        account: given(&gateway.owner_id).map(Account::from),
        region: given(&gateway.region).map(Region::from),
        id: cleaned(&gateway.transit_gateway_id),
        cidr: None,
    };
    GatewayPeering {
        id,
        name,
        state: cleaned(&said.state),
        message: said.status.message.map(|text| cleaned(&text)),
        requester: side(said.requester_tgw_info),
        accepter: side(said.accepter_tgw_info),
    }
}

fn attachment(said: AttachmentSaid) -> Attachment {
    let (id, name) = named(&said.transit_gateway_attachment_id, said.tags);
    Attachment {
        id,
        name,
        state: cleaned(&said.state),
        gateway: cleaned(&said.transit_gateway_id),
        kind: cleaned(&said.resource_type),
        resource: cleaned(&said.resource_id),
        association: said.association.map(|a| cleaned(&a.state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};
    use crate::aws::session::Budget;
    use crate::estate::part::Kind;
    use crate::estate::{Found, Source, What};

    /// The answer printed in the API reference of
    /// `DescribeVpcPeeringConnections`.
    const PRINTED: &str = r#"
<DescribeVpcPeeringConnectionsResponse
    xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</requestId>
  <vpcPeeringConnectionSet>
    <item>
      <vpcPeeringConnectionId>pcx-111aaa22</vpcPeeringConnectionId>
      <requesterVpcInfo>
        <ownerId>777788889999</ownerId>
        <vpcId>vpc-1a2b3c4d</vpcId>
        <cidrBlock>172.31.0.0/16</cidrBlock>
      </requesterVpcInfo>
      <accepterVpcInfo>
        <ownerId>111122223333</ownerId>
        <vpcId>vpc-aa22cc33</vpcId>
      </accepterVpcInfo>
      <status>
        <code>pending-acceptance</code>
        <message>Pending Acceptance by 111122223333</message>
      </status>
      <expirationTime>2014-02-17T16:00:50.000Z</expirationTime>
      <tagSet/>
    </item>
  </vpcPeeringConnectionSet>
</DescribeVpcPeeringConnectionsResponse>"#;

    #[tokio::test]
    async fn the_answer_that_aws_prints_is_read_whole() {
        let out = Canned::saying(200, PRINTED);
        let source = Source::aws(
            &Account::new(ACCOUNT),
            &Region::new("eu-west-1"),
            What::Parts(Kind::Peering),
        );
        let session = out.session();
        let reader = session.reader(&source, Budget::Read).await.unwrap();
        let seen = peerings(&reader).await.unwrap();
        let Found::Parts(parts) = seen.found else { panic!("no parts") };
        let [Part::Peering(peering)] = &parts[..] else { panic!("{parts:?}") };
        assert_eq!(peering.name, "pcx-111aaa22");
        assert_eq!(peering.state, "pending-acceptance");
        let said = peering.message.as_deref();
        assert_eq!(said, Some("Pending Acceptance by 111122223333"));
        assert_eq!(peering.requester.id, "vpc-1a2b3c4d");
        assert_eq!(peering.requester.cidr.as_deref(), Some("172.31.0.0/16"));
        assert_eq!(peering.accepter.region, None);
        assert_eq!(peering.accepter.cidr, None);
    }
}
