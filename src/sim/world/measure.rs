//! What metrics measure, and the alarms that judge them.

mod objects;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::database::Instance;
use super::job::{JobState, Work};
use super::seed::locate;
use super::value::list;
use super::watch::{
    Alarm, AlarmState, Dimensions, HistoryItem, Sample, SeriesKey,
};
use super::{Condition, Place, World, noise};

/// The metrics that every database instance has.
const RDS_METRICS: [&str; 3] =
    ["CPUUtilization", "DatabaseConnections", "FreeStorageSpace"];

/// The metrics of AWS Backup, by what is counted and how it ended.
const BACKUP_METRICS: [(&str, &str, JobState); 6] = [
    ("NumberOfBackupJobsCompleted", "backup", JobState::Completed),
    ("NumberOfBackupJobsFailed", "backup", JobState::Failed),
    ("NumberOfCopyJobsCompleted", "copy", JobState::Completed),
    ("NumberOfCopyJobsFailed", "copy", JobState::Failed),
    ("NumberOfRestoreJobsCompleted", "restore", JobState::Completed),
    ("NumberOfRestoreJobsFailed", "restore", JobState::Failed),
];

/// The samples of one period, taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many samples there are.
    pub count: u32,
    /// Their sum.
    pub sum: f64,
    /// The least of them.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
}

impl Summary {
    /// Takes samples together; nothing when there are none.
    pub fn of(values: &[f64]) -> Option<Summary> {
        let first = *values.first()?;
        let start = Summary { count: 0, sum: 0.0, min: first, max: first };
        Some(values.iter().fold(start, |all, value| Summary {
            count: all.count + 1,
            sum: all.sum + value,
            min: all.min.min(*value),
            max: all.max.max(*value),
        }))
    }

    /// One statistic by its CloudWatch name.
    pub fn statistic(&self, name: &str) -> Option<f64> {
        match name {
            "Average" => Some(self.sum / f64::from(self.count)),
            "Sum" => Some(self.sum),
            "Minimum" => Some(self.min),
            "Maximum" => Some(self.max),
            "SampleCount" => Some(f64::from(self.count)),
            _ => None,
        }
    }
}

/// The runs of a function: the `Runs` of its item, oldest first.
fn invoked(
    place: &Place,
    key: &SeriesKey,
    start: Timestamp,
    end: Timestamp,
) -> Vec<Sample> {
    let name = key.dimensions.get("FunctionName");
    let item =
        name.and_then(|name| place.shelves.one("lambda:function", name));
    let runs = item.map_or(&[][..], |item| list(item, "Runs"));
    let runs = runs.iter().filter_map(|run| run.as_str()?.parse().ok());
    runs.filter(|at| *at >= start && *at < end)
        .map(|at| Sample { at, value: 1.0 })
        .collect()
}

fn dims(name: &str, value: &str) -> Dimensions {
    Dimensions::from([(name.to_owned(), value.to_owned())])
}

fn series(namespace: &str, metric: &str, dimensions: Dimensions) -> SeriesKey {
    SeriesKey {
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions,
    }
}

impl World {
    /// Every series that an account has in a Region.
    pub fn series(&self, account: &str, region: &str) -> Vec<SeriesKey> {
        let mut all = Vec::new();
        if let Some(place) = self.place(account, region) {
            for instance in place.instances.values() {
                let of = dims("DBInstanceIdentifier", &instance.id);
                let metrics = RDS_METRICS.into_iter();
                all.extend(metrics.map(|m| series("AWS/RDS", m, of.clone())));
                if instance.replica.is_some() || instance.was_replica.is_some()
                {
                    all.push(series("AWS/RDS", "ReplicaLag", of));
                }
            }
            for cluster in place.clusters.values() {
                if cluster.global.is_some() {
                    let of = dims("DBClusterIdentifier", &cluster.id);
                    let lag = "AuroraGlobalDBRPOLag";
                    all.push(series("AWS/RDS", lag, of));
                }
            }
            if !place.vaults.is_empty() {
                all.extend(BACKUP_METRICS.iter().map(|(metric, _, _)| {
                    series("AWS/Backup", metric, Dimensions::new())
                }));
            }
            all.extend(place.samples.keys().cloned());
        }
        all.extend(self.replication_series(account, region));
        if region == "us-east-1"
            && let Some(account) = self.account(account)
        {
            all.extend(account.health_checks.keys().map(|id| {
                let of = dims("HealthCheckId", id);
                series("AWS/Route53", "HealthCheckStatus", of)
            }));
        }
        all
    }

    /// The samples of a series from `start` until just before `end`.
    pub fn samples(
        &self,
        account: &str,
        region: &str,
        key: &SeriesKey,
        start: Timestamp,
        end: Timestamp,
    ) -> Vec<Sample> {
        let end = end.min(self.now() + SignedDuration::from_millis(1));
        let place = self.place(account, region);
        if let Some(put) = place.and_then(|place| place.samples.get(key)) {
            let within = put.iter().filter(|s| s.at >= start && s.at < end);
            return within.copied().collect();
        }
        if key.namespace == "AWS/Backup" {
            return place.map_or_else(Vec::new, |place| {
                counted(place, key, start, end)
            });
        }
        if key.namespace == "AWS/Lambda" {
            return place.map_or_else(Vec::new, |place| {
                invoked(place, key, start, end)
            });
        }
        let mut samples = Vec::new();
        let minute = start.as_second().div_euclid(60) * 60;
        let minutes = (minute..=end.as_second()).step_by(60);
        for at in minutes.filter_map(|s| Timestamp::from_second(s).ok()) {
            if at >= start
                && at < end
                && let Some(value) = self.measure(account, region, key, at)
            {
                samples.push(Sample { at, value });
            }
        }
        samples
    }

    /// One computed value. A dark Region measures nothing.
    fn measure(
        &self,
        account: &str,
        region: &str,
        key: &SeriesKey,
        at: Timestamp,
    ) -> Option<f64> {
        if self.condition_at(region, at) == Condition::Dark {
            return None;
        }
        let of = |name: &str| key.dimensions.get(name).map(String::as_str);
        if key.namespace == "AWS/Route53" && region == "us-east-1" {
            let check = self.health_check(of("HealthCheckId")?)?;
            let healthy = check.healthy == (at >= check.changed);
            return Some(if healthy { 1.0 } else { 0.0 });
        }
        if key.namespace == "AWS/S3" {
            return self.replication_value(account, key, at);
        }
        if key.namespace != "AWS/RDS" {
            return None;
        }
        let place = self.place(account, region)?;
        if let Some(id) = of("DBInstanceIdentifier") {
            let instance = place.instances.get(id)?;
            return self.of_instance(
                account,
                region,
                instance,
                &key.metric,
                at,
            );
        }
        self.global_lag(account, region, of("DBClusterIdentifier")?, key, at)
    }

    fn of_instance(
        &self,
        account: &str,
        region: &str,
        instance: &Instance,
        metric: &str,
        at: Timestamp,
    ) -> Option<f64> {
        if at < instance.created {
            return None;
        }
        let noise = noise(&format!("{}{metric}", instance.id), at.as_second());
        match metric {
            "ReplicaLag" => self.replica_lag(account, region, instance, at),
            "CPUUtilization" => {
                let load = self.drift(region, at).min(50.0);
                Some(18.0 + 12.0 * noise + load)
            }
            "DatabaseConnections" => Some((40.0 + 20.0 * noise).round()),
            "FreeStorageSpace" => {
                let gib = u32::try_from(instance.storage_gib).ok()?;
                Some(f64::from(gib) * 0.4 * 1_073_741_824.0)
            }
            _ => None,
        }
    }

    /// The milliseconds that a global cluster's follower is behind.
    // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database-monitoring.html
    fn global_lag(
        &self,
        account: &str,
        region: &str,
        cluster: &str,
        key: &SeriesKey,
        at: Timestamp,
    ) -> Option<f64> {
        if !key.metric.starts_with("AuroraGlobalDB") {
            return None;
        }
        let cluster = self.place(account, region)?.clusters.get(cluster)?;
        let global = cluster.global.as_ref()?;
        let global = self.account(account)?.globals.get(global)?;
        let writer = global.writer_at(at);
        let (_, writer, _) = locate(account, region, writer)?;
        if writer == region {
            return None;
        }
        let usual = cluster.lag * (0.5 + noise(&cluster.id, at.as_second()));
        let dead = self
            .dark_since(&writer, at)
            .map_or(0.0, |dead| at.duration_since(dead).as_secs_f64());
        Some((usual + dead + self.drift(&writer, at)) * 1000.0)
    }

    /// One statistic of a series over a period that begins at `start`.
    fn statistic(
        &self,
        account: &str,
        region: &str,
        alarm: &Alarm,
        start: Timestamp,
    ) -> Option<f64> {
        let end = start + SignedDuration::from_secs(alarm.period);
        let samples = self.samples(account, region, &alarm.series, start, end);
        let values: Vec<f64> = samples.iter().map(|s| s.value).collect();
        Summary::of(&values)?.statistic(&alarm.statistic)
    }

    /// Judges the alarms for which a period has ended, in live Regions.
    pub(crate) fn judge_alarms(&mut self) {
        let now = self.now();
        for (account, region) in self.keys_where(|p| !p.alarms.is_empty()) {
            if self.is_dark(&region) {
                continue;
            }
            let place = &self.accounts[&account].places[&region];
            let due: Vec<(String, Timestamp)> = place
                .alarms
                .values()
                .filter_map(|alarm| {
                    let ended = last_end(now, alarm.period)?;
                    let judged = alarm.judged.is_some_and(|at| at >= ended);
                    (!judged).then(|| (alarm.name.clone(), ended))
                })
                .collect();
            for (name, ended) in due {
                self.judge(&account, &region, &name, ended);
            }
        }
    }

    fn judge(
        &mut self,
        account: &str,
        region: &str,
        name: &str,
        ended: Timestamp,
    ) {
        let alarm = &self.accounts[account].places[region].alarms[name];
        let periods = alarm.evaluation_periods.max(1);
        let points: Vec<Option<f64>> = (1..=periods)
            .map(|n| {
                let back = SignedDuration::from_secs(alarm.period * n);
                self.statistic(account, region, alarm, ended - back)
            })
            .collect();
        let (state, reason) = verdict(alarm, &points);
        self.set_alarm(account, region, name, state, &reason);
        let place = self.place_mut(account, region);
        if let Some(alarm) = place.alarms.get_mut(name) {
            alarm.judged = Some(ended);
        }
    }

    /// Puts an alarm into a state and, when that is another one, into its
    /// history.
    pub(crate) fn set_alarm(
        &mut self,
        account: &str,
        region: &str,
        name: &str,
        state: AlarmState,
        reason: &str,
    ) {
        let now = self.now();
        let place = self.place_mut(account, region);
        let Some(alarm) = place.alarms.get_mut(name) else { return };
        let old = alarm.state;
        if old == state {
            return;
        }
        alarm.state = state;
        reason.clone_into(&mut alarm.reason);
        alarm.changed = now;
        let data = json!({
            "version": "1.0",
            "oldState": { "stateValue": old.word() },
            "newState": { "stateValue": state.word(), "stateReason": reason },
        });
        place.alarm_history.push(HistoryItem {
            at: now,
            alarm: name.to_owned(),
            kind: "StateUpdate".to_owned(),
            summary: format!(
                "Alarm updated from {} to {}",
                old.word(),
                state.word()
            ),
            data: data.to_string(),
        });
    }
}

/// The end of the last whole period.
fn last_end(now: Timestamp, period: i64) -> Option<Timestamp> {
    let period = period.max(10);
    Timestamp::from_second(now.as_second().div_euclid(period) * period).ok()
}

/// What an alarm says of its periods, newest first.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
fn verdict(alarm: &Alarm, points: &[Option<f64>]) -> (AlarmState, String) {
    let missing = alarm.treat_missing.as_str();
    let present: Vec<f64> = points.iter().copied().flatten().collect();
    if present.is_empty() {
        let state = match missing {
            "breaching" => AlarmState::Alarm,
            "notBreaching" => AlarmState::Ok,
            "ignore" => alarm.state,
            _ => AlarmState::InsufficientData,
        };
        let count = points.len();
        let word =
            if count == 1 { "datapoint was" } else { "datapoints were" };
        return (state, format!("Insufficient Data: {count} {word} unknown."));
    }
    let breaching = points.iter().filter(|point| match point {
        Some(value) => beyond(&alarm.comparison, *value, alarm.threshold),
        None => missing != "notBreaching",
    });
    let all = breaching.count() == points.len();
    let state = if all { AlarmState::Alarm } else { AlarmState::Ok };
    let reason = format!(
        "Threshold Crossed: {} out of the last {} datapoints [{}] {} {} the \
         threshold ({:.1}).",
        present.len(),
        points.len(),
        present[0],
        if all { "was" } else { "was not" },
        sentence(&alarm.comparison),
        alarm.threshold
    );
    (state, reason)
}

fn beyond(comparison: &str, value: f64, threshold: f64) -> bool {
    match comparison {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "LessThanThreshold" => value < threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        _ => value > threshold,
    }
}

fn sentence(comparison: &str) -> &'static str {
    match comparison {
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "LessThanThreshold" => "less than",
        "LessThanOrEqualToThreshold" => "less than or equal to",
        _ => "greater than",
    }
}

/// One sample for each job of a kind that ended so.
fn counted(
    place: &Place,
    key: &SeriesKey,
    start: Timestamp,
    end: Timestamp,
) -> Vec<Sample> {
    let found = BACKUP_METRICS.iter().find(|(name, ..)| *name == key.metric);
    let Some((_, kind, state)) = found else { return Vec::new() };
    let mut samples: Vec<Sample> = place
        .jobs
        .all()
        .iter()
        .filter(|job| {
            let work = match job.work {
                Work::Backup { .. } => "backup",
                Work::Copy { .. } => "copy",
                Work::Restore { .. } => "restore",
            };
            let typed = key.dimensions.get("ResourceType");
            work == *kind
                && job.state == *state
                && typed.is_none_or(|t| *t == job.resource_type)
        })
        .filter_map(|job| job.ended)
        .filter(|at| *at >= start && *at < end)
        .map(|at| Sample { at, value: 1.0 })
        .collect();
    samples.sort_by_key(|sample| sample.at);
    samples
}
