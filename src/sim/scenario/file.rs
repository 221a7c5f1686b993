//! The shape of a scenario's file.

mod traffic;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::super::SERVICES;
use super::super::faults::Rule;
use super::super::world::Condition;
use super::super::world::database::WhenSourceDies;
use super::super::world::job::JobState;
use super::{Problem, unknown};

pub(super) use traffic::{
    AlarmRow, HealthCheckRow, RecordRow, Side, SiteRow, ZoneRow,
};

/// A time before or after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset(pub(super) SignedDuration);

impl<'de> Deserialize<'de> for Offset {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let span: Span = text.parse().map_err(|_| {
            D::Error::custom(format!(
                "{text:?} is not a time such as \"6m30s\" or \"-3d18h\""
            ))
        })?;
        span.to_duration(SpanRelativeTo::days_are_24_hours())
            .map(Self)
            .map_err(|_| D::Error::custom("only weeks, days and less"))
    }
}

/// A name that must be found elsewhere in the file.
type Name = Spanned<String>;

/// A whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct File {
    pub(super) title: Option<String>,
    pub(super) extends: Option<Name>,
    pub(super) account: Vec<AccountRow>,
    pub(super) vault: Vec<VaultRow>,
    pub(super) plan: Vec<PlanRow>,
    pub(super) instance: Vec<InstanceRow>,
    pub(super) cluster: Vec<ClusterRow>,
    pub(super) resource: Vec<ResourceRow>,
    pub(super) application: Vec<ApplicationRow>,
    pub(super) failure: Vec<FailureRow>,
    pub(super) restore: Vec<RestoreRow>,
    pub(super) zone: Vec<ZoneRow>,
    pub(super) record: Vec<RecordRow>,
    pub(super) health_check: Vec<HealthCheckRow>,
    pub(super) site: Vec<SiteRow>,
    pub(super) alarm: Vec<AlarmRow>,
    pub(super) item: Vec<ItemRow>,
    pub(super) change: Vec<ChangeRow>,
    pub(super) story: Option<Vec<StoryRow>>,
    pub(super) fault: Option<Vec<FaultRow>>,
    /// Whether the rates that AWS publishes are enforced.
    pub(super) limits: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountRow {
    pub(super) name: String,
    pub(super) id: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct VaultRow {
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) name: String,
    /// Least and most days, where vault lock is on.
    pub(super) locked: Option<[i64; 2]>,
    /// The id of its key, where that is not the one of its place.
    pub(super) key: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PlanRow {
    pub(super) name: String,
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) vault: Name,
    pub(super) every: Offset,
    pub(super) keep_days: i64,
    #[serde(default)]
    pub(super) copies: Vec<CopyRow>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CopyRow {
    pub(super) region: String,
    pub(super) vault: Name,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct InstanceRow {
    pub(super) id: String,
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) tier: Option<String>,
    pub(super) plan: Option<Name>,
    pub(super) engine: Option<String>,
    pub(super) engine_version: Option<String>,
    pub(super) class: Option<String>,
    pub(super) gib: i64,
    pub(super) db_name: Option<String>,
    #[serde(default)]
    pub(super) multi_az: bool,
    #[serde(default)]
    pub(super) deletion_protection: bool,
    pub(super) replica_of: Option<Name>,
    /// Usual lag of a replica, in seconds.
    #[serde(default)]
    pub(super) lag: f64,
    #[serde(default)]
    pub(super) when_source_dies: Dies,
}

/// What a replica's lag does once its source is dead.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Dies {
    #[default]
    Grows,
    Errors,
    Stops,
}

impl From<Dies> for WhenSourceDies {
    fn from(dies: Dies) -> Self {
        match dies {
            Dies::Grows => Self::Grows,
            Dies::Errors => Self::Errors,
            Dies::Stops => Self::Stops,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClusterRow {
    pub(super) id: String,
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) tier: Option<String>,
    pub(super) plan: Option<Name>,
    pub(super) global: Option<String>,
    /// Usual lag behind the global writer, in seconds; the cluster without
    /// one is the writer.
    pub(super) lag: Option<f64>,
    #[serde(default)]
    pub(super) instances: Vec<String>,
    #[serde(default)]
    pub(super) deletion_protection: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ResourceRow {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) tier: String,
    pub(super) plan: Name,
    pub(super) names: Vec<String>,
    pub(super) gib: i64,
    /// How long a backup takes.
    pub(super) takes: Option<Offset>,
}

/// What is tagged with `app`, beside the items that carry it themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationRow {
    pub(super) name: String,
    /// Databases and what else AWS Backup protects, by name.
    pub(super) members: Vec<Name>,
}

/// What kind of job a failure befalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum JobKind {
    Backup,
    Copy,
}

/// How a job ended.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Ended {
    #[default]
    Completed,
    Failed,
    Aborted,
    Expired,
    Partial,
}

impl From<Ended> for JobState {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Completed => Self::Completed,
            Ended::Failed => Self::Failed,
            Ended::Aborted => Self::Aborted,
            Ended::Expired => Self::Expired,
            Ended::Partial => Self::Partial,
        }
    }
}

/// Jobs of one resource that were created between `since` and `until` (the
/// start, when left out) ended badly.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FailureRow {
    pub(super) job: JobKind,
    pub(super) resource: Name,
    pub(super) since: Offset,
    pub(super) until: Option<Offset>,
    pub(super) state: Ended,
    pub(super) message: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RestoreRow {
    pub(super) resource: Name,
    /// Where it was restored, from the newest recovery point there.
    pub(super) region: String,
    pub(super) at: Offset,
    pub(super) takes: Offset,
    #[serde(default)]
    pub(super) state: Ended,
    pub(super) message: Option<String>,
    /// ARN of what was made.
    pub(super) made: Option<String>,
    /// The restore-testing plan that started it, if one did.
    pub(super) tested_by: Option<String>,
}

/// Something that a service holds, in that service's official member names.
/// A text such as `@-3d` stands for the time so long before the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemRow {
    pub(super) kind: Name,
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) id: String,
    pub(super) value: toml::Table,
}

/// What becomes of an item at some time: members laid over its own, or its
/// end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeRow {
    pub(super) at: Offset,
    pub(super) kind: Name,
    pub(super) account: Name,
    pub(super) region: String,
    pub(super) id: String,
    /// None takes the item away.
    pub(super) value: Option<toml::Table>,
}

/// How a Region does from a moment on.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Does {
    Healthy,
    /// The share of requests and jobs that fails, 0.0 to 1.0.
    Degraded(f64),
    Dark,
}

impl From<Does> for Condition {
    fn from(does: Does) -> Self {
        match does {
            Does::Healthy => Self::Healthy,
            Does::Degraded(error_rate) => Self::Degraded { error_rate },
            Does::Dark => Self::Dark,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryRow {
    pub(super) at: Offset,
    pub(super) region: String,
    pub(super) condition: Does,
}

/// A fault rule and when it is in force. (`flatten` would lose the places of
/// errors, so the rule's keys are named again.)
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultRow {
    pub(super) from: Offset,
    pub(super) until: Option<Offset>,
    pub(super) account: Option<Name>,
    pub(super) region: Option<String>,
    pub(super) service: Option<String>,
    pub(super) operation: Option<String>,
    pub(super) effect: super::super::faults::Effect,
    #[serde(default)]
    pub(super) when: super::super::faults::When,
}

impl File {
    /// This file on top of the one it extends: its lists add to the base's,
    /// its story and its faults, when given, replace them.
    pub(super) fn over(self, mut base: File) -> File {
        base.title = self.title.or(base.title);
        base.account.extend(self.account);
        base.vault.extend(self.vault);
        base.plan.extend(self.plan);
        base.instance.extend(self.instance);
        base.cluster.extend(self.cluster);
        base.resource.extend(self.resource);
        base.failure.extend(self.failure);
        base.restore.extend(self.restore);
        base.zone.extend(self.zone);
        base.record.extend(self.record);
        base.health_check.extend(self.health_check);
        base.site.extend(self.site);
        base.alarm.extend(self.alarm);
        base.item.extend(self.item);
        base.change.extend(self.change);
        base.story = self.story.or(base.story);
        base.fault = self.fault.or(base.fault);
        base.limits = self.limits.or(base.limits);
        base
    }

    /// The id of the account of a name; `check` has seen to it that it is
    /// there.
    pub(super) fn account_id(&self, name: &Name) -> &str {
        let row = self.account.iter().find(|a| a.name == *name.get_ref());
        &row.expect("names are checked").id
    }

    /// The names of everything that a plan backs up.
    fn protected(&self) -> impl Iterator<Item = &str> {
        let databases = self.instance.iter().map(|i| i.id.as_str());
        let clusters = self.cluster.iter().map(|c| c.id.as_str());
        let others = self.resource.iter().flat_map(|r| &r.names);
        databases.chain(clusters).chain(others.map(String::as_str))
    }

    /// Checks that every name is found.
    pub(super) fn check(&self) -> Result<(), Problem> {
        let accounts = self
            .vault
            .iter()
            .map(|r| &r.account)
            .chain(self.plan.iter().map(|r| &r.account))
            .chain(self.instance.iter().map(|r| &r.account))
            .chain(self.cluster.iter().map(|r| &r.account))
            .chain(self.zone.iter().map(|r| &r.account))
            .chain(self.health_check.iter().map(|r| &r.account))
            .chain(self.alarm.iter().map(|r| &r.account))
            .chain(self.item.iter().map(|r| &r.account))
            .chain(self.change.iter().map(|r| &r.account))
            .chain(
                self.fault.iter().flatten().filter_map(|r| r.account.as_ref()),
            );
        found(accounts, "account", || {
            self.account.iter().map(|a| a.name.as_str())
        })?;
        let items = self.item.iter().map(|r| &r.kind);
        let items = items.chain(self.change.iter().map(|r| &r.kind));
        found(items, "kind of item", || {
            SERVICES.iter().flat_map(|s| s.shelves).copied()
        })?;
        let plans = self
            .resource
            .iter()
            .map(|r| &r.plan)
            .chain(self.instance.iter().filter_map(|r| r.plan.as_ref()))
            .chain(self.cluster.iter().filter_map(|r| r.plan.as_ref()));
        found(plans, "plan", || self.plan.iter().map(|p| p.name.as_str()))?;
        let vaults = self.plan.iter().flat_map(|r| {
            let copies = r.copies.iter().map(|c| &c.vault);
            [&r.vault].into_iter().chain(copies)
        });
        found(vaults, "vault", || self.vault.iter().map(|v| v.name.as_str()))?;
        self.check_databases_and_traffic()
    }

    fn check_databases_and_traffic(&self) -> Result<(), Problem> {
        let instances = || self.instance.iter().map(|i| i.id.as_str());
        let sources =
            self.instance.iter().filter_map(|r| r.replica_of.as_ref());
        found(sources, "instance", instances)?;
        let named = self.record.iter().filter_map(|r| r.endpoint_of.as_ref());
        found(named, "database", || {
            instances().chain(self.cluster.iter().map(|c| c.id.as_str()))
        })?;
        let resources = self
            .failure
            .iter()
            .map(|r| &r.resource)
            .chain(self.restore.iter().map(|r| &r.resource))
            .chain(self.application.iter().flat_map(|r| &r.members));
        found(resources, "resource", || self.protected())?;
        found(self.record.iter().map(|r| &r.zone), "zone", || {
            self.zone.iter().map(|z| z.name.as_str())
        })?;
        let checks = self.record.iter().filter_map(|r| r.check.as_ref());
        found(checks, "health check", || {
            self.health_check.iter().map(|c| c.id.as_str())
        })
    }
}

fn found<'n, N: Iterator<Item = &'n str>>(
    words: impl Iterator<Item = &'n Name>,
    what: &str,
    names: impl Fn() -> N,
) -> Result<(), Problem> {
    for word in words {
        if !names().any(|name| name == word.get_ref()) {
            return Err(unknown(word, what, names()));
        }
    }
    Ok(())
}

impl FaultRow {
    /// The rule, with the account's id in place of its name.
    pub(super) fn rule(&self, file: &File) -> Rule {
        let account = self.account.as_ref().map(|name| file.account_id(name));
        Rule {
            account: account.map(str::to_owned),
            region: self.region.clone(),
            service: self.service.clone(),
            operation: self.operation.clone(),
            effect: self.effect,
            when: self.when,
        }
    }
}

impl File {
    /// Tags of a database, or of what else AWS Backup protects.
    pub(super) fn tags(
        &self,
        name: &str,
        tier: Option<&str>,
    ) -> BTreeMap<String, String> {
        let mut tags = tags(name, tier);
        let app = self.application.iter().find(|row| {
            row.members.iter().any(|member| member.get_ref() == name)
        });
        if let Some(app) = app {
            tags.insert("app".to_owned(), app.name.clone());
        }
        tags
    }
}

/// Tags as every resource of a scenario carries them.
pub(super) fn tags(
    name: &str,
    tier: Option<&str>,
) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::from([("Name".to_owned(), name.to_owned())]);
    if let Some(tier) = tier {
        tags.insert("DR_Tier".to_owned(), tier.to_owned());
        tags.insert("Backup".to_owned(), "Enabled".to_owned());
    }
    tags
}
