//! Sends an approved and recorded call and reports the answer.

use std::slice::from_ref;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_rds as rds;
use aws_sdk_rds::config::Builder as RdsConfig;
use aws_sdk_rds::types::Tag;
use aws_sdk_route53 as route53;
use aws_sdk_route53::config::Builder as Route53Config;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord,
    ResourceRecordSet, ResourceRecordSetFailover, RrType,
};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::request_id::RequestId;
use jiff::{SignedDuration, Timestamp};

use super::credentials::failure as sign_in_failure;
use super::failure::failure;
use super::guard::Guard;
use super::modeled::Client;
use super::route53::change_id;
use super::session::{Budget, WriteAccess};
use crate::estate::ids::{Arn, ZoneId};
use crate::estate::part::arc::Endpoint;
use crate::estate::resource::RecordSet;
use crate::failure::{Failure, FailureKind};
use crate::journal::recorded::Recorded;
use crate::runbook::call::Call;
use crate::runbook::plan::Intent;
use crate::runbook::run::Outcome;

/// A call recorded longer ago is not sent: what was looked at before the
/// confirm may no longer hold.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

/// How long one endpoint of a cluster of routing controls may take before
/// the next is asked.
const ENDPOINT_TAKES: Duration = Duration::from_secs(5);

/// What an endpoint says that cannot serve; another one may.
// https://docs.aws.amazon.com/routing-control/latest/APIReference/API_UpdateRoutingControlStates.html
const UNAVAILABLE: &str = "EndpointTemporarilyUnavailableException";

/// What came of one call, and to which intent it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The run.
    pub run: String,
    /// The step.
    pub step: String,
    /// Which try of the step, from 1.
    pub attempt: u32,
    /// The call's place in the plan, from 0.
    pub position: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was sent, or was not.
    pub sent_at: Timestamp,
    /// When that was known.
    pub at: Timestamp,
}

/// Sends one call, once, and tells what came of it. The proof that it was
/// recorded is used up.
pub async fn perform(
    access: &WriteAccess,
    intent: Recorded<Intent>,
) -> Answered {
    let session = &access.session;
    let sent_at = session.now();
    let stale = is_stale(intent.at(), sent_at);
    let intent = intent.into_value();
    let outcome = if let Some(why) =
        kept_back(access, intent.call(), intent.incident())
    {
        Outcome::NotSent { why }
    } else if stale {
        let why = format!(
            "it was recorded more than {} s ago; look and confirm again",
            OLDEST.as_secs()
        );
        Outcome::NotSent { why }
    } else {
        Box::pin(outcome(access, intent.call())).await
    };
    Answered {
        run: intent.run().to_owned(),
        step: intent.step().to_owned(),
        attempt: intent.attempt(),
        position: intent.position(),
        outcome,
        sent_at,
        at: session.now(),
    }
}

/// Why a call is not sent while nobody is at hand.
fn kept_back(
    access: &WriteAccess,
    call: &Call,
    incident: &str,
) -> Option<String> {
    let only = access.only.as_ref()?;
    only.admits(call, incident).err()
}

fn is_stale(recorded: Timestamp, now: Timestamp) -> bool {
    now.duration_since(recorded) > OLDEST
}

async fn outcome(access: &WriteAccess, call: &Call) -> Outcome {
    let config = match signed_in(access, call).await {
        Ok(config) => config,
        Err(why) => return Outcome::NotSent { why },
    };
    let sent = match call {
        Call::RdsPromoteReadReplica {
            instance,
            backup_retention_days,
            ..
        } => promote(&config, call, instance, *backup_retention_days).await,
        Call::RdsFailoverGlobalCluster { global, target, .. } => {
            fail_over(&config, call, global, target).await
        }
        Call::RdsSwitchoverGlobalCluster { global, target, .. } => {
            switch_over(&config, call, global, target).await
        }
        Call::RdsRestoreInstance { .. } => restore(&config, call).await,
        Call::RdsDeleteInstance { instance, .. } => {
            delete(&config, call, instance).await
        }
        Call::Route53UpsertRecord { zone, record, comment, .. } => {
            upsert(&config, call, zone, from_ref(record), comment).await
        }
        Call::Route53SetWeights { zone, records, comment, .. } => {
            upsert(&config, call, zone, records, comment).await
        }
        Call::ArcSetRoutingControls { endpoints, .. } => {
            flip(access, &config, call, endpoints).await
        }
    };
    match sent {
        Ok((request_id, answer)) => Outcome::Accepted { request_id, answer },
        Err(failure) if failure.maybe_applied => Outcome::Unknown { failure },
        // Without AWS's own code nobody there has seen it.
        Err(failure) if failure.code.is_none() => {
            Outcome::NotSent { why: failure.to_string() }
        }
        Err(failure) => Outcome::Refused { failure },
    }
}

/// The config to send with, once it is known that there are credentials and
/// that they are of the account that the call names.
async fn signed_in(
    access: &WriteAccess,
    call: &Call,
) -> Result<SdkConfig, String> {
    let account = call.account();
    let config = access
        .session
        .config(account, &call.region(), access.way, Budget::Mutation)
        .await
        .map_err(|failure| failure.to_string())?;
    let provider = config
        .credentials_provider()
        .ok_or_else(|| format!("no credentials for account {account}"))?;
    let held = provider.provide_credentials().await.map_err(|error| {
        sign_in_failure(&format!("sign in to {account}"), &error).to_string()
    })?;
    match held.account_id() {
        Some(id) if id.as_str() != account.as_str() => Err(format!(
            "the credentials are of account {}, the call is for {account}",
            id.as_str()
        )),
        _ => Ok(config),
    }
}

/// The request id and what the answer names for later looks.
type Sent = Result<(Option<String>, Option<String>), Failure>;

/// Nothing in common with any poller's retry quota.
fn partition(call: &Call) -> RetryPartition {
    let name =
        format!("{}/{}/{}", call.account(), call.region(), call.action());
    RetryPartition::custom(name).build()
}

async fn promote(
    config: &SdkConfig,
    call: &Call,
    instance: &str,
    days: Option<u16>,
) -> Sent {
    let answer = rds_client(config, call)
        .promote_read_replica()
        .db_instance_identifier(instance)
        .set_backup_retention_period(days.map(i32::from))
        .send()
        .await
        .map_err(|error| failure("promote the read replica", &error))?;
    Ok((answer.request_id().map(str::to_owned), None))
}

fn rds_client(config: &SdkConfig, call: &Call) -> rds::Client {
    let config = RdsConfig::from(config)
        .interceptor(Guard::Only(call.action()))
        .retry_partition(partition(call))
        .build();
    rds::Client::from_conf(config)
}

/// That data may be lost is always said: without the word AWS takes the
/// operation for a switchover, which waits for a writer that is gone
/// (Amazon RDS API reference, `FailoverGlobalCluster`).
async fn fail_over(
    config: &SdkConfig,
    call: &Call,
    global: &str,
    target: &Arn,
) -> Sent {
    let answer = rds_client(config, call)
        .failover_global_cluster()
        .global_cluster_identifier(global)
        .target_db_cluster_identifier(target.as_str())
        .allow_data_loss(true)
        .send()
        .await
        .map_err(|error| failure("fail the global database over", &error))?;
    Ok((answer.request_id().map(str::to_owned), None))
}

async fn switch_over(
    config: &SdkConfig,
    call: &Call,
    global: &str,
    target: &Arn,
) -> Sent {
    let doing = "switch the global database over";
    let answer = rds_client(config, call)
        .switchover_global_cluster()
        .global_cluster_identifier(global)
        .target_db_cluster_identifier(target.as_str())
        .send()
        .await
        .map_err(|error| failure(doing, &error))?;
    Ok((answer.request_id().map(str::to_owned), None))
}

async fn restore(config: &SdkConfig, call: &Call) -> Sent {
    let Call::RdsRestoreInstance {
        instance,
        snapshot,
        class,
        subnets,
        guards,
        tags,
        ..
    } = call
    else {
        unreachable!("its caller has matched the call")
    };
    let tags = tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    let answer = rds_client(config, call)
        .restore_db_instance_from_db_snapshot()
        .db_instance_identifier(instance)
        .db_snapshot_identifier(snapshot.as_str())
        .set_db_instance_class(class.clone())
        .db_subnet_group_name(subnets)
        .set_vpc_security_group_ids(Some(guards.clone()))
        .publicly_accessible(false)
        .multi_az(false)
        .deletion_protection(false)
        .set_tags(Some(tags.collect()))
        .send()
        .await
        .map_err(|error| failure("restore the snapshot", &error))?;
    Ok((answer.request_id().map(str::to_owned), None))
}

async fn delete(config: &SdkConfig, call: &Call, instance: &str) -> Sent {
    let answer = rds_client(config, call)
        .delete_db_instance()
        .db_instance_identifier(instance)
        .skip_final_snapshot(true)
        .delete_automated_backups(true)
        .send()
        .await
        .map_err(|error| failure("delete the instance", &error))?;
    Ok((answer.request_id().map(str::to_owned), None))
}

/// Asks the endpoints of a cluster in turn until one takes the states: to
/// set the same ones again at another changes nothing. A refusal ends it,
/// but what an endpoint before it may have done stays unknown.
// https://docs.aws.amazon.com/r53recovery/latest/dg/route53-arc-best-practices.regional.html
async fn flip(
    access: &WriteAccess,
    config: &SdkConfig,
    call: &Call,
    endpoints: &[Endpoint],
) -> Sent {
    let meter = access.session.meter(call.account(), &call.region());
    let guard = (Guard::Only(call.action()), meter);
    let config = config
        .to_builder()
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_millis(1500))
                .operation_timeout(ENDPOINT_TAKES)
                .build(),
        )
        .build();
    let client = Client::new(
        "route53-recovery-cluster",
        &config,
        guard,
        partition(call),
    )?;
    let mut last: Option<Failure> = None;
    for endpoint in endpoints {
        let at = (endpoint.url.as_str(), endpoint.region.as_str());
        let doing = format!("set the switches in {}", endpoint.region);
        let operation = "UpdateRoutingControlStates";
        let sent = client.ask_elsewhere(at, &doing, operation, call.request());
        let Err(mut failure) = sent.await else { return Ok((None, None)) };
        let ends = failure.code.is_some()
            && !failure.maybe_applied
            && failure.code.as_deref() != Some(UNAVAILABLE);
        failure.maybe_applied |=
            last.as_ref().is_some_and(|before| before.maybe_applied);
        if ends {
            return Err(failure);
        }
        last = Some(failure);
    }
    Err(last.unwrap_or_else(|| {
        Failure::new("set the switches", FailureKind::NotFound)
            .because("no endpoint of the cluster is known")
    }))
}

async fn upsert(
    config: &SdkConfig,
    call: &Call,
    zone: &ZoneId,
    records: &[RecordSet],
    comment: &str,
) -> Sent {
    let doing = "change the record";
    let batch = batch(records, comment).map_err(|error| {
        Failure::new(doing, FailureKind::Other).because(error.to_string())
    })?;
    let config = Route53Config::from(config)
        .interceptor(Guard::Only(call.action()))
        .retry_partition(partition(call))
        .build();
    let answer = route53::Client::from_conf(config)
        .change_resource_record_sets()
        .hosted_zone_id(zone.as_str())
        .change_batch(batch)
        .send()
        .await
        .map_err(|error| failure(doing, &error))?;
    let request_id = answer.request_id().map(str::to_owned);
    let change = answer.change_info.map(|change| change_id(&change.id));
    Ok((request_id, change))
}

fn batch(
    records: &[RecordSet],
    comment: &str,
) -> Result<ChangeBatch, BuildError> {
    let mut batch = ChangeBatch::builder().comment(comment);
    for record in records {
        let change = Change::builder()
            .action(ChangeAction::Upsert)
            .resource_record_set(record_set(record)?)
            .build()?;
        batch = batch.changes(change);
    }
    batch.build()
}

fn record_set(record: &RecordSet) -> Result<ResourceRecordSet, BuildError> {
    let mut set = ResourceRecordSet::builder()
        .name(&record.name)
        .r#type(RrType::from(record.kind.as_str()))
        .set_set_identifier(record.identifier.clone())
        .set_failover(
            record.failover.as_deref().map(ResourceRecordSetFailover::from),
        )
        .set_weight(record.weight)
        .set_health_check_id(record.health_check.clone());
    if let Some((name, zone)) = &record.alias {
        let alias = AliasTarget::builder()
            .dns_name(name)
            .hosted_zone_id(zone)
            .evaluate_target_health(record.evaluates.unwrap_or(true))
            .build()?;
        return set.alias_target(alias).build();
    }
    for value in &record.values {
        let value = ResourceRecord::builder().value(value).build()?;
        set = set.resource_records(value);
    }
    set.set_ttl(record.ttl).build()
}

#[cfg(test)]
mod tests;
