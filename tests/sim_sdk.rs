//! The simulated AWS below the real SDK, on paused time.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_backup::types::BackupJobState;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_rds::config::BehaviorVersion;
use aws_sdk_rds::error::SdkError;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ChangeInfo, ChangeStatus,
    ResourceRecord, ResourceRecordSet, RrType,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::request_id::RequestId;
use jiff::Timestamp;
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::dns::Answer;
use lifeboat::sim::{Sim, SimClock, access_key};
use tokio::time::{Instant, sleep};

const PROD: &str = "111122223333";
const DATA: &str = "444455556666";

fn play(name: &str) -> Sim {
    let start: Timestamp = "2026-11-23T09:41:00Z".parse().expect("a time");
    let scenario = Scenario::embedded(name).expect("an embedded scenario");
    Sim::play(&scenario, SimClock::paused(start), 1)
}

fn config(sim: &Sim, account: &str, region: &'static str) -> SdkConfig {
    let key = access_key(account);
    let credentials = Credentials::new(key, "secret", None, None, "sim");
    SdkConfig::builder()
        .http_client(sim.http_client())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .behavior_version(BehaviorVersion::v2026_01_12())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SystemTimeSource::new())
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_millis(1_500))
                .read_timeout(Duration::from_secs(4))
                .build(),
        )
        .build()
}

fn rds(sim: &Sim, region: &'static str) -> aws_sdk_rds::Client {
    aws_sdk_rds::Client::new(&config(sim, PROD, region))
}

#[tokio::test(start_paused = true)]
async fn instances_are_listed_by_account_and_region() {
    let sim = play("quiet");
    let ids = async |account, region| {
        let client = aws_sdk_rds::Client::new(&config(&sim, account, region));
        let told = client.describe_db_instances().send().await.expect("told");
        let mut ids: Vec<String> = told
            .db_instances()
            .iter()
            .filter_map(|i| i.db_instance_identifier.clone())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(
        ids(PROD, "eu-central-1").await,
        ["learn-catalog-dr-1", "learn-db-replica"]
    );
    assert_eq!(ids(DATA, "eu-west-1").await, ["data-warehouse-db"]);
    assert_eq!(ids(DATA, "eu-central-1").await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_replica_is_promoted_and_comes_back_available() {
    let sim = play("quiet");
    let client = rds(&sim, "eu-central-1");
    let promote = client
        .promote_read_replica()
        .db_instance_identifier("learn-db-replica");
    promote.send().await.expect("promoted");
    assert_eq!(sim.applied("PromoteReadReplica"), 1);
    let look = async || {
        let all = client.describe_db_instances();
        let one = all.db_instance_identifier("learn-db-replica");
        let told = one.send().await.expect("told");
        let it = &told.db_instances()[0];
        let source = it.read_replica_source_db_instance_identifier.clone();
        (it.db_instance_status.clone().unwrap_or_default(), source)
    };
    assert_ne!(look().await.0, "available");
    sleep(Duration::from_mins(20)).await;
    assert_eq!(look().await, ("available".to_owned(), None));
}

/// Points `db.learn.example` at an endpoint, and gives the change.
async fn switch(
    route53: &aws_sdk_route53::Client,
    endpoint: &str,
) -> ChangeInfo {
    let value = ResourceRecord::builder().value(endpoint);
    let record = ResourceRecordSet::builder()
        .name("db.learn.example.")
        .r#type(RrType::Cname)
        .ttl(60)
        .resource_records(value.build().expect("a value"));
    let change = Change::builder()
        .action(ChangeAction::Upsert)
        .resource_record_set(record.build().expect("a record"));
    let batch = ChangeBatch::builder()
        .changes(change.build().expect("a change"))
        .build()
        .expect("a batch");
    let told = route53
        .change_resource_record_sets()
        .hosted_zone_id("Z0LEARN4EXAMPLE7")
        .change_batch(batch)
        .send()
        .await
        .expect("changed");
    told.change_info.expect("a change")
}

fn cname(sim: &Sim, name: &str) -> String {
    let Answer::Records(chain) = sim.resolve(name, "CNAME") else {
        panic!("{name} has no CNAME");
    };
    chain[0].value.trim_end_matches('.').to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_record_change_goes_pending_then_in_sync_and_dns_answers_it() {
    let sim = play("quiet");
    let config = config(&sim, PROD, "us-east-1");
    let route53 = aws_sdk_route53::Client::new(&config);
    let before = cname(&sim, "db.learn.example");
    let info = switch(&route53, "elsewhere.example").await;
    assert_eq!(info.status, ChangeStatus::Pending);
    assert_eq!(cname(&sim, "db.learn.example"), before);
    sleep(Duration::from_mins(3)).await;
    let told = route53.get_change().id(info.id).send().await.expect("told");
    let info = told.change_info.expect("a change");
    assert_eq!(info.status, ChangeStatus::Insync);
    assert_eq!(cname(&sim, "db.learn.example"), "elsewhere.example");
}

#[tokio::test(start_paused = true)]
async fn the_platform_is_back_after_a_promotion_and_a_switched_record() {
    let sim = play("already-dark");
    let www = "http://www.learn.example/health";
    assert_eq!(visit(&sim, www).await.ok(), Some(503));
    let rds = rds(&sim, "eu-central-1");
    let promote = rds.promote_read_replica();
    let promote = promote.db_instance_identifier("learn-db-replica");
    let told = promote.send().await.expect("promoted");
    let endpoint = told.db_instance.and_then(|i| i.endpoint);
    let endpoint = endpoint.and_then(|e| e.address).expect("an address");
    let config = config(&sim, PROD, "us-east-1");
    switch(&aws_sdk_route53::Client::new(&config), &endpoint).await;
    sleep(Duration::from_mins(20)).await;
    assert_eq!(visit(&sim, www).await.ok(), Some(200));
}

#[tokio::test(start_paused = true)]
async fn alarms_come_over_cbor_and_follow_the_story() {
    let sim = play("already-dark");
    let config = config(&sim, PROD, "eu-central-1");
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    let told = cloudwatch.describe_alarms().send().await.expect("told");
    let [lag] = told.metric_alarms() else { panic!("{told:?}") };
    assert_eq!(lag.alarm_name(), Some("learn-db-replica-lag"));
    assert_eq!(lag.state_value(), Some(&StateValue::Alarm));
}

#[tokio::test(start_paused = true)]
async fn a_dark_region_times_out_in_connect_while_the_other_answers() {
    let sim = play("already-dark");
    let begun = Instant::now();
    let error = rds(&sim, "eu-west-1")
        .describe_db_instances()
        .send()
        .await
        .expect_err("dark");
    assert_eq!(begun.elapsed().as_millis(), 1_500);
    let SdkError::DispatchFailure(why) = &error else {
        panic!("{error:?}");
    };
    assert!(why.is_timeout());
    let told = rds(&sim, "eu-central-1").describe_db_instances().send().await;
    assert!(told.is_ok(), "{told:?}");
    let reached: Vec<bool> =
        sim.received().iter().map(|r| r.reached).collect();
    assert_eq!(reached, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn route_53_changes_go_with_us_east_1_and_its_answers_stay() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::Dark).in_region("us-east-1"));
    let route53 =
        aws_sdk_route53::Client::new(&config(&sim, PROD, "us-east-1"));
    let listed = route53.list_hosted_zones().send().await;
    assert!(listed.is_err());
    let answer = sim.resolve("www.learn.example", "A");
    assert!(matches!(answer, Answer::Records(_)), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_times_out_in_read() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::Silent).of_service("rds"));
    let begun = Instant::now();
    let client = rds(&sim, "eu-central-1");
    let error = client.describe_db_instances().send().await;
    assert_eq!(begun.elapsed().as_secs(), 4);
    assert!(format!("{error:?}").contains("read timeout"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_simulated_answers_501() {
    let sim = play("quiet");
    let error = rds(&sim, "eu-central-1")
        .describe_engine_default_parameters()
        .db_parameter_group_family("postgres16")
        .send()
        .await
        .expect_err("not simulated");
    let raw = error.raw_response().expect("an answer");
    assert_eq!(raw.status().as_u16(), 501);
    let error = error.into_service_error();
    assert_eq!(error.meta().code(), Some("NotSimulated"));
    assert!(error.meta().request_id().is_some());
}

#[tokio::test(start_paused = true)]
async fn throttling_is_retried_by_the_sdk_and_then_typed() {
    let sim = play("quiet");
    sim.inject(
        Rule::every(Effect::Throttled)
            .of_service("backup")
            .when(When::First(4)),
    );
    let config = config(&sim, PROD, "eu-central-1")
        .to_builder()
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .build();
    let backup = aws_sdk_backup::Client::new(&config);
    let error = backup.list_backup_vaults().send().await.expect_err("thrice");
    let code = error.into_service_error();
    assert_eq!(code.meta().code(), Some("ThrottlingException"));
    assert_eq!(sim.received().len(), 3);
    let told = backup.list_backup_vaults().send().await.expect("the fifth");
    assert_eq!(told.backup_vault_list().len(), 1);
    assert_eq!(sim.received().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_denial_reads_as_iam_writes_it() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::Denied).of_operation("PromoteReadReplica"));
    let error = rds(&sim, "eu-central-1")
        .promote_read_replica()
        .db_instance_identifier("learn-db-replica")
        .send()
        .await
        .expect_err("denied")
        .into_service_error();
    assert_eq!(error.meta().code(), Some("AccessDenied"));
    let message = error.meta().message().unwrap_or_default();
    assert!(
        message.starts_with(
            "User: arn:aws:iam::111122223333:user/lifeboat is not authorized \
             to perform: rds:PromoteReadReplica on resource: \
             arn:aws:rds:eu-central-1:111122223333:db:learn-db-replica"
        ),
        "{message}"
    );
    assert_eq!(sim.applied("PromoteReadReplica"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_was_applied_exactly_once() {
    for effect in [Effect::LostReset, Effect::LostSilent] {
        let sim = play("quiet");
        let promote = Rule::every(effect).of_operation("PromoteReadReplica");
        sim.inject(promote.when(When::First(1)));
        let client = rds(&sim, "eu-central-1");
        let promote = client
            .promote_read_replica()
            .db_instance_identifier("learn-db-replica");
        let error = promote.send().await.expect_err("lost");
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
        assert_eq!(sim.applied("PromoteReadReplica"), 1);
        assert_eq!(sim.world(|w| w.applied("PromoteReadReplica")), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_beyond_the_read_timeout_was_applied_all_the_same() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::Slow(9_000)));
    let client = rds(&sim, "eu-central-1");
    let promote = client
        .promote_read_replica()
        .db_instance_identifier("learn-db-replica");
    assert!(promote.send().await.is_err());
    assert_eq!(sim.applied("PromoteReadReplica"), 1);
}

#[tokio::test(start_paused = true)]
async fn backup_jobs_of_seven_days_are_paged() {
    let sim = play("quiet");
    let config = config(&sim, PROD, "eu-west-1");
    let backup = aws_sdk_backup::Client::new(&config);
    let jobs: Vec<_> = backup
        .list_backup_jobs()
        .into_paginator()
        .page_size(1_000)
        .items()
        .send()
        .collect::<Result<_, _>>()
        .await
        .expect("all pages");
    assert!(jobs.len() > 1_500, "{}", jobs.len());
    let failed =
        jobs.iter().filter(|job| job.state() == Some(&BackupJobState::Failed));
    assert_eq!(failed.count(), 4);
}

/// Gets a page as a probe does, without a signature.
async fn visit(sim: &Sim, url: &str) -> Result<u16, ConnectorError> {
    let limit = Duration::from_secs(2);
    let connector = sim.http_connector(limit, limit);
    let request = HttpRequest::get(url).expect("a URL");
    let answer = connector.call(request).await?;
    Ok(answer.status().as_u16())
}

#[tokio::test(start_paused = true)]
async fn probes_reach_the_worlds_names_and_nothing_beyond() {
    let sim = play("training-platform");
    let www = "http://www.learn.example/health";
    assert_eq!(visit(&sim, www).await.ok(), Some(200));
    let error = visit(&sim, "https://sts.amazonaws.com/").await;
    let error = error.expect_err("no such name");
    assert!(error.is_io(), "{error:?}");
    let near = "http://learn-web-7c1f0a.eu-west-1.elb.amazonaws.com/health";
    sleep(Duration::from_mins(8)).await;
    let error = visit(&sim, near).await.expect_err("dark");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(visit(&sim, www).await.ok(), Some(503));
}

#[tokio::test(start_paused = true)]
async fn a_degraded_region_answers_some_and_fails_others() {
    let sim = play("training-platform");
    let client = rds(&sim, "eu-west-1");
    sleep(Duration::from_secs(215)).await;
    let mut failed = 0;
    for _ in 0..20 {
        if let Err(error) = client.describe_db_instances().send().await {
            let raw = error.raw_response().expect("an answer");
            assert_eq!(raw.status().as_u16(), 503);
            failed += 1;
        }
    }
    assert_eq!(failed, 6);
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_told_and_not_retried() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::ExpiredToken).in_account(PROD));
    let client = rds(&sim, "eu-central-1");
    let error = client.describe_db_instances().send().await;
    let error = error.expect_err("expired").into_service_error();
    assert_eq!(error.meta().code(), Some("ExpiredToken"));
    let data = config(&sim, DATA, "eu-central-1");
    let data = aws_sdk_rds::Client::new(&data);
    assert!(data.describe_db_instances().send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_assumed_role_acts_in_its_account() {
    let sim = play("quiet");
    let config = config(&sim, PROD, "eu-west-1");
    let sts = aws_sdk_sts::Client::new(&config);
    let assume = sts
        .assume_role()
        .role_arn(format!("arn:aws:iam::{DATA}:role/lifeboat-read"))
        .role_session_name("lifeboat");
    let told = assume.send().await.expect("assumed");
    let got = told.credentials.expect("credentials");
    let credentials = Credentials::new(
        got.access_key_id,
        got.secret_access_key,
        Some(got.session_token),
        None,
        "sim",
    );
    let provider = SharedCredentialsProvider::new(credentials);
    let config = config.to_builder().credentials_provider(provider).build();
    let sts = aws_sdk_sts::Client::new(&config);
    let told = sts.get_caller_identity().send().await.expect("told");
    assert_eq!(told.account(), Some(DATA));
    let arn = told.arn().unwrap_or_default();
    assert!(arn.ends_with(":assumed-role/lifeboat-read/lifeboat"), "{arn}");
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_known_by_the_access_key() {
    let sim = play("quiet");
    for account in [PROD, DATA] {
        let config = config(&sim, account, "eu-central-1");
        let sts = aws_sdk_sts::Client::new(&config);
        let told = sts.get_caller_identity().send().await.expect("told");
        assert_eq!(told.account(), Some(account));
    }
}
