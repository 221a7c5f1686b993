//! How databases move, and how far replicas are behind.

use jiff::{SignedDuration, Timestamp};

use super::database::{
    Doing, Instance, RdsEvent, Replica, Status, Task, WhenSourceDies,
};
use super::labour::arn_parts;
use super::seed::{arn, locate};
use super::{Condition, World, noise};

/// A degraded source makes its replicas lag this many times its error rate
/// in seconds for every second of degradation.
const DEGRADED_DRIFT: f64 = 0.1;

/// The share of a promotion after which the replica is cut off and reboots.
const CUT_AT: f64 = 0.7;

impl Task {
    /// A task that begins now.
    pub fn new(doing: Doing, since: Timestamp, takes: SignedDuration) -> Task {
        Task { doing, since, takes, done: SignedDuration::ZERO }
    }

    /// Lets time pass for it; true once it is finished.
    pub(super) fn pass(&mut self, from: Timestamp, to: Timestamp) -> bool {
        self.done += to.duration_since(from.max(self.since));
        self.done >= self.takes
    }

    fn share(&self) -> f64 {
        if self.takes.is_zero() {
            return 1.0;
        }
        self.done.as_secs_f64() / self.takes.as_secs_f64()
    }
}

impl World {
    pub(crate) fn replica_mut(
        &mut self,
        account: &str,
        region: &str,
        instance: &str,
    ) -> Option<&mut Replica> {
        let place = self.place_mut(account, region);
        place.instances.get_mut(instance)?.replica.as_mut()
    }

    /// Reports something of an instance.
    pub(crate) fn report(
        &mut self,
        account: &str,
        region: &str,
        instance: &str,
        category: &str,
        message: &str,
    ) {
        let event = RdsEvent {
            at: self.now(),
            source_type: "db-instance".to_owned(),
            source: instance.to_owned(),
            arn: arn("rds", region, account, &format!("db:{instance}")),
            categories: vec![category.to_owned()],
            message: message.to_owned(),
        };
        self.place_mut(account, region).events.push(event);
    }

    /// Lets the time since `from` pass for instances and snapshots in the
    /// Regions that are not dark.
    pub(crate) fn move_databases(&mut self, from: Timestamp) {
        let busy = self.keys_where(|place| {
            place.instances.values().any(|i| i.task.is_some())
                || place.snapshots.values().any(|s| s.task.is_some())
                || place.cluster_snapshots.values().any(|s| s.task.is_some())
        });
        for (account, region) in busy {
            if !self.is_dark(&region) {
                self.move_snapshots(&account, &region, from);
                self.move_instances(&account, &region, from);
            }
        }
    }

    fn move_snapshots(
        &mut self,
        account: &str,
        region: &str,
        from: Timestamp,
    ) {
        let now = self.now();
        let dark: Vec<String> = self
            .regions()
            .into_iter()
            .filter(|region| self.is_dark(region))
            .map(str::to_owned)
            .collect();
        let stalls = |source: &Option<String>| {
            let source = source.as_deref().and_then(arn_parts);
            source.is_some_and(|(home, ..)| dark.iter().any(|d| d == home))
        };
        let place = self.place_mut(account, region);
        let of_instances = place
            .snapshots
            .values_mut()
            .map(|one| (&one.source, &mut one.task, &mut one.status));
        let of_clusters = place
            .cluster_snapshots
            .values_mut()
            .map(|one| (&one.source, &mut one.task, &mut one.status));
        for (source, task, status) in of_instances.chain(of_clusters) {
            let over = |task: &mut Task| task.pass(from, now);
            if !stalls(source) && task.as_mut().is_some_and(over) {
                *task = None;
                *status = Status::Available;
            }
        }
    }

    fn move_instances(
        &mut self,
        account: &str,
        region: &str,
        from: Timestamp,
    ) {
        let now = self.now();
        let place = self.place_mut(account, region);
        let mut finished = Vec::new();
        let mut cut = Vec::new();
        for instance in place.instances.values_mut() {
            let Some(task) = &mut instance.task else { continue };
            let over = task.pass(from, now);
            if task.doing == Doing::Promote
                && instance.replica.is_some()
                && task.share() >= CUT_AT
            {
                cut.push(instance.id.clone());
            }
            if over {
                finished.push((instance.id.clone(), task.doing));
            }
        }
        for id in cut {
            self.cut_off(account, region, &id);
        }
        for (id, doing) in finished {
            self.finish(account, region, &id, doing);
        }
    }

    /// Ends a replica's replication: it has a history of its own from here.
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
    fn cut_off(&mut self, account: &str, region: &str, id: &str) {
        let now = self.now();
        let place = self.place_mut(account, region);
        let Some(instance) = place.instances.get_mut(id) else { return };
        let Some(replica) = instance.replica.take() else { return };
        let backs_up = instance.retention_days > 0;
        if backs_up && noise(id, 0) < 0.5 {
            instance.status = Status::BackingUp;
        }
        let source = replica.source.clone();
        instance.was_replica = Some((replica, now));
        self.report(
            account,
            region,
            id,
            "read replica",
            "Replication for the Read Replica was terminated",
        );
        let Some((far, at, source)) = locate(account, region, &source) else {
            return;
        };
        if self.is_dark(&at) {
            return;
        }
        let own = arn("rds", region, account, &format!("db:{id}"));
        if let Some(source) =
            self.place_mut(&far, &at).instances.get_mut(&source)
        {
            source.replicas.retain(|name| *name != own && name != id);
        }
    }

    fn finish(&mut self, account: &str, region: &str, id: &str, doing: Doing) {
        let place = self.place_mut(account, region);
        if doing == Doing::Delete {
            place.instances.remove(id);
            self.report(
                account,
                region,
                id,
                "deletion",
                "DB instance deleted",
            );
            return;
        }
        let Some(instance) = place.instances.get_mut(id) else { return };
        instance.task = None;
        instance.status = Status::Available;
        if doing == Doing::Modify
            && let Some(multi_az) = instance.pending_multi_az.take()
        {
            instance.multi_az = multi_az;
        }
        let renamed = instance.pending_id.take();
        let turned = instance.replica.take_if(|_| doing == Doing::Switch);
        let (category, message) = match doing {
            Doing::Create => ("creation", "DB instance created"),
            Doing::BackUp => ("backup", "Finished DB Instance backup"),
            Doing::Promote | Doing::Reboot => {
                ("availability", "DB instance restarted")
            }
            Doing::Switch | Doing::Rename | Doing::Modify | Doing::Delete => {
                ("configuration change", "Finished applying modification")
            }
        };
        self.report(account, region, id, category, message);
        if let Some(replica) = turned {
            self.turn(account, region, id, replica);
        }
        if let Some(new) = renamed {
            self.rename(account, region, id, &new);
        }
    }

    /// Makes the former source of an instance its replica.
    fn turn(
        &mut self,
        account: &str,
        region: &str,
        id: &str,
        replica: Replica,
    ) {
        let Some((far, at, source)) = locate(account, region, &replica.source)
        else {
            return;
        };
        let own = arn("rds", region, account, &format!("db:{id}"));
        let place = self.place_mut(&far, &at);
        let Some(former) = place.instances.get_mut(&source) else { return };
        former.replicas.retain(|name| *name != own && name != id);
        let name = if at == region { id.to_owned() } else { own };
        former.replica = Some(Replica { source: name, ..replica.clone() });
        let place = self.place_mut(account, region);
        if let Some(writer) = place.instances.get_mut(id) {
            writer.replicas.push(replica.source);
        }
    }

    /// Gives an instance another identifier, and tells it to its source and
    /// its replicas.
    fn rename(&mut self, account: &str, region: &str, id: &str, new: &str) {
        let place = self.place_mut(account, region);
        let Some(mut instance) = place.instances.remove(id) else { return };
        new.clone_into(&mut instance.id);
        place.instances.insert(new.to_owned(), instance);
        let own = |id: &str| arn("rds", region, account, &format!("db:{id}"));
        let (old_arn, new_arn) = (own(id), own(new));
        let mend = |name: &mut String, near: bool| {
            if *name == old_arn {
                name.clone_from(&new_arn);
            } else if near && name == id {
                new.clone_into(name);
            }
        };
        for (at, region_of) in
            self.keys_where(|place| !place.instances.is_empty())
        {
            let near = at == account && region_of == region;
            let place = self.place_mut(&at, &region_of);
            for other in place.instances.values_mut() {
                for name in &mut other.replicas {
                    mend(name, near);
                }
                if let Some(replica) = &mut other.replica {
                    mend(&mut replica.source, near);
                }
            }
        }
    }

    /// The `ReplicaLag` of an instance at a moment in seconds: -1 when
    /// replication reports an error, nothing when there is no sample.
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Monitoring.html
    pub fn replica_lag(
        &self,
        account: &str,
        region: &str,
        instance: &Instance,
        at: Timestamp,
    ) -> Option<f64> {
        let replica = match (&instance.replica, &instance.was_replica) {
            (Some(replica), _) => replica,
            (None, Some((replica, until))) if at < *until => replica,
            _ => return None,
        };
        if self.condition_at(region, at) == Condition::Dark
            || at < instance.created
        {
            return None;
        }
        if replica.broken_since.is_some_and(|since| since <= at) {
            return Some(-1.0);
        }
        let (_, home, _) = locate(account, region, &replica.source)?;
        let noisy = noise(&instance.id, at.as_second() / 15);
        let usual = replica.lag * (0.5 + noisy);
        let Some(dead) = self.dark_since(&home, at) else {
            return Some(usual + self.drift(&home, at));
        };
        // What the replica was behind when its source died stays lost.
        let before = dead - SignedDuration::from_millis(1);
        let behind = replica.lag + self.drift(&home, before);
        match replica.when_source_dies {
            WhenSourceDies::Grows => {
                Some(behind + at.duration_since(dead).as_secs_f64())
            }
            WhenSourceDies::Errors => Some(-1.0),
            WhenSourceDies::Stops => None,
        }
    }

    /// The seconds that a degraded Region adds to the lag of its replicas.
    pub(crate) fn drift(&self, region: &str, at: Timestamp) -> f64 {
        let Condition::Degraded { error_rate } = self.condition_at(region, at)
        else {
            return 0.0;
        };
        let since = self.condition_since(region, at).unwrap_or(at);
        at.duration_since(since).as_secs_f64() * error_rate * DEGRADED_DRIFT
    }

    /// How replication to an instance does, in RDS's words: the status, and
    /// whether it is normal.
    pub fn replication(
        &self,
        account: &str,
        region: &str,
        replica: &Replica,
    ) -> (&'static str, bool) {
        let now = self.now();
        if replica.broken_since.is_some_and(|since| since <= now) {
            return ("error", false);
        }
        let home = locate(account, region, &replica.source);
        let dead = home.is_some_and(|(_, home, _)| self.is_dark(&home));
        match replica.when_source_dies {
            WhenSourceDies::Errors if dead => ("error", false),
            WhenSourceDies::Stops if dead => ("stopped", false),
            _ => ("replicating", true),
        }
    }
}
