//! VPC peering and Transit Gateway attachments: the way between Regions.

use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::{Account, Region};

/// A VPC peering connection, as one of its two sides tells it.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peering {
    /// Its id, the same on both sides.
    pub id: String,
    /// Its name by tag, or its id.
    pub name: String,
    /// `active`, `pending-acceptance`, `deleted` or another word of EC2.
    pub state: String,
    /// What EC2 says of the state.
    pub message: Option<String>,
    /// Who asked for it.
    pub requester: Side,
    /// Who was asked.
    pub accepter: Side,
}

/// One side of a peering.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Its account.
    pub account: Option<Account>,
    /// Its Region.
    pub region: Option<Region>,
    /// The id of its VPC or Transit Gateway.
    pub id: String,
    /// Its address range, for a VPC.
    pub cidr: Option<String>,
}

impl Side {
    fn text(&self) -> String {
        let region = self.region.as_ref().map_or("?", Region::as_str);
        let account = self.account.as_ref().map_or("?", Account::as_str);
        let cidr = self.cidr.as_deref().unwrap_or_default();
        format!("{region} {} of {account} {cidr}", self.id).trim().to_owned()
    }
}

/// Whether two sides lie in these two Regions, in either order.
fn joins(one: &Side, other: &Side, a: &Region, b: &Region) -> bool {
    let pair = (one.region.as_ref(), other.region.as_ref());
    pair == (Some(a), Some(b)) || pair == (Some(b), Some(a))
}

impl Peering {
    /// Whether it joins these two Regions.
    pub fn joins(&self, one: &Region, other: &Region) -> bool {
        joins(&self.requester, &self.accepter, one, other)
    }

    /// Whether packets pass.
    pub fn is_active(&self) -> bool {
        self.state == "active"
    }
}

impl Told for Peering {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let health = match self.state.as_str() {
            "active" => Health::Good,
            "deleted" => Health::Plain,
            "" => Health::Unknown,
            "pending-acceptance" | "provisioning" | "initiating-request" => {
                Health::Warn
            }
            _ => Health::Bad,
        };
        (health, self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        sides(&self.requester, &self.accepter, self.message.as_ref())
    }
}

fn sides(
    requester: &Side,
    accepter: &Side,
    message: Option<&String>,
) -> Vec<(&'static str, String)> {
    let said = message.map(|said| ("AWS says", said.clone()));
    let mut facts: Vec<_> = said.into_iter().collect();
    facts.push(("requester", requester.text()));
    facts.push(("accepter", accepter.text()));
    facts
}

/// A peering of two Transit Gateways, as one of its two sides tells it.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayPeering {
    /// The id of the attachment.
    pub id: String,
    /// Its name by tag, or its id.
    pub name: String,
    /// `available`, `pendingAcceptance` or another word of EC2.
    pub state: String,
    /// What EC2 says of the state.
    pub message: Option<String>,
    /// Who asked for it.
    pub requester: Side,
    /// Who was asked.
    pub accepter: Side,
}

impl GatewayPeering {
    /// Whether it joins these two Regions.
    pub fn joins(&self, one: &Region, other: &Region) -> bool {
        joins(&self.requester, &self.accepter, one, other)
    }

    /// Whether packets pass.
    pub fn is_available(&self) -> bool {
        self.state == "available"
    }
}

impl Told for GatewayPeering {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        (attached(&self.state), self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        sides(&self.requester, &self.accepter, self.message.as_ref())
    }
}

/// Something attached to a Transit Gateway.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name by tag, or its id.
    pub name: String,
    /// `available` or another word of EC2.
    pub state: String,
    /// The Transit Gateway.
    pub gateway: String,
    /// What is attached: `vpc`, `peering`, `vpn` or another word of EC2.
    pub kind: String,
    /// The id of what is attached.
    pub resource: String,
    /// The state of its association with a route table; none if it has none.
    pub association: Option<String>,
}

impl Told for Attachment {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        (attached(&self.state), self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let routes = self.association.as_deref().unwrap_or("none");
        vec![
            ("attached", format!("{} {}", self.kind, self.resource)),
            ("gateway", self.gateway.clone()),
            ("route table", routes.to_owned()),
        ]
    }
}

fn attached(state: &str) -> Health {
    match state {
        "available" => Health::Good,
        "deleted" => Health::Plain,
        "" => Health::Unknown,
        "pendingAcceptance" | "pending" | "initiating"
        | "initiatingRequest" | "modifying" => Health::Warn,
        _ => Health::Bad,
    }
}
