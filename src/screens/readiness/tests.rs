use insta::assert_snapshot;

use super::*;
use crate::estate::metrics::{Practice, Regained};
use crate::estate::part::Kind;
use crate::estate::part::tags::Tagged;
use crate::estate::{Found, What};
use crate::screens::fixture::{
    ASCII, BODIES, Fixture, PROD, WEST, arn, at, painted, sizes,
};
use jiff::SignedDuration;

/// The fixture, in which two resources carry the tag of an application.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new();
    let tagged = |arn: String, app: &str| Tagged {
        arn: arn.into(),
        tags: [("app".to_owned(), app.to_owned())].into(),
    };
    let parts = [
        tagged(arn("rds", "db:learn-db"), "learn-web").into(),
        tagged(arn("ec2", "volume/wiki-data"), "wiki").into(),
    ];
    let found = Found::Parts(parts.into());
    let now = fixture.now;
    fixture.saw((PROD, WEST), What::Parts(Kind::Tagged), now, found);
    fixture.derive();
    fixture
}

fn drill(simulated: Option<&str>) -> Practice {
    Practice {
        id: "INC-20260423-0900-1a2b".to_owned(),
        title: "spring drill".to_owned(),
        at: at("09:00:00"),
        drill: true,
        simulated: simulated.map(str::to_owned),
        endpoint: None,
        rto: Some(SignedDuration::from_mins(64)),
        completion: Some(SignedDuration::from_mins(22)),
        objective: Some(SignedDuration::from_mins(15)),
        regained: vec![Regained {
            name: "learn-db".to_owned(),
            loss: Some(SignedDuration::from_secs(15)),
            objective: Some(SignedDuration::from_mins(5)),
            evidence: "replica lag".to_owned(),
        }],
        runs: Vec::new(),
    }
}

fn ready(known: &Known<'_>) -> State {
    let mut state = State::default();
    refresh(&mut state, known);
    state
}

fn shown(known: &Known<'_>, focus: usize, area: Rect) -> String {
    let state = State { focus, ..ready(known) };
    painted(&view(&state, known, area), area, known.setting.theme)
}

/// What Enter reads of the line with this name.
fn read(known: &Known<'_>, focus: usize, name: &str) -> String {
    let mut state = State { focus, ..ready(known) };
    let shown = &mut state.shown[focus];
    let place = shown.lines.iter().position(|line| line.name == name);
    let place = u32::try_from(place.unwrap()).unwrap();
    shown.listing.fill(vec![place], Some(0));
    let asks = act(&mut state, Action::ListOpen, known);
    let [Ask::Read(read)] = &asks[..] else { panic!("{asks:?}") };
    read.copy.clone().unwrap()
}

#[test]
fn enter_reads_what_an_application_has_and_what_it_lacks() {
    let fixture = fixture();
    let known = fixture.known();
    let told = read(&known, 0, "wiki");
    for part in ["tag app = wiki", "in-Region backups", "cross-Region backups"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn enter_reads_definition_evidence_and_source_of_a_metric() {
    let mut fixture = fixture();
    fixture.setting.simulated = None;
    let past = [drill(None)];
    let known = Known { past: &past, ..fixture.known() };
    let told = read(&known, 1, "actual RTO");
    for part in [
        "1h 04m",
        "at most 15m 00s",
        "From the impact, as asserted",
        "journal of INC-20260423-0900-1a2b",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_drill_on_a_simulated_aws_counts_on_no_real_one() {
    let mut fixture = fixture();
    fixture.setting.simulated = None;
    let past = [drill(Some("training-platform"))];
    let known = Known { past: &past, ..fixture.known() };
    let told = read(&known, 1, "actual RTO");
    assert!(told.contains("1 in an embedded or other AWS"), "{told}");
}

#[test]
fn tab_goes_round_the_sections_and_each_keeps_its_cursor() {
    let fixture = fixture();
    let known = fixture.known();
    let mut state = ready(&known);
    act(&mut state, Action::PaneNext, &known);
    assert_eq!(state.front().0.title, "Metrics");
    act(&mut state, Action::ListDown, &known);
    for title in ["Cost", "Drills", "Applications"] {
        act(&mut state, Action::PaneNext, &known);
        assert_eq!(state.front().0.title, title);
    }
    for _ in 0..3 {
        act(&mut state, Action::PanePrevious, &known);
    }
    assert_eq!(state.front().1.listing.current(), Some(1));
}

#[test]
fn all_sections_stand_side_by_side_where_there_is_room() {
    let fixture = fixture();
    let text = shown(&fixture.known(), 0, BODIES[0]);
    for title in ["Applications (", "Metrics (7)", "Cost (", "Drills ("] {
        assert!(text.contains(title), "{title}: {text}");
    }
}

#[test]
fn readiness_at_three_sizes() {
    let mut fixture = fixture();
    let past = [drill(Some("training-platform"))];
    let known = Known { past: &past, ..fixture.known() };
    assert_snapshot!("wide", shown(&known, 0, BODIES[0]));
    assert_snapshot!("standard", shown(&known, 0, BODIES[1]));
    assert_snapshot!("standard_metrics", shown(&known, 1, BODIES[1]));
    fixture.setting.theme = ASCII;
    let known = Known { past: &past, ..fixture.known() };
    assert_snapshot!("narrow_ascii", shown(&known, 1, BODIES[2]));
    let ascii = shown(&known, 0, BODIES[1]).replace('…', "");
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn no_size_panics() {
    let fixture = fixture();
    let known = fixture.known();
    for area in sizes() {
        shown(&known, 2, area);
    }
}
