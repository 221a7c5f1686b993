//! What a scenario puts into the world before it starts to move.

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::database::{
    AutomatedBackup, Cluster, ClusterSnapshot, GlobalCluster, Instance,
    Snapshot,
};
use super::dns::{HealthCheck, Record, Zone};
use super::job::Job;
use super::site::Site;
use super::story::Effect;
use super::vault::{BackupPlan, Point, Protected, Vault};
use super::watch::{Alarm, Sample, SeriesKey};

/// An ARN of the `aws` partition.
pub fn arn(service: &str, region: &str, account: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{region}:{account}:{rest}")
}

/// The account, Region and identifier that an identifier, here, or an ARN,
/// anywhere, means.
pub(crate) fn locate(
    account: &str,
    region: &str,
    name: &str,
) -> Option<(String, String, String)> {
    if !name.starts_with("arn:") {
        let here = (account, region, name);
        return Some((here.0.into(), here.1.into(), here.2.into()));
    }
    let parts: Vec<&str> = name.splitn(7, ':').collect();
    let ["arn", _, _, region, account, _, id] = parts[..] else {
        return None;
    };
    Some((account.to_owned(), region.to_owned(), id.to_owned()))
}

impl World {
    /// Lets something happen, `after` from a start; the speed divides it.
    pub fn schedule(
        &mut self,
        start: Timestamp,
        after: SignedDuration,
        effect: Effect,
    ) {
        let at = start + self.takes(after);
        let later = self.story.partition_point(|(when, _)| *when <= at);
        self.story.insert(later, (at, effect));
    }

    /// Adds a database instance. A replica is entered at its source as well,
    /// when that is there already.
    pub fn add_instance(
        &mut self,
        account: &str,
        region: &str,
        mut instance: Instance,
    ) {
        if instance.resource_id.is_empty() {
            instance.resource_id = self.fresh_code("db-", 29);
        }
        let own = arn("rds", region, account, &format!("db:{}", instance.id));
        let source = instance.replica.as_ref().map(|r| r.source.clone());
        if let Some((far, at, id)) =
            source.and_then(|s| locate(account, region, &s))
        {
            let mine = if at == region { instance.id.clone() } else { own };
            if let Some(source) =
                self.place_mut(&far, &at).instances.get_mut(&id)
                && !source.replicas.contains(&mine)
            {
                source.replicas.push(mine);
            }
        }
        let place = self.place_mut(account, region);
        place.instances.insert(instance.id.clone(), instance);
    }

    /// Adds a snapshot of an instance.
    pub fn add_snapshot(
        &mut self,
        account: &str,
        region: &str,
        snapshot: Snapshot,
    ) {
        let place = self.place_mut(account, region);
        place.snapshots.insert(snapshot.id.clone(), snapshot);
    }

    /// Adds an Aurora cluster.
    pub fn add_cluster(
        &mut self,
        account: &str,
        region: &str,
        mut cluster: Cluster,
    ) {
        if cluster.resource_id.is_empty() {
            cluster.resource_id = self.fresh_code("cluster-", 34);
        }
        let place = self.place_mut(account, region);
        place.clusters.insert(cluster.id.clone(), cluster);
    }

    /// Adds a snapshot of a cluster.
    pub fn add_cluster_snapshot(
        &mut self,
        account: &str,
        region: &str,
        snapshot: ClusterSnapshot,
    ) {
        let place = self.place_mut(account, region);
        place.cluster_snapshots.insert(snapshot.id.clone(), snapshot);
    }

    /// Adds an Aurora global cluster.
    pub fn add_global_cluster(
        &mut self,
        account: &str,
        mut global: GlobalCluster,
    ) {
        if global.resource_id.is_empty() {
            global.resource_id = self.fresh_code("cluster-", 34);
        }
        let account = self.account_mut(account);
        account.globals.insert(global.id.clone(), global);
    }

    /// Adds the automated backups of an instance.
    pub fn add_automated(
        &mut self,
        account: &str,
        region: &str,
        backup: AutomatedBackup,
    ) {
        self.place_mut(account, region).automated.push(backup);
    }

    /// Adds a backup vault.
    pub fn add_vault(&mut self, account: &str, region: &str, vault: Vault) {
        let place = self.place_mut(account, region);
        place.vaults.insert(vault.name.clone(), vault);
    }

    /// Adds a recovery point and returns its ARN.
    pub fn add_point(
        &mut self,
        account: &str,
        region: &str,
        mut point: Point,
    ) -> String {
        if point.arn.is_empty() {
            point.arn =
                self.fresh_point(account, region, &point.resource_type);
        }
        let made = point.arn.clone();
        self.place_mut(account, region).points.push(point);
        made
    }

    /// Adds a job, finished or not, and returns its id.
    pub fn add_job(
        &mut self,
        account: &str,
        region: &str,
        mut job: Job,
    ) -> String {
        if job.id.is_empty() {
            job.id = self.fresh_uuid().to_uppercase();
        }
        let id = job.id.clone();
        self.place_mut(account, region).jobs.push(job);
        id
    }

    /// Adds a backup plan and returns its id.
    pub fn add_plan(
        &mut self,
        account: &str,
        region: &str,
        mut plan: BackupPlan,
    ) -> String {
        if plan.id.is_empty() {
            plan.id = self.fresh_uuid();
        }
        let id = plan.id.clone();
        self.place_mut(account, region).plans.insert(id.clone(), plan);
        id
    }

    /// Adds a resource that AWS Backup protects.
    pub fn add_protected(
        &mut self,
        account: &str,
        region: &str,
        resource: Protected,
    ) {
        let place = self.place_mut(account, region);
        place.protected.insert(resource.arn.clone(), resource);
    }

    /// Adds a hosted zone whose records are in sync and returns its id.
    pub fn add_zone(&mut self, account: &str, mut zone: Zone) -> String {
        if zone.id.is_empty() {
            zone.id = self.fresh_code("Z", 21);
        }
        zone.answered.clone_from(&zone.records);
        let id = zone.id.clone();
        self.account_mut(account).zones.insert(id.clone(), zone);
        id
    }

    /// Adds a record, in sync, to a zone that is there.
    pub fn add_record(&mut self, account: &str, zone: &str, record: Record) {
        if let Some(zone) = self.account_mut(account).zones.get_mut(zone) {
            zone.records.push(record.clone());
            zone.answered.push(record);
        }
    }

    /// Adds a health check and returns its id.
    pub fn add_health_check(
        &mut self,
        account: &str,
        mut check: HealthCheck,
    ) -> String {
        if check.id.is_empty() {
            check.id = self.fresh_uuid();
        }
        let id = check.id.clone();
        self.account_mut(account).health_checks.insert(id.clone(), check);
        id
    }

    /// Adds an alarm.
    pub fn add_alarm(&mut self, account: &str, region: &str, alarm: Alarm) {
        let place = self.place_mut(account, region);
        place.alarms.insert(alarm.name.clone(), alarm);
    }

    /// Adds a measured value of a metric that the world does not compute.
    pub fn add_sample(
        &mut self,
        account: &str,
        region: &str,
        series: SeriesKey,
        sample: Sample,
    ) {
        let samples = &mut self.place_mut(account, region).samples;
        let samples = samples.entry(series).or_default();
        let later = samples.partition_point(|s| s.at <= sample.at);
        samples.insert(later, sample);
    }

    /// Adds an application endpoint.
    pub fn add_site(&mut self, site: Site) {
        self.sites.insert(site.host.clone(), site);
    }
}
