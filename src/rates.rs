//! How often AWS lets its APIs be asked, and how much of that is ours.
//!
//! [`RATES`] is what AWS publishes for one Region of one account; what it
//! does not publish is [`ASSUMED`]. The client spends [`Budgets`], a share
//! of these; the simulator can enforce the whole. AWS changes them without
//! notice and raises some on request, so every one can be configured.

mod reads;

use std::collections::BTreeMap;

pub use reads::READS;

/// The share of each rate that the console spends unless told otherwise: the
/// rest is left to whoever else works in the account.
pub const SHARE: f64 = 0.25;

/// The share while a person waits for the answer.
pub const PRESSED: f64 = 0.6;

/// What is taken for the rate of an API of which AWS publishes none, in
/// requests a second. RDS, for one, was seen to throttle below 10 a second.
pub const ASSUMED: f64 = 10.0;

/// A rate that AWS publishes.
#[derive(Debug)]
pub struct Rate {
    /// The service, as in the names of [`READS`].
    pub service: &'static str,
    /// The operations it is about.
    pub of: Of,
    /// Requests a second that go on for ever: what refills the bucket.
    pub per_second: f64,
    /// Requests at once: what the bucket holds. Where AWS names none, one
    /// second's worth.
    pub burst: f64,
    /// The page that says so.
    pub told: &'static str,
}

/// What a rate is about. A name that ends in `*` stands for all that begin
/// so; of several that fit, the first counts.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Each of these operations by itself.
    Each(&'static [&'static str]),
    /// These operations together.
    Together(&'static [&'static str]),
    /// All operations of the service together, whatever else holds.
    Whole,
}

impl Of {
    /// The operations, as the tables show them.
    pub fn words(&self) -> String {
        match self {
            Of::Each(names) => names.join(", "),
            Of::Together(names) => format!("{} together", names.join(", ")),
            Of::Whole => "all together".to_owned(),
        }
    }

    fn fits(&self, operation: &str) -> bool {
        match self {
            Of::Each(names) | Of::Together(names) => {
                names.iter().any(|name| match name.strip_suffix('*') {
                    Some(begin) => operation.starts_with(begin),
                    None => *name == operation,
                })
            }
            Of::Whole => false,
        }
    }
}

const BACKUP: &str = "https://docs.aws.amazon.com/general/latest/gr/bk.html";
const CLOUDTRAIL: &str = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html";
const CLOUDWATCH: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html";
const DYNAMODB: &str =
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/";
const EC2: &str =
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html";
const ECS: &str = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html";
const EVENTS: &str =
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html";
const KMS: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html";
const LAMBDA: &str =
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const ROUTE53: &str = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html";
const STATES: &str =
    "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html";
const STS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";
const TAGGING: &str = "https://docs.aws.amazon.com/general/latest/gr/arg.html";

macro_rules! rates {
    ($($service:literal $of:expr, $per_second:literal of $burst:literal,
       $told:ident;)*) => {
        /// What AWS publishes of the operations that are read.
        pub const RATES: &[Rate] = &[$(Rate {
            service: $service,
            of: $of,
            per_second: $per_second,
            burst: $burst,
            told: $told,
        },)*];
    };
}

rates! {
    "backup" Of::Each(&["List*"]), 20.0 of 20.0, BACKUP;
    "backup" Of::Each(&["DescribeProtectedResource"]), 10.0 of 10.0, BACKUP;
    "backup" Of::Each(&["DescribeBackupVault"]), 5.0 of 5.0, BACKUP;
    "backup" Of::Each(&["Describe*", "Get*"]), 15.0 of 15.0, BACKUP;
    "backup" Of::Whole, 50.0 of 50.0, BACKUP;
    "cloudtrail" Of::Each(&["LookupEvents"]), 2.0 of 2.0, CLOUDTRAIL;
    "cloudtrail" Of::Each(&["Describe*", "Get*", "List*"]), 10.0 of 10.0,
        CLOUDTRAIL;
    "cloudwatch" Of::Each(&["DescribeAlarms"]), 9.0 of 9.0, CLOUDWATCH;
    "cloudwatch" Of::Each(&["GetMetricData"]), 50.0 of 50.0, CLOUDWATCH;
    "cloudwatch" Of::Each(&["ListMetrics"]), 25.0 of 25.0, CLOUDWATCH;
    "dynamodb" Of::Each(&["DescribeContinuousBackups"]), 10.0 of 10.0,
        DYNAMODB;
    "dynamodb" Of::Each(&["ListBackups"]), 5.0 of 5.0, DYNAMODB;
    "ec2" Of::Each(&["Describe*", "List*"]), 20.0 of 100.0, EC2;
    "ecs" Of::Together(&["DescribeClusters", "ListClusters"]), 20.0 of 50.0,
        ECS;
    "ecs" Of::Together(&["DescribeServices", "ListServices"]), 20.0 of 100.0,
        ECS;
    "events" Of::Each(&["List*"]), 50.0 of 50.0, EVENTS;
    "kms" Of::Each(&["DescribeKey"]), 2000.0 of 2000.0, KMS;
    "kms" Of::Each(&["ListKeys"]), 500.0 of 500.0, KMS;
    "lambda" Of::Whole, 15.0 of 15.0, LAMBDA;
    "route53" Of::Whole, 10.0 of 50.0, ROUTE53;
    "states" Of::Each(&["ListStateMachines"]), 5.0 of 100.0, STATES;
    "states" Of::Each(&["ListExecutions"]), 2.0 of 100.0, STATES;
    "sts" Of::Whole, 600.0 of 600.0, STS;
    "tagging" Of::Each(&["GetResources"]), 15.0 of 15.0, TAGGING;
}

/// Every service that is read, as `[budget]` names it.
pub fn services() -> Vec<&'static str> {
    let services = READS.iter().filter_map(|read| read.split_once(':'));
    let mut services: Vec<_> = services.map(|(service, _)| service).collect();
    services.dedup();
    services
}

/// One bucket that a request is taken from.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// What tells it from the others of its service: an operation, some
    /// together, or `*`.
    pub name: String,
    /// Requests a second that go on for ever.
    pub per_second: f64,
    /// Requests at once.
    pub burst: f64,
    /// Whether AWS publishes it.
    pub is_published: bool,
}

/// The name of the bucket that holds all operations of a service.
const ALL: &str = "*";

/// The buckets that AWS takes a request from: that of its operation and,
/// where there is one, that of the whole service. Signing names are
/// understood, too.
pub fn buckets(service: &str, operation: &str) -> Vec<Bucket> {
    let service = if service == "monitoring" { "cloudwatch" } else { service };
    let rates = || RATES.iter().filter(|rate| rate.service == service);
    let of = |name: String, rate: &Rate| Bucket {
        name,
        per_second: rate.per_second,
        burst: rate.burst,
        is_published: true,
    };
    let own = rates().find(|rate| rate.of.fits(operation)).map(|rate| {
        let name = match rate.of {
            Of::Together(names) => names.join("+"),
            Of::Each(_) | Of::Whole => operation.to_owned(),
        };
        of(name, rate)
    });
    let mut whole = rates().filter(|rate| matches!(rate.of, Of::Whole));
    let whole = whole.next().map(|rate| of(ALL.to_owned(), rate));
    let assumed = || Bucket {
        name: operation.to_owned(),
        per_second: ASSUMED,
        burst: ASSUMED,
        is_published: false,
    };
    let own = own.or_else(|| whole.is_none().then(assumed));
    own.into_iter().chain(whole).collect()
}

/// How much of AWS's rates the console may use.
#[derive(Clone, Debug, PartialEq)]
pub struct Budgets {
    /// The share of each rate: above 0, at most 1. None is no limit at all.
    pub share: Option<f64>,
    /// Requests a second as the config sets them, for a service such as
    /// `rds` or one operation such as `backup:ListBackupJobs`.
    pub set: BTreeMap<String, f64>,
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets { share: Some(SHARE), set: BTreeMap::new() }
    }
}

impl Budgets {
    /// No limit: for a server of our own.
    pub fn unlimited() -> Self {
        Budgets { share: None, set: BTreeMap::new() }
    }

    /// What a request may cost: the name of each bucket it is taken from,
    /// that of the whole service last, and how many a second may be taken
    /// there. Where a person waits for
    /// the answer the share is larger; what the config sets holds always.
    pub fn of(
        &self,
        service: &str,
        operation: &str,
        is_pressed: bool,
    ) -> Vec<(String, f64)> {
        let share = self
            .share
            .map(|share| if is_pressed { share.max(PRESSED) } else { share });
        let mut all: Vec<_> = buckets(service, operation)
            .into_iter()
            .filter_map(|b| Some((b.name, b.per_second * share?)))
            .collect();
        let mut set = |key: &str, name: &str| {
            let Some(rate) = self.set.get(key) else { return };
            all.retain(|(other, _)| other != name);
            all.push((name.to_owned(), *rate));
        };
        set(&format!("{service}:{operation}"), operation);
        set(service, ALL);
        all.sort_by_key(|(name, _)| name == ALL);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(service: &str, operation: &str) -> Vec<(String, f64)> {
        Budgets::default().of(service, operation, false)
    }

    #[test]
    fn a_list_of_backup_has_a_quarter_of_its_own_rate_and_of_the_services() {
        let lists = of("backup", "ListBackupJobs");
        let own = ("ListBackupJobs".to_owned(), 5.0);
        assert_eq!(lists, [own, ("*".to_owned(), 12.5)]);
        let described = of("backup", "DescribeProtectedResource");
        assert_eq!(described[0].1.to_bits(), 2.5f64.to_bits());
    }

    #[test]
    fn what_aws_does_not_publish_is_assumed() {
        let own = ("DescribeDBInstances".to_owned(), ASSUMED * SHARE);
        assert_eq!(of("rds", "DescribeDBInstances"), [own]);
        let known = buckets("rds", "DescribeDBInstances");
        assert!(!known[0].is_published);
    }

    #[test]
    fn operations_of_one_bucket_share_it() {
        let name = |operation| of("ecs", operation)[0].0.clone();
        assert_eq!(name("DescribeServices"), name("ListServices"));
        assert_ne!(name("DescribeServices"), name("ListClusters"));
        assert_eq!(of("route53", "ListHostedZones")[0].0, "*");
    }

    #[test]
    fn what_the_config_sets_holds_even_while_a_person_waits() {
        let mut budgets = Budgets::default();
        budgets.set.insert("rds".into(), 0.5);
        budgets.set.insert("backup:ListBackupJobs".into(), 1.0);
        let rds = budgets.of("rds", "DescribeDBInstances", true);
        assert_eq!(rds[0], ("DescribeDBInstances".to_owned(), 6.0));
        assert_eq!(rds[1], ("*".to_owned(), 0.5));
        let jobs = budgets.of("backup", "ListBackupJobs", true);
        assert!(jobs.contains(&("ListBackupJobs".to_owned(), 1.0)));
        assert!(jobs.contains(&("*".to_owned(), 30.0)));
    }

    #[test]
    fn every_rate_is_of_a_service_that_is_read_and_names_its_page() {
        for rate in RATES {
            assert!(services().contains(&rate.service), "{rate:?}");
            assert!(rate.told.starts_with("https://docs.aws.amazon.com/"));
            assert!(rate.burst >= rate.per_second.min(1.0), "{rate:?}");
        }
    }

    #[test]
    fn the_table_in_the_docs_is_this_one() {
        let text = include_str!("../docs/rates.md");
        for rate in RATES {
            let Rate { service, of, per_second, burst, told } = rate;
            let of = of.words();
            let row = format!(
                "| {service} | {of} | {per_second} | {burst} | <{told}> |"
            );
            assert!(text.contains(&row), "{row}");
        }
    }
}
