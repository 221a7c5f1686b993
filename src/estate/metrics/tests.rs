use std::slice;

use serde_json::json;

use super::*;
use crate::estate::cost::Cost;
use crate::estate::derived::Derived;
use crate::estate::fixture::{
    self, CENTRAL, DB, WEST, ago, aimed, db, denied, now, parts, point,
    points, saw,
};
use crate::estate::ids::Region;
use crate::estate::part::Kind;
use crate::estate::price::Usd;
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{Job, JobKind, JobState};
use crate::estate::{Found, What};

fn mins(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn job(kind: JobKind, state: JobState, begun: i64, took: i64) -> Job {
    Job {
        id: format!("{kind:?}-{begun}").into(),
        created: ago(begun),
        ended: Some(ago(begun - took)),
        ..fixture::job(kind, state)
    }
}

/// What was measured of an estate, with these drills behind it.
struct Measured<'a> {
    estate: &'a Estate,
    past: &'a [Practice],
    cost: Cost,
    simulated: Option<&'a str>,
    success: Option<u8>,
    now: Timestamp,
}

impl<'a> Measured<'a> {
    fn of(estate: &'a Estate) -> Self {
        let (past, cost) = (&[][..], Cost::default());
        let (simulated, success) = (None, None);
        Measured { estate, past, cost, simulated, success, now: now() }
    }

    fn after(past: &'a [Practice], estate: &'a Estate) -> Self {
        Measured { past, ..Measured::of(estate) }
    }

    fn get(&self, wanted: Measure) -> Metric {
        let derived = Derived::of(self.estate, &aimed(), None, self.now);
        let all = metrics(Scene {
            estate: self.estate,
            standings: &derived.standings,
            cost: &self.cost,
            past: self.past,
            simulated: self.simulated,
            endpoint: None,
            success: self.success,
            now: self.now,
        });
        assert_eq!(all.len(), 7);
        let one = all.into_iter().find(|one| one.measure == wanted);
        one.expect("all are measured")
    }
}

fn unknown(metric: &Metric) -> &str {
    metric.value.as_ref().expect_err("it is unknown")
}

fn words(metric: &Metric) -> String {
    metric.value.as_ref().expect("it is known").words()
}

#[test]
fn nothing_seen_is_seven_unknowns_with_reasons_and_never_a_zero() {
    let estate = Estate::default();
    let measured = Measured::of(&estate);
    for measure in Measure::ALL {
        let metric = measured.get(measure);
        assert!(!unknown(&metric).is_empty(), "{measure:?}");
        assert_eq!(metric.stand, Stand::Unknown, "{measure:?}");
        assert!(!measure.definition().is_empty());
    }
}

fn jobs(bad: JobState) -> Estate {
    let mut estate = Estate::default();
    let good = |begun| job(JobKind::Backup, JobState::Completed, begun, 5);
    let backups = [
        good(60),
        good(120),
        job(JobKind::Backup, JobState::Running, 3, 0),
        // Longer ago than the window.
        job(JobKind::Backup, JobState::Failed, 60 * 24 * 8, 5),
    ];
    let copies = [
        job(JobKind::Copy, JobState::Completed, 50, 5),
        job(JobKind::Copy, bad, 40, 5),
    ];
    let west = &mut estate;
    saw(west, WEST, What::BackupJobs, Found::Jobs(backups.into()));
    saw(west, WEST, What::CopyJobs, Found::Jobs(copies.into()));
    estate
}

#[test]
fn backup_success_counts_what_ended_in_the_window() {
    for bad in [JobState::Failed, JobState::Partial] {
        let estate = jobs(bad);
        let metric = Measured::of(&estate).get(Measure::BackupSuccess);
        assert_eq!(words(&metric), "75.0 % (3 of 4)");
        assert_eq!(metric.stand, Stand::NoObjective);
        let [look, failed, ..] = &metric.evidence[..] else { panic!() };
        assert_eq!(look.at, now());
        assert!(failed.what.contains("AccessDenied kms:CreateGrant"));
    }
}

#[test]
fn backup_success_is_held_against_the_least_share() {
    let estate = jobs(JobState::Failed);
    let stand = |success| {
        let measured =
            Measured { success: Some(success), ..Measured::of(&estate) };
        measured.get(Measure::BackupSuccess).stand
    };
    assert_eq!(stand(75), Stand::Met);
    assert_eq!(stand(76), Stand::Missed);
}

#[test]
fn a_denied_list_of_jobs_makes_backup_success_unknown() {
    let mut estate = jobs(JobState::Completed);
    denied(&mut estate, CENTRAL, What::CopyJobs);
    let measured = Measured { success: Some(90), ..Measured::of(&estate) };
    let metric = measured.get(Measure::BackupSuccess);
    assert!(unknown(&metric).contains("backup/copy-jobs eu-central-1"));
    assert_eq!(
        metric.so_far.as_deref(),
        Some("100.0 % (4 of 4) of what was seen")
    );
    assert_eq!(metric.stand, Stand::Unknown);
}

#[test]
fn a_share_is_never_rounded_up_to_all() {
    let share = Value::Share { of: 99_999, all: 100_000 };
    assert_eq!(share.words(), "99.9 % (99999 of 100000)");
}

fn protected(minutes: i64) -> Estate {
    let mut estate = Estate::default();
    let db = Found::Instances([db("Silver")].into());
    saw(&mut estate, WEST, What::Instances, db);
    let copy = Fields { data_time: Some(ago(minutes)), ..point() };
    saw(&mut estate, CENTRAL, What::Points, points(&[copy]));
    estate
}

#[test]
fn snapshot_freshness_is_the_share_inside_the_rpo() {
    let estate = protected(20);
    let metric = Measured::of(&estate).get(Measure::SnapshotFreshness);
    assert_eq!(words(&metric), "100.0 % (1 of 1)");
    assert_eq!(metric.stand, Stand::Met);
    let seen = &metric.evidence[0];
    assert_eq!(seen.at, ago(20), "the data time, not that of the copy");
    assert!(seen.source.starts_with("backup/points eu-central-1"));

    let estate = protected(90);
    let metric = Measured::of(&estate).get(Measure::SnapshotFreshness);
    assert_eq!(words(&metric), "0.0 % (0 of 1)");
    assert_eq!(metric.stand, Stand::Missed);
}

#[test]
fn freshness_by_old_answers_is_unknown() {
    let estate = protected(20);
    let later = now() + SignedDuration::from_mins(30);
    let measured = Measured { now: later, ..Measured::of(&estate) };
    let metric = measured.get(Measure::SnapshotFreshness);
    assert!(unknown(&metric).starts_with("1 of 1, learn-db"));
    assert_eq!(metric.stand, Stand::Unknown);
}

fn restored(minutes: i64) -> Estate {
    let mut estate = protected(20);
    let proof = json!({ "proof": {
        "arn": DB, "name": "learn-db", "told": true,
        "restored": ago(600).to_string(), "minutes": minutes, "unknown": [],
    } });
    let what = What::Parts(Kind::Proof);
    saw(&mut estate, WEST, what.clone(), parts(slice::from_ref(&proof)));
    // The other Region tells of the same restore.
    saw(&mut estate, CENTRAL, what, parts(&[proof]));
    let jobs = [
        job(JobKind::Restore, JobState::Completed, 500, 38),
        job(JobKind::Restore, JobState::Failed, 400, 300),
    ];
    saw(&mut estate, WEST, What::RestoreJobs, Found::Jobs(jobs.into()));
    estate
}

#[test]
fn restore_duration_is_the_longest_and_held_against_the_rto() {
    let estate = restored(50);
    let metric = Measured::of(&estate).get(Measure::RestoreDuration);
    assert_eq!(words(&metric), "50m 00s");
    assert_eq!(metric.stand, Stand::Met, "Silver has four hours");
    assert_eq!(metric.evidence.len(), 2, "{:#?}", metric.evidence);

    let estate = restored(300);
    let metric = Measured::of(&estate).get(Measure::RestoreDuration);
    assert_eq!(words(&metric), "5h 00m");
    assert_eq!(metric.stand, Stand::Missed);
    assert!(metric.evidence[0].what.contains("RTO 4h 00m missed"));
}

#[test]
fn restores_that_nobody_may_list_are_unknown() {
    let mut estate = restored(50);
    denied(&mut estate, CENTRAL, What::RestoreJobs);
    let metric = Measured::of(&estate).get(Measure::RestoreDuration);
    assert!(unknown(&metric).contains("backup/restore-jobs"));
    let so_far = metric.so_far.as_deref();
    assert_eq!(so_far, Some("50m 00s at most of what was seen"));
}

fn drill(id: &str, hours: i64) -> Practice {
    Practice {
        id: id.to_owned(),
        title: "autumn".to_owned(),
        at: now() - SignedDuration::from_hours(hours),
        drill: true,
        simulated: None,
        endpoint: None,
        rto: Some(mins(31)),
        completion: Some(mins(12)),
        objective: Some(mins(15)),
        regained: vec![
            Regained {
                name: "learn-db".to_owned(),
                loss: Some(mins(4)),
                objective: Some(mins(5)),
                evidence: "replica lag".to_owned(),
            },
            Regained {
                name: "uploads".to_owned(),
                loss: None,
                objective: Some(mins(5)),
                evidence: "not told".to_owned(),
            },
        ],
        runs: Vec::new(),
    }
}

#[test]
fn what_the_newest_drill_measured_counts() {
    let estate = Estate::default();
    let older = Practice { rto: Some(mins(90)), ..drill("INC-1", 200) };
    let past = [older, drill("INC-2", 20)];
    let measured = Measured::after(&past, &estate);
    let rto = measured.get(Measure::ActualRto);
    assert_eq!(words(&rto), "31m 00s");
    assert_eq!(rto.stand, Stand::Missed);
    assert_eq!(rto.objective.as_deref(), Some("at most 15m 00s"));
    assert_eq!(rto.evidence[0].source, "journal of INC-2");
    assert_eq!(rto.evidence.len(), 2);
    let took = measured.get(Measure::FailoverCompletion);
    assert_eq!((words(&took), took.stand), ("12m 00s".into(), Stand::Met));
    let rpo = measured.get(Measure::ActualRpo);
    assert_eq!((words(&rpo), rpo.stand), ("4m 00s".into(), Stand::Met));
    assert!(rpo.evidence[1].what.contains("loss unknown"));
}

#[test]
fn a_drill_without_an_impact_time_leaves_the_actual_times_unknown() {
    let estate = Estate::default();
    let blank = Practice {
        rto: None,
        completion: None,
        regained: Vec::new(),
        ..drill("INC-1", 5)
    };
    let past = [blank];
    let measured = Measured::after(&past, &estate);
    for measure in
        [Measure::ActualRto, Measure::ActualRpo, Measure::FailoverCompletion]
    {
        let metric = measured.get(measure);
        assert!(unknown(&metric).starts_with("drill \"autumn\""));
    }
}

#[test]
fn what_was_done_in_an_embedded_aws_is_no_evidence_anywhere() {
    let estate = Estate::default();
    let scenario = "training-platform";
    let simulated = Some(scenario.to_owned());
    let endpoint = Some("http://127.0.0.1:4599".to_owned());
    let past = [
        Practice { simulated, ..drill("INC-1", 5) },
        Practice { endpoint, ..drill("INC-2", 5) },
    ];
    let measures =
        [Measure::ActualRto, Measure::ActualRpo, Measure::FailoverCompletion];
    for measure in measures {
        let real = Measured::after(&past, &estate).get(measure);
        let words = "2 in an embedded or other AWS do not count";
        assert!(unknown(&real).ends_with(words), "{measure:?}");
        let demo = Measured {
            simulated: Some(scenario),
            ..Measured::after(&past, &estate)
        };
        assert!(demo.get(measure).value.is_err(), "{measure:?}");
    }
    let past = [drill("INC-3", 5)];
    let elsewhere = Measured {
        simulated: Some(scenario),
        ..Measured::after(&past, &estate)
    };
    assert!(elsewhere.get(Measure::ActualRto).value.is_err());
}

#[test]
fn a_region_switch_that_aws_measured_counts_if_it_is_newer() {
    let mut estate = Estate::default();
    let plan = json!({ "switch_plan": {
        "arn": "plan", "name": "learn", "regions": [WEST, CENTRAL],
        "primary": WEST, "approach": "activePassive", "rto_minutes": 15,
        "workflows": null, "evaluation": null, "unknown": [],
        "last": {
            "id": "1", "state": "completed", "action": "activate",
            "region": CENTRAL, "mode": "graceful",
            "started": ago(60).to_string(), "ended": ago(40).to_string(),
            "recovery_time": "PT20M",
        },
    } });
    let what = What::Parts(Kind::SwitchPlan);
    saw(&mut estate, CENTRAL, what, parts(&[plan]));
    let past = [drill("INC-1", 5)];
    let metric =
        Measured::after(&past, &estate).get(Measure::FailoverCompletion);
    assert_eq!(words(&metric), "20m 00s");
    assert_eq!(metric.stand, Stand::Missed);
    assert_eq!(metric.evidence.len(), 2);
    let later = now() + SignedDuration::from_hours(9);
    let old = Measured { now: later, ..Measured::of(&estate) };
    assert!(old.get(Measure::FailoverCompletion).value.is_err());
}

#[test]
fn cost_is_unknown_where_a_list_or_every_price_is_missing() {
    let mut estate = protected(20);
    let total = Sum {
        points: 2,
        low: Usd(3_000_000),
        high: Usd(9_000_000),
        ..Sum::default()
    };
    let regions = vec![(Region::new(CENTRAL), total)];
    let cost = Cost { total, by_region: regions, ..Cost::default() };
    let get = |estate: &Estate, cost: &Cost| {
        let cost = cost.clone();
        let measured = Measured { cost, ..Measured::of(estate) };
        measured.get(Measure::StorageCost)
    };
    let metric = get(&estate, &cost);
    assert_eq!(words(&metric), "monthly $3.00 to $9.00");
    assert!(metric.evidence[0].what.starts_with("eu-central-1: "));
    let unpriced = Sum { without_price: 2, ..total };
    let unpriced = Cost {
        total: unpriced,
        unknown: vec![("no price for FSx".to_owned(), 2)],
        ..Cost::default()
    };
    assert_eq!(unknown(&get(&estate, &unpriced)), "no price for FSx");
    denied(&mut estate, WEST, What::Points);
    let metric = get(&estate, &cost);
    assert!(unknown(&metric).starts_with("backup/points eu-west-1"));
    assert!(metric.so_far.is_some());
}
