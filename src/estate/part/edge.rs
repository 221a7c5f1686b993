//! Global Accelerator and CloudFront: where traffic enters AWS.

use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::Region;

/// A Global Accelerator with where it sends traffic.
// https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accelerator {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its DNS name.
    pub dns: String,
    /// Whether it takes traffic.
    pub enabled: Option<bool>,
    /// `DEPLOYED` or `IN_PROGRESS`.
    pub status: String,
    /// Its endpoint groups; none if not told.
    pub groups: Option<Vec<EndpointGroup>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// The endpoints of one listener in one Region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointGroup {
    /// Its ARN.
    pub arn: String,
    /// The ports of its listener, such as `443`.
    pub ports: String,
    /// Its Region.
    pub region: Region,
    /// The share of the traffic for that Region that it takes, 0 to 100.
    pub dial: Option<f64>,
    /// Its endpoints.
    pub endpoints: Vec<AcceleratedEndpoint>,
}

/// Where an endpoint group sends traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceleratedEndpoint {
    /// An ARN, an allocation id or an instance id.
    pub id: String,
    /// Its weight, 0 to 255.
    pub weight: Option<i64>,
    /// `HEALTHY`, `UNHEALTHY` or `INITIAL`.
    pub health: Option<String>,
    /// Why it is not healthy, in AWS's words.
    pub reason: Option<String>,
}

impl EndpointGroup {
    /// Whether an endpoint could take traffic; none if AWS does not tell.
    pub fn healthy(&self) -> Option<bool> {
        let good = |e: &AcceleratedEndpoint| {
            e.health.as_deref() == Some("HEALTHY") && e.weight != Some(0)
        };
        let told = |e: &AcceleratedEndpoint| {
            !matches!(e.health.as_deref(), None | Some("INITIAL"))
        };
        if self.endpoints.iter().any(good) {
            return Some(true);
        }
        self.endpoints.iter().all(told).then_some(false)
    }

    fn text(&self) -> String {
        let dial = self.dial.map_or("dial not told".to_owned(), |dial| {
            format!("dial {dial} %")
        });
        let healthy =
            |e: &&AcceleratedEndpoint| e.health.as_deref() == Some("HEALTHY");
        format!(
            "{} port {}: {dial}, {} of {} endpoints healthy",
            self.region,
            self.ports,
            self.endpoints.iter().filter(healthy).count(),
            self.endpoints.len()
        )
    }
}

impl Told for Accelerator {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        let Some(groups) = &self.groups else {
            return (Health::Unknown, "endpoint groups not told".to_owned());
        };
        let bad = groups.iter().filter(|g| g.healthy() == Some(false));
        match (self.enabled, bad.count()) {
            (Some(false), _) => (Health::Bad, "disabled".to_owned()),
            (_, 0) => (Health::Good, format!("{} groups", groups.len())),
            (_, bad) => {
                let all = groups.len();
                (Health::Bad, format!("{bad} of {all} groups unhealthy"))
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        for group in self.groups.iter().flatten() {
            facts.push(("endpoint group", group.text()));
            facts.extend(group.endpoints.iter().filter_map(|endpoint| {
                let why = endpoint.reason.as_ref()?;
                Some(("endpoint", format!("{}: {why}", endpoint.id)))
            }));
        }
        facts.push(("DNS name", self.dns.clone()));
        facts.push(("status", self.status.clone()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

/// A CloudFront distribution with its origins.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
    /// Its own domain name.
    pub domain: String,
    /// The names it answers for.
    pub aliases: Vec<String>,
    /// Whether it serves.
    pub enabled: bool,
    /// `Deployed` or `InProgress`.
    pub status: String,
    /// Its origins: id and domain name.
    pub origins: Vec<(String, String)>,
    /// Its origin groups.
    pub groups: Vec<OriginGroup>,
    /// The origin or origin group of its default cache behaviour.
    pub target: String,
}

/// Origins of which one takes over when another fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginGroup {
    /// Its id.
    pub id: String,
    /// Ids of its origins, the primary first.
    pub members: Vec<String>,
    /// The status codes that make the next one be asked.
    pub codes: Vec<i64>,
}

impl Distribution {
    /// Whether another origin takes over where the default one fails.
    pub fn fails_over(&self) -> bool {
        let group = self.groups.iter().find(|g| g.id == self.target);
        group.is_some_and(|group| group.members.len() > 1)
    }
}

impl Told for Distribution {
    #[expect(
        clippy::misnamed_getters,
        reason = "what every part tells: its ARN, not the service's own id"
    )]
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        self.aliases.first().unwrap_or(&self.domain)
    }

    fn state(&self) -> (Health, String) {
        if !self.enabled {
            return (Health::Plain, "disabled".to_owned());
        }
        if self.fails_over() {
            (Health::Good, "origins fail over".to_owned())
        } else {
            (Health::Warn, "no origin failover".to_owned())
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("default origin", self.target.clone())];
        facts.extend(self.groups.iter().map(|group| {
            let codes: Vec<String> =
                group.codes.iter().map(ToString::to_string).collect();
            let members = group.members.join(" then ");
            let text =
                format!("{}: {members} on {}", group.id, codes.join(" "));
            ("origin group", text)
        }));
        facts.extend(
            self.origins
                .iter()
                .map(|(id, domain)| ("origin", format!("{id}: {domain}"))),
        );
        facts.push(("domain", self.domain.clone()));
        facts.push(("status", self.status.clone()));
        facts
    }
}
