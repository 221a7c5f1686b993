use super::super::{Approval, Happened, Outcome, StepFact};
use super::*;
use crate::failure::{Failure, FailureKind};
use crate::runbook::call::Call;
use crate::runbook::call::rds::PromoteReadReplica;
use crate::runbook::plan::{IntentCopy, Level, Plan, PlanHash, Second, Undo};
use crate::runbook::{Manner, Values};

const TEXT: &str = r#"
schema = 1

[runbook]
id = "x"
title = "One change between a check and a note"

[[step]]
id = "look"
kind = "wait"
title = "Wait a moment"
for = "1s"

[[step]]
id = "promote"
kind = "rds.promote-replica"
title = "Promote the replica"
account = "111122223333"
region = "eu-central-1"
replica = "db"

[[step]]
id = "proof"
kind = "wait"
title = "Wait once more"
for = "1s"

[[step]]
id = "note"
kind = "note"
title = "Who sees to it"
ask = "Who?"
needs = ["promote"]
"#;

fn at() -> Timestamp {
    "2026-05-02T14:00:00Z".parse().unwrap()
}

fn parsed(text: &str) -> Arc<Runbook> {
    Arc::new(Runbook::parse(text, "x.toml").unwrap())
}

fn run() -> Run {
    Run::new(Pinned {
        incident: "INC-1".into(),
        run: "run-1".into(),
        runbook: parsed(TEXT),
        sha256: "0".repeat(64),
        inputs: Vec::new(),
        second: Second::Off,
        manner: Manner::Ungraceful,
        drill: false,
        at: at(),
    })
}

fn tell(run: &mut Run, step: &str, what: Happened) {
    let fact = StepFact { run: "run-1".into(), step: step.into(), what };
    run.apply(&fact, at(), 1).unwrap();
}

fn done() -> Happened {
    let outputs = Values::from([("seen".to_owned(), "1".to_owned())]);
    Happened::Done { outputs, evidence: Vec::new() }
}

/// The check is done and the change is sent; what comes of it is this.
fn sent(run: &mut Run, outcome: Option<Outcome>) {
    tell(run, "look", done());
    let call = Call::RdsPromoteReadReplica(PromoteReadReplica {
        account: "111122223333".into(),
        region: "eu-central-1".into(),
        instance: "db".into(),
        backup_retention_days: None,
    });
    let plan = Plan {
        step: "promote".into(),
        calls: vec![call.clone()],
        effect: String::new(),
        loss: None,
        expect: None,
        undo: Undo::NotNeeded,
        level: Level::Severe,
        bound: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        typed: None,
        readback: None,
        second: Second::Off,
    };
    let hash = PlanHash::of("INC-1", "x", 1, &plan);
    let level = plan.level;
    tell(run, "promote", Happened::Proposed { hash, level });
    let approval = Approval { by: "ann".into(), ..Approval::default() };
    let plan = Box::new(plan);
    let confirmed =
        Happened::Confirmed { hash, plan, approval, shown_ms: 3000 };
    tell(run, "promote", confirmed);
    let intent = Box::new(IntentCopy {
        run: "run-1".into(),
        step: "promote".into(),
        attempt: 1,
        position: 0,
        of: 1,
        plan: hash,
        call,
        token: "t".into(),
    });
    tell(run, "promote", Happened::Intended { intent });
    let Some(outcome) = outcome else { return };
    let (attempt, position, took_ms) = (1, 0, 9);
    let told = Happened::Outcome { attempt, position, outcome, took_ms };
    tell(run, "promote", told);
}

fn accepted() -> Outcome {
    Outcome::Accepted { request_id: None, answer: None }
}

fn states(run: &Run) -> Vec<String> {
    run.steps()
        .map(|(spec, state)| format!("{} {}", spec.id, state.status.word()))
        .collect()
}

fn with(from: &str, to: &str) -> Arc<Runbook> {
    let text = TEXT.replacen(from, to, 1);
    assert_ne!(text, TEXT);
    parsed(&text)
}

#[test]
fn steps_that_read_the_same_keep_their_states() {
    let mut run = run();
    sent(&mut run, Some(accepted()));
    tell(&mut run, "promote", done());
    let other = with("title = \"Wait once more\"", "title = \"Otherwise\"");
    let next = run.repinned(other, "1", at()).unwrap();
    assert_eq!(
        states(&next),
        ["look done", "promote done", "proof checking", "note ready"]
    );
    let (_, proof) = next.step("proof").unwrap();
    assert_eq!(proof.attempt, 2);
    assert_eq!(next.values(), run.values());
    assert_eq!(next.pinned().sha256, "1");
}

#[test]
fn what_was_done_and_reads_otherwise_is_superseded() {
    let mut run = run();
    sent(&mut run, Some(accepted()));
    tell(&mut run, "promote", done());
    let other = with("replica = \"db\"", "replica = \"db2\"");
    let compared = run.compare(&other);
    let told = &compared.steps[1];
    assert_eq!(
        (told.1, told.2.as_str()),
        (Change::Changed, "was done: superseded")
    );
    let next = run.repinned(other, "1", at()).unwrap();
    assert_eq!(
        states(&next),
        ["look done", "promote superseded", "proof checking", "note ready"]
    );
    assert!(next.values().contains_key("promote.seen"));
}

#[test]
fn a_step_under_way_or_unknown_is_not_changed_and_not_taken_away() {
    let lost = Outcome::Unknown {
        failure: Failure::new("promote", FailureKind::TimedOut),
    };
    for outcome in [None, Some(accepted()), Some(lost)] {
        let mut run = run();
        sent(&mut run, outcome);
        let other = with("replica = \"db\"", "replica = \"db2\"");
        let why = run.repinned(other, "1", at()).unwrap_err();
        assert!(why.contains("step promote is"), "{why}");
        let gone = with("needs = [\"promote\"]", "needs = []");
        let before = states(&run);
        let next = run.repinned(gone, "1", at()).unwrap();
        assert_eq!(before[1], states(&next)[1]);
    }
}

#[test]
fn a_new_step_is_to_be_done_and_what_needs_it_waits_for_it() {
    let mut run = run();
    tell(&mut run, "look", done());
    assert_eq!(run.status("promote"), Some(&Status::Ready));
    let new = "[[step]]\nid = \"call\"\nkind = \"note\"\ntitle = \"Call\"\n\
               ask = \"Whom?\"\n\n[[step]]\nid = \"promote\"";
    let other = with("[[step]]\nid = \"promote\"", new);
    let next = run.repinned(other, "1", at()).unwrap();
    assert_eq!(
        states(&next)[..3],
        ["look done", "call ready", "promote pending"]
    );
}

#[test]
fn another_runbook_another_input_and_an_ended_run_are_refused() {
    let mut run = run();
    let input = "[[input]]\nname = \"a\"\ntype = \"string\"\n\n[[step]]\n\
                 id = \"look\"";
    for (from, to, told) in [
        ("id = \"x\"", "id = \"y\"", "another runbook"),
        ("[[step]]\nid = \"look\"", input, "another input, a"),
    ] {
        let why = run.repinned(with(from, to), "1", at()).unwrap_err();
        assert!(why.contains(told), "{why}");
    }
    let fact = run.abort("nothing is left to do").unwrap();
    run.apply(&fact, at(), 2).unwrap();
    let other = with("for = \"1s\"", "for = \"2s\"");
    assert!(run.repin(&other, "1", "it is better now").is_err());
}
