use insta::assert_snapshot;

use super::*;
use crate::screens::fixture::{ASCII, BODIES, Fixture, arn, painted, sizes};

fn ready(fixture: &Fixture) -> State {
    let mut state = State::default();
    state.show(&arn("rds", "db:learn-db"));
    refresh(&mut state, &fixture.known());
    state
}

fn shown(fixture: &Fixture, area: Rect) -> String {
    let state = ready(fixture);
    let view = view(&state, &fixture.known(), area);
    painted(&view, area, fixture.setting.theme)
}

fn lines(text: &str, word: &str) -> Vec<String> {
    let found = text.lines().filter(|line| line.contains(word));
    found.map(str::to_owned).collect()
}

#[test]
fn a_resource_that_is_asked_for_is_selected_with_its_points() {
    let fixture = Fixture::new();
    let state = ready(&fixture);
    let here = state.standing(&fixture.known()).expect("it is known");
    assert_eq!(here.name, "learn-db");
    assert_eq!(state.focus, Focus::Points);
    let text = shown(&fixture, BODIES[1]);
    assert!(text.contains("Recovery points of learn-db (3)"), "{text}");
}

#[test]
fn what_lies_in_a_region_that_does_not_answer_cannot_be_restored() {
    let text = shown(&Fixture::new(), BODIES[1]);
    let points = lines(&text, "backup");
    let west: Vec<_> =
        points.iter().filter(|l| l.contains("eu-west-1")).collect();
    assert_eq!(west.len(), 1, "{text}");
    assert!(!west[0].contains("✔ can"), "{text}");
    let copy = lines(&text, " copy ");
    assert!(copy[0].contains("✔ can"), "{text}");
}

#[test]
fn the_target_region_stands_first() {
    let text = shown(&Fixture::new(), BODIES[1]);
    let place = |word: &str| {
        let below = text.split("Recovery points").nth(1);
        below.and_then(|below| below.find(word)).expect("it is shown")
    };
    assert!(place("eu-central-1") < place("eu-west-1"), "{text}");
}

#[test]
fn the_filter_holds_name_type_and_arn() {
    let mut fixture = Fixture::new();
    for filter in ["learn-db", "RDS", "arn:aws:rds"] {
        fixture.filter = filter.to_owned();
        let state = ready(&fixture);
        let here = state.standing(&fixture.known());
        assert_eq!(
            here.map(|s| s.name.as_str()),
            Some("learn-db"),
            "{filter}"
        );
        assert_eq!(state.listing.len(), 1, "{filter}");
    }
}

#[test]
fn the_cursor_keeps_its_resource_when_the_filter_goes() {
    let mut fixture = Fixture::new();
    let mut state = ready(&fixture);
    fixture.filter = "wiki".to_owned();
    refresh(&mut state, &fixture.known());
    fixture.filter.clear();
    refresh(&mut state, &fixture.known());
    let here = state.standing(&fixture.known()).expect("it is known");
    assert_eq!(here.name, "learn-db");
}

#[test]
fn resources_at_three_sizes() {
    let mut fixture = Fixture::new();
    assert_snapshot!("wide", shown(&fixture, BODIES[0]));
    assert_snapshot!("standard", shown(&fixture, BODIES[1]));
    fixture.setting.theme = ASCII;
    assert_snapshot!("narrow_ascii", shown(&fixture, BODIES[2]));
    let ascii = shown(&fixture, BODIES[1]).replace('…', "");
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn no_size_panics() {
    let fixture = Fixture::new();
    for area in sizes() {
        shown(&fixture, area);
    }
}
