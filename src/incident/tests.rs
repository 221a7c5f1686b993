use super::report::{Provenance, export};
use super::timeline::Timeline;
use super::*;
use crate::estate::fixture::record;
use crate::estate::ids::{Region, ZoneId};
use crate::failure::{Failure, FailureKind};
use crate::runbook::call::rds::PromoteReadReplica;
use crate::runbook::call::route53::UpsertRecord;
use crate::runbook::plan::{
    Bound, IntentCopy, Level, LossStatement, Plan, PlanHash, Second, Undo,
};
use crate::runbook::run::{Approval, Happened, Outcome, Status};
use crate::runbook::{Manner, Values};
use fact::pin_file;
use jiff::SignedDuration;

const TEXT: &str = include_str!("../../runbooks/rds-replica-failover.toml");

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).expect("in range")
}

/// A journal being written.
struct Story {
    entries: Vec<Entry>,
    sha256: String,
}

impl Story {
    fn tell(&mut self, second: i64, user: &str, fact: Fact) {
        self.entries.push(Entry {
            seq: self.entries.len() as u64 + 1,
            at: at(second),
            up_ns: 0,
            boot: "b".into(),
            by: Author {
                user: user.into(),
                arn: None,
                host: "h".into(),
                pid: 1,
                console: "A".into(),
                role: "driver".into(),
            },
            fact,
        });
    }

    fn step(&mut self, second: i64, step: &str, what: Happened) {
        let fact = StepFact { run: "run-1".into(), step: step.into(), what };
        self.tell(second, "auto", Fact::Step(fact));
    }

    /// It is decided to fail over.
    fn decided(&mut self, second: i64) {
        let choice = "failover".into();
        let rationale = "it stays dark".into();
        self.step(second, "go", Happened::Decided { choice, rationale });
    }

    fn done(&mut self, second: i64, step: &str, outputs: &[(&str, &str)]) {
        let outputs: Values = outputs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let evidence = vec!["seen".into()];
        self.step(second, step, Happened::Done { outputs, evidence });
    }

    /// A change from the preview to the answer.
    fn change(&mut self, second: i64, plan: Plan, outcome: Outcome) {
        let step = plan.step.clone();
        let hash = PlanHash::of("INC-1", &self.sha256, 1, &plan);
        let call = plan.calls[0].clone();
        self.step(
            second,
            &step,
            Happened::Proposed { hash, level: Level::Severe },
        );
        let approval = Approval {
            by: "ann".into(),
            typed: plan.typed.clone(),
            ..Approval::default()
        };
        let plan = Box::new(plan);
        self.step(
            second + 5,
            &step,
            Happened::Confirmed { hash, plan, approval, shown_ms: 3100 },
        );
        let intent = IntentCopy {
            run: "run-1".into(),
            step: step.clone(),
            attempt: 1,
            position: 0,
            of: 1,
            plan: hash,
            call,
            token: "t".into(),
        };
        self.step(
            second + 10,
            &step,
            Happened::Intended { intent: Box::new(intent) },
        );
        self.step(
            second + 11,
            &step,
            Happened::Outcome { attempt: 1, position: 0, outcome, took_ms: 9 },
        );
    }
}

fn plan(step: &str, call: Call, loss: Option<LossStatement>) -> Plan {
    let typed = Some(call.target().to_owned());
    Plan {
        step: step.into(),
        calls: vec![call],
        effect: "=HYPERLINK(\"http://x\") becomes a primary".into(),
        loss,
        expect: None,
        undo: Undo::None("build it anew".into()),
        level: Level::Severe,
        bound: vec![Bound { field: "status".into(), value: "x".into() }],
        before: Vec::new(),
        after: Vec::new(),
        typed,
        readback: None,
        second: Second::Off,
    }
}

fn promote() -> Call {
    Call::RdsPromoteReadReplica(PromoteReadReplica {
        account: Account::new("111122223333"),
        region: Region::new("eu-central-1"),
        instance: "learn-db-replica".into(),
        backup_retention_days: Some(7),
    })
}

fn switch() -> Call {
    Call::Route53UpsertRecord(UpsertRecord {
        account: Account::new("111122223333"),
        zone: ZoneId::new("Z1"),
        record: record("db.learn.example", "new"),
        comment: "INC-1 traffic".into(),
    })
}

fn accepted() -> Outcome {
    Outcome::Accepted { request_id: Some("req-1".into()), answer: None }
}

fn beginning() -> Story {
    let (parts, sha256) = pin_file(TEXT);
    let mut story = Story { entries: Vec::new(), sha256: sha256.clone() };
    story.tell(
        0,
        "ann",
        Fact::Opened {
            title: "eu-west-1 is dark <b>".into(),
            external_id: None,
            conduct: Conduct::Incident,
            simulated: Some("training-platform".into()),
            endpoint: None,
            tool: "0.1.0".into(),
        },
    );
    for part in parts {
        story.tell(1, "ann", part);
    }
    let pinned = Fact::Pinned {
        run: "run-1".into(),
        id: "rds-replica-failover".into(),
        title: "Promote".into(),
        path: "runbooks/rds-replica-failover.toml".into(),
        sha256,
        inputs: Vec::new(),
        second: Second::Off,
        manner: Manner::Ungraceful,
    };
    story.tell(2, "ann", pinned);
    story
}

/// A failover from opening to health, with the impact a minute before.
fn whole() -> Story {
    let mut story = beginning();
    story.tell(
        3,
        "ann",
        Fact::Impact {
            impact: at(-30),
            why: "first alarm".into(),
            asserted_by: "ann".into(),
        },
    );
    story.done(10, "standby", &[]);
    story.done(11, "lag", &[("data_time", "x")]);
    story.decided(20);
    let loss = LossStatement {
        sentence: "lost".into(),
        data_time: Some(at(-200)),
        evidence: "ReplicaLag read 2s".into(),
    };
    story.change(90, plan("promote", promote(), Some(loss)), accepted());
    let told = at(-90).to_string();
    story.done(150, "promote", &[("host", "new"), ("data_time", &told)]);
    story.change(160, plan("traffic", switch(), None), accepted());
    story.done(200, "traffic", &[]);
    story.done(210, "resolve", &[]);
    story.done(211, "green", &[]);
    story.done(300, "healthy", &[]);
    let impact = story
        .entries
        .iter()
        .find(|entry| matches!(entry.fact, Fact::Impact { .. }))
        .expect("asserted")
        .seq;
    story.tell(
        310,
        "ann",
        Fact::Corrected {
            entry: impact,
            field: "impact".into(),
            old: at(-30).to_string(),
            new: at(-60).to_string(),
            why: "the load balancer's graph".into(),
        },
    );
    story
}

fn seconds(span: Option<SignedDuration>) -> Option<i64> {
    span.map(|span| span.as_secs())
}

#[test]
fn the_clock_runs_from_the_corrected_impact_to_health() {
    let incident = Incident::fold("INC-1", whole().entries);
    assert_eq!(incident.oddities, []);
    let metrics = Timeline::of(&incident).metrics;
    let split = [
        metrics.rto,
        metrics.detect,
        metrics.decide,
        metrics.act,
        metrics.verify,
        metrics.arc_comparable,
    ];
    assert_eq!(
        split.map(seconds),
        [Some(360), Some(60), Some(100), Some(100), Some(100), Some(200)]
    );
    assert_eq!(metrics.rto_met, Some(true));
}

#[test]
fn the_loss_is_measured_by_what_the_step_told_when_it_was_done() {
    let incident = Incident::fold("INC-1", whole().entries);
    let recovered = Timeline::of(&incident).metrics.recovered;
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].data_time, Some(at(-90)));
    assert_eq!(seconds(recovered[0].rpo), Some(30));
    assert_eq!(recovered[0].met, Some(true));
}

#[test]
fn without_an_impact_time_and_loss_are_unknown_and_never_zero() {
    let mut story = whole();
    story.entries.retain(|entry| {
        !matches!(entry.fact, Fact::Impact { .. } | Fact::Corrected { .. })
    });
    let incident = Incident::fold("INC-1", story.entries);
    let metrics = Timeline::of(&incident).metrics;
    assert_eq!((metrics.rto, metrics.rto_met), (None, None));
    assert_eq!(
        (metrics.recovered[0].rpo, metrics.recovered[0].met),
        (None, None)
    );
    assert_eq!(seconds(metrics.arc_comparable), Some(200));
}

#[test]
fn any_prefix_of_a_journal_folds_and_claims_nothing_it_does_not_hold() {
    let entries = whole().entries;
    for count in 0..=entries.len() {
        let incident = Incident::fold("INC-1", entries[..count].to_vec());
        assert_eq!(incident.oddities, []);
        assert_eq!(incident.entries.len(), count);
        let told = entries[..count].iter().any(|entry| {
            matches!(&entry.fact, Fact::Step(fact)
                if fact.step == "promote"
                && matches!(fact.what, Happened::Done { .. }))
        });
        let run = incident.runs.first();
        let shown = run.and_then(|run| run.status("promote"));
        assert_eq!(shown == Some(&Status::Done), told);
    }
}

#[test]
fn every_entry_but_parts_of_files_is_a_row() {
    let story = whole();
    let parts = story
        .entries
        .iter()
        .filter(|entry| matches!(entry.fact, Fact::File { .. }))
        .count();
    let rows = story.entries.len() - parts;
    let incident = Incident::fold("INC-1", story.entries);
    let timeline = Timeline::of(&incident);
    assert_eq!(timeline.rows.len(), rows);
    assert!(timeline.rows.iter().all(|row| !row.what.is_empty()));
    assert_eq!(timeline.rows.iter().filter(|row| row.marked).count(), 1);
}

#[test]
fn a_fact_out_of_place_is_shown_and_changes_nothing() {
    let mut story = beginning();
    story.done(10, "promote", &[]);
    let incident = Incident::fold("INC-1", story.entries);
    assert_eq!(incident.oddities.len(), 1);
    let status = incident.runs[0].status("promote");
    assert_eq!(status, Some(&Status::Pending));
}

#[test]
fn a_restart_says_first_what_it_does_not_know() {
    let mut story = whole();
    let sent = story
        .entries
        .iter()
        .position(|entry| {
            matches!(&entry.fact, Fact::Step(fact)
                if matches!(fact.what, Happened::Intended { .. }))
        })
        .expect("it is sent");
    story.entries.truncate(sent + 1);
    let mut incident = Incident::fold("INC-1", story.entries);
    let facts = incident.resume(at(160));
    assert_eq!(facts.len(), 2);
    assert_eq!(facts[0], Fact::Resumed { gap_s: 60 });
    assert!(matches!(&facts[1], Fact::Step(fact)
        if matches!(fact.what, Happened::Lost { .. })));
    assert!(incident.holds_target(&promote()).is_some());
    assert_eq!(incident.holds_target(&switch()), None);
}

#[test]
fn an_unread_answer_is_looked_at_first_in_the_report() {
    let mut story = beginning();
    story.done(10, "standby", &[]);
    story.done(11, "lag", &[]);
    story.decided(20);
    let failure = Failure::new("promote", FailureKind::TimedOut);
    let outcome = Outcome::Unknown { failure };
    story.change(90, plan("promote", promote(), None), outcome);
    let incident = Incident::fold("INC-1", story.entries);
    assert_eq!(incident.oddities, []);
    let timeline = Timeline::of(&incident);
    assert_eq!(timeline.rows.iter().filter(|row| row.marked).count(), 1);
}

#[test]
fn exports_are_labelled_and_nothing_in_them_is_live() {
    let incident = Incident::fold("INC-1", whole().entries);
    let from = Provenance {
        head: "ab".repeat(32),
        at: at(400),
        tool: "0.1.0".into(),
    };
    let files = export(&incident, &[], &from);
    let names: Vec<_> = files.iter().map(|file| file.name).collect();
    assert_eq!(names, ["report.md", "timeline.csv", "timeline.json"]);
    let report = &files[0].text;
    assert!(report.contains("SIMULATED AWS"));
    assert!(
        report.contains("Actual RTO **00:06:00** (objective 00:15:00: met)")
    );
    assert!(!report.contains("<b>") && !report.contains("http://"));
    assert!(
        report.contains("rds-replica-failover accepts these findings:")
            && report.contains("- `home-region`: where clients find")
    );
    let rows = Timeline::of(&incident).rows.len();
    let mut csv = ::csv::Reader::from_reader(files[1].text.as_bytes());
    assert_eq!(csv.records().count(), rows);
    assert!(!files[2].text.contains('<'));
    let json: serde_json::Value =
        serde_json::from_str(&files[2].text).expect("it is JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(json["metrics"]["rto"], 360);
    assert_eq!(json["events"].as_array().map(Vec::len), Some(rows));
}

#[test]
fn every_entry_of_a_whole_story_survives_its_line() {
    for entry in whole().entries {
        let (line, _) = entry.line("p", "INC-1").expect("it fits");
        assert_eq!(Entry::parse(&line).expect("it reads").entry, entry);
    }
}

#[test]
fn a_row_says_how_it_ended_once() {
    let row = |what: &str, result: &str| {
        let mut story = Story { entries: Vec::new(), sha256: String::new() };
        story.tell(0, "ann", Fact::Note { text: what.into() });
        let mut row = timeline::row(&story.entries[0], None);
        row.result = result.into();
        row.told()
    };
    assert_eq!(row("accepted in 2 ms", "accepted"), "accepted in 2 ms");
    assert_eq!(
        row("it follows learn-db", "done"),
        "done: it follows learn-db"
    );
    assert_eq!(row("a note", ""), "a note");
    assert_eq!(row("", "done"), "done");
}

#[test]
fn rows_of_the_csv_are_numbered_without_gaps_beside_their_entries() {
    let timeline = Timeline::of(&Incident::fold("INC-1", whole().entries));
    let csv = super::report::csv::timeline(&timeline);
    let mut rows = csv.lines();
    assert!(rows.next().is_some_and(|l| l.starts_with("row,entry,time_utc,")));
    let first = |line: &str| line.split(',').next().map(str::to_owned);
    let rows: Vec<_> = rows.filter_map(first).collect();
    let wanted: Vec<_> = (1..=rows.len()).map(|n| n.to_string()).collect();
    assert_eq!(rows, wanted);
}
