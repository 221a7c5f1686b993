//! How the world moves: the story, then everything under way.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::story::Effect;
use super::{Caller, Condition, Place, World};

/// The longest stride at speed 1. Health checks look once a stride, so it is
/// shorter than the shortest interval they have.
const STRIDE: SignedDuration = SignedDuration::from_secs(5);

/// A jump is walked in at most about this many strides.
const STRIDES: i32 = 500;

impl World {
    /// Moves everything up to `now`: what the story holds, in its order, and
    /// between its moments jobs, databases, changes, checks and alarms. A
    /// moment in the past changes nothing.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.story.front()
            && *at <= now
        {
            let (at, effect) =
                self.story.pop_front().expect("it was there just now");
            self.walk(at);
            self.befall(at, effect);
        }
        self.walk(now);
    }

    /// Walks to a moment before which the story has nothing.
    fn walk(&mut self, to: Timestamp) {
        let way = to.duration_since(self.now);
        let stride = self.takes(STRIDE).max(way / STRIDES);
        let stride = stride.max(SignedDuration::from_millis(100));
        while self.now < to {
            let from = self.now;
            self.now =
                if self.is_still() { to } else { to.min(from + stride) };
            self.step(from);
        }
    }

    /// Whether nothing is under way that a step would move on, so that the
    /// next moment is like this one, however far it is.
    fn is_still(&self) -> bool {
        let at_rest = |place: &Place| {
            place.plans.is_empty()
                && place.alarms.is_empty()
                && !place.jobs.any_moves()
                && place.instances.values().all(|i| i.task.is_none())
                && place.snapshots.values().all(|s| s.task.is_none())
                && place.cluster_snapshots.values().all(|s| s.task.is_none())
        };
        self.accounts.values().all(|account| {
            account.health_checks.is_empty()
                && account.changes.values().all(|change| change.applied)
                && account
                    .globals
                    .values()
                    .all(|g| g.moving.is_none() && g.left.is_empty())
                && account.places.values().all(at_rest)
        })
    }

    fn step(&mut self, from: Timestamp) {
        self.run_plans(from);
        self.move_jobs(from);
        self.move_databases(from);
        self.move_globals(from);
        self.spread_changes();
        self.check_health();
        self.judge_alarms();
    }

    /// The accounts and Regions that have something with a property.
    pub(crate) fn keys_where(
        &self,
        has: impl Fn(&Place) -> bool,
    ) -> Vec<(String, String)> {
        self.places()
            .filter(|(_, _, place)| has(place))
            .map(|(account, region, _)| {
                (account.to_owned(), region.to_owned())
            })
            .collect()
    }

    /// Lays members over an item of the caller's once something that usually
    /// takes that long is done.
    pub(crate) fn later(
        &mut self,
        caller: &Caller,
        (kind, id): (&str, &str),
        usual: SignedDuration,
        members: Value,
    ) {
        let at = self.now + self.takes(usual);
        let effect = Effect::Item {
            account: caller.account.clone(),
            region: caller.region.clone(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            members: Some(members),
        };
        let place = self.story.partition_point(|(told, _)| *told <= at);
        self.story.insert(place, (at, effect));
    }

    fn befall(&mut self, at: Timestamp, effect: Effect) {
        match effect {
            Effect::Region { region, condition } => {
                self.set_condition(&region, at, condition);
            }
            Effect::Replication { account, region, instance, broken } => {
                if let Some(replica) =
                    self.replica_mut(&account, &region, &instance)
                {
                    replica.broken_since = broken.then_some(at);
                }
            }
            Effect::Lag {
                account,
                region,
                instance,
                seconds,
                when_source_dies,
            } => {
                if let Some(replica) =
                    self.replica_mut(&account, &region, &instance)
                {
                    replica.lag = seconds;
                    replica.when_source_dies = when_source_dies;
                }
            }
            Effect::Site { host, status } => {
                if let Some(site) = self.site_mut(&host) {
                    site.forced_status = status;
                }
            }
            Effect::Item { account, region, kind, id, members } => {
                let shelves = &mut self.place_mut(&account, &region).shelves;
                match members {
                    Some(members) => shelves.lay_over(&kind, &id, &members),
                    None => {
                        shelves.take(&kind, &id);
                    }
                }
            }
            Effect::FailJobs { account, region, message } => {
                self.fail_jobs(&account, &region, &message);
            }
        }
    }

    /// When the present darkness of a Region began, if it is dark.
    pub(crate) fn dark_since(
        &self,
        region: &str,
        at: Timestamp,
    ) -> Option<Timestamp> {
        (self.condition_at(region, at) == Condition::Dark)
            .then(|| self.condition_since(region, at))
            .flatten()
    }
}
