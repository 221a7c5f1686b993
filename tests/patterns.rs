//! The recovery patterns that come with the program, each drilled over the
//! real loop in the scenario it is for, with the Region being left dark from
//! the start; and to the stops that it declares.

mod flow;
mod pattern;

use pattern::{End, Fault, Pattern};

/// What the page of the pipelines shows.
const FROZEN: (&str, &str) =
    ("freeze", "3 paused, last deploy #4711 at 02:41");

const PILOT: Pattern = Pattern {
    text: include_str!("../runbooks/pilot-light.toml"),
    scenario: "already-dark",
    dark: true,
    to: "eu-central-1",
    says: &[FROZEN],
    changes: &[
        ("UpdateService", 1),
        ("UpdateAutoScalingGroup", 1),
        ("PromoteReadReplica", 1),
        ("ChangeResourceRecordSets", 1),
    ],
};

const RESTORE: Pattern = Pattern {
    text: include_str!("../runbooks/backup-and-restore.toml"),
    says: &[
        FROZEN,
        ("code", "Apply complete! Resources: 41 added"),
        ("proven", "48211 rows, newest of 02:00:03"),
    ],
    changes: &[
        ("StartRestoreJob", 1),
        ("ModifyDBInstance", 1),
        ("UpdateService", 1),
        ("ChangeResourceRecordSets", 1),
    ],
    ..PILOT
};

const WARM: Pattern = Pattern {
    text: include_str!("../runbooks/warm-standby.toml"),
    says: &[FROZEN, ("written", "order 20261")],
    changes: &[
        ("UpdateService", 1),
        ("FailoverGlobalCluster", 1),
        ("ChangeResourceRecordSets", 2),
    ],
    ..PILOT
};

const EVACUATION: Pattern = Pattern {
    text: include_str!("../runbooks/active-active-evacuation.toml"),
    says: &[FROZEN, ("data", "02:40 UTC, one of eu-west-1 among them")],
    changes: &[("UpdateService", 1), ("UpdateRoutingControlStates", 1)],
    ..PILOT
};

const FAILBACK: Pattern = Pattern {
    text: include_str!("../runbooks/failback.toml"),
    scenario: "failed-over",
    dark: false,
    to: "eu-west-1",
    says: &[
        FROZEN,
        ("stop-writes", "02:59:41 on both"),
        ("writes-again", "order 20262"),
    ],
    changes: &[
        ("UpdateService", 2),
        ("PromoteReadReplica", 1),
        ("ChangeResourceRecordSets", 4),
    ],
};

const ORCHESTRATED: Pattern = Pattern {
    text: include_str!("../runbooks/orchestrated-recovery.toml"),
    scenario: "orchestrated",
    changes: &[
        ("DisableRule", 1),
        ("StartExecution", 1),
        ("ChangeResourceRecordSets", 1),
    ],
    ..PILOT
};

const RANSOMWARE: Pattern = Pattern {
    text: include_str!("../runbooks/ransomware.toml"),
    scenario: "quiet",
    dark: false,
    says: &[
        FROZEN,
        ("cut", "role/deploy and 2 keys, cut off at 02:52"),
        ("moment", "2026-05-02T01:00:00Z"),
        ("keys", "1 pending, 1 cancelled"),
        ("evidence", "sizes as before within 1 %, scan without findings"),
        ("room", "0 in, 0 out"),
        ("proven", "0 strangers, 48211 rows"),
    ],
    changes: &[
        ("CreateLegalHold", 1),
        ("StartRestoreJob", 1),
        ("ModifyDBInstance", 1),
        ("ChangeResourceRecordSets", 1),
    ],
    ..PILOT
};

/// It needs nothing of us-east-1: its bucket stands by.
const BUCKET: Pattern = Pattern {
    text: include_str!("../runbooks/s3-recovery.toml"),
    scenario: "quiet",
    dark: false,
    to: "eu-west-1",
    says: &[
        FROZEN,
        ("moment", "2026-05-02T02:10:00Z"),
        ("standby", "0 objects, versions on"),
        ("counted", "184220 objects, 10 of 10 agree"),
        ("turn", "revision 212"),
    ],
    changes: &[("StartRestoreJob", 1)],
};

const MIGRATION: Pattern = Pattern {
    text: include_str!("../runbooks/bad-migration.toml"),
    scenario: "bad-migration",
    dark: false,
    to: "eu-west-1",
    says: &[
        FROZEN,
        ("moment", "2026-05-02T02:41:07Z"),
        ("proven", "48211 rows, newest of 02:41:03"),
    ],
    changes: &[
        ("UpdateService", 2),
        ("RestoreDBInstanceToPointInTime", 1),
        ("ModifyDBInstance", 1),
        ("ChangeResourceRecordSets", 1),
    ],
};

/// Drills it to its end, also where calls are turned away and where the
/// answer to any of its changes is lost: each is applied as often as without
/// that. Where a Region is dark it comes to where it says that it stops, if
/// it does.
fn ends_as_it_declares(pattern: &Pattern) {
    let lost = pattern.changes.iter().map(|(change, _)| Fault::Lost(change));
    for fault in [Fault::Plain, Fault::Throttled].into_iter().chain(lost) {
        assert_eq!(pattern.drilled(fault), End::Over, "{fault:?}");
    }
    pattern.drilled(Fault::TargetDark);
    pattern.drilled(Fault::Home);
}

#[test]
fn a_pilot_light_is_lit_promoted_and_found_by_its_name() {
    ends_as_it_declares(&PILOT);
}

#[test]
fn an_application_is_restored_from_its_backups() {
    ends_as_it_declares(&RESTORE);
}

#[test]
fn a_warm_standby_is_made_large_and_carries_all_users() {
    ends_as_it_declares(&WARM);
}

#[test]
fn one_of_two_regions_that_serve_is_evacuated_by_routing_controls() {
    ends_as_it_declares(&EVACUATION);
}

#[test]
fn a_state_machine_recovers_once_and_is_not_believed() {
    ends_as_it_declares(&ORCHESTRATED);
}

#[test]
fn what_an_intruder_touched_is_restored_from_before_and_closed_off() {
    ends_as_it_declares(&RANSOMWARE);
}

#[test]
fn a_bucket_is_brought_back_into_one_that_stands_by() {
    ends_as_it_declares(&BUCKET);
}

#[test]
fn a_database_is_as_it_was_before_the_migration() {
    ends_as_it_declares(&MIGRATION);
}

#[test]
fn home_is_gone_back_to_after_a_hold_down() {
    ends_as_it_declares(&FAILBACK);
}
