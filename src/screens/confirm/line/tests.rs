use jiff::{SignedDuration, Timestamp};

use super::super::{ALONE, Came, LEFT};
use super::*;
use crate::keymap::{Action, Chord, Context};
use crate::runbook::plan::{Level, Plan, PlanHash, ReadBack, Undo};
use crate::runbook::run::{Approver, Proposal};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn dialog(second: Second) -> State {
    let plan = Plan {
        step: "promote".into(),
        calls: Vec::new(),
        effect: "becomes a primary".into(),
        loss: None,
        expect: None,
        undo: Undo::None("roll forward".into()),
        level: Level::Severe,
        bound: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        typed: Some("db-replica".into()),
        readback: None,
        second,
    };
    let hash = PlanHash::of("INC-1", "sha", 1, &plan);
    let head = ("promote".to_owned(), "Promote".to_owned());
    let proposal = Proposal { plan, hash };
    State::new(head, proposal, "learn".into(), "ann".into(), at(0))
}

fn typed(state: &mut State, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' { "space".into() } else { c.to_string() };
        let chord: Chord = name.parse().unwrap();
        state.text(chord);
    }
}

fn tab(state: &mut State) {
    assert_eq!(state.act(Action::PaneNext), Came::Open);
}

fn accept(state: &mut State) -> Option<Given> {
    match state.act(Action::ConfirmAccept) {
        Came::Accepted(given) => Some(given),
        other => {
            assert_eq!(other, Came::Open);
            None
        }
    }
}

fn words(state: &State) -> String {
    format!("approve {}", state.hash.short())
}

#[test]
fn without_a_second_person_the_name_is_all() {
    let mut state = dialog(Second::Off);
    typed(&mut state, "db-replica");
    assert_eq!(accept(&mut state), None);
    assert_eq!(state.act(Action::InputSubmit), Came::Open);
    assert_eq!(state.context(), Context::Typed, "enter leads nowhere");
    tab(&mut state);
    assert_eq!(state.context(), Context::Confirm);
    let given = accept(&mut state).unwrap();
    assert_eq!(given.typed.as_deref(), Some("db-replica"));
    assert_eq!(given.second, None);
}

#[test]
fn a_second_person_types_their_name_and_the_words_and_is_not_the_driver() {
    for name in ["ann", " ANN ", ""] {
        let mut state = dialog(Second::Required);
        typed(&mut state, "db-replica");
        tab(&mut state);
        typed(&mut state, name);
        tab(&mut state);
        let all = words(&state);
        typed(&mut state, &all);
        tab(&mut state);
        assert_eq!(accept(&mut state), None, "{name:?}");
    }
    let mut state = dialog(Second::Required);
    typed(&mut state, "db-replica");
    tab(&mut state);
    typed(&mut state, "bob");
    tab(&mut state);
    assert_eq!(accept(&mut state), None, "a name approves nothing");
    let all = words(&state);
    typed(&mut state, &all);
    tab(&mut state);
    let given = accept(&mut state).unwrap();
    assert_eq!(given.second.as_deref(), Some("bob"));
}

#[test]
fn alone_is_offered_after_a_minute_and_only_where_one_is_preferred() {
    for (second, seconds, offered) in [
        (Second::Preferred, ALONE.as_secs() - 1, false),
        (Second::Preferred, ALONE.as_secs(), true),
        (Second::Required, 10 * ALONE.as_secs(), false),
    ] {
        let mut state = dialog(second);
        typed(&mut state, "db-replica");
        state.refresh(None, at(seconds));
        tab(&mut state);
        tab(&mut state);
        typed(&mut state, "nobody answers the pager");
        tab(&mut state);
        let given = accept(&mut state);
        assert_eq!(given.is_some(), offered, "{second:?} {seconds}");
        let why = given.and_then(|given| given.alone);
        assert_eq!(why.is_some(), offered);
    }
}

#[test]
fn a_short_reason_to_go_alone_is_none() {
    let mut state = dialog(Second::Preferred);
    typed(&mut state, "db-replica");
    state.refresh(None, at(61));
    tab(&mut state);
    tab(&mut state);
    typed(&mut state, "hurry");
    tab(&mut state);
    assert_eq!(accept(&mut state), None);
}

#[test]
fn an_approval_from_another_console_leaves_the_name_to_type() {
    let bob = Approver {
        name: "bob".into(),
        arn: None,
        console: Some("pts/4".into()),
        verified: true,
    };
    let mut state = dialog(Second::Required);
    state.refresh(Some(&bob), at(5));
    assert_eq!(accept(&mut state), None);
    typed(&mut state, "db-replica");
    tab(&mut state);
    assert!(accept(&mut state).is_some());
    // Without a name the words stay: keys meant for a line that has gone
    // accept nothing.
    let mut state = dialog(Second::Required);
    state.plan.typed = None;
    state.begin_anew(at(0));
    state.refresh(Some(&bob), at(5));
    assert_eq!(state.context(), Context::Typed);
    assert_eq!(accept(&mut state), None);
    let all = words(&state);
    typed(&mut state, &all);
    tab(&mut state);
    assert!(accept(&mut state).is_some());
}

#[test]
fn an_observed_value_is_read_back_as_it_was_when_the_dialog_opened() {
    let mut state = dialog(Second::Off);
    let (ask, value) = ("lag of db-replica".into(), "12s".into());
    state.plan.readback = Some(ReadBack { ask, value });
    typed(&mut state, "db-replica");
    tab(&mut state);
    typed(&mut state, "13s");
    tab(&mut state);
    assert_eq!(accept(&mut state), None);
    for _ in 0..3 {
        state.act(Action::InputDeleteBack);
    }
    typed(&mut state, "12s");
    tab(&mut state);
    let given = accept(&mut state).unwrap();
    assert_eq!(given.readback.as_deref(), Some("12s"));
}

#[test]
fn a_dialog_left_alone_is_told_and_forgets_what_was_typed() {
    let mut state = dialog(Second::Off);
    typed(&mut state, "db-replica");
    tab(&mut state);
    assert!(!state.was_left(at(LEFT.as_secs() - 1)));
    assert!(state.was_left(at(LEFT.as_secs())));
    state.begin_anew(at(LEFT.as_secs()));
    assert!(!state.was_left(at(LEFT.as_secs() + 1)));
    assert_eq!(accept(&mut state), None);
    let second = SignedDuration::from_millis(500);
    assert!(!state.is_deaf(at(LEFT.as_secs()) + second));
}

#[test]
fn tab_on_what_does_not_match_says_why_it_goes_nowhere() {
    let mut state = dialog(Second::Off);
    typed(&mut state, "db-other");
    tab(&mut state);
    let view = state.view(at(2));
    assert_eq!(&*view.fields[0].note.text, "does not match");
    let keys = state.keys(at(2), |_| String::new());
    assert!(keys.contains("not what is asked for yet"), "{keys}");
    typed(&mut state, "x");
    assert_eq!(&*state.view(at(2)).fields[0].note.text, "");
}

#[test]
fn a_word_typed_by_habit_is_nobodys_name() {
    for word in ["yes", " Y", "approve", "ok", "No"] {
        let mut state = dialog(Second::Required);
        typed(&mut state, "db-replica");
        tab(&mut state);
        typed(&mut state, word);
        tab(&mut state);
        let view = state.view(at(2));
        assert_eq!(&*view.fields[1].note.text, "that is no name", "{word}");
        assert_eq!(state.focus, Line::Second, "{word}");
    }
}
