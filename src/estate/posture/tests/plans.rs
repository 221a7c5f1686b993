use std::collections::BTreeMap;
use std::slice;

use serde_json::json;

use super::*;
use crate::estate::fixture::{self, guarded, selection};
use crate::estate::part::Part;
use crate::estate::part::audit::{
    Control, Framework, JobCount, JobSummary, OptIns,
};
use crate::estate::part::backup::{BackupPlan, CopyTo, Selection};
use crate::estate::part::config::{Compliance, ConfigRule};
use crate::estate::part::guard::{Access, VaultGuard};
use crate::estate::part::proof::{RestoreTest, TestRun};

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

fn see<T: Into<Part>>(region: &str, part: T) -> Vec<&'static str> {
    let mut estate = sound();
    has(&mut estate, region, part);
    codes_of(&estate)
}

/// A plan that backs up databases alone.
fn plan() -> BackupPlan {
    let selections = Some(vec![selection(&["*:db:*"])]);
    BackupPlan { selections, ..fixture::plan() }
}

fn copies(plan: &mut BackupPlan) -> &mut Vec<CopyTo> {
    &mut plan.rules.as_mut().expect("it has rules")[0].copies
}

#[test]
fn a_plan_is_judged_by_its_copies_rules_and_selections() {
    assert_eq!(see(WEST, plan()), [] as [&str; 0]);
    let mut local = plan();
    copies(&mut local).clear();
    assert_eq!(see(WEST, local), ["plan-no-copy"]);
    let mut near = plan();
    copies(&mut near)[0].vault =
        "arn:aws:backup:eu-west-1:1:backup-vault:b".to_owned();
    assert_eq!(see(WEST, near), ["plan-no-copy"]);
    let empty = BackupPlan { selections: Some(Vec::new()), ..plan() };
    assert_eq!(see(WEST, empty), ["plan-idle"]);
    let untold = BackupPlan { rules: None, selections: None, ..plan() };
    assert_eq!(see(WEST, untold), [] as [&str; 0]);
}

fn tagged() -> Tagged {
    let tags = [("Backup".to_owned(), "Enabled".to_owned())];
    Tagged { arn: TABLE.into(), tags: tags.into() }
}

fn planned(plan: BackupPlan) -> Estate {
    let mut estate = sound();
    has(&mut estate, WEST, tagged());
    has(&mut estate, WEST, plan);
    estate
}

#[test]
fn a_tagged_resource_that_no_plan_selects_is_told() {
    assert!(codes_of(&planned(plan())).contains(&"unplanned"));
    let all = BackupPlan { selections: Some(vec![selection(&[])]), ..plan() };
    assert!(!codes_of(&planned(all.clone())).contains(&"unplanned"));
    let idle = BackupPlan { rules: Some(Vec::new()), ..all.clone() };
    assert!(codes_of(&planned(idle)).contains(&"unplanned"));
    let untold = BackupPlan { selections: None, ..plan() };
    let codes = codes_of(&planned(untold));
    assert!(!codes.contains(&"unplanned"), "it may select it");
}

#[test]
fn a_replica_of_a_table_that_is_backed_up_elsewhere_needs_no_plan() {
    let all = BackupPlan { selections: Some(vec![selection(&[])]), ..plan() };
    let mut estate = planned(all);
    let there = TABLE.replace(WEST, CENTRAL);
    let replica = Tagged { arn: there.as_str().into(), ..tagged() };
    has(&mut estate, CENTRAL, replica);
    saw(&mut estate, CENTRAL, What::Parts(Kind::BackupPlan), parts(&[]));
    assert!(codes_of(&estate).contains(&"unplanned"), "a table of its own");
    let table = json!({ "table": {
        "arn": TABLE, "status": "ACTIVE", "bytes": null,
        "deletion_protection": true, "continuous": null,
        "replicas": [{ "region": CENTRAL, "status": "ACTIVE" }],
        "unknown": [],
    } });
    saw(&mut estate, WEST, What::Parts(Kind::Table), parts(&[table]));
    assert!(!codes_of(&estate).contains(&"unplanned"));
}

#[test]
fn a_type_that_is_off_matters_where_tags_alone_select_it() {
    let off = |plan: BackupPlan, on: bool| {
        let mut estate = planned(plan);
        let types = BTreeMap::from([("DynamoDB".to_owned(), on)]);
        let settings = OptIns { region: WEST.to_owned(), types };
        has(&mut estate, WEST, settings);
        codes_of(&estate).contains(&"not-opted-in")
    };
    let by_tag = Selection {
        tags: vec![("Backup".to_owned(), "Enabled".to_owned())],
        ..selection(&[])
    };
    let by_tag = BackupPlan { selections: Some(vec![by_tag]), ..plan() };
    assert!(off(by_tag.clone(), false) && !off(by_tag, true));
    let named = selection(&["arn:aws:dynamodb:*:*:table/*"]);
    let named = BackupPlan { selections: Some(vec![named]), ..plan() };
    assert!(!off(named, false));
}

#[test]
fn a_vault_is_judged_by_its_lock_and_policy() {
    assert_eq!(see(WEST, guarded()), [] as [&str; 0]);
    let deny = Access { exists: true, denies_deletion: true, open: false };
    let later = now() + SignedDuration::from_hours(48);
    let governed = VaultGuard { immutable_from: None, ..guarded() };
    assert_eq!(
        see(WEST, governed.clone()),
        ["vault-deletable", "lock-not-immutable"]
    );
    let soon = VaultGuard {
        immutable_from: Some(later),
        access: Some(deny),
        ..guarded()
    };
    assert_eq!(see(WEST, soon), ["lock-not-immutable"]);
    let open = Access { open: true, ..deny };
    let open = VaultGuard { access: Some(open), ..guarded() };
    assert_eq!(see(WEST, open), ["vault-public"]);
    let apart = VaultGuard { air_gapped: true, ..governed };
    assert_eq!(see(WEST, apart), [] as [&str; 0]);
}

#[test]
fn what_was_weakened_between_two_looks_is_told_for_a_week() {
    let mut estate = sound();
    has(&mut estate, WEST, plan());
    saw(&mut estate, WEST, What::Parts(Kind::BackupPlan), parts(&[]));
    assert_eq!(codes_of(&estate), ["vanished", "weakened"]);
    let west = |days| DbInstance { backup_retention_days: days, ..db("Gold") };
    let mut estate = sound();
    saw(&mut estate, WEST, What::Instances, instances(west(0)));
    assert_eq!(codes_of(&estate), ["automated-off"]);
}

fn test(passed: Option<bool>) -> RestoreTest {
    RestoreTest {
        arn: "test".to_owned(),
        name: "weekly".to_owned(),
        schedule: String::new(),
        ran: None,
        window_days: None,
        types: None,
        runs: Some(vec![TestRun {
            of: "arn:aws:s3:::b".to_owned(),
            at: now(),
            passed,
            said: None,
        }]),
        unknown: Vec::new(),
    }
}

#[test]
fn restore_tests_are_judged_by_being_there_and_by_their_last_run() {
    assert_eq!(see(CENTRAL, test(Some(true))), [] as [&str; 0]);
    assert_eq!(see(CENTRAL, test(None)), [] as [&str; 0]);
    assert_eq!(see(CENTRAL, test(Some(false))), ["restore-test-failed"]);
    let what = What::Parts(Kind::RestoreTest);
    assert_eq!(with(CENTRAL, what, parts(&[])), ["no-restore-test"]);
}

#[test]
fn frameworks_are_judged_by_their_state_and_controls() {
    let framework = |status: &str| Framework {
        arn: "framework".to_owned(),
        name: "guide".to_owned(),
        deployment: "COMPLETED".to_owned(),
        status: Some(status.to_owned()),
        controls: Some(vec![Control {
            name: "BACKUP_RECOVERY_POINT_ENCRYPTED".to_owned(),
            types: Vec::new(),
        }]),
        unknown: Vec::new(),
    };
    assert_eq!(see(WEST, framework("ACTIVE")), [] as [&str; 0]);
    assert_eq!(see(WEST, framework("INACTIVE")), ["framework-broken"]);
    let mut estate = sound();
    has(&mut estate, WEST, framework("ACTIVE"));
    let rule = ConfigRule {
        arn: "rule".to_owned(),
        name: "backup-recovery-point-encrypted-1f2e".to_owned(),
        identifier: String::new(),
        compliance: Some(Compliance::NonCompliant),
        offenders: Some(vec!["RecoveryPoint x".to_owned()]),
        unknown: Vec::new(),
    };
    has(&mut estate, WEST, rule);
    assert!(codes_of(&estate).contains(&"control-failed"));
}

#[test]
fn fewer_than_95_of_100_jobs_ended_well_is_told() {
    let of = |good, bad| {
        let count = |state: &str, count| JobCount {
            state: state.to_owned(),
            of: "RDS".to_owned(),
            count,
        };
        JobSummary {
            name: "backup jobs".to_owned(),
            kind: JobKind::Backup,
            counts: vec![count("COMPLETED", good), count("FAILED", bad)],
        }
    };
    assert_eq!(see(WEST, of(95, 5)), [] as [&str; 0]);
    assert_eq!(see(WEST, of(94, 6)), ["jobs-unwell"]);
    assert_eq!(see(WEST, of(0, 0)), [] as [&str; 0]);
}

#[test]
fn the_last_point_and_cold_points_of_a_gold_resource_are_told() {
    let central = |list: &[Fields]| {
        let mut estate = sound();
        // Nothing elsewhere, so that these are all there are.
        estate.apply(other_account(points(&[])));
        saw(&mut estate, CENTRAL, What::Points, points(list));
        codes_of(&estate)
    };
    let ends = now() + SignedDuration::from_hours(5);
    let last = Fields { expires: Some(ends), ..point() };
    assert!(central(slice::from_ref(&last)).contains(&"last-point"));
    let more = Fields { arn: "more".into(), ..last.clone() };
    assert!(!central(&[last.clone(), more]).contains(&"last-point"));
    let cold = Fields { cold: true, ..point() };
    assert!(central(slice::from_ref(&cold)).contains(&"cold-only"));
    let warm = Fields { arn: "warm".into(), ..point() };
    assert!(!central(&[cold, warm]).contains(&"cold-only"));
    assert!(central(&[point()]).contains(&"one-account"));
}
