//! The AWS SDK reads every generated answer whole, and its requests are
//! understood.
//!
//! Unlike botocore, the SDK looks at the names of XML roots and elements, and
//! it is the client that this program uses.

mod shapes;

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_backup::Client as Backup;
use aws_sdk_cloudwatch::Client as CloudWatch;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_rds::Client as Rds;
use aws_sdk_rds::types::Filter;
use aws_sdk_route53::Client as Route53;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet,
    ResourceRecordSetFailover, RrType,
};
use aws_sdk_sts::Client as Sts;
use aws_sdk_sts::config::BehaviorVersion;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
    SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::region::Region;
use lifeboat::wire::{
    Kind, Member, Model, Protocol, Request, Response, Service, Value,
    decode_request, encode_fault, encode_response,
};
use serde_json::json;

use shapes::Shapes;

/// Answers of each operation that the SDK reads.
const CASES: usize = 40;

/// What the last request asked for, and the next answer.
#[derive(Clone, Debug, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    service: &'static str,
    output: Value,
    fault: Option<&'static str>,
    protocol: Option<Protocol>,
    input: Value,
}

impl HttpClient for Server {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Server {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().expect("a URI");
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let header = |(k, v): (&str, &str)| (k.to_owned(), v.to_owned());
        let request = Request {
            method: request.method().to_owned(),
            uri: path.to_owned(),
            headers: request.headers().iter().map(header).collect(),
            body: request.body().bytes().unwrap_or_default().to_vec(),
        };
        HttpConnectorFuture::ready(Ok(http_response(self.answer(&request))))
    }
}

fn http_response(response: Response) -> HttpResponse {
    let status = response.status.try_into().expect("a status");
    let mut out = HttpResponse::new(status, SdkBody::from(response.body));
    for (key, value) in response.headers {
        out.headers_mut().insert(key, value);
    }
    out
}

impl Server {
    fn answer(&self, request: &Request) -> Response {
        let mut state = self.0.lock().expect("no test panicked");
        let decoded =
            decode_request(Model::official(), state.service, request);
        let decoded = decoded.expect("the SDK's requests are understood");
        assert_eq!(decoded.unknown, Vec::<String>::new());
        let (op, protocol) = (decoded.operation, decoded.protocol);
        state.input = decoded.input;
        state.protocol = Some(protocol);
        match state.fault {
            Some(code) => {
                let mut fault = op.fault(code, "as told");
                let error = op.error(code).expect("it is modeled");
                let mut shapes = Shapes::new(op.service_model(), code);
                fault.fields = shapes.fields(error);
                encode_fault(Some(&op), protocol, &fault, "id-1")
            }
            None => encode_response(&op, protocol, &state.output, "id-1"),
        }
    }

    fn config(&self, service: &'static str) -> SdkConfig {
        self.0.lock().expect("no test panicked").service = service;
        let keys = Credentials::new("AKID", "secret", None, None, "test");
        SdkConfig::builder()
            .http_client(SharedHttpClient::new(self.clone()))
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .behavior_version(BehaviorVersion::latest())
            .build()
    }

    fn set(&self, output: Value) {
        self.0.lock().expect("no test panicked").output = output;
    }

    fn refuse(&self, code: &'static str) {
        self.0.lock().expect("no test panicked").fault = Some(code);
    }

    /// The input that arrived, and by which protocol.
    fn received(&self) -> (Value, Option<Protocol>) {
        let state = self.0.lock().expect("no test panicked");
        (state.input.clone(), state.protocol)
    }
}

/// Texts of every leaf as Debug would show it, where that is plain.
fn leaves(service: &Service, member: &Member, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let shape = service.shape(member);
    // the SDK shows no secrets, and Route 53's page size as a number
    if shape.sensitive || member.name == "MaxItems" {
        return out;
    }
    match (&shape.kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            for (name, value) in object {
                let member = structure.member(name).expect("it was made");
                out.extend(leaves(service, member, value));
            }
        }
        (Kind::List(element), Value::Array(values)) => {
            let below = values.iter().map(|v| leaves(service, element, v));
            out.extend(below.flatten());
        }
        (Kind::Map(name, element), Value::Object(object)) => {
            for (key, value) in object {
                let key = Value::from(key.as_str());
                out.extend(leaves(service, name, &key));
                out.extend(leaves(service, element, value));
            }
        }
        (Kind::String(values), Value::String(text)) if values.is_empty() => {
            out.push(format!("{text:?}"));
        }
        (Kind::Integer | Kind::Long | Kind::Boolean, value) => {
            out.push(value.to_string());
        }
        (Kind::Timestamp, Value::String(text)) => {
            let second = "1971-01-01T00:00:00".len();
            out.push(text[..second].to_owned());
        }
        _ => {}
    }
    out
}

fn outputs(service: &'static str, name: &str) -> Vec<Value> {
    let model = Model::official().service(service).expect("it is modeled");
    let op = model.operation(name).expect("it is modeled");
    let mut shapes = Shapes::new(model, &format!("sdk {name}"));
    let output = op.output();
    (0..CASES)
        .map(|_| output.map_or_else(|| json!({}), |m| shapes.value(m)))
        .collect()
}

fn lost(
    service: &str,
    name: &str,
    output: &Value,
    debug: &str,
) -> Vec<String> {
    let model = Model::official().service(service).expect("it is modeled");
    let op = model.operation(name).expect("it is modeled");
    let Some(member) = op.output() else { return Vec::new() };
    let mut missing = leaves(model, member, output);
    missing.retain(|leaf| !debug.contains(leaf.as_str()));
    missing
}

macro_rules! reads {
    ($service:literal, $client:expr, $server:expr, {
        $($method:ident $(($($setter:ident = $value:expr),*))? => $name:literal,)*
    }) => {
        $(
            for output in outputs($service, $name) {
                $server.set(output.clone());
                let call = $client.$method()$($(.$setter($value))*)?;
                let read = call.send().await;
                let read = read.unwrap_or_else(|error| {
                    panic!("{}: {error:?} for {output}", $name)
                });
                let debug = format!("{read:?}");
                let lost = lost($service, $name, &output, &debug);
                assert!(lost.is_empty(), "{}: {lost:?} of {debug}", $name);
            }
        )*
    };
}

#[tokio::test]
async fn the_sdk_reads_whole_answers_of_backup() {
    let server = Server::default();
    let client = Backup::new(&server.config("backup"));
    let arn = "arn:aws:backup:eu-west-1:111122223333:recovery-point:1e/5";
    reads!("backup", client, server, {
        list_backup_vaults => "ListBackupVaults",
        describe_backup_vault(backup_vault_name = "v 1") => "DescribeBackupVault",
        list_recovery_points_by_backup_vault(backup_vault_name = "v")
            => "ListRecoveryPointsByBackupVault",
        list_recovery_points_by_resource(resource_arn = arn)
            => "ListRecoveryPointsByResource",
        describe_recovery_point(backup_vault_name = "v", recovery_point_arn = arn)
            => "DescribeRecoveryPoint",
        get_recovery_point_restore_metadata(
            backup_vault_name = "v", recovery_point_arn = arn
        ) => "GetRecoveryPointRestoreMetadata",
        list_backup_jobs => "ListBackupJobs",
        describe_backup_job(backup_job_id = "1") => "DescribeBackupJob",
        start_backup_job => "StartBackupJob",
        list_copy_jobs => "ListCopyJobs",
        describe_copy_job(copy_job_id = "1") => "DescribeCopyJob",
        start_copy_job => "StartCopyJob",
        list_restore_jobs => "ListRestoreJobs",
        describe_restore_job(restore_job_id = "1") => "DescribeRestoreJob",
        start_restore_job => "StartRestoreJob",
        list_protected_resources => "ListProtectedResources",
        describe_protected_resource(resource_arn = arn)
            => "DescribeProtectedResource",
        list_backup_plans => "ListBackupPlans",
        get_backup_plan(backup_plan_id = "p") => "GetBackupPlan",
        list_tags(resource_arn = arn) => "ListTags",
        create_backup_vault(backup_vault_name = "v") => "CreateBackupVault",
    });
}

#[tokio::test]
async fn the_sdk_reads_whole_answers_of_rds_and_sts() {
    let server = Server::default();
    let client = Rds::new(&server.config("rds"));
    reads!("rds", client, server, {
        describe_db_instances => "DescribeDBInstances",
        describe_db_clusters => "DescribeDBClusters",
        describe_global_clusters => "DescribeGlobalClusters",
        describe_db_snapshots => "DescribeDBSnapshots",
        describe_db_cluster_snapshots => "DescribeDBClusterSnapshots",
        describe_db_instance_automated_backups
            => "DescribeDBInstanceAutomatedBackups",
        describe_events => "DescribeEvents",
        promote_read_replica => "PromoteReadReplica",
        create_db_snapshot => "CreateDBSnapshot",
        copy_db_snapshot => "CopyDBSnapshot",
        restore_db_instance_from_db_snapshot
            => "RestoreDBInstanceFromDBSnapshot",
        restore_db_instance_to_point_in_time
            => "RestoreDBInstanceToPointInTime",
        create_db_instance => "CreateDBInstance",
        delete_db_instance => "DeleteDBInstance",
        modify_db_instance => "ModifyDBInstance",
        list_tags_for_resource => "ListTagsForResource",
    });
    let client = Sts::new(&server.config("sts"));
    reads!("sts", client, server, {
        get_caller_identity => "GetCallerIdentity",
    });
}

#[tokio::test]
async fn the_sdk_reads_whole_answers_of_route_53_and_cloudwatch() {
    let server = Server::default();
    let client = Route53::new(&server.config("route53"));
    reads!("route53", client, server, {
        list_hosted_zones => "ListHostedZones",
        get_hosted_zone(id = "/hostedzone/Z1") => "GetHostedZone",
        list_resource_record_sets(hosted_zone_id = "Z1")
            => "ListResourceRecordSets",
        change_resource_record_sets(hosted_zone_id = "Z1")
            => "ChangeResourceRecordSets",
        get_change(id = "/change/C1") => "GetChange",
        list_health_checks => "ListHealthChecks",
        get_health_check(health_check_id = "h") => "GetHealthCheck",
        get_health_check_status(health_check_id = "h")
            => "GetHealthCheckStatus",
        create_health_check => "CreateHealthCheck",
        update_health_check(health_check_id = "h") => "UpdateHealthCheck",
    });
    let client = CloudWatch::new(&server.config("monitoring"));
    reads!("monitoring", client, server, {
        describe_alarms => "DescribeAlarms",
        get_metric_data => "GetMetricData",
        get_metric_statistics => "GetMetricStatistics",
        set_alarm_state => "SetAlarmState",
        put_metric_data => "PutMetricData",
        describe_alarm_history => "DescribeAlarmHistory",
        put_metric_alarm => "PutMetricAlarm",
        list_metrics => "ListMetrics",
    });
    assert_eq!(server.received().1, Some(Protocol::RpcV2Cbor));
}

#[tokio::test]
async fn what_the_sdk_asks_for_arrives_as_it_was_asked() {
    let server = Server::default();
    let arn = "arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:job/1 é";
    let backup = Backup::new(&server.config("backup"));
    server.set(json!({}));
    let call = backup.describe_recovery_point().backup_vault_name("a/b c");
    let call = call.recovery_point_arn(arn);
    call.send().await.expect("an empty answer is one");
    let wanted =
        json!({ "BackupVaultName": "a/b c", "RecoveryPointArn": arn });
    assert_eq!(server.received(), (wanted, Some(Protocol::RestJson1)));

    let since = DateTime::from_secs(1_767_323_045);
    let call = backup.list_copy_jobs().by_created_after(since);
    let call = call.by_resource_arn(arn).max_results(1000);
    call.send().await.expect("an empty answer is one");
    let wanted = json!({
        "ByCreatedAfter": "2026-01-02T03:04:05Z",
        "ByResourceArn": arn,
        "MaxResults": 1000,
    });
    assert_eq!(server.received().0, wanted);

    let rds = Rds::new(&server.config("rds"));
    let filter = Filter::builder()
        .name("db-cluster-id")
        .values("one & two")
        .values("three");
    let filter = filter.build();
    let call = rds.describe_db_instances().filters(filter).max_records(20);
    call.send().await.expect("an empty answer is one");
    let values = json!(["one & two", "three"]);
    let wanted = json!({
        "Filters": [{ "Name": "db-cluster-id", "Values": values }],
        "MaxRecords": 20,
    });
    assert_eq!(server.received(), (wanted, Some(Protocol::AwsQuery)));

    let watch = CloudWatch::new(&server.config("monitoring"));
    let call = watch.set_alarm_state().alarm_name("a").state_reason("b");
    let call = call.state_value(StateValue::Alarm);
    call.send().await.expect("an empty answer is one");
    let wanted = json!({
        "AlarmName": "a", "StateReason": "b", "StateValue": "ALARM",
    });
    assert_eq!(server.received(), (wanted, Some(Protocol::RpcV2Cbor)));
}

#[tokio::test]
async fn a_failover_record_arrives_whole() {
    let server = Server::default();
    let client = Route53::new(&server.config("route53"));
    server.set(outputs("route53", "ChangeResourceRecordSets").remove(0));
    let record = ResourceRecord::builder().value("db.example").build();
    let set = ResourceRecordSet::builder()
        .name("app.example.")
        .r#type(RrType::Cname)
        .set_identifier("primary")
        .failover(ResourceRecordSetFailover::Primary)
        .health_check_id("h-1")
        .ttl(30)
        .resource_records(record.expect("it has a value"));
    let change = Change::builder()
        .action(ChangeAction::Upsert)
        .resource_record_set(set.build().expect("it has a name and a type"));
    let batch = ChangeBatch::builder()
        .changes(change.build().expect("it has an action and a set"));
    let call = client
        .change_resource_record_sets()
        .hosted_zone_id("/hostedzone/Z1")
        .change_batch(batch.build().expect("it has changes"));
    call.send().await.expect("the answer is whole");
    let set = json!({
        "Name": "app.example.",
        "Type": "CNAME",
        "SetIdentifier": "primary",
        "Failover": "PRIMARY",
        "HealthCheckId": "h-1",
        "TTL": 30,
        "ResourceRecords": [{ "Value": "db.example" }],
    });
    let change = json!({ "Action": "UPSERT", "ResourceRecordSet": set });
    let wanted = json!({
        "HostedZoneId": "Z1", "ChangeBatch": { "Changes": [change] },
    });
    assert_eq!(server.received(), (wanted, Some(Protocol::RestXml)));
}

#[tokio::test]
async fn errors_arrive_typed() {
    let server = Server::default();
    server.refuse("ResourceNotFoundException");
    let client = Backup::new(&server.config("backup"));
    let call = client.describe_backup_job().backup_job_id("1");
    let error = call.send().await.expect_err("told to").into_service_error();
    assert!(error.is_resource_not_found_exception());

    server.refuse("DBInstanceNotFound");
    let client = Rds::new(&server.config("rds"));
    let call = client.promote_read_replica().db_instance_identifier("x");
    let error = call.send().await.expect_err("told to").into_service_error();
    assert!(error.is_db_instance_not_found_fault());
    assert_eq!(error.meta().message(), Some("as told"));

    server.refuse("InvalidChangeBatch");
    let client = Route53::new(&server.config("route53"));
    let call = client.change_resource_record_sets().hosted_zone_id("Z1");
    let error = call.send().await.expect_err("told to").into_service_error();
    assert!(error.is_invalid_change_batch());
    assert_eq!(error.meta().message(), Some("as told"));

    server.refuse("ResourceNotFound");
    let client = CloudWatch::new(&server.config("monitoring"));
    let call = client.set_alarm_state().alarm_name("a");
    let error = call.send().await.expect_err("told to").into_service_error();
    assert!(error.is_resource_not_found());
    assert_eq!(error.meta().message(), Some("as told"));
}
