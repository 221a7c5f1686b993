//! Route 53: zones, records, changes, health checks, and what DNS answers.

use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::job::Tags;

/// Which of a pair of failover records one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failover {
    /// Answers while its health check is green.
    Primary,
    /// Answers otherwise.
    Secondary,
}

/// Where an alias record points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The hosted zone of the target.
    pub zone: String,
    /// The target's name.
    pub name: String,
    /// True when the target's health counts.
    pub evaluate_health: bool,
}

/// A resource record set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Its name with the final dot.
    pub name: String,
    /// `A`, `CNAME`, ...
    pub kind: String,
    /// What tells it from others of the same name and type.
    pub set_identifier: Option<String>,
    /// Its part in a failover pair.
    pub failover: Option<Failover>,
    /// Its weight, 0 to 255.
    pub weight: Option<i64>,
    /// Seconds that resolvers may keep it.
    pub ttl: Option<i64>,
    /// Its values, unless it is an alias.
    pub values: Vec<String>,
    /// Where it points, when it is an alias.
    pub alias: Option<Alias>,
    /// The health check that decides whether it answers.
    pub health_check: Option<String>,
}

/// A hosted zone: what the API shows, and what DNS answers.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// Its id, without `/hostedzone/`; made when empty.
    pub id: String,
    /// Its name with the final dot.
    pub name: String,
    /// True for a private zone.
    pub private: bool,
    /// The comment of its configuration.
    pub comment: Option<String>,
    /// What the API shows.
    pub records: Vec<Record>,
    /// What DNS answers: the records up to the last change in sync.
    pub answered: Vec<Record>,
    /// Its tags.
    pub tags: Tags,
    /// The status of accelerated recovery, in Route 53's word; empty means
    /// that it was never asked for.
    pub accelerated: String,
}

/// One entry of a change batch.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// The record is there from now on, with these values.
    Put(Record),
    /// The record is gone.
    Remove(Record),
}

/// A batch of record changes on its way to the name servers.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its id, without `/change/`.
    pub id: String,
    /// The zone.
    pub zone: String,
    /// The caller's comment.
    pub comment: Option<String>,
    /// When it was submitted.
    pub submitted: Timestamp,
    /// When every name server has it.
    pub in_sync: Timestamp,
    /// True when DNS answers with it.
    pub applied: bool,
    /// What it changes.
    pub edits: Vec<Edit>,
}

/// What a health check looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// An HTTP or HTTPS endpoint.
    Endpoint {
        /// True for HTTPS.
        tls: bool,
        /// The domain name.
        host: String,
        /// The port.
        port: i64,
        /// The path.
        path: String,
    },
    /// Other health checks.
    Calculated {
        /// Their ids.
        children: Vec<String>,
        /// How many must be green.
        threshold: i64,
    },
    /// A CloudWatch alarm of the same account.
    Alarm {
        /// Its Region.
        region: String,
        /// Its name.
        name: String,
    },
    /// A routing control: green while it is on.
    Control {
        /// Its ARN.
        arn: String,
    },
}

/// A Route 53 health check.
#[derive(Clone, Debug)]
pub struct HealthCheck {
    /// Its id; made when empty.
    pub id: String,
    /// What the caller that made it gave to make it once only.
    pub caller_reference: String,
    /// What it looks at.
    pub target: Target,
    /// Seconds between looks of one checker: 10 or 30.
    pub interval: i64,
    /// Looks in a row that change its mind.
    pub threshold: i64,
    /// True when green means red.
    pub inverted: bool,
    /// True when it does not look and counts as green.
    pub disabled: bool,
    /// Its verdict, the inversion applied.
    pub healthy: bool,
    /// Since when what it sees differs from its verdict.
    pub doubting_since: Option<Timestamp>,
    /// When its verdict last changed.
    pub changed: Timestamp,
    /// Its tags; `Name` is what people see.
    pub tags: Tags,
}

/// What a name server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The chain of records that answers, CNAMEs first.
    Records(Vec<AnswerRecord>),
    /// The name exists, without records of this type.
    NoData,
    /// The name does not exist.
    NoName,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRecord {
    /// Whose it is.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Seconds that resolvers may keep it.
    pub ttl: u32,
    /// Its value, as a zone file writes it.
    pub value: String,
}

impl Answer {
    /// The IPv4 addresses in it.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        let Answer::Records(records) = self else { return Vec::new() };
        records.iter().filter_map(|r| r.value.parse().ok()).collect()
    }
}

impl Record {
    /// True when the two are the same record set: name, type, identifier.
    pub fn is_same_set(&self, other: &Record) -> bool {
        self.name == other.name
            && self.kind == other.kind
            && self.set_identifier == other.set_identifier
    }
}

impl Edit {
    /// Makes this edit in a list of records.
    pub fn make(&self, records: &mut Vec<Record>) {
        match self {
            Edit::Put(record) => {
                records.retain(|r| !r.is_same_set(record));
                records.push(record.clone());
            }
            Edit::Remove(record) => {
                records.retain(|r| !r.is_same_set(record));
            }
        }
    }
}

impl Zone {
    /// Makes edits in what DNS answers.
    pub(crate) fn answer_with(&mut self, edits: &[Edit]) {
        for edit in edits {
            edit.make(&mut self.answered);
        }
    }
}

impl HealthCheck {
    /// A green HTTPS check of `/health` on a host: every 10 seconds, three
    /// looks decide.
    pub fn of_host(id: &str, host: &str, since: Timestamp) -> HealthCheck {
        HealthCheck {
            id: id.to_owned(),
            caller_reference: id.to_owned(),
            target: Target::Endpoint {
                tls: true,
                host: host.to_owned(),
                port: 443,
                path: "/health".to_owned(),
            },
            interval: 10,
            threshold: 3,
            inverted: false,
            disabled: false,
            healthy: true,
            doubting_since: None,
            changed: since,
            tags: Tags::new(),
        }
    }
}
