//! From a scenario's file to its world.

use jiff::{SignedDuration, Timestamp};

use super::super::faults::Faults;
use super::super::world::database::{
    AutomatedBackup, Cluster, GlobalCluster, Instance, Replica, Snapshot,
    Status, endpoint,
};
use super::super::world::dns::{
    Alias, Failover, HealthCheck, Record, Target, Zone,
};
use super::super::world::seed::arn;
use super::super::world::site::{Backing, Site};
use super::super::world::story::Effect;
use super::super::world::vault::{BackupPlan, Point, Protected, Vault};
use super::super::world::watch::{Alarm, AlarmState, SeriesKey};
use super::super::world::{Principal, World, hex};
use super::file::{
    AlarmRow, ClusterRow, File, InstanceRow, Offset, PlanRow, RecordRow, Side,
    StoryRow, tags,
};
use super::{Bulk, history};
use crate::sim::access_key;

/// How old what was there before the seven days is.
const OLD: SignedDuration = SignedDuration::from_hours(24 * 400);

/// The account that bulk recovery points go to when the file has none.
const BULK_VAULT: &str = "bulk-vault";

pub(super) fn world(
    file: &File,
    bulk: Option<&Bulk>,
    start: Timestamp,
    speed: u32,
) -> World {
    let story = file.story.as_deref().unwrap_or_default();
    let (past, ahead): (Vec<_>, Vec<_>) =
        story.iter().partition(|row| row.at.0.is_negative());
    let first = past.iter().map(|row| row.at.0).min().unwrap_or_default();
    let history_ends = start + first;
    let mut world = World::new(history_ends);
    Builder { file, now: history_ends, world: &mut world }.build();
    history::fill(file, &mut world, history_ends);
    if let Some(bulk) = bulk {
        pile_up(&mut world, file, bulk, history_ends);
    }
    for row in past {
        world.schedule(start, row.at.0, effect(row));
    }
    world.advance(start);
    world.speed = speed.max(1);
    for row in ahead {
        world.schedule(start, row.at.0, effect(row));
    }
    world
}

pub(super) fn faults(file: &File, start: Timestamp, speed: u32) -> Faults {
    let mut faults = Faults::default();
    for row in file.fault.iter().flatten() {
        let from = moment(start, row.from, speed);
        let until = row.until.map(|until| moment(start, until, speed));
        faults.add_between(row.rule(file), from, until);
    }
    faults
}

/// What is past happened at its time; what is ahead comes faster.
fn moment(start: Timestamp, offset: Offset, speed: u32) -> Timestamp {
    let speed = i32::try_from(speed.max(1)).unwrap_or(i32::MAX);
    match offset.0 {
        past if past.is_negative() => start + past,
        ahead => start + ahead / speed,
    }
}

fn effect(row: &StoryRow) -> Effect {
    Effect::Region {
        region: row.region.clone(),
        condition: row.condition.into(),
    }
}

fn pile_up(world: &mut World, file: &File, bulk: &Bulk, now: Timestamp) {
    let Some(account) = file.account.first() else { return };
    for region in &bulk.regions {
        world.add_vault(&account.id, region, Vault::new(BULK_VAULT, now));
        for n in (0..bulk.points).rev() {
            let name = format!("volume-{:04}", n % 500);
            let of = resource_arn("EBS", region, &account.id, &name);
            let minutes = i64::try_from(n).unwrap_or(i64::MAX);
            let at = now - SignedDuration::from_mins(minutes % 50_000);
            let mut point = Point::new(BULK_VAULT, &of, "EBS", at);
            point.resource_name = name;
            world.add_point(&account.id, region, point);
        }
    }
}

/// The ARN of a resource of AWS Backup's type, its id made from its name.
pub(super) fn resource_arn(
    kind: &str,
    region: &str,
    account: &str,
    name: &str,
) -> String {
    let id = &hex(&format!("{account}/{region}/{name}"))[..16];
    let of = |service, rest: String| arn(service, region, account, &rest);
    match kind {
        "RDS" => of("rds", format!("db:{name}")),
        "Aurora" => of("rds", format!("cluster:{name}")),
        "EBS" => of("ec2", format!("volume/vol-0{id}")),
        "EC2" => of("ec2", format!("instance/i-0{id}")),
        "EFS" => of("elasticfilesystem", format!("file-system/fs-0{id}")),
        "FSx" => of("fsx", format!("file-system/fs-0{id}")),
        "DynamoDB" => of("dynamodb", format!("table/{name}")),
        "S3" => format!("arn:aws:s3:::{name}"),
        other => of(&other.to_lowercase(), name.to_owned()),
    }
}

/// Something a plan backs up.
pub(super) struct Guarded {
    pub(super) resource: Protected,
    pub(super) name: String,
}

/// What a plan backs up.
pub(super) fn guarded(file: &File, plan: &PlanRow) -> Vec<Guarded> {
    let account = file.account_id(&plan.account);
    let one = |kind: &str, name: &str, gib: i64, tier: Option<&str>| {
        let arn = resource_arn(kind, &plan.region, account, name);
        let mut resource = Protected::new(&arn, kind, name);
        resource.bytes = gib << 30;
        resource.tags = tags(name, tier);
        Guarded { resource, name: name.to_owned() }
    };
    let by_it = |name: Option<&str>| name == Some(plan.name.as_str());
    let mut all = Vec::new();
    for row in &file.instance {
        if by_it(row.plan.as_ref().map(|p| p.get_ref().as_str())) {
            all.push(one("RDS", &row.id, row.gib, row.tier.as_deref()));
        }
    }
    for row in &file.cluster {
        if by_it(row.plan.as_ref().map(|p| p.get_ref().as_str())) {
            all.push(one("Aurora", &row.id, 300, row.tier.as_deref()));
        }
    }
    for row in &file.resource {
        if !by_it(Some(row.plan.get_ref())) {
            continue;
        }
        for name in &row.names {
            let mut got = one(&row.kind, name, row.gib, Some(&row.tier));
            if let Some(takes) = row.takes {
                got.resource.backup_takes = takes.0;
            }
            all.push(got);
        }
    }
    all
}

struct Builder<'b> {
    file: &'b File,
    now: Timestamp,
    world: &'b mut World,
}

impl Builder<'_> {
    fn build(&mut self) {
        self.accounts_and_vaults();
        for row in &self.file.instance {
            self.instance(row);
        }
        for row in &self.file.cluster {
            self.cluster(row);
        }
        self.globals();
        for plan in &self.file.plan {
            self.plan(plan);
        }
        self.traffic();
        for row in &self.file.alarm {
            self.alarm(row);
        }
    }

    fn accounts_and_vaults(&mut self) {
        for row in &self.file.account {
            self.world.add_account(&row.id, &row.name);
            let key = access_key(&row.id);
            let principal = Principal {
                account: row.id.clone(),
                arn: format!("arn:aws:iam::{}:user/lifeboat", row.id),
                id: format!("AIDA{}", &hex(&row.id).to_uppercase()[..17]),
            };
            self.world.add_principal(&key, principal);
        }
        for row in &self.file.vault {
            let account = self.file.account_id(&row.account);
            let mut vault = Vault::new(&row.name, self.now - OLD);
            vault.kms_key = Some(kms_key(&row.region, account));
            if let Some([least, most]) = row.locked {
                vault.locked = true;
                vault.lock_date = Some(self.now - OLD / 2);
                vault.min_retention_days = Some(least);
                vault.max_retention_days = Some(most);
            }
            self.world.add_vault(account, &row.region, vault);
        }
    }

    fn instance(&mut self, row: &InstanceRow) {
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
        it.tags = tags(&row.id, row.tier.as_deref());
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

    fn cluster(&mut self, row: &ClusterRow) {
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
            tags: tags(&row.id, row.tier.as_deref()),
        };
        self.world.add_cluster(account, &row.region, cluster);
    }

    fn globals(&mut self) {
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
            };
            let account = self.file.account_id(&writer.account);
            self.world.add_global_cluster(account, whole);
        }
    }

    fn plan(&mut self, row: &PlanRow) {
        let account = self.file.account_id(&row.account);
        let guarded = guarded(self.file, row);
        let resources =
            guarded.iter().map(|g| g.resource.arn.clone()).collect();
        for one in guarded {
            self.world.add_protected(account, &row.region, one.resource);
        }
        let hours = row.every.0.as_hours();
        let schedule = match hours {
            1 => "cron(0 * * * ? *)".to_owned(),
            24 => "cron(0 0 * * ? *)".to_owned(),
            hours => format!("cron(0 0/{hours} * * ? *)"),
        };
        let plan = BackupPlan {
            id: plan_id(row),
            name: row.name.clone(),
            created: self.now - OLD,
            vault: row.vault.get_ref().clone(),
            schedule,
            every: row.every.0,
            copy_to: row
                .copies
                .iter()
                .map(|to| vault_arn(&to.region, account, to.vault.get_ref()))
                .collect(),
            delete_after_days: Some(row.keep_days),
            resources,
            role: backup_role(account),
        };
        self.world.add_plan(account, &row.region, plan);
    }

    fn traffic(&mut self) {
        for row in &self.file.zone {
            let account = self.file.account_id(&row.account);
            let mut zone = Zone {
                id: row.id.clone(),
                name: row.name.clone(),
                ..Zone::default()
            };
            let records = self.file.record.iter();
            zone.records = records
                .filter(|record| *record.zone.get_ref() == row.name)
                .map(|record| self.record(record))
                .collect();
            self.world.add_zone(account, zone);
        }
        for row in &self.file.health_check {
            let account = self.file.account_id(&row.account);
            let check = HealthCheck {
                id: row.id.clone(),
                caller_reference: row.id.clone(),
                target: Target::Endpoint {
                    tls: false,
                    host: row.host.clone(),
                    port: 80,
                    path: row.path.clone(),
                },
                interval: row.interval,
                threshold: row.threshold,
                inverted: false,
                disabled: false,
                healthy: true,
                doubting_since: None,
                changed: self.now - OLD,
                tags: tags(&row.name, None),
            };
            self.world.add_health_check(account, check);
        }
        for row in &self.file.site {
            self.world.add_site(Site {
                host: row.host.clone(),
                region: row.region.clone(),
                backing: match &row.database {
                    Some(name) => Backing::Database(name.clone()),
                    None => Backing::Static,
                },
                forced_status: None,
            });
        }
    }

    fn record(&self, row: &RecordRow) -> Record {
        let mut values = row.values.clone();
        values.extend(row.endpoint_of.as_ref().map(|of| {
            let of = self.file.instance.iter().find(|i| i.id == *of.get_ref());
            let of = of.expect("names are checked");
            endpoint(&of.id, self.file.account_id(&of.account), &of.region)
        }));
        Record {
            name: row.name.clone(),
            kind: row.kind.clone(),
            set_identifier: row.set.clone(),
            failover: row.failover.map(|side| match side {
                Side::Primary => Failover::Primary,
                Side::Secondary => Failover::Secondary,
            }),
            weight: None,
            ttl: row.ttl,
            values,
            alias: row.alias.as_ref().map(|alias| Alias {
                zone: alias.zone.clone(),
                name: alias.name.clone(),
                evaluate_health: false,
            }),
            health_check: row.check.as_ref().map(|id| id.get_ref().clone()),
        }
    }

    fn alarm(&mut self, row: &AlarmRow) {
        let account = self.file.account_id(&row.account);
        let series = SeriesKey {
            namespace: row.namespace.clone(),
            metric: row.metric.clone(),
            dimensions: row.dimensions.clone(),
        };
        let threshold = row.above.or(row.below).unwrap_or_default();
        let since = self.now - SignedDuration::from_hours(24 * 9);
        let mut alarm = Alarm::above(&row.name, series, threshold, since);
        if row.above.is_none() {
            "LessThanThreshold".clone_into(&mut alarm.comparison);
        }
        alarm.description.clone_from(&row.about);
        if let Some(missing) = &row.missing {
            alarm.treat_missing.clone_from(missing);
        }
        alarm.state = AlarmState::Ok;
        "Threshold not crossed".clone_into(&mut alarm.reason);
        self.world.add_alarm(account, &row.region, alarm);
    }
}

/// The id of a plan, made from its name.
pub(super) fn plan_id(row: &PlanRow) -> String {
    let h = hex(&format!("plan/{}", row.name));
    format!(
        "{}-{}-{}-{}-{}",
        &h[..8],
        &h[8..12],
        &h[12..16],
        &h[16..20],
        &h[20..32]
    )
}

/// The role that AWS Backup works with.
pub(super) fn backup_role(account: &str) -> String {
    format!(
        "arn:aws:iam::{account}:role/service-role/AWSBackupDefaultServiceRole"
    )
}

/// The ARN of a vault.
pub(super) fn vault_arn(region: &str, account: &str, name: &str) -> String {
    arn("backup", region, account, &format!("backup-vault:{name}"))
}

fn kms_key(region: &str, account: &str) -> String {
    let h = hex(&format!("{account}/{region}"));
    let id = format!(
        "{}-{}-4{}-a{}-{}",
        &h[..8],
        &h[8..12],
        &h[13..16],
        &h[17..20],
        &h[20..32]
    );
    arn("kms", region, account, &format!("key/{id}"))
}
