//! Volumes, file systems, tables and buckets over the real SDK and the
//! simulated AWS: what each answer says, and the loss that follows from it.

mod paused;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use lifeboat::aws::poll::look_once;
use lifeboat::aws::sources;
use lifeboat::estate::derived::{Derived, Watch};
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::objective::{Standing, State};
use lifeboat::estate::resource::{Origin, RecoveryPoint};
use lifeboat::estate::standing::Via;
use lifeboat::estate::{Estate, Found, Source, What};
use lifeboat::sim::Sim;
use lifeboat::sim::faults::{Effect, Rule};
use paused::{CENTRAL, PROD, WEST, play, session, start};

fn at(region: &str, what: What) -> Source {
    Source::aws(&Account::new(PROD), &Region::new(region), what)
}

/// Looks at everything twice: the second time copies know their originals.
async fn estate(sim: &Sim) -> Estate {
    let session = session(sim);
    let mut estate = Estate::default();
    let all = sources(&Account::new(PROD), session.regions());
    for source in all.iter().chain(&all) {
        estate.apply(look_once(&session, source).await);
    }
    estate
}

fn derived(estate: &Estate, impact: Option<Timestamp>) -> Derived {
    derived_at(estate, impact, start())
}

fn derived_at(
    estate: &Estate,
    impact: Option<Timestamp>,
    now: Timestamp,
) -> Derived {
    let watch = Watch {
        source: Some(WEST.into()),
        target: Some(CENTRAL.into()),
        ..Watch::default()
    };
    Derived::of(estate, &watch, impact, now)
}

fn standing<'a>(derived: &'a Derived, name: &str) -> &'a Standing {
    let mut all = derived.standings.iter();
    all.find(|s| s.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn point<'a>(estate: &'a Estate, what: What, tail: &str) -> &'a RecoveryPoint {
    let Some(Found::Points(points)) = estate.found(&at(CENTRAL, what)) else {
        panic!("no points");
    };
    let mut points = points.iter();
    points.find(|p| p.arn().tail() == tail).expect("it is listed")
}

/// `StartTime` of a copied snapshot is that of the copy (Amazon EC2 API
/// reference, `Snapshot`), `CreationTime` of a copied `FSx` backup that of
/// the copy (Amazon `FSx` API reference, `Backup`).
#[tokio::test(start_paused = true)]
async fn copies_of_snapshots_and_backups_are_as_old_as_their_originals() {
    let estate = estate(&play("quiet")).await;
    let hours = SignedDuration::from_hours;
    let copy = point(&estate, What::VolumeSnapshots, "snap-0d2c95e8f4176ab03");
    assert_eq!(copy.origin(), Origin::SnapshotCopy);
    assert_eq!(copy.data_time(), Some(start() - hours(2)));
    assert_eq!(copy.created(), Some(start() - SignedDuration::from_mins(90)));
    let derived = derived(&estate, None);
    let volume = standing(&derived, "learn-search-data");
    assert_eq!(*copy.resource(), volume.resource);

    let copy = point(&estate, What::ShareBackups, "backup-0a83f5d6b2c19e740");
    assert_eq!(copy.data_time(), Some(start() - hours(20)));
    assert_eq!(copy.created(), Some(start() - hours(18)));
}

#[tokio::test(start_paused = true)]
async fn what_services_keep_themselves_decides_the_loss_in_the_other_region() {
    let estate = estate(&play("quiet")).await;
    let derived = derived(&estate, None);
    let best = |name: &str| -> (State, SignedDuration, String) {
        let found = standing(&derived, name);
        let best = found.copies.iter();
        let best = best.filter(|c| c.region.as_str() == CENTRAL);
        let best = best.max_by_key(|c| c.data_time).expect("a copy");
        let Via::Replica { id, .. } = &best.via else { panic!("{best:?}") };
        (found.state, found.loss.expect("known"), id.clone())
    };
    let minutes = SignedDuration::from_mins;
    let (state, loss, id) = best("learn-content");
    assert_eq!((state, id.as_str()), (State::Inside, "learn-content-dr"));
    assert!(loss < minutes(2), "{loss}");
    let (state, loss, id) = best("learn-sessions");
    let replica = "learn-sessions in eu-central-1";
    assert_eq!((state, id.as_str()), (State::Inside, replica));
    assert!(loss < minutes(1), "{loss}");
    let (_, loss, id) = best("learn-course-drafts");
    assert_eq!(id, "fs-0a7c1e5d93b24f806");
    assert!(loss < minutes(15), "{loss}");
}

/// The writes of the minutes between the last answer and the impact are
/// counted as lost, whatever the other Region says of them.
#[tokio::test(start_paused = true)]
async fn a_silent_region_makes_no_copy_newer() {
    let sim = play("quiet");
    let session = session(&sim);
    let mut estate = estate(&sim).await;
    let before = derived(&estate, None);
    sim.inject(Rule::every(Effect::Dark).in_region(WEST));
    for source in sources(&Account::new(PROD), session.regions()) {
        estate.apply(look_once(&session, &source).await);
    }
    let ended = |source| Some(estate.known(&source)?.seen?.1);
    let all = sources(&Account::new(PROD), session.regions()).into_iter();
    let now = all.filter_map(ended).max().expect("much was seen");
    let after = derived_at(&estate, None, now);
    for name in ["learn-content", "learn-sessions", "learn-course-drafts"] {
        let (before, after) =
            (standing(&before, name), standing(&after, name));
        assert_eq!(after.data_time, before.data_time, "{name}");
        assert!(after.freshness.is_live(), "{name}: {:?}", after.freshness);
    }
}

#[tokio::test(start_paused = true)]
async fn every_check_of_storage_finds_what_the_scenario_hides() {
    let estate = estate(&play("quiet")).await;
    let derived = derived(&estate, None);
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for verdict in derived.posture.iter() {
        found.entry(verdict.code).or_default().push(&verdict.what);
    }
    let wanted = [
        ("ebs-unencrypted", "learn-bastion"),
        ("ebs-orphans", "up to $27 a month"),
        ("image-broken", "learn-lti-golden"),
        ("recycle-bin", "2 things lie"),
        ("tagged-unprotected", "learn-render-scratch"),
        ("tagged-unprotected", "learn-lab-share"),
        ("efs-stopped", "learn-transcripts"),
        ("efs-behind", "learn-uploads"),
        ("pitr-off", "learn-badges"),
        ("replica-stopped", "learn-payments"),
        ("s3-replication-fails", "learn-submissions"),
        ("s3-unversioned", "learn-avatars"),
    ];
    for (code, name) in wanted {
        let of = found.get(code).cloned().unwrap_or_default();
        assert!(of.iter().any(|what| what.contains(name)), "{code}: {of:?}");
    }
    let unsure: BTreeSet<_> = derived
        .unsure
        .iter()
        .map(|verdict| verdict.code)
        .filter(|code| wanted.iter().any(|(wanted, _)| wanted == code))
        .collect();
    assert_eq!(unsure, BTreeSet::new());
}

#[tokio::test(start_paused = true)]
async fn a_denied_list_leaves_its_checks_unsure_and_no_volume_outside() {
    let sim = play("quiet");
    let denied = Rule::every(Effect::Denied);
    sim.inject(denied.of_operation("DescribeSnapshots"));
    let estate = estate(&sim).await;
    let derived = derived(&estate, None);
    let mut told = derived.unsure.iter();
    let told = told.find(|v| v.code == "ebs-orphans").expect("unsure");
    assert!(told.what.starts_with("cannot tell"), "{}", told.what);
    let volume = standing(&derived, "learn-render-scratch");
    assert_eq!(volume.state, State::Unknown);
}
