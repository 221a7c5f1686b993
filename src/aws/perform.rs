//! Sends an approved and recorded call and reports the answer.

use std::slice::from_ref;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_rds as rds;
use aws_sdk_rds::config::Builder as RdsConfig;
use aws_sdk_route53 as route53;
use aws_sdk_route53::config::Builder as Route53Config;
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord,
    ResourceRecordSet, ResourceRecordSetFailover, RrType,
};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_types::request_id::RequestId;
use jiff::{SignedDuration, Timestamp};

use super::credentials::failure as sign_in_failure;
use super::failure::failure;
use super::guard::Guard;
use super::route53::change_id;
use super::session::{Budget, WriteAccess};
use crate::estate::ids::{Arn, ZoneId};
use crate::estate::resource::RecordSet;
use crate::failure::{Failure, FailureKind};
use crate::journal::recorded::Recorded;
use crate::runbook::call::Call;
use crate::runbook::plan::Intent;
use crate::runbook::run::Outcome;

/// A call recorded longer ago is not sent: what was looked at before the
/// confirm may no longer hold.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

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
    let outcome = if stale {
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
        Call::Route53UpsertRecord { zone, record, comment, .. } => {
            upsert(&config, call, zone, from_ref(record), comment).await
        }
        Call::Route53SetWeights { zone, records, comment, .. } => {
            upsert(&config, call, zone, records, comment).await
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
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};
    use crate::aws::session::Way;
    use crate::estate::ids::{Account, Region};

    fn promotion(account: &str) -> Call {
        Call::RdsPromoteReadReplica {
            account: Account::new(account),
            region: Region::new("eu-central-1"),
            instance: "learn-db-replica".into(),
            backup_retention_days: Some(7),
        }
    }

    fn switch() -> Call {
        let zone = ZoneId::new("Z0LEARN");
        Call::Route53UpsertRecord {
            account: Account::new(ACCOUNT),
            record: RecordSet {
                zone: zone.clone(),
                name: "db.learn.example.com".into(),
                kind: "CNAME".into(),
                identifier: None,
                failover: None,
                weight: None,
                ttl: Some(60),
                values: vec!["standby.example.com".into()],
                alias: None,
                evaluates: None,
                health_check: None,
            },
            zone,
            comment: "lifeboat inc-1 move-traffic".into(),
        }
    }

    async fn sent(out: &Canned, call: &Call) -> Outcome {
        let access = out.session().write_access(Way::Operate);
        Box::pin(outcome(&access, call)).await
    }

    #[tokio::test]
    async fn an_accepted_promotion_gives_the_request_id() {
        let out = Canned::saying(
            200,
            "<PromoteReadReplicaResponse \
             xmlns='http://rds.amazonaws.com/doc/2014-10-31/'>\
             <PromoteReadReplicaResult><DBInstance/>\
             </PromoteReadReplicaResult><ResponseMetadata>\
             <RequestId>6a8e0bb5</RequestId></ResponseMetadata>\
             </PromoteReadReplicaResponse>",
        );
        assert_eq!(
            sent(&out, &promotion(ACCOUNT)).await,
            Outcome::Accepted {
                request_id: Some("6a8e0bb5".into()),
                answer: None,
            }
        );
        let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
        assert!(request.contains("rds.eu-central-1.amazonaws.com"));
        assert!(request.contains("BackupRetentionPeriod=7"), "{request}");
    }

    #[tokio::test]
    async fn an_accepted_record_gives_the_change_to_look_for() {
        let out = Canned::saying(
            200,
            "<ChangeResourceRecordSetsResponse \
             xmlns='https://route53.amazonaws.com/doc/2013-04-01/'>\
             <ChangeInfo><Id>/change/C2682N5HXP0BZ4</Id>\
             <Status>PENDING</Status>\
             <SubmittedAt>2026-11-23T09:41:00Z</SubmittedAt>\
             </ChangeInfo></ChangeResourceRecordSetsResponse>",
        );
        let Outcome::Accepted { answer, .. } = sent(&out, &switch()).await
        else {
            panic!("not accepted");
        };
        assert_eq!(answer.as_deref(), Some("C2682N5HXP0BZ4"));
        let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
        for part in ["UPSERT", "standby.example.com", "<TTL>60</TTL>"] {
            assert!(request.contains(part), "{request}");
        }
    }

    #[tokio::test]
    async fn a_refusal_by_aws_is_known_not_to_have_been_applied() {
        let out = Canned::saying(
            400,
            "<ErrorResponse><Error><Type>Sender</Type>\
             <Code>InvalidDBInstanceState</Code>\
             <Message>not a read replica</Message></Error>\
             <RequestId>6a8e0bb5</RequestId></ErrorResponse>",
        );
        let Outcome::Refused { failure } =
            sent(&out, &promotion(ACCOUNT)).await
        else {
            panic!("not refused");
        };
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert_eq!(failure.request_id.as_deref(), Some("6a8e0bb5"));
        assert_eq!(failure.causes, ["not a read replica"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_unknown_and_nothing_is_sent_again() {
        for out in [
            Canned::silent(),
            Canned::broken("connection closed before message completed"),
            Canned::saying(503, "<html>Service Unavailable</html>"),
            Canned::saying(403, "<html>sign in to this network</html>"),
            Canned::saying(200, "<html>sign in to this network</html>"),
        ] {
            let outcome = sent(&out, &promotion(ACCOUNT)).await;
            assert!(
                matches!(outcome, Outcome::Unknown { .. }),
                "{out:?}: {outcome:?}"
            );
            assert_eq!(out.sent().len(), 1, "{out:?}");
        }
    }

    #[tokio::test]
    async fn what_never_connected_was_not_sent() {
        let out = Canned::broken("client error (Connect): refused");
        let outcome = sent(&out, &promotion(ACCOUNT)).await;
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_call_for_an_account_without_access_is_not_sent() {
        let out = Canned::saying(200, "");
        let outcome = sent(&out, &promotion("999999999999")).await;
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
        assert!(out.sent().is_empty());
    }

    #[test]
    fn what_was_recorded_too_long_ago_is_stale() {
        let second = |at| Timestamp::from_second(at).unwrap();
        assert!(!is_stale(second(100), second(105)));
        assert!(is_stale(second(100), second(106)));
    }
}
