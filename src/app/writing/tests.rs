use std::collections::VecDeque;
use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::app::{Book, Overlay, Watch, asks, update};
use crate::estate::saved::Place;
use crate::event::Event;
use crate::failure::{Failure, FailureKind};
use crate::incident::Incident;
use crate::incident::entry::{Author, Entry, GENESIS};
use crate::incident::message::{Message, Said};
use crate::keymap::{Action, Chord, Keymap};
use crate::runbook::Runbook;
use crate::runbook::call::Call;
use crate::runbook::call::rds::PromoteReadReplica;
use crate::runbook::plan::{IntentCopy, Level, Plan, PlanHash, Second, Undo};
use crate::runbook::run::{Approval, Outcome, Proposal};
use crate::screens::fixture::{Fixture, at, open_on, step};
use crate::screens::{Ask, confirm};

const TEXT: &str = include_str!("slow.toml");

const WHY: &str = "nobody knows better";

/// A console whose journal answers when the test says so.
#[derive(Clone)]
struct Slow {
    model: Model,
    now: Timestamp,
    on_way: VecDeque<Fact>,
    opened: Vec<Vec<Fact>>,
}

fn book() -> Book {
    let runbook = Runbook::parse(TEXT, "slow.toml").map(Arc::new);
    Book {
        path: "slow.toml".into(),
        text: TEXT.into(),
        runbook: runbook.map_err(|found| format!("{found:?}")),
    }
}

fn author(user: &str) -> Author {
    Author {
        user: user.into(),
        arn: None,
        host: "h".into(),
        pid: 1,
        console: "A".into(),
        role: "driver".into(),
    }
}

impl Slow {
    /// No incident is open.
    fn blank() -> Slow {
        let Fixture { setting, estate, now, .. } = Fixture::new();
        let model = Model::new(
            setting,
            Keymap::default(),
            estate,
            Watch::default(),
            vec![book()],
            Place::default(),
        );
        Slow { model, now, on_way: VecDeque::new(), opened: Vec::new() }
    }

    /// A run is under way, its steps open for all that can be said.
    fn new() -> Slow {
        let mut slow = Slow::blank();
        let mut open = open_on(TEXT);
        let why = "nothing answers".to_owned();
        let refused =
            Failure::new("promote", FailureKind::Denied { action: None });
        let lost = Failure::new("promote", FailureKind::TimedOut);
        let taken = Outcome::Accepted { request_id: None, answer: None };
        let mut did = |id, what| step(&mut open, at("14:00:00"), id, what);
        did("look", Happened::Held { why, unclear: true });
        for (id, outcome) in [
            ("retry", Outcome::Refused { failure: refused }),
            ("lost", Outcome::Unknown { failure: lost }),
            ("moved", taken),
        ] {
            for what in sent(id, outcome) {
                did(id, what);
            }
        }
        let (outputs, evidence) = Default::default();
        did("moved", Happened::Done { outputs, evidence });
        let Proposal { plan, hash } = proposal("plan");
        did("plan", Happened::Proposed { hash, level: plan.level });
        slow.model.open = Some(open);
        slow.rest();
        slow
    }

    fn carry(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Record(fact) => self.on_way.push_back(fact),
                Effect::Open(facts) => self.opened.push(facts),
                _ => {}
            }
        }
    }

    fn event(&mut self, event: Event) {
        let effects = update(&mut self.model, event, self.now);
        self.carry(effects);
    }

    fn ask(&mut self, ask: Ask) {
        self.now += SignedDuration::from_secs(1);
        let mut out = Vec::new();
        asks::ask(&mut self.model, ask, self.now, &mut out);
        self.carry(out);
    }

    /// At a person's pace.
    fn keys(&mut self, keys: &[Chord]) {
        self.now += SignedDuration::from_secs(1);
        for key in keys {
            self.now += SignedDuration::from_millis(150);
            self.event(Event::Key(*key, self.now));
        }
    }

    fn words(&mut self, words: &str, end: &str) {
        let words = words.chars().map(Chord::char);
        let end = end.split(' ').map(|key| key.parse().expect("a key"));
        self.keys(&words.chain(end).collect::<Vec<_>>());
    }

    /// The journal has written what is on its way.
    fn written(&mut self) {
        while let Some(fact) = self.on_way.pop_front() {
            let entries = &self.incident().entries;
            let seq = entries.len() as u64 + 1;
            let entry = entry(seq, self.now, fact);
            self.event(Event::Recorded(Box::new(entry)));
        }
    }

    /// Until nothing more follows by itself.
    fn rest(&mut self) {
        for _ in 0..10 {
            self.event(Event::Tick);
            self.written();
        }
        assert!(self.incident().oddities.is_empty());
    }

    fn incident(&self) -> &Incident {
        &self.model.open.as_ref().expect("it is open").incident
    }

    /// What is on its way that is taken one at a time.
    fn said(&self) -> Vec<&Fact> {
        let said = |fact: &&Fact| About::of(fact).is_some();
        self.on_way.iter().filter(said).collect()
    }

    /// Whether the person was told that something is still being written.
    fn was_told(&self) -> bool {
        let words = "still being written";
        let notice = self.model.notices.back();
        notice.is_some_and(|one| one.text.contains(words))
            || matches!(&self.model.overlay, Some(Overlay::Form(form))
                if form.error.as_ref().is_some_and(|e| e.contains(words)))
    }

    fn sound(&self, told: &str) {
        let odd = &self.incident().oddities;
        assert!(odd.is_empty(), "{told}: {odd:?}");
    }
}

fn entry(seq: u64, at: Timestamp, fact: Fact) -> Entry {
    let boot = "b".to_owned();
    Entry { seq, at, up_ns: 0, boot, by: author("ann"), fact }
}

fn proposal(id: &str) -> Proposal {
    let plan = Plan {
        step: id.into(),
        calls: vec![Call::RdsPromoteReadReplica(PromoteReadReplica {
            account: "111122223333".into(),
            region: "eu-central-1".into(),
            instance: id.into(),
            backup_retention_days: None,
        })],
        effect: String::new(),
        loss: None,
        expect: None,
        undo: Undo::NotNeeded,
        level: Level::Severe,
        bound: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        typed: Some(id.into()),
        readback: None,
        second: Second::Off,
    };
    let hash = PlanHash::of("INC", "slow", 1, &plan);
    Proposal { plan, hash }
}

/// From a plan to the answer of its call.
fn sent(id: &str, outcome: Outcome) -> Vec<Happened> {
    let Proposal { plan, hash } = proposal(id);
    let typed = plan.typed.clone();
    let intent = IntentCopy {
        run: "run-1".into(),
        step: id.into(),
        attempt: 1,
        position: 0,
        of: 1,
        plan: hash,
        call: plan.calls[0].clone(),
        token: String::new(),
    };
    let (attempt, position, took_ms) = (1, 0, 40);
    vec![
        Happened::Proposed { hash, level: plan.level },
        Happened::Confirmed {
            hash,
            plan: Box::new(plan),
            approval: Approval {
                by: "ann".into(),
                typed,
                ..Approval::default()
            },
            shown_ms: 900,
        },
        Happened::Intended { intent: Box::new(intent) },
        Happened::Outcome { attempt, position, outcome, took_ms },
    ]
}

/// Something that a person says: a wish, and the words it asks for.
type Saying = (&'static str, fn(&mut Slow));

fn said(slow: &mut Slow, wish: Ask, words: &[&str]) {
    slow.model.overlay = None;
    slow.ask(wish);
    for words in words {
        slow.words(words, "enter");
    }
}

fn confirmed(slow: &mut Slow) {
    slow.now += SignedDuration::from_secs(1);
    let head = ("plan".to_owned(), String::new());
    let (account, driver) = ("learn-prod".into(), "ann".into());
    let dialog =
        confirm::State::new(head, proposal("plan"), account, driver, slow.now);
    slow.model.overlay = Some(Overlay::Confirm(Box::new(dialog)));
    slow.words("plan", "tab y e s");
}

/// All that is said of a run.
const OF_RUN: [Saying; 11] = [
    ("choose", |slow| {
        let (step, choice) = ("choose".into(), "end".into());
        said(slow, Ask::Choose { step, choice }, &[WHY]);
    }),
    ("answer", |slow| said(slow, Ask::Do("tell".into()), &[WHY])),
    ("skip", |slow| said(slow, Ask::Skip("look".into()), &[WHY])),
    ("override", |slow| {
        said(slow, Ask::Override("look".into()), &[WHY, "look"]);
    }),
    ("retry", |slow| said(slow, Ask::Retry("retry".into()), &[])),
    ("state", |slow| {
        said(slow, Ask::State("lost".into(), true), &[WHY, "lost"]);
    }),
    ("call back", |slow| said(slow, Ask::CallBack("back".into()), &[WHY])),
    ("pause", |slow| said(slow, Ask::Pause, &[WHY])),
    ("manner", |slow| said(slow, Ask::Manner, &[WHY])),
    ("abort", |slow| said(slow, Ask::Abort, &[WHY, "slow"])),
    ("confirm", confirmed),
];

const OF_INCIDENT: [Saying; 2] = [
    ("arm", |slow| {
        said(slow, Ask::Act(Action::ModeArm), &[WHY, "learn-prod"]);
    }),
    ("close", |slow| said(slow, Ask::Act(Action::IncidentClose), &[WHY])),
];

#[test]
fn nothing_else_is_said_of_a_run_before_what_was_said_is_on_disk() {
    let base = Slow::new();
    for (first, saying) in OF_RUN {
        let mut slow = base.clone();
        saying(&mut slow);
        assert_eq!(slow.said().len(), 1, "{first}: {:?}", slow.on_way);
        for (second, other) in OF_RUN {
            let mut slow = slow.clone();
            other(&mut slow);
            let told = format!("{first}, then {second}");
            assert_eq!(slow.said().len(), 1, "{told}: {:?}", slow.on_way);
            assert!(slow.was_told(), "{told}: {:?}", slow.model.notices);
            let traces = slow.on_way.iter().filter(|fact| !fact.is_auto());
            assert_eq!(traces.count(), 1, "{told}: {:?}", slow.on_way);
            slow.written();
            slow.sound(&told);
        }
    }
}

#[test]
fn arming_and_closing_are_said_once_and_nothing_is_said_beside_a_close() {
    let base = Slow::new();
    for (first, saying) in OF_INCIDENT {
        let mut slow = base.clone();
        saying(&mut slow);
        assert_eq!(slow.said().len(), 1, "{first}: {:?}", slow.on_way);
        saying(&mut slow);
        assert_eq!(slow.said().len(), 1, "{first}: {:?}", slow.on_way);
        assert!(slow.was_told(), "{first}");
        slow.written();
        slow.sound(first);
    }
    let mut closing = base.clone();
    OF_INCIDENT[1].1(&mut closing);
    for (other, saying) in OF_RUN {
        let mut slow = closing.clone();
        saying(&mut slow);
        assert_eq!(slow.said().len(), 1, "{other} beside a close");
    }
}

#[test]
fn words_that_are_refused_stay_and_are_taken_once_the_disk_has_answered() {
    let mut slow = Slow::new();
    OF_RUN[1].1(&mut slow);
    OF_RUN[2].1(&mut slow);
    assert!(matches!(slow.model.overlay, Some(Overlay::Form(_))));
    slow.written();
    slow.words("", "enter");
    let facts = slow.said();
    assert!(
        matches!(facts[..], [Fact::Step(StepFact {
            what: Happened::Skipped { reason },
            ..
        })] if reason == WHY),
        "{facts:?}"
    );
    // A plan stays in front as well, with what was typed.
    let mut slow = Slow::new();
    OF_RUN[1].1(&mut slow);
    confirmed(&mut slow);
    slow.written();
    slow.words("", "y e s");
    let facts = slow.said();
    assert!(
        matches!(
            facts[..],
            [Fact::Step(StepFact { what: Happened::Confirmed { .. }, .. })]
        ),
        "{facts:?}"
    );
}

#[test]
fn what_could_not_be_written_may_be_said_again() {
    let mut slow = Slow::new();
    OF_RUN[1].1(&mut slow);
    slow.on_way.clear();
    let failure = Failure::new("write the journal", FailureKind::Other);
    let (what, step) = ("a record".into(), Some("tell".into()));
    slow.event(Event::NotRecorded { what, step, failure });
    OF_RUN[1].1(&mut slow);
    assert_eq!(slow.said().len(), 1, "{:?}", slow.on_way);
}

#[test]
fn a_run_is_started_once_however_slow_the_disk() {
    let mut slow = Slow::blank();
    let start = |slow: &mut Slow| {
        slow.model.overlay = None;
        slow.ask(Ask::StartRunbook(0));
        slow.words("", "enter enter");
    };
    start(&mut slow);
    start(&mut slow);
    assert!(slow.was_told(), "{:?}", slow.model.notices);
    assert_eq!(slow.opened.len(), 1, "one incident is opened");
    let first = slow.opened[0].remove(0);
    let opened = Event::Opened {
        id: "INC-1".into(),
        dir: "/state".into(),
        entries: vec![entry(1, slow.now, first)],
        head: GENESIS.to_owned(),
        fresh: true,
    };
    slow.event(opened);
    let rest = slow.opened.remove(0);
    rest.into_iter().rev().for_each(|fact| slow.on_way.push_front(fact));
    // Nor is it while the journal is open and the start is on its way.
    start(&mut slow);
    let pinned = |fact: &&Fact| matches!(fact, Fact::Pinned { .. });
    assert_eq!(slow.on_way.iter().filter(pinned).count(), 1);
    slow.written();
    slow.sound("started");
    assert_eq!(slow.incident().runs.len(), 1);
}

#[test]
fn what_looks_tell_waits_for_what_a_person_said() {
    let mut slow = Slow::new();
    let (_, abort) = OF_RUN[9];
    abort(&mut slow);
    // By now the check takes longer than it may.
    slow.now += SignedDuration::from_hours(6);
    slow.event(Event::Tick);
    let told = |fact: &&Fact| matches!(fact, Fact::Step(_));
    assert_eq!(slow.on_way.iter().filter(told).count(), 1);
    slow.written();
    slow.sound("aborted");
}

#[test]
fn nobody_stays_armed_who_was_disarmed_while_it_was_being_written() {
    let mut slow = Slow::new();
    OF_INCIDENT[0].1(&mut slow);
    said(&mut slow, Ask::Act(Action::ModeDisarm), &[]);
    said(&mut slow, Ask::Act(Action::ModeDisarm), &[]);
    assert_eq!(slow.said().len(), 2, "{:?}", slow.on_way);
    slow.written();
    assert!(!slow.model.mode.is_armed());
    let mut slow = Slow::new();
    OF_INCIDENT[0].1(&mut slow);
    slow.event(Event::Woke);
    slow.written();
    assert!(!slow.model.mode.is_armed(), "the machine slept");
}

#[test]
fn an_approval_waits_until_what_was_said_is_on_disk() {
    let mut slow = Slow::new();
    OF_RUN[1].1(&mut slow);
    let head = ("plan".to_owned(), String::new());
    let shown = proposal("plan");
    let said = Said::Approval {
        run: "run-1".into(),
        step: "plan".into(),
        hash: shown.hash,
    };
    let (account, driver) = ("learn-prod".into(), "ann".into());
    let dialog = confirm::State::new(head, shown, account, driver, slow.now);
    slow.model.overlay = Some(Overlay::Confirm(Box::new(dialog)));
    let (by, at, login) = (author("bob"), slow.now, String::new());
    let message = Box::new(Message { v: 1, n: 1, at, by, login, said });
    slow.event(Event::Message { id: "bob-1".into(), message });
    assert_eq!(slow.said().len(), 1, "{:?}", slow.on_way);
    slow.written();
    let taken = slow.incident().entries.iter().any(|entry| {
        matches!(&entry.fact, Fact::Step(StepFact {
            what: Happened::Approved { by, .. },
            ..
        }) if by.name == "bob")
    });
    assert!(taken, "it was lost");
}
