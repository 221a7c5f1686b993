//! The databases of a scenario: instances, replicas, clusters, backups.

use jiff::{SignedDuration, Timestamp};

use super::super::world::database::{
    AutomatedBackup, Cluster, GlobalCluster, Instance, Replica, Snapshot,
    Status,
};
use super::build::{Builder, OLD, kms_key, resource_arn};
use super::file::{ClusterRow, InstanceRow, tags};

impl Builder<'_> {
    pub(super) fn instance(&mut self, row: &InstanceRow) {
        let account = self.file.account_id(&row.account);
        let mut it = Instance::new(&row.id, self.now - OLD);
        if let Some(engine) = &row.engine {
            it.engine.clone_from(engine);
            it.port = if engine.contains("mysql") { 3306 } else { it.port };
        }
        if let Some(version) = &row.engine_version {
            it.engine_version.clone_from(version);
            let major = version.rsplit_once('.').map_or("", |(m, _)| m);
            it.parameter_group = format!("default.{}{major}", it.engine);
        }
        if let Some(class) = &row.class {
            it.class.clone_from(class);
        }
        it.storage_gib = row.gib;
        it.db_name.clone_from(&row.db_name);
        it.multi_az = row.multi_az;
        it.deletion_protection = row.deletion_protection;
        it.kms_key = Some(kms_key(&row.region, account));
        "private".clone_into(&mut it.subnet_group);
        it.tags = self.file.tags(&row.id, row.tier.as_deref());
        it.resource_id = self.world.fresh_code("db-", 29);
        if let Some(source) = &row.replica_of {
            it.retention_days = 0;
            it.replica = Some(Replica {
                source: self.instance_name(source.get_ref(), &row.region),
                lag: row.lag,
                when_source_dies: row.when_source_dies.into(),
                broken_since: None,
            });
        } else {
            self.automated(account, &row.region, &it);
        }
        self.world.add_instance(account, &row.region, it);
    }

    /// How an instance is named from a Region: by identifier in its own, by
    /// ARN from another.
    fn instance_name(&self, id: &str, from: &str) -> String {
        let row = self.file.instance.iter().find(|row| row.id == id);
        let row = row.expect("names are checked");
        if row.region == from {
            return id.to_owned();
        }
        let account = self.file.account_id(&row.account);
        resource_arn("RDS", &row.region, account, id)
    }

    /// Automated backups of seven days: a point-in-time window and a daily
    /// snapshot.
    fn automated(&mut self, account: &str, region: &str, of: &Instance) {
        self.world.add_automated(
            account,
            region,
            AutomatedBackup {
                instance: of.id.clone(),
                instance_region: region.to_owned(),
                resource_id: of.resource_id.clone(),
                status: "active".to_owned(),
                earliest: self.now - SignedDuration::from_hours(24 * 7),
                // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
                behind: SignedDuration::from_mins(5),
                stopped_at: None,
                retention_days: of.retention_days,
                engine: of.engine.clone(),
                engine_version: of.engine_version.clone(),
                storage_gib: of.storage_gib,
                encrypted: of.encrypted,
                kms_key: of.kms_key.clone(),
            },
        );
        let day = SignedDuration::from_hours(24);
        let window = SignedDuration::from_mins(3 * 60 + 10);
        let midnight =
            self.now.as_second() - self.now.as_second().rem_euclid(86_400);
        let midnight = Timestamp::from_second(midnight)
            .expect("an earlier midnight is a time");
        for back in (0..7).rev() {
            let at = midnight + window - day * back;
            if at > self.now {
                continue;
            }
            let id =
                format!("rds:{}-{}", of.id, at.strftime("%Y-%m-%d-%H-%M"));
            let mut snapshot = Snapshot::of(of, &id, at);
            "automated".clone_into(&mut snapshot.kind);
            self.world.add_snapshot(account, region, snapshot);
        }
    }

    pub(super) fn cluster(&mut self, row: &ClusterRow) {
        let account = self.file.account_id(&row.account);
        let key = kms_key(&row.region, account);
        for id in &row.instances {
            let mut member = Instance::new(id, self.now - OLD);
            "aurora-postgresql".clone_into(&mut member.engine);
            "default.aurora-postgresql16"
                .clone_into(&mut member.parameter_group);
            member.storage_gib = 1;
            member.cluster = Some(row.id.clone());
            member.kms_key = Some(key.clone());
            member.tags = tags(id, row.tier.as_deref());
            self.world.add_instance(account, &row.region, member);
        }
        let cluster = Cluster {
            id: row.id.clone(),
            resource_id: String::new(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.4".to_owned(),
            created: self.now - OLD,
            retention_days: 7,
            encrypted: true,
            kms_key: Some(key),
            deletion_protection: row.deletion_protection,
            global: row.global.clone(),
            lag: row.lag.unwrap_or_default(),
            status: Status::Available,
            tags: self.file.tags(&row.id, row.tier.as_deref()),
        };
        self.world.add_cluster(account, &row.region, cluster);
    }

    pub(super) fn globals(&mut self) {
        let writers = self.file.cluster.iter().filter(|c| c.lag.is_none());
        for writer in writers {
            let Some(global) = &writer.global else { continue };
            let arn_of = |row: &ClusterRow| {
                let account = self.file.account_id(&row.account);
                resource_arn("Aurora", &row.region, account, &row.id)
            };
            let readers = self.file.cluster.iter().filter(|row| {
                row.lag.is_some() && row.global.as_ref() == Some(global)
            });
            let whole = GlobalCluster {
                id: global.clone(),
                resource_id: String::new(),
                engine: "aurora-postgresql".to_owned(),
                engine_version: "16.4".to_owned(),
                writer: arn_of(writer),
                readers: readers.map(arn_of).collect(),
                ..GlobalCluster::default()
            };
            let account = self.file.account_id(&writer.account);
            self.world.add_global_cluster(account, whole);
        }
    }
}
