use super::*;
use crate::app::plain::prompt as plain_prompt;
use crate::app::{Watch, update};
use crate::estate::saved::Place;
use crate::event::Event;
use crate::keymap::Keymap;
use crate::runbook::Values;
use crate::runbook::run::{Happened, RunHappened, StepFact};
use crate::screens::fixture::{Fixture, at, open_on, step, tell};
use crate::screens::{Screen, runbook};

const TRIAL: &str = include_str!("../../../tests/runs/books/trial.toml");

/// Only a decision with little time.
const DECISION: &str = r#"
schema = 1
[runbook]
id = "short"
title = "A decision"
[[step]]
id = "keep"
kind = "decide"
title = "Keep it?"
ask = "Does it hold?"
window = "10m"
choices = [{ key = "yes" }, { key = "no", end = true }]
"#;

fn model(runbook: &str) -> (Model, Timestamp) {
    let Fixture { setting, estate, now, .. } = Fixture::new();
    let mut model = Model::new(
        setting,
        Keymap::default(),
        estate,
        Watch::default(),
        Vec::new(),
        Place::default(),
    );
    model.open = Some(open_on(runbook));
    model.screen = Screen::Runbook;
    (model, now)
}

/// Presses keys, and gives the facts that are to be recorded.
fn press(model: &mut Model, keys: &str, now: Timestamp) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut at = now;
    for key in keys.split(' ') {
        // As fast as a person, so that it is not taken for a paste.
        at += jiff::SignedDuration::from_millis(150);
        let key = key.parse().expect("a key");
        for effect in update(model, Event::Key(key, at), at) {
            let Effect::Record(fact) = effect else { continue };
            // No disk takes it: it may be told again.
            if let (Fact::Step(step), true) = (&fact, fact.is_auto()) {
                let run = model.open.as_mut().and_then(Open::run_mut);
                run.expect("it runs").not_recorded(&step.step);
            }
            facts.push(fact);
        }
    }
    facts
}

fn runs(facts: &[Fact]) -> Vec<RunHappened> {
    let of = |fact: &Fact| match fact {
        Fact::Run(fact) => Some(fact.what.clone()),
        _ => None,
    };
    facts.iter().filter_map(of).collect()
}

const WHY: &str = "w a i t space f o r space t h e m enter";

fn held(model: &mut Model) {
    let open = model.open.as_mut().expect("it is open");
    let why = "it is being modified".to_owned();
    step(
        open,
        at("14:31:00"),
        "standby",
        Happened::Held { why, unclear: false },
    );
}

#[test]
fn a_pause_asks_why_and_the_same_key_lets_the_run_go_on() {
    let (mut model, now) = model(TRIAL);
    let facts = press(&mut model, &format!("P {WHY}"), now);
    let reason = "wait for them".to_owned();
    assert_eq!(runs(&facts), [RunHappened::Paused { reason }]);
    for fact in facts {
        model.writing.end(&fact);
        let open = model.open.as_mut().expect("it is open");
        tell(open, at("14:32:00"), fact);
    }
    let later = now + jiff::SignedDuration::from_mins(1);
    let facts = press(&mut model, "P", later);
    assert_eq!(runs(&facts), [RunHappened::Continued]);
}

#[test]
fn another_manner_shows_what_it_changes_and_asks_why() {
    let (mut model, now) = model(TRIAL);
    press(&mut model, "M", now);
    let Some(Overlay::Form(form)) = &model.overlay else {
        panic!("it asks why")
    };
    assert!(form.title.contains("gracefully"), "{}", form.title);
    assert!(form.lines[0][0].text.contains("needed then: drain"));
    let facts = press(&mut model, WHY, now);
    let (manner, reason) = (Manner::Graceful, "wait for them".to_owned());
    assert_eq!(runs(&facts), [RunHappened::Manner { manner, reason }]);
}

#[test]
fn only_a_check_that_is_held_is_overridden_by_name_and_with_a_reason() {
    let (mut model, now) = model(TRIAL);
    press(&mut model, "O", now);
    assert!(model.overlay.is_none());
    held(&mut model);
    press(&mut model, "O", now);
    let Some(Overlay::Form(form)) = &model.overlay else {
        panic!("it asks why")
    };
    assert!(form.lines[0][0].text.contains("it is being modified"));
    let later = now + jiff::SignedDuration::from_secs(2);
    let keys = format!("{WHY} s t a n d b y enter");
    let facts = press(&mut model, &keys, later);
    let found = facts.iter().any(|fact| {
        matches!(fact, Fact::Step(fact)
            if matches!(&fact.what, Happened::Overridden { seen, .. }
                if seen == "it is being modified"))
    });
    assert!(found, "{facts:?}");
}

#[test]
fn a_way_back_that_is_closed_says_why_and_cannot_be_picked() {
    let (mut model, now) = model(TRIAL);
    press(&mut model, "b", now);
    let Some(Overlay::Menu(menu)) = &model.overlay else {
        panic!("it offers the ways back")
    };
    let entries: Vec<_> = menu.entries.iter().collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].name, "undo traffic");
    assert!(entries[0].note.contains("nothing to undo"), "{entries:?}");
    assert_eq!(entries[0].ask, None);
}

#[test]
fn the_end_of_a_trial_rings_and_asks_and_never_acts() {
    let (mut model, now) = model(DECISION);
    let mut out = Vec::new();
    overdue(&mut model, "keep", "10m", now, &mut out);
    assert!(matches!(out[..], [Effect::Ring]), "{out:?}");
    assert!(matches!(&model.overlay, Some(Overlay::Menu(menu))
        if menu.entries.len() == 2));
    let run = model.open.as_ref().and_then(Open::run).expect("it runs");
    assert_eq!(run.values(), &Values::new());
    assert!(!run.is_over());
}

/// The moment at which the traffic of the trial can be moved, and the console
/// at which nobody moves it.
fn ready() -> (Model, Timestamp) {
    let (mut model, _) = model(TRIAL);
    let open = model.open.as_mut().expect("it is open");
    let (outputs, evidence) = Default::default();
    let now = at("14:00:00");
    step(open, now, "standby", Happened::Done { outputs, evidence });
    (model, now)
}

#[test]
fn a_change_that_nobody_confirms_in_time_rings_once_and_is_shown() {
    let (mut model, ready) = ready();
    let tick = |model: &mut Model, minutes: i64| {
        let now = ready + jiff::SignedDuration::from_mins(minutes);
        let effects = update(model, Event::Tick, now);
        let facts = effects.into_iter().filter_map(|effect| match effect {
            Effect::Record(Fact::Step(fact)) => Some(fact),
            _ => None,
        });
        facts.collect::<Vec<_>>()
    };
    assert_eq!(tick(&mut model, 10), [], "it has ten minutes");
    let facts = tick(&mut model, 11);
    let [StepFact { step: id, what, .. }] = &facts[..] else {
        panic!("{facts:?}")
    };
    let Happened::Overdue { allowed } = what else { panic!("{what:?}") };
    assert_eq!((&**id, &**allowed), ("traffic", "10m"));
    let open = model.open.as_mut().expect("it is open");
    step(open, at("14:11:00"), "traffic", what.clone());
    assert_eq!(tick(&mut model, 120), [], "once");
    let mut out = Vec::new();
    overdue(&mut model, "traffic", "10m", at("14:11:00"), &mut out);
    assert!(matches!(out[..], [Effect::Ring]), "{out:?}");
    assert!(model.overlay.is_none(), "nothing is done by it");
    let said = &model.notices.back().expect("it is said").text;
    assert!(said.starts_with("traffic waits for you"), "{said}");
    let known = model.known(at("14:12:00"));
    let rows = runbook::about("traffic", &known).expect("it is there");
    let has = |row: &Row| row.iter().any(|c| c.text.contains("longer than"));
    assert!(rows.iter().any(has), "{rows:?}");
    model.plain = true;
    let head = plain_prompt(&model, at("14:12:00")).head;
    assert!(head.iter().any(|l| l.starts_with("Overdue: waits")), "{head:?}");
}
