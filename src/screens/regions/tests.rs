use insta::assert_snapshot;

use super::count::Count;
use super::*;
use crate::screens::fixture::{ASCII, BODIES, Fixture, WEST, painted, sizes};

fn ready(fixture: &Fixture) -> State {
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    state
}

fn shown(fixture: &Fixture, area: Rect) -> String {
    let state = ready(fixture);
    let view = view(&state, &fixture.known(), area);
    painted(&view, area, fixture.setting.theme)
}

#[test]
fn our_own_calls_are_counted_over_the_last_five_minutes() {
    let fixture = Fixture::new();
    let count = count(&Region::new(WEST), &fixture.known());
    assert_eq!((count.good, count.calls % 3), (0, 0));
    assert!(count.calls > 0);
    assert_eq!(&*count.share().text, "0%");
    assert_eq!(&*Count::default().share().text, "?");
}

#[test]
fn an_old_answer_that_held_no_alarm_is_not_shown_as_none() {
    let fixture = Fixture::new();
    let count = count(&Region::new(WEST), &fixture.known());
    assert_eq!(count.alarms(), Cell::new("?", Tone::Unknown));
}

#[test]
fn the_failure_of_each_source_is_said_in_plain_words() {
    let text = shown(&Fixture::new(), BODIES[1]);
    assert!(text.contains("STALE 12m"), "{text}");
    assert!(text.contains("no answer in time"), "{text}");
}

#[test]
fn an_unhealthy_primary_makes_the_secondary_answer() {
    let text = shown(&Fixture::new(), BODIES[1]);
    let line = |word: &str| {
        let found = text.lines().find(|line| line.contains(word));
        found.unwrap_or_default().to_owned()
    };
    assert!(line("PRIMARY").contains("✖ unhealthy"), "{text}");
    assert!(line("SECONDARY").contains("answers now"), "{text}");
    assert!(!line("PRIMARY").contains("answers"), "{text}");
}

/// The text that Enter opens.
fn opened(state: &mut State, known: &Known<'_>) -> String {
    let asks = act(state, Action::ListOpen, known);
    let [Ask::Read(text)] = asks.as_slice() else { panic!("a text is shown") };
    let lines = text.lines.iter().map(|row| {
        row.iter().map(|cell| cell.text.to_string()).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn tab_goes_to_the_sources_and_enter_to_what_one_says() {
    let fixture = Fixture::new();
    let mut state = ready(&fixture);
    let known = fixture.known();
    assert_eq!(act(&mut state, Action::PaneNext, &known), []);
    let all = opened(&mut state, &known);
    assert!(all.contains("no answer within 10 s"), "{all}");
}

#[test]
fn enter_on_a_region_tells_its_standby_and_what_is_homed_elsewhere() {
    let fixture = Fixture::new();
    let mut state = ready(&fixture);
    let known = fixture.known();
    let source = opened(&mut state, &known);
    assert!(source.contains("own services"), "{source}");
    assert!(!source.contains("Standby readiness"), "{source}");
    let planes = "Control planes homed elsewhere";
    assert!(source.contains(planes), "{source}");
    act(&mut state, Action::ListDown, &known);
    let target = opened(&mut state, &known);
    assert!(target.contains("Standby readiness"), "{target}");
    assert!(target.contains("inside their RPO here"), "{target}");
}

#[test]
fn regions_at_three_sizes() {
    let mut fixture = Fixture::new();
    assert_snapshot!("wide", shown(&fixture, BODIES[0]));
    assert_snapshot!("standard", shown(&fixture, BODIES[1]));
    fixture.setting.theme = ASCII;
    assert_snapshot!("narrow_ascii", shown(&fixture, BODIES[2]));
}

#[test]
fn no_size_panics() {
    let fixture = Fixture::new();
    for area in sizes() {
        shown(&fixture, area);
    }
}
