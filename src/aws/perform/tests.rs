use super::*;
use crate::aws::canned::{ACCOUNT, Canned};
use crate::aws::session::Way;
use crate::estate::ids::{Account, Arn, Region, ZoneId};
use crate::estate::part::arc::Endpoint;
use crate::estate::resource::RecordSet;
use crate::runbook::call::arc::SetRoutingControls;
use crate::runbook::call::rds::{
    DeleteInstance, FailoverGlobalCluster, NewWriter, PromoteReadReplica,
    RestoreInstance, SwitchoverGlobalCluster,
};
use crate::runbook::call::route53::{SetWeights, UpsertRecord};
use crate::runbook::unattended::Rule;

fn promotion(account: &str) -> Call {
    Call::RdsPromoteReadReplica(PromoteReadReplica {
        account: Account::new(account),
        region: Region::new("eu-central-1"),
        instance: "learn-db-replica".into(),
        backup_retention_days: Some(7),
    })
}

fn switch() -> Call {
    let zone = ZoneId::new("Z0LEARN");
    Call::Route53UpsertRecord(UpsertRecord {
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
    })
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
    let Outcome::Accepted { answer, .. } = sent(&out, &switch()).await else {
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
    let Outcome::Refused { failure } = sent(&out, &promotion(ACCOUNT)).await
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

const GLOBAL: &str = "arn:aws:rds:eu-central-1:111122223333:cluster:dr";

fn move_writer(lossy: bool) -> Call {
    let account = Account::new(ACCOUNT);
    let (global, target) = ("catalog".to_owned(), Arn::new(GLOBAL));
    let region = if lossy { "eu-central-1" } else { "eu-west-1" };
    let to =
        NewWriter { account, region: Region::new(region), global, target };
    if lossy {
        Call::RdsFailoverGlobalCluster(FailoverGlobalCluster(to))
    } else {
        Call::RdsSwitchoverGlobalCluster(SwitchoverGlobalCluster(to))
    }
}

/// In the shape of the API reference, `FailoverGlobalCluster` and
/// `GlobalCluster`.
const MOVING: &str = "<FailoverGlobalClusterResponse \
    xmlns='http://rds.amazonaws.com/doc/2014-10-31/'>\
    <FailoverGlobalClusterResult><GlobalCluster>\
    <GlobalClusterIdentifier>catalog</GlobalClusterIdentifier>\
    <Status>failing-over</Status><FailoverState><Status>pending</Status>\
    <IsDataLossAllowed>true</IsDataLossAllowed></FailoverState>\
    </GlobalCluster></FailoverGlobalClusterResult><ResponseMetadata>\
    <RequestId>6a8e0bb5</RequestId></ResponseMetadata>\
    </FailoverGlobalClusterResponse>";

#[tokio::test]
async fn that_data_may_be_lost_is_said_where_it_is_and_nowhere_else() {
    let out = Canned::saying(200, MOVING);
    let wanted = Outcome::Accepted {
        request_id: Some("6a8e0bb5".into()),
        answer: None,
    };
    assert_eq!(sent(&out, &move_writer(true)).await, wanted);
    let switching = MOVING.replace("Failover", "Switchover");
    let switching = switching.replace("SwitchoverState", "FailoverState");
    let calm = Canned::saying(200, switching.leak());
    assert_eq!(sent(&calm, &move_writer(false)).await, wanted);
    let ([lossy], [calm]) = (&out.sent()[..], &calm.sent()[..]) else {
        panic!("not once");
    };
    assert!(lossy.contains("rds.eu-central-1.amazonaws.com"), "{lossy}");
    assert!(lossy.contains("AllowDataLoss=true"), "{lossy}");
    assert!(calm.contains("Action=SwitchoverGlobalCluster"), "{calm}");
    assert!(calm.contains("rds.eu-west-1.amazonaws.com"), "{calm}");
    assert!(!calm.contains("AllowDataLoss"), "{calm}");
}

#[tokio::test]
async fn a_global_database_in_another_state_is_a_conflict() {
    let out = Canned::saying(
        400,
        "<ErrorResponse><Error><Type>Sender</Type>\
         <Code>InvalidGlobalClusterStateFault</Code>\
         <Message>Global cluster catalog is failing-over.</Message>\
         </Error><RequestId>6a8e0bb5</RequestId></ErrorResponse>",
    );
    let Outcome::Refused { failure } = sent(&out, &move_writer(true)).await
    else {
        panic!("not refused");
    };
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn several_weights_go_out_as_one_batch() {
    let Call::Route53UpsertRecord(UpsertRecord {
        account,
        zone,
        record,
        comment,
    }) = switch()
    else {
        panic!("another call");
    };
    let weighted = |identifier: &str, weight| RecordSet {
        identifier: Some(identifier.into()),
        weight: Some(weight),
        ..record.clone()
    };
    let records = vec![weighted("west", 0), weighted("central", 100)];
    let call = Call::Route53SetWeights(SetWeights {
        account,
        zone,
        records,
        comment,
    });
    let out = Canned::saying(
        200,
        "<ChangeResourceRecordSetsResponse \
         xmlns='https://route53.amazonaws.com/doc/2013-04-01/'>\
         <ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status>\
         <SubmittedAt>2026-11-23T09:41:00Z</SubmittedAt>\
         </ChangeInfo></ChangeResourceRecordSetsResponse>",
    );
    let outcome = sent(&out, &call).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
    assert_eq!(request.matches("UPSERT").count(), 2, "{request}");
    assert!(request.contains("<Weight>100</Weight>"), "{request}");
}

fn flip_west_off() -> Call {
    let at = |region: &str| Endpoint {
        region: region.into(),
        url: format!("https://one.{region}.example/v1"),
    };
    Call::ArcSetRoutingControls(SetRoutingControls {
        account: Account::new(ACCOUNT),
        cluster: "learn-traffic".into(),
        endpoints: ["us-east-1", "eu-west-1", "us-west-2"].map(at).into(),
        states: vec![("arn:west".into(), false)],
    })
}

#[tokio::test]
async fn one_endpoint_of_a_cluster_that_takes_the_states_is_enough() {
    let out = Canned::saying(200, "{}");
    let outcome = sent(&out, &flip_west_off()).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
    assert!(request.contains("one.us-east-1.example"), "{request}");
    assert!(request.contains(r#""RoutingControlState":"Off""#), "{request}");
}

#[tokio::test(start_paused = true)]
async fn every_endpoint_is_asked_once_before_it_is_given_up() {
    let dark = Canned::broken("client error (Connect): refused");
    let outcome = sent(&dark, &flip_west_off()).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    assert_eq!(dark.sent().len(), 3);
    for out in [
        Canned::silent(),
        Canned::broken("connection closed before message completed"),
    ] {
        let outcome = sent(&out, &flip_west_off()).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        assert_eq!(out.sent().len(), 3, "{out:?}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_safety_rule_and_is_not_taken_elsewhere() {
    let out = Canned::saying(
        409,
        r#"{"__type":"ConflictException","message":"The change would violate safety rule www-one-on."}"#,
    );
    let Outcome::Refused { failure } = sent(&out, &flip_west_off()).await
    else {
        panic!("not refused");
    };
    assert!(failure.to_string().contains("www-one-on"), "{failure}");
    assert_eq!(out.sent().len(), 1);
}

fn made_by(drill: &str) -> [Call; 2] {
    let (account, region) =
        (Account::new(ACCOUNT), Region::new("eu-central-1"));
    let tag = ("lifeboat:drill".to_owned(), drill.to_owned());
    let restore = Call::RdsRestoreInstance(RestoreInstance {
        account: account.clone(),
        region: region.clone(),
        instance: "drill-copy".into(),
        snapshot: Arn::new("arn:aws:rds:eu-central-1:1:snapshot:s-1"),
        class: Some("db.t4g.medium".into()),
        subnets: "closed".into(),
        guards: vec!["sg-1".into()],
        tags: [tag.clone()].into(),
    });
    let arn = restore.creates().expect("it makes an instance").into();
    let instance = "drill-copy".into();
    let delete = Call::RdsDeleteInstance(DeleteInstance {
        account,
        region,
        instance,
        arn,
        tag,
    });
    [restore, delete]
}

#[tokio::test]
async fn a_copy_goes_out_with_its_tag_and_no_public_address() {
    let out = Canned::saying(
        200,
        "<RestoreDBInstanceFromDBSnapshotResponse \
         xmlns='http://rds.amazonaws.com/doc/2014-10-31/'>\
         <RestoreDBInstanceFromDBSnapshotResult><DBInstance/>\
         </RestoreDBInstanceFromDBSnapshotResult><ResponseMetadata>\
         <RequestId>6a8e0bb5</RequestId></ResponseMetadata>\
         </RestoreDBInstanceFromDBSnapshotResponse>",
    );
    let [restore, _] = made_by("INC-1");
    let outcome = sent(&out, &restore).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
    for part in [
        "Action=RestoreDBInstanceFromDBSnapshot",
        "PubliclyAccessible=false",
        "DBSubnetGroupName=closed",
        "VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-1",
        "Tags.Tag.1.Key=lifeboat%3Adrill",
        "Tags.Tag.1.Value=INC-1",
    ] {
        assert!(request.contains(part), "{part}: {request}");
    }
}

#[tokio::test]
async fn a_deletion_leaves_neither_snapshot_nor_backups_behind() {
    let out = Canned::saying(
        200,
        "<DeleteDBInstanceResponse \
         xmlns='http://rds.amazonaws.com/doc/2014-10-31/'>\
         <DeleteDBInstanceResult><DBInstance/></DeleteDBInstanceResult>\
         <ResponseMetadata><RequestId>6a8e0bb5</RequestId>\
         </ResponseMetadata></DeleteDBInstanceResponse>",
    );
    let [_, delete] = made_by("INC-1");
    let outcome = sent(&out, &delete).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
    assert!(request.contains("DBInstanceIdentifier=drill-copy"), "{request}");
    assert!(request.contains("SkipFinalSnapshot=true"), "{request}");
    assert!(request.contains("DeleteAutomatedBackups=true"), "{request}");
}

#[tokio::test]
async fn with_nobody_at_hand_only_the_drills_own_calls_are_sent() {
    let out = Canned::saying(200, "");
    let free = out.session().write_access(Way::Operate);
    let rule = Rule::of([Account::new(ACCOUNT)]);
    let bound = free.clone().within(Some(rule));
    let elsewhere = free.clone().within(Some(Rule::default()));
    for call in made_by("INC-1") {
        assert_eq!(kept_back(&bound, &call, "INC-1"), None);
        assert!(kept_back(&bound, &call, "INC-2").is_some());
        assert!(kept_back(&elsewhere, &call, "INC-1").is_some());
        assert_eq!(kept_back(&free, &call, "INC-2"), None);
    }
    let other = promotion(ACCOUNT);
    let why = kept_back(&bound, &other, "INC-1").expect("it is kept back");
    assert!(why.contains("only what this drill made"), "{why}");
    assert_eq!(kept_back(&free, &other, "INC-1"), None);
}
