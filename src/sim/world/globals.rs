//! How Aurora global clusters come to another writer.

use std::{iter, mem};

use jiff::Timestamp;

use super::World;
use super::database::{
    Cluster, GlobalCluster, Instance, Moving, RdsEvent, Status,
};
use super::seed::{arn, locate};

impl GlobalCluster {
    /// The ARNs of its members, the writer first.
    pub(crate) fn members(&self) -> impl Iterator<Item = &String> {
        iter::once(&self.writer).chain(&self.readers)
    }

    /// Whether a cluster belongs to it, former writers among them.
    pub(crate) fn has(&self, cluster: &str) -> bool {
        self.members().chain(&self.left).any(|member| member == cluster)
    }

    /// The writer at a moment.
    pub(crate) fn writer_at(&self, at: Timestamp) -> &str {
        match &self.was {
            Some((writer, until)) if at < *until => writer,
            _ => &self.writer,
        }
    }

    /// Makes the cluster that it moves to the writer.
    fn arrive(&mut self, moving: Moving, now: Timestamp) {
        let Moving { to, lossy, .. } = moving;
        self.readers.retain(|reader| *reader != to);
        let former = mem::replace(&mut self.writer, to);
        if lossy {
            self.left.push(former.clone());
        } else {
            self.readers.push(former.clone());
        }
        self.was = Some((former, now));
    }
}

impl World {
    /// Whether a cluster takes writes: alone, or as the writer of its global
    /// cluster.
    pub(crate) fn takes_writes(
        &self,
        account: &str,
        region: &str,
        cluster: &Cluster,
    ) -> bool {
        let own =
            arn("rds", region, account, &format!("cluster:{}", cluster.id));
        let global = self.account(account).and_then(|account| {
            account.globals.values().find(|global| global.has(&own))
        });
        let writes = global.is_none_or(|global| {
            global.writer == own && global.moving.is_none()
        });
        let place = self.place(account, region);
        let mut members = place
            .into_iter()
            .flat_map(|place| place.instances.values())
            .filter(|db| db.cluster.as_deref() == Some(&cluster.id));
        writes
            && cluster.status == Status::Available
            && members.any(Instance::is_writable)
    }

    /// Lets the time since `from` pass for global clusters. Nothing is moved
    /// to a dark Region, and without loss nothing from one.
    pub(crate) fn move_globals(&mut self, from: Timestamp) {
        let now = self.now();
        let busy: Vec<(String, String)> = self
            .accounts
            .iter()
            .flat_map(|(account, has)| {
                let globals = has.globals.values();
                globals
                    .filter(|g| g.moving.is_some() || !g.left.is_empty())
                    .map(|global| (account.clone(), global.id.clone()))
            })
            .collect();
        for (account, id) in busy {
            self.rejoin(&account, &id);
            self.move_global(&account, &id, from, now);
        }
    }

    /// A former writer follows again once its Region answers.
    fn rejoin(&mut self, account: &str, id: &str) {
        let Some(global) =
            self.account(account).and_then(|a| a.globals.get(id))
        else {
            return;
        };
        let (dark, back): (Vec<String>, Vec<String>) =
            global.left.iter().cloned().partition(|member| {
                locate(account, "", member)
                    .is_some_and(|(_, region, _)| self.is_dark(&region))
            });
        let Some(global) = self.account_mut(account).globals.get_mut(id)
        else {
            return;
        };
        global.left = dark;
        global.readers.extend(back);
    }

    fn move_global(
        &mut self,
        account: &str,
        id: &str,
        from: Timestamp,
        now: Timestamp,
    ) {
        let Some(global) =
            self.account(account).and_then(|a| a.globals.get(id))
        else {
            return;
        };
        let Some(moving) = &global.moving else { return };
        let needed =
            [Some(&moving.to), (!moving.lossy).then_some(&global.writer)];
        let stalls = needed.into_iter().flatten().any(|member| {
            locate(account, "", member)
                .is_some_and(|(_, region, _)| self.is_dark(&region))
        });
        if stalls {
            return;
        }
        let Some(global) = self.account_mut(account).globals.get_mut(id)
        else {
            return;
        };
        let Some(mut moving) = global.moving.take() else { return };
        if !moving.task.pass(from, now) {
            global.moving = Some(moving);
            return;
        }
        let (to, lossy) = (moving.to.clone(), moving.lossy);
        let former = global.writer.clone();
        global.arrive(moving, now);
        for member in [&to, &former] {
            self.settle_member(account, member);
        }
        let word = if lossy { "failover" } else { "switchover" };
        self.tell_global(&to, &format!("Global {word} to"), "completed.");
    }

    /// A member is available again, unless its Region is dark.
    fn settle_member(&mut self, account: &str, member: &str) {
        let Some((_, region, id)) = locate(account, "", member) else {
            return;
        };
        if self.is_dark(&region) {
            return;
        }
        let place = self.place_mut(account, &region);
        if let Some(cluster) = place.clusters.get_mut(&id) {
            cluster.status = Status::Available;
        }
    }

    /// Reports something of a global cluster at one of its members.
    // RDS-EVENT-0181, -0185, -0237, -0238:
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.Messages.html
    pub(crate) fn tell_global(&mut self, member: &str, does: &str, how: &str) {
        let Some((account, region, id)) = locate("", "", member) else {
            return;
        };
        let event = RdsEvent {
            at: self.now(),
            source_type: "db-cluster".to_owned(),
            source: id.clone(),
            arn: member.to_owned(),
            categories: vec!["global-failover".to_owned()],
            message: format!(
                "{does} DB cluster {id} in Region {region} {how}"
            ),
        };
        self.place_mut(&account, &region).events.push(event);
    }
}
