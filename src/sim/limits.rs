//! The rates that AWS publishes, enforced: who asks more often is throttled.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::faults::Asked;
use crate::rates::{Bucket, buckets};

/// The token buckets of every account, Region, service and API. While they
/// are off, everybody may ask as often as they like.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    on: bool,
    left: BTreeMap<Key, Left>,
}

/// Account, Region, service and the name of a bucket.
type Key = (String, String, String, String);

/// What a bucket held when it was last taken from.
#[derive(Clone, Copy, Debug)]
struct Left {
    tokens: f64,
    at: Timestamp,
}

impl Limits {
    /// Switches them on with full buckets, or off.
    pub(super) fn switch(&mut self, on: bool) {
        self.on = on;
        self.left.clear();
    }

    /// Takes a request from its buckets. False if one of them is empty: then
    /// nothing is taken.
    pub(super) fn take(&mut self, asked: &Asked<'_>, now: Timestamp) -> bool {
        if !self.on {
            return true;
        }
        let Asked { account, region, service, operation, .. } = *asked;
        let all: Vec<(Key, f64)> = buckets(service, operation)
            .iter()
            .map(|bucket| {
                let key = [account, region, service, &bucket.name];
                let [a, r, s, b] = key.map(str::to_owned);
                let key = (a, r, s, b);
                let tokens = self.tokens(&key, bucket, now);
                (key, tokens)
            })
            .collect();
        if all.iter().any(|(_, tokens)| *tokens < 1.0) {
            return false;
        }
        for (key, tokens) in all {
            self.left.insert(key, Left { tokens: tokens - 1.0, at: now });
        }
        true
    }

    fn tokens(&self, key: &Key, bucket: &Bucket, now: Timestamp) -> f64 {
        let most = bucket.burst.max(1.0);
        let Some(left) = self.left.get(key) else { return most };
        let passed = now.duration_since(left.at).as_secs_f64().max(0.0);
        (left.tokens + passed * bucket.per_second).min(most)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const LIST: Asked<'_> = Asked {
        account: "111122223333",
        region: "eu-west-1",
        service: "backup",
        operation: "ListBackupJobs",
        page: 1,
    };

    fn limits() -> Limits {
        let mut limits = Limits::default();
        limits.switch(true);
        limits
    }

    fn taken(limits: &mut Limits, asked: &Asked<'_>, at: Timestamp) -> usize {
        (0..200).take_while(|_| limits.take(asked, at)).count()
    }

    #[test]
    fn a_bucket_holds_a_burst_and_refills_by_its_rate() {
        let mut limits = limits();
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(taken(&mut limits, &LIST, start), 20);
        let later = start + SignedDuration::from_millis(500);
        assert_eq!(taken(&mut limits, &LIST, later), 10);
        let hour = start + SignedDuration::from_hours(1);
        assert_eq!(taken(&mut limits, &LIST, hour), 20);
    }

    #[test]
    fn the_whole_service_has_a_bucket_that_all_its_lists_share() {
        let mut limits = limits();
        let start = Timestamp::UNIX_EPOCH;
        let names = ["ListBackupJobs", "ListCopyJobs", "ListRestoreJobs"];
        let lists = names.map(|operation| Asked { operation, ..LIST });
        let taken = lists.map(|list| taken(&mut limits, &list, start));
        assert_eq!(taken, [20, 20, 10]);
    }

    #[test]
    fn regions_accounts_and_the_names_of_a_service_do_not_mix() {
        let mut limits = limits();
        let start = Timestamp::UNIX_EPOCH;
        taken(&mut limits, &LIST, start);
        let there = Asked { region: "us-east-1", ..LIST };
        assert_eq!(taken(&mut limits, &there, start), 20);
        let alarms = Asked {
            service: "monitoring",
            operation: "DescribeAlarms",
            ..LIST
        };
        assert_eq!(taken(&mut limits, &alarms, start), 9);
    }

    #[test]
    fn while_they_are_off_nobody_is_throttled() {
        let mut limits = Limits::default();
        assert_eq!(taken(&mut limits, &LIST, Timestamp::UNIX_EPOCH), 200);
    }
}
