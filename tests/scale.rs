//! An estate of three accounts, four Regions and 100,000 recovery points, on
//! a simulated AWS that enforces the rates AWS publishes: the picture
//! becomes whole, nobody is throttled, and three quarters of every rate are
//! left to others.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;

use std::alloc::System;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use flow::{Flow, play};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use lifeboat::aws::poll::look_once;
use lifeboat::aws::session::Session;
use lifeboat::estate::ids::{Account, JobId, Region};
use lifeboat::estate::resource::Job;
use lifeboat::estate::{Estate, Found, Freshness, Source, What};
use lifeboat::failure::FailureKind;
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::rates::{Budgets, SHARE, buckets};
use lifeboat::screens::AccountInfo;
use lifeboat::shell::wiring::Parts;
use lifeboat::sim::world::vault::{Point, Protected, Vault};
use lifeboat::sim::{Received, Sim};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region as Counted, StatsAlloc};
use tokio::sync::Mutex;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time: the allocator counts for the whole process.
static TURN: Mutex<()> = Mutex::const_new(());

const ACCOUNTS: [(&str, &str); 3] = [
    ("111122223333", "learn-prod"),
    ("444455556666", "learn-data"),
    ("777788889999", "learn-vaults"),
];
const REGIONS: [&str; 4] =
    ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"];

const POINTS: usize = 100_000;

/// Recovery points of one resource.
const OF_ONE: usize = 200;

/// For how long nothing but the usual is asked.
const STEADY: Duration = Duration::from_mins(2);

fn places() -> impl Iterator<Item = (&'static str, &'static str)> {
    ACCOUNTS.iter().flat_map(|(id, _)| REGIONS.map(|region| (*id, region)))
}

/// Puts so many recovery points into the world, evenly over its places.
fn fill(sim: &Sim, points: usize) {
    let all: Vec<_> = places().collect();
    for (index, place) in all.iter().enumerate() {
        let more = usize::from(index < points % all.len());
        fill_place(sim, *place, points / all.len() + more);
    }
}

fn fill_place(sim: &Sim, (account, region): (&str, &str), points: usize) {
    let now = sim.now();
    sim.world(|world| {
        world.add_vault(account, region, Vault::new("bulk-vault", now));
        for n in (0..points).rev() {
            let name = format!("fs-{:04}", n / OF_ONE);
            let arn = format!(
                "arn:aws:elasticfilesystem:{region}:{account}:file-system/\
                 {name}"
            );
            if n % OF_ONE == 0 {
                let held = Protected::new(&arn, "EFS", &name);
                world.add_protected(account, region, held);
            }
            let minutes = i64::try_from(n).unwrap() * 6;
            let at = now - SignedDuration::from_mins(minutes);
            let mut point = Point::new("bulk-vault", &arn, "EFS", at);
            point.resource_name = name;
            world.add_point(account, region, point);
        }
    });
}

fn parts(sim: &Sim, disk: &MemoryDisk) -> Parts {
    let mut setting = flow::setting();
    setting.accounts = ACCOUNTS
        .map(|(id, name)| AccountInfo {
            id: Account::new(id),
            name: Some(name.into()),
            environment: Some("PROD".into()),
        })
        .to_vec();
    setting.regions = REGIONS.map(Region::new).to_vec();
    flow::parts_for(setting, sim, disk, None, Estate::default())
}

/// A console on a quiet day with so many points more; the rates hold.
fn console(points: usize) -> Flow {
    let sim = play("quiet", 1);
    sim.limit(true);
    fill(&sim, points);
    let disk = MemoryDisk::new();
    Flow::of(parts(&sim, &disk), sim, disk, (160, 48))
}

/// Every source that is not whole and live, and why.
fn lacking(flow: &Flow) -> Vec<String> {
    let estate = &flow.console.model.estate;
    let now = flow.sim.now();
    estate
        .sources()
        .filter_map(|(source, known)| {
            match known.freshness(now, estate.pace(source)) {
                Freshness::Live { .. } => None,
                other => Some(format!("{source}: {other:?}")),
            }
        })
        .collect()
}

/// Lets the console go on until everything was seen; gives how long it took.
async fn complete(flow: &mut Flow) -> Duration {
    let begun = Instant::now();
    loop {
        flow.wait(Duration::from_secs(1)).await;
        let lacks = lacking(flow);
        if lacks.is_empty() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_mins(5), "{lacks:#?}");
    }
}

/// How many recovery points each place has, and how many of them are seen.
fn counted(flow: &Flow) -> Vec<(usize, usize)> {
    places()
        .map(|(account, region)| {
            let there = flow.sim.world(|world| {
                let place = world.place(account, region);
                place.map_or(0, |place| place.points.all().len())
            });
            let source = Source::aws(
                &Account::new(account),
                &Region::new(region),
                What::Points,
            );
            let seen = match flow.console.model.estate.found(&source) {
                Some(Found::Points(points)) => points.len(),
                other => panic!("{source}: {other:?}"),
            };
            (there, seen)
        })
        .collect()
}

/// The requests of each bucket: when they came, and the rate it has.
type Asked = BTreeMap<String, (Vec<Timestamp>, f64)>;

fn asked(received: &[Received]) -> Asked {
    let mut asked = Asked::new();
    for one in received {
        for bucket in buckets(&one.service, &one.operation) {
            let Received { account, region, service, .. } = one;
            let name = format!("{account} {region} {service} {}", bucket.name);
            let of = asked.entry(name);
            let of = of.or_insert((Vec::new(), bucket.per_second));
            of.0.push(one.at);
        }
    }
    asked
}

/// The most that came within one second.
fn peak(times: &[Timestamp]) -> usize {
    let within = |from: &Timestamp| {
        let until = *from + SignedDuration::from_secs(1);
        times.iter().filter(|at| *from <= **at && **at < until).count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

/// No bucket is asked for more than our share, neither on average nor in
/// any second; a rate below one a second still allows one request.
fn within_our_share(asked: &Asked, time: Duration) {
    for (name, (times, rate)) in asked {
        let ours = rate * SHARE;
        #[expect(clippy::cast_precision_loss, reason = "few enough")]
        let (count, peak) = (times.len() as f64, peak(times) as f64);
        let average = count / time.as_secs_f64();
        assert!(average <= ours, "{name}: {average} of {ours} a second");
        assert!(peak <= ours.ceil(), "{name}: {peak} of {ours} in a second");
    }
}

/// What the console holds, in bytes: what is free once it is gone.
async fn held(flow: Flow) -> usize {
    let counted = Counted::new(ALLOCATOR);
    let Flow { console, sim, .. } = flow;
    console.finish();
    for _ in 0..100 {
        yield_now().await;
    }
    let change = counted.change();
    drop(sim);
    change.bytes_deallocated - change.bytes_allocated
}

#[tokio::test(start_paused = true)]
async fn a_console_of_100_000_points_leaves_three_quarters_of_every_rate() {
    let _alone = TURN.lock().await;
    let mut flow = console(POINTS);
    let took = complete(&mut flow).await;
    println!("complete after {took:?}");
    let all = counted(&flow);
    assert!(all.iter().all(|(there, seen)| there == seen), "{all:?}");
    assert!(all.iter().map(|(_, seen)| seen).sum::<usize>() >= POINTS);

    let from = flow.sim.now();
    let before = flow.sim.received().len();
    flow.wait(STEADY).await;
    assert_eq!(lacking(&flow), [] as [String; 0]);
    let received = flow.sim.received();
    assert!(received.len() < 20_000, "the log forgets");
    let throttled = received.iter().filter(|one| one.throttled).count();
    assert_eq!(throttled, 0, "of {}", received.len());
    let steady: Vec<_> =
        received.iter().filter(|one| one.at >= from).cloned().collect();
    println!("{before} requests, then {} in {STEADY:?}", steady.len());
    within_our_share(&asked(&steady), STEADY);
    within_our_share(&asked(&received), took + STEADY);

    let with = held(flow).await;
    let mut base = console(0);
    complete(&mut base).await;
    let without = held(base).await;
    let each = (with - without) / POINTS;
    println!("{each} bytes a point over {without} bytes");
    assert!(each <= 200, "{each} bytes a point");
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_the_same_world_throttles() {
    let _alone = TURN.lock().await;
    let sim = play("quiet", 1);
    sim.limit(true);
    let mut spec = parts(&sim, &MemoryDisk::new()).session;
    spec.budgets = Budgets::unlimited();
    let session = Session::new(spec);
    let source = Source::aws(
        &Account::new(ACCOUNTS[0].0),
        &Region::new(REGIONS[0]),
        What::Vaults,
    );
    let looks = (0..60).map(|_| look_once(&session, &source));
    let seen = join_all(looks).await;
    let kinds = seen.into_iter().filter_map(|seen| seen.found.err());
    let throttled = kinds.filter(|why| why.kind == FailureKind::Throttled);
    assert!(throttled.count() > 0);
    assert!(sim.received().iter().any(|one| one.throttled));
}

/// What lists of recovery points were asked for since: all, or what is new.
fn lists(sim: &Sim, since: usize) -> (usize, usize) {
    let received = sim.received().split_off(since);
    let lists = received
        .iter()
        .filter(|one| one.operation == "ListRecoveryPointsByBackupVault");
    let (new, all): (Vec<_>, Vec<_>) = lists.partition(|one| {
        let has = |member: &str| one.input.get(member).is_some();
        has("ByCreatedAfter") && !has("ByCreatedBefore")
    });
    (all.len(), new.len())
}

#[tokio::test(start_paused = true)]
async fn between_two_sweeps_only_what_is_new_is_asked_for() {
    let _alone = TURN.lock().await;
    let sim = play("quiet", 1);
    let place = ("777788889999", "us-west-2");
    fill_place(&sim, place, 3_000);
    let session = Session::new(parts(&sim, &MemoryDisk::new()).session);
    let source = Source::aws(&place.0.into(), &place.1.into(), What::Points);
    // How many points are seen, and how many lists of all and of what is
    // new that took.
    let look = async || {
        let since = sim.received().len();
        let seen = look_once(&session, &source).await;
        assert_eq!(seen.partial, None);
        let Found::Points(points) = seen.found.unwrap() else { panic!() };
        let (all, new) = lists(&sim, since);
        (points, all, new)
    };
    let (first, all, _) = look().await;
    assert_eq!(first.len(), 3_000);
    assert!(all >= 3, "in windows of time: {all}");

    let (second, all, new) = look().await;
    assert!(Arc::ptr_eq(&first, &second), "the very list");
    assert_eq!((all, new), (0, 1));

    let made = sim.world(|world| {
        let arn = first[0].resource().to_string();
        let now = world.now();
        let point = Point::new("bulk-vault", &arn, "EFS", now);
        world.add_point(place.0, place.1, point)
    });
    let (third, all, new) = look().await;
    assert_eq!((third.len(), all, new), (3_001, 0, 1));
    assert!(third.iter().any(|point| point.arn().as_str() == made));

    sim.world(|world| {
        let there = world.place_mut(place.0, place.1);
        assert!(there.points.remove(first[7].arn().as_str()));
    });
    let (fourth, all, _) = look().await;
    assert_eq!(fourth.len(), 3_000);
    assert!(all >= 3, "the count of the vault tells of it: {all}");

    sleep(Duration::from_mins(16)).await;
    let (_, all, _) = look().await;
    assert!(all >= 3, "time for a sweep: {all}");
}

fn ids(jobs: &[Job]) -> BTreeSet<JobId> {
    jobs.iter().map(|job| job.id.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn jobs_are_listed_whole_once_and_then_from_the_oldest_that_moves() {
    let _alone = TURN.lock().await;
    let sim = play("quiet", 1);
    let session = Session::new(parts(&sim, &MemoryDisk::new()).session);
    let (account, region) = (ACCOUNTS[0].0, REGIONS[0]);
    let source =
        Source::aws(&account.into(), &region.into(), What::BackupJobs);
    // The jobs that are seen, and since how long before now they were
    // asked for.
    let look = async || {
        let from = sim.received().len();
        let seen = look_once(&session, &source).await;
        assert_eq!(seen.partial, None);
        let Found::Jobs(jobs) = seen.found.unwrap() else { panic!() };
        let received = sim.received().split_off(from);
        let after = received[0].input["ByCreatedAfter"].clone();
        let after: Timestamp = after.as_str().unwrap().parse().unwrap();
        (jobs, sim.now().duration_since(after))
    };
    let (first, back) = look().await;
    assert!(first.len() > 3, "{first:?}");
    assert!(back.as_hours() >= 7 * 24 - 1, "{back}");
    let (second, back) = look().await;
    assert_eq!(ids(&first), ids(&second), "those that ended go on");
    let moved = |one: &&Job| !second.contains(one);
    assert!(first.iter().filter(moved).all(|one| one.ended.is_none()));
    assert!(back.as_hours() < 7, "{back}");
    session.press(Duration::from_secs(1));
    sleep(Duration::from_mins(16)).await;
    let (_, back) = look().await;
    assert!(back.as_hours() >= 7 * 24 - 1, "time for a sweep: {back}");
}
