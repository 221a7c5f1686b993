//! What AWS Config says: rules about backups, and what else is there.

use serde::{Deserialize, Serialize};

use super::{Health, Told};

/// A rule about backups or recovery.
// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRule.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigRule {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The managed rule that it is, such as `DB_INSTANCE_BACKUP_ENABLED`;
    /// empty for the team's own.
    pub identifier: String,
    /// What it found; none if not told.
    pub compliance: Option<Compliance>,
    /// What does not comply, as type and id; none if not told.
    pub offenders: Option<Vec<String>>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// What a rule found.
// https://docs.aws.amazon.com/config/latest/APIReference/API_Compliance.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compliance {
    /// All it looked at complies.
    Compliant,
    /// Something does not.
    NonCompliant,
    /// There was nothing to look at, or it was not looked at yet.
    InsufficientData,
}

/// What records the resources of a Region; without it, rules see nothing.
// https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorder {
    /// Its name.
    pub name: String,
    /// Whether it records; none if not told.
    pub recording: Option<bool>,
    /// Why it last failed, if it did.
    pub failed: Option<String>,
}

/// How many resources of a type that holds data, and that is not watched
/// otherwise, there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The type, as AWS Config names it.
    pub of: String,
    /// How many there are.
    pub count: i64,
}

/// Types that hold data and that no other look watches, with their names
/// for people and how their ARNs begin after `arn:aws:`. Config answers for
/// at most 20 types at once.
// https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
pub const STATEFUL: [(&str, &str, &str); 16] = [
    ("AWS::AmazonMQ::Broker", "Amazon MQ brokers", "mq:broker"),
    ("AWS::Cassandra::Keyspace", "Keyspaces", "cassandra:/keyspace"),
    ("AWS::Cognito::UserPool", "Cognito user pools", "cognito-idp:userpool"),
    ("AWS::ECR::Repository", "ECR repositories", "ecr:repository"),
    ("AWS::EKS::Cluster", "EKS clusters", "eks:cluster"),
    (
        "AWS::ElastiCache::ReplicationGroup",
        "ElastiCache groups",
        "elasticache:replicationgroup",
    ),
    ("AWS::Elasticsearch::Domain", "Elasticsearch domains", ""),
    ("AWS::Kinesis::Stream", "Kinesis streams", "kinesis:stream"),
    ("AWS::MSK::Cluster", "MSK clusters", "kafka:cluster"),
    ("AWS::MemoryDB::Cluster", "MemoryDB clusters", "memorydb:cluster"),
    ("AWS::OpenSearch::Domain", "OpenSearch domains", "es:domain"),
    ("AWS::QLDB::Ledger", "QLDB ledgers", "qldb:ledger"),
    ("AWS::Redshift::Cluster", "Redshift clusters", "redshift:cluster"),
    ("AWS::SQS::Queue", "SQS queues", "sqs:"),
    ("AWS::SecretsManager::Secret", "secrets", "secretsmanager:secret"),
    ("AWS::WorkSpaces::Workspace", "WorkSpaces", "workspaces:workspace"),
];

/// The name for people of a type that holds data.
pub fn stateful(of: &str) -> Option<&'static str> {
    let mut all = STATEFUL.iter();
    all.find(|(name, ..)| *name == of).map(|(_, words, _)| *words)
}

/// The type that an ARN is of, if it holds data and is not watched.
pub fn stateful_arn(arn: &str) -> Option<&'static str> {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2)?;
    let rest = parts.nth(2)?;
    let mut all = STATEFUL.iter().filter(|(.., begin)| !begin.is_empty());
    all.find(|(.., begin)| {
        let (of, kind) = begin.split_once(':').unwrap_or((begin, ""));
        service == of
            && rest.strip_prefix(kind).is_some_and(|tail| {
                kind.is_empty() || tail.starts_with([':', '/'])
            })
    })
    .map(|(name, ..)| *name)
}

impl Told for ConfigRule {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match (self.compliance, &self.offenders) {
            (None, _) => (Health::Unknown, "not told".to_owned()),
            (Some(Compliance::Compliant), _) => {
                (Health::Good, "compliant".to_owned())
            }
            (Some(Compliance::InsufficientData), _) => {
                (Health::Unknown, "not evaluated".to_owned())
            }
            (Some(Compliance::NonCompliant), Some(all)) => {
                (Health::Bad, format!("{} not compliant", all.len()))
            }
            (Some(Compliance::NonCompliant), None) => {
                (Health::Bad, "not compliant".to_owned())
            }
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let offenders = self.offenders.iter().flatten();
        let mut facts: Vec<_> =
            offenders.map(|what| ("not compliant", what.clone())).collect();
        if !self.identifier.is_empty() {
            facts.push(("managed rule", self.identifier.clone()));
        }
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl Told for Recorder {
    fn id(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match (self.recording, &self.failed) {
            (None, _) => (Health::Unknown, "not told".to_owned()),
            (Some(false), _) => (Health::Warn, "not recording".to_owned()),
            (Some(true), Some(_)) => (Health::Warn, "failing".to_owned()),
            (Some(true), None) => (Health::Good, "recording".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        self.failed.iter().map(|why| ("last failure", why.clone())).collect()
    }
}

impl Told for Counted {
    fn id(&self) -> &str {
        &self.of
    }

    fn name(&self) -> &str {
        stateful(&self.of).unwrap_or(&self.of)
    }

    fn state(&self) -> (Health, String) {
        (Health::Plain, format!("{} not watched", self.count))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        vec![("type", self.of.clone()), ("count", self.count.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_a_type_that_holds_data() {
        let of = |rest: &str| {
            let arn = format!("arn:aws:{rest}");
            stateful_arn(&arn).and_then(stateful)
        };
        let one = "redshift:eu-west-1:111122223333:cluster:learn";
        assert_eq!(of(one), Some("Redshift clusters"));
        let one = "es:eu-west-1:111122223333:domain/learn";
        assert_eq!(of(one), Some("OpenSearch domains"));
        let one = "sqs:eu-west-1:111122223333:orders";
        assert_eq!(of(one), Some("SQS queues"));
        let one = "redshift:eu-west-1:111122223333:clustergroup:x";
        assert_eq!(of(one), None);
        assert_eq!(of("s3:::learn-content"), None);
    }

    #[test]
    fn config_is_asked_for_no_more_types_than_it_takes() {
        assert!(STATEFUL.len() <= 20);
        assert!(STATEFUL.is_sorted_by_key(|(name, ..)| name));
    }
}
