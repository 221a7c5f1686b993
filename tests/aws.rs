//! The AWS edge over the real SDK and the simulated AWS, on paused time.

mod paused;
mod probes;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lifeboat::aws::poll::{Pollers, look_once};
use lifeboat::aws::session::{Session, clock};
use lifeboat::aws::{SERVICES, sources};
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::Kind;
use lifeboat::estate::resource::{DnsAnswer, Origin, RecoveryPoint};
use lifeboat::estate::thing::Thing;
use lifeboat::estate::{Found, Observation, Source, What};
use lifeboat::failure::FailureKind;
use lifeboat::probe::Probes;
use lifeboat::probe::dns::{InProcess, Network, Resolver};
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::listen::listen;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::world::dns::Answer;
use lifeboat::sim::world::vault::Vault;
use lifeboat::sim::{Sim, SimClock};
use paused::{CENTRAL, PROD, WEST, play, session};
use serde_json::{Value, from_str, json, to_value};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

/// The queue of the training platform.
const QUEUE: &str =
    "https://sqs.eu-central-1.amazonaws.com/111122223333/lifeboat";

fn at(region: &str, what: What) -> Source {
    Source::aws(&Account::new(PROD), &Region::new(region), what)
}

async fn look(session: &Arc<Session>, region: &str, what: What) -> Found {
    let source = at(region, what);
    let seen = look_once(session, &source).await;
    assert_eq!(seen.partial, None, "{source}");
    seen.found.unwrap_or_else(|failure| panic!("{source}: {failure}"))
}

async fn points(session: &Arc<Session>, region: &str) -> Vec<RecoveryPoint> {
    match look(session, region, What::Points).await {
        Found::Points(points) => points.to_vec(),
        other => panic!("{other:?}"),
    }
}

/// The targeted looks, at things that the scenario has.
async fn targeted(session: &Arc<Session>) -> Vec<Source> {
    let Found::Instances(instances) =
        look(session, CENTRAL, What::Instances).await
    else {
        panic!("not instances");
    };
    let replica = instances.iter().find(|i| i.replica_of.is_some());
    let replica = replica.expect("a replica");
    let home = "us-east-1";
    let Found::Records(records) = look(session, home, What::Records).await
    else {
        panic!("not records");
    };
    let record = records.iter().find(|r| r.failover.is_some());
    let record = record.expect("a failover record");
    let Found::HealthChecks(checks) =
        look(session, home, What::HealthChecks).await
    else {
        panic!("not health checks");
    };
    let check = checks.iter().find(|c| c.reports.is_some());
    let check = check.expect("a check that reports");
    vec![
        at(CENTRAL, What::Instance(replica.id.clone())),
        at(CENTRAL, What::LagOf(replica.id.clone())),
        at(CENTRAL, What::SnapshotsOf("learn-db".into())),
        at(CENTRAL, What::Queue(QUEUE.into())),
        at(
            CENTRAL,
            What::Reach {
                subnets: "learn-drill-closed".into(),
                guards: vec!["sg-0d811c105ed".into()],
            },
        ),
        at(CENTRAL, What::Cluster("learn-catalog-dr".into())),
        at(CENTRAL, What::GlobalCluster("learn-catalog-global".into())),
        at(CENTRAL, What::ClusterLagOf("learn-catalog-dr".into())),
        at(
            home,
            What::RecordsOf {
                zone: record.zone.clone(),
                name: record.name.clone(),
            },
        ),
        at(home, What::ChangeOf("C0NOSUCHCHANGE".into())),
        at(home, What::Parts(Kind::Member)),
        at(home, What::HealthCheckOf(check.id.clone())),
    ]
}

/// The look at a thing that the scenario has.
fn thing_of(thing: Thing) -> Source {
    let all: Value = from_str(include_str!("aws/things.json")).expect("JSON");
    let name = to_value(thing).expect("a word");
    let name = name.as_str().expect("a word");
    let request = all.get(name).unwrap_or_else(|| panic!("no {name}"));
    at(CENTRAL, thing.asked(request))
}

/// What the simulator was asked, as the table writes it.
fn asked(sim: &Sim, from: usize) -> BTreeSet<String> {
    sim.received()[from..]
        .iter()
        .map(|received| {
            let service = match received.service.as_str() {
                "monitoring" => "cloudwatch",
                other => other,
            };
            format!("{service}:{}", received.operation)
        })
        .collect()
}

/// Operations that only an answer that is not AWS's own makes necessary:
/// older servers list buckets without their Regions. Nor is the
/// configuration of routing controls asked for their endpoints where another
/// look has told of them.
const SELDOM: [&str; 2] =
    ["s3:GetBucketLocation", "route53-recovery-control-config:ListClusters"];

/// The IAM action of an operation: its own name, but for the ones that the
/// Service Authorization Reference calls otherwise; none where none is asked.
fn action(operation: &str) -> Option<String> {
    let action = match operation {
        "sts:GetCallerIdentity" => return None,
        "tagging:GetResources" => "tag:GetResources",
        "s3:ListBuckets" => "s3:ListAllMyBuckets",
        "s3:GetBucketReplication" => "s3:GetReplicationConfiguration",
        "s3:GetObjectLockConfiguration" => {
            "s3:GetBucketObjectLockConfiguration"
        }
        own => own,
    };
    Some(action.to_owned())
}

#[tokio::test(start_paused = true)]
async fn every_row_sends_the_operations_it_names_and_no_other() {
    let sim = play("quiet");
    let session = session(&sim);
    let mut all = sources(&Account::new(PROD), session.regions());
    all.extend(targeted(&session).await);
    all.extend(Thing::ALL.iter().map(|thing| thing_of(*thing)));
    let mut sent: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in &all {
        let Source::Aws { what, .. } = source else { continue };
        let before = sim.received().len();
        let seen = look_once(&session, source).await;
        if !matches!(what, What::ChangeOf(_)) {
            assert!(seen.found.is_ok(), "{source}: {:?}", seen.found);
        }
        sent.entry(what.name()).or_default().extend(asked(&sim, before));
    }
    for row in SERVICES {
        let reads: BTreeSet<_> =
            row.reads.iter().map(ToString::to_string).collect();
        let sent = sent.get(row.name).expect("every row is tried");
        let unasked: BTreeSet<_> = &reads - sent;
        assert_eq!(&unasked | sent, reads, "{}", row.name);
        assert!(unasked.iter().all(|o| SELDOM.contains(&&**o)), "{unasked:?}");
        let needs: BTreeSet<_> =
            row.needs.iter().map(ToString::to_string).collect();
        let reads = reads.iter().filter_map(|read| action(read)).collect();
        assert_eq!(needs, reads, "{}", row.name);
    }
}

/// Starts pollers and gives how long the first answers of every source of
/// `region` took.
async fn first_answers(sim: &Sim, region: &str) -> Duration {
    let session = session(sim);
    let (tx, mut rx) = mpsc::unbounded_channel();
    let started = Instant::now();
    let pollers = Pollers::start(session, BTreeMap::new(), tx);
    let mut waiting: BTreeSet<_> = pollers
        .sources()
        .into_iter()
        .filter(|source| source.region().is_some_and(|r| &**r == region))
        .collect();
    assert!(waiting.len() > 10);
    while !waiting.is_empty() {
        let seen: Observation = rx.recv().await.expect("they go on");
        if seen.source.region().is_some_and(|r| &**r == region) {
            assert!(seen.found.is_ok(), "{}: {:?}", seen.source, seen.found);
        }
        waiting.remove(&seen.source);
    }
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_region_that_never_answers_delays_no_other() {
    let sim = play("quiet");
    let healthy = first_answers(&sim, CENTRAL).await;
    for effect in [Effect::Dark, Effect::Silent] {
        let rule = sim.inject(Rule::every(effect).in_region(WEST));
        let beside = first_answers(&sim, CENTRAL).await;
        assert!(
            beside <= healthy + Duration::from_millis(100),
            "{effect:?}: {beside:?} instead of {healthy:?}"
        );
        sim.lift(rule);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_region_is_probed_seldom_and_its_return_is_noticed() {
    let sim = play("quiet");
    let rule = sim.inject(Rule::every(Effect::Dark).in_region(WEST));
    let (tx, mut rx) = mpsc::unbounded_channel();
    let mut spec = session(&sim).spec().clone();
    spec.regions = vec![Region::new(WEST)];
    let pollers = Pollers::start(Session::new(spec), BTreeMap::new(), tx);
    sleep(Duration::from_mins(5)).await;
    let source = at(WEST, What::Instances);
    let mut looks = Vec::new();
    while let Ok(seen) = rx.try_recv() {
        looks.extend((seen.source == source).then(|| seen.found.is_ok()));
    }
    assert!((12..=30).contains(&looks.len()), "{} looks", looks.len());
    assert!(looks.iter().all(|good| !good));

    sim.lift(rule);
    let back = async {
        while let Some(seen) = rx.recv().await {
            if seen.source == source && seen.found.is_ok() {
                return;
            }
        }
    };
    timeout(Duration::from_secs(25), back).await.unwrap();
    pollers.stop();
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_ordered_does_not_wait_for_its_pace() {
    let sim = play("quiet");
    let (tx, mut rx) = mpsc::unbounded_channel();
    let pollers = Pollers::start(session(&sim), BTreeMap::new(), tx);
    sleep(Duration::from_secs(5)).await;
    while rx.try_recv().is_ok() {}
    let source = at(WEST, What::Vaults);
    let ordered = Instant::now();
    assert!(pollers.look_now(&source));
    loop {
        if rx.recv().await.unwrap().source == source {
            break;
        }
    }
    assert!(ordered.elapsed() < Duration::from_secs(1));
    let other = at(CENTRAL, What::Instance("nobody".into()));
    assert!(pollers.look_now(&other));
    let seen = loop {
        let seen = rx.recv().await.unwrap();
        if seen.source == other {
            break seen;
        }
    };
    assert_eq!(seen.found, Ok(Found::Instances([].into())));
}

#[tokio::test(start_paused = true)]
async fn stopped_pollers_say_nothing_more_and_are_not_waited_for() {
    let sim = play("quiet");
    sim.inject(Rule::every(Effect::Silent));
    let (tx, mut rx) = mpsc::unbounded_channel();
    let pollers = Pollers::start(session(&sim), BTreeMap::new(), tx);
    sleep(Duration::from_secs(1)).await;
    let stopped = Instant::now();
    drop(pollers);
    assert_eq!(stopped.elapsed(), Duration::ZERO);
    assert!(rx.recv().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_told_apart_and_counts_as_applied_unless_proven() {
    let cases = [
        (Effect::Dark, FailureKind::Unreachable, false),
        (Effect::Silent, FailureKind::TimedOut, true),
        (Effect::ServerError, FailureKind::Faulted, true),
        (Effect::Throttled, FailureKind::Throttled, false),
        (
            Effect::Denied,
            FailureKind::Denied {
                action: Some("rds:DescribeDBInstances".into()),
            },
            false,
        ),
        (Effect::ExpiredToken, FailureKind::Expired, false),
        (Effect::LostReset, FailureKind::Unreachable, true),
    ];
    let sim = play("quiet");
    let session = session(&sim);
    for (effect, kind, maybe_applied) in cases {
        let rule = sim.inject(Rule::every(effect));
        let source = at(WEST, What::Instances);
        let seen = look_once(&session, &source).await;
        let failure = seen.found.unwrap_err();
        assert_eq!(failure.kind, kind, "{effect:?}: {failure:?}");
        assert_eq!(failure.maybe_applied, maybe_applied, "{failure:?}");
        assert!(!failure.causes.is_empty(), "{failure:?}");
        assert_eq!(
            failure.request_id.is_some(),
            failure.code.is_some(),
            "{failure:?}"
        );
        sim.lift(rule);
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_as_old_as_its_original_once_that_was_seen() {
    let sim = play("quiet");
    let session = session(&sim);
    let copies = |points: Vec<RecoveryPoint>| -> Vec<RecoveryPoint> {
        points.into_iter().filter(|p| p.origin() == Origin::Copy).collect()
    };
    let alone = copies(points(&session, CENTRAL).await);
    assert!(!alone.is_empty());
    assert!(alone.iter().all(|point| point.data_time().is_none()));

    points(&session, WEST).await;
    look(&session, WEST, What::CopyJobs).await;
    let linked = copies(points(&session, CENTRAL).await);
    let known = linked.iter().filter(|p| p.data_time().is_some()).count();
    assert!(known * 10 > linked.len() * 9, "{known} of {}", linked.len());
    for point in linked.iter().filter(|p| p.data_time().is_some()) {
        assert!(point.data_time() < point.created(), "{point:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_vault_that_fails_leaves_the_others() {
    let sim = play("quiet");
    let session = session(&sim);
    let whole = points(&session, WEST).await.len();
    assert!(whole > 0);
    // The vault that is added is the first by name, and is listed first.
    sim.world(|world| {
        let vault = Vault::new("a-locked-away", world.now());
        let place = world.place_mut(PROD, WEST);
        place.vaults.insert(vault.name.clone(), vault);
    });
    let denied = |when| {
        Rule::every(Effect::Denied)
            .of_operation("ListRecoveryPointsByBackupVault")
            .when(when)
    };
    let rule = sim.inject(denied(When::Nth(1)));
    let seen = look_once(&session, &at(WEST, What::Points)).await;
    let Ok(Found::Points(left)) = seen.found else { panic!("{seen:?}") };
    assert_eq!(left.len(), whole);
    assert!(seen.partial.unwrap().contains("vault a-locked-away"));
    sim.lift(rule);

    sim.inject(denied(When::Always));
    let seen = look_once(&session, &at(WEST, What::Points)).await;
    let failure = seen.found.unwrap_err();
    assert!(matches!(failure.kind, FailureKind::Denied { .. }), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_name_of_the_config_is_watched_once_its_account_is_known() {
    let sim = play("quiet");
    let mut spec = session(&sim).spec().clone();
    spec.accounts[0].id = None;
    // In the simulated AWS the name takes the place of the digits in the
    // key, so it is the digits here.
    spec.accounts[0].name = PROD.into();
    let session = Session::new(spec);
    let (tx, mut rx) = mpsc::unbounded_channel();
    let pollers = Pollers::start(session, BTreeMap::new(), tx);
    assert!(pollers.sources().is_empty());
    let seen = rx.recv().await.unwrap();
    assert_eq!(seen.source, at(WEST, What::Identity));
    let Ok(Found::Identity(identity)) = seen.found else {
        panic!("{:?}", seen.found);
    };
    assert_eq!(&*identity.account, PROD);
    rx.recv().await.unwrap();
    assert!(pollers.sources().len() > 20);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told_as_nothing() {
    let session = session(&play("quiet"));
    let arn = "arn:aws:states:eu-central-1:111122223333:execution:a:b";
    let one = Thing::Execution.asked(&json!({ "executionArn": arn }));
    let none = look(&session, CENTRAL, one).await;
    assert_eq!(none, Found::Things(Arc::new([])));
    let there = thing_of(Thing::Execution);
    let Found::Things(list) = look_once(&session, &there).await.found.unwrap()
    else {
        panic!("not things");
    };
    assert_eq!(list[0]["status"], "FAILED");
}
