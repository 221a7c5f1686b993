//! HTTP endpoints of simulated applications, and what they answer.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde_json::json;

use super::database::{
    Cluster, Doing, Instance, Status, cluster_endpoint, endpoint,
};
use super::dns::Answer;
use super::{Condition, World, hex, noise};

/// What decides whether a site answers well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Nothing but its Region.
    Static,
    /// A writable, available database behind this DNS name.
    Database(String),
}

/// An application endpoint, such as a load balancer, in a Region.
#[derive(Clone, Debug)]
pub struct Site {
    /// The host name it answers for, without a final dot.
    pub host: String,
    /// The Region it runs in.
    pub region: String,
    /// What must work for it to work.
    pub backing: Backing,
    /// Answers this status whatever its backing does, if set.
    pub forced_status: Option<u16>,
}

/// What comes back from an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAnswer {
    /// An answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The connection is never made.
    Timeout,
    /// The name has no address.
    NoName,
}

impl Instance {
    /// True when it takes writes.
    // A promoted instance takes writes after its reboot, so not while it is
    // still `modifying`: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
    pub fn is_writable(&self) -> bool {
        let promoting = self.task.is_some_and(|task| {
            task.doing == Doing::Promote && self.status == Status::Modifying
        });
        self.replica.is_none()
            && !promoting
            && !matches!(
                self.status,
                Status::Creating | Status::Deleting | Status::Failed
            )
    }
}

/// The address of a simulated host, in the range kept for benchmarks
/// (RFC 2544), so that it can never be anyone's.
pub(crate) fn address(host: &str) -> Ipv4Addr {
    let digest = hex(host);
    let part = |at: usize| {
        u8::from_str_radix(&digest[at..at + 2], 16).expect("it is hexadecimal")
    };
    Ipv4Addr::new(198, 18, part(0), part(2).clamp(1, 254))
}

/// The host of a URL, without port, and its path.
fn host_of(url: &str) -> Option<(&str, &str)> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.split(':').next()?;
    Some((host, if path.is_empty() { "/" } else { path }))
}

impl World {
    /// What an HTTP GET is answered at a moment. The world moves there first.
    pub fn http(&mut self, url: &str, now: Timestamp) -> HttpAnswer {
        self.advance(now);
        self.visit(url)
    }

    /// What an HTTP GET is answered as the world is.
    pub fn visit(&self, url: &str) -> HttpAnswer {
        let Some((host, _path)) = host_of(url) else {
            return HttpAnswer::NoName;
        };
        let (answer, end) = self.chase(host, "A");
        if !matches!(answer, Answer::Records(_)) {
            return HttpAnswer::NoName;
        }
        self.sites.get(&end).map_or(HttpAnswer::Timeout, |s| self.serve(s))
    }

    /// The names of records that lead to an application endpoint, without
    /// final dots.
    pub fn visited(&self) -> Vec<String> {
        let zones = self.accounts.values().flat_map(|a| a.zones.values());
        let mut names: Vec<String> = zones
            .flat_map(|zone| &zone.records)
            .filter(|record| record.kind == "A")
            .map(|record| record.name.trim_end_matches('.').to_owned())
            .filter(|name| self.sites.contains_key(&self.chase(name, "A").1))
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The application endpoints, by host name.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sites.values()
    }

    pub(crate) fn site_mut(&mut self, host: &str) -> Option<&mut Site> {
        self.sites.get_mut(host)
    }

    fn serve(&self, site: &Site) -> HttpAnswer {
        let now = self.now();
        let lost = match self.condition(&site.region) {
            Condition::Dark => return HttpAnswer::Timeout,
            Condition::Degraded { error_rate } => {
                noise(&site.host, now.as_millisecond()) < error_rate
            }
            Condition::Healthy => false,
        };
        let (works, detail) = self.backing(site);
        let status = match site.forced_status {
            Some(status) => status,
            None if works && !lost => 200,
            None => 503,
        };
        let body = json!({
            "status": if status < 400 { "ok" } else { "unavailable" },
            "region": site.region,
            "database": detail,
        });
        HttpAnswer::Answer { status, body: body.to_string() }
    }

    fn backing(&self, site: &Site) -> (bool, String) {
        let Backing::Database(name) = &site.backing else {
            return (true, "none".to_owned());
        };
        let (_, end) = self.chase(name, "A");
        let instance = self
            .instance_of(&end)
            .map(|(region, db)| (region, db.is_writable()));
        let behind = instance.or_else(|| {
            let (account, region, cluster) = self.cluster_of(&end)?;
            Some((region, self.takes_writes(account, region, cluster)))
        });
        match behind {
            None => (false, format!("{name} leads to no database")),
            Some((region, _)) if self.is_dark(region) => {
                (false, format!("{end} does not answer"))
            }
            Some((_, false)) => (false, format!("{end} takes no writes")),
            Some((_, true)) => (true, format!("{end} takes writes")),
        }
    }

    /// The cluster behind the endpoint that its writes go to.
    fn cluster_of(&self, host: &str) -> Option<(&str, &str, &Cluster)> {
        let id = host.split('.').next()?;
        self.places().find_map(|(account, region, place)| {
            let cluster = place.clusters.get(id)?;
            let own = cluster_endpoint(id, "cluster", account, region);
            (own == host).then_some((account, region, cluster))
        })
    }

    /// The instance behind an RDS endpoint, with its Region.
    fn instance_of(&self, host: &str) -> Option<(&str, &Instance)> {
        let id = host.split('.').next()?;
        self.places().find_map(|(account, region, place)| {
            let instance = place.instances.get(id)?;
            let own = endpoint(id, account, region);
            (own == host).then_some((region, instance))
        })
    }

    /// True when an RDS endpoint of this name exists.
    pub(crate) fn is_endpoint(&self, name: &str) -> bool {
        self.instance_of(name).is_some() || self.cluster_of(name).is_some()
    }
}
