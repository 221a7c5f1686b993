//! From a scenario's file to its world.

use jiff::{SignedDuration, Timestamp};

use super::super::faults::Faults;
use super::super::world::database::{cluster_endpoint, endpoint};
use super::super::world::dns::{
    Alias, Failover, HealthCheck, Record, Target, Zone,
};
use super::super::world::seed::arn;
use super::super::world::site::{Backing, Site};
use super::super::world::story::Effect;
use super::super::world::vault::{BackupPlan, Protected, Vault};
use super::super::world::watch::{Alarm, AlarmState, SeriesKey};
use super::super::world::{Principal, World, hex};
use super::file::{
    AlarmRow, File, Offset, PlanRow, RecordRow, Side, StoryRow, tags,
};
use super::{history, items};
use crate::sim::access_key;

/// How old what was there before the seven days is.
pub(super) const OLD: SignedDuration = SignedDuration::from_hours(24 * 400);

pub(super) fn world(file: &File, start: Timestamp, speed: u32) -> World {
    let story = file.story.as_deref().unwrap_or_default();
    let (past, ahead): (Vec<_>, Vec<_>) =
        story.iter().partition(|row| row.at.0.is_negative());
    let first = past.iter().map(|row| row.at.0).min().unwrap_or_default();
    let history_ends = start + first;
    let mut world = World::new(history_ends);
    Builder { file, now: history_ends, world: &mut world }.build();
    history::fill(file, &mut world, history_ends);
    for row in past {
        world.schedule(start, row.at.0, effect(row));
    }
    items::fill(file, &mut world, start);
    world.advance(start);
    world.speed = speed.max(1);
    for row in ahead {
        world.schedule(start, row.at.0, effect(row));
    }
    items::schedule(file, &mut world, start);
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
        resource.tags = file.tags(name, tier);
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

pub(super) struct Builder<'b> {
    pub(super) file: &'b File,
    pub(super) now: Timestamp,
    pub(super) world: &'b mut World,
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
            let key = row.key.as_ref().map(|id| {
                arn("kms", &row.region, account, &format!("key/{id}"))
            });
            vault.kms_key =
                key.or_else(|| Some(kms_key(&row.region, account)));
            if let Some([least, most]) = row.locked {
                vault.locked = true;
                vault.lock_date = Some(self.now - OLD / 2);
                vault.min_retention_days = Some(least);
                vault.max_retention_days = Some(most);
            }
            self.world.add_vault(account, &row.region, vault);
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
                accelerated: row.accelerated.clone().unwrap_or_default(),
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
                target: match &row.routing_control {
                    Some(arn) => Target::Control { arn: arn.clone() },
                    None => Target::Endpoint {
                        tls: false,
                        host: row.host.clone(),
                        port: 80,
                        path: row.path.clone(),
                    },
                },
                interval: row.interval,
                threshold: row.threshold,
                inverted: row.inverted,
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

    /// The endpoint that writes to an instance or a cluster go to.
    fn endpoint_of(&self, id: &str) -> String {
        let mut instances = self.file.instance.iter();
        if let Some(of) = instances.find(|row| row.id == id) {
            let account = self.file.account_id(&of.account);
            return endpoint(id, account, &of.region);
        }
        let mut clusters = self.file.cluster.iter();
        let of = clusters.find(|row| row.id == id);
        let of = of.expect("names are checked");
        let account = self.file.account_id(&of.account);
        cluster_endpoint(id, "cluster", account, &of.region)
    }

    fn record(&self, row: &RecordRow) -> Record {
        let mut values = row.values.clone();
        let named = row.endpoint_of.as_ref();
        values.extend(named.map(|of| self.endpoint_of(of.get_ref())));
        Record {
            name: row.name.clone(),
            kind: row.kind.clone(),
            set_identifier: row.set.clone(),
            failover: row.failover.map(|side| match side {
                Side::Primary => Failover::Primary,
                Side::Secondary => Failover::Secondary,
            }),
            weight: row.weight,
            ttl: row.ttl,
            values,
            alias: row.alias.as_ref().map(|alias| Alias {
                zone: alias.zone.clone(),
                name: alias.name.clone(),
                evaluate_health: alias.evaluate,
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

pub(super) fn kms_key(region: &str, account: &str) -> String {
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
