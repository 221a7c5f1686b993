use std::mem;

use insta::assert_snapshot;
use jiff::SignedDuration;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::app::mode::Mode;
use crate::app::{Model, Watch, asks, update};
use crate::estate::saved::Place;
use crate::event::{Effect, Event};
use crate::runbook::Values;
use crate::runbook::run::Happened;
use crate::screens::fixture::{ASCII, Fixture, open, step, text};
use crate::screens::{Shelf, form, help, menu, palette, reading};

fn model() -> (Model, Timestamp) {
    let fixture = Fixture::new();
    let keymap = Keymap::shipped("default").expect("it is shipped");
    let Fixture { setting, estate, derived, now, .. } = fixture;
    let watch = Watch::default();
    let mut model = Model::new(
        setting,
        keymap,
        estate,
        watch,
        Vec::new(),
        Place::default(),
    );
    model.derived = derived;
    refreshed(&mut model, now);
    (model, now)
}

fn refreshed(model: &mut Model, now: Timestamp) {
    let mut states = mem::take(&mut model.states);
    let known = model.known(now);
    overview::refresh(&mut states.overview, &known);
    resources::refresh(&mut states.resources, &known);
    regions::refresh(&mut states.regions, &known);
    jobs::refresh(&mut states.jobs, &known);
    runbook::refresh(&mut states.runbook, &known);
    timeline::refresh(&mut states.timeline, &known);
    model.states = states;
}

fn shown(model: &Model, now: Timestamp, (w, h): (u16, u16)) -> String {
    let backend = TestBackend::new(w, h);
    let mut terminal = Terminal::new(backend).expect("a test terminal opens");
    terminal
        .draw(|frame| draw(frame, model, now))
        .expect("a test terminal takes all");
    text(terminal.backend().buffer())
}

fn overlays(model: &Model, now: Timestamp) -> Vec<Option<Overlay>> {
    let long = |n: usize| vec![vec![Cell::plain("a line")]; n];
    let form = form::State::new(
        form::Purpose::Note,
        "Note",
        Vec::new(),
        vec![form::Ask::new("note")],
        now,
    );
    let contexts = model.screen.contexts();
    vec![
        None,
        Some(Overlay::Form(Box::new(form))),
        Some(Overlay::Palette(palette::State::new(contexts))),
        Some(Overlay::Help(help::State::new(contexts))),
        Some(Overlay::Menu(menu::State::new("Pick", long(3), vec![]))),
        Some(Overlay::Reading(reading::State::new("Log", long(99)))),
    ]
}

#[test]
fn environment_mode_and_help_are_in_every_frame_whatever_is_open() {
    let (mut model, now) = model();
    for overlay in overlays(&model, now) {
        model.overlay = overlay;
        for screen in Screen::ALL {
            model.screen = screen;
            for size in [(40, 10), (61, 17), (80, 24), (160, 48)] {
                let text = shown(&model, now, size);
                for word in ["[PROD]", "OBSERVE", " help", "SIM"] {
                    assert!(text.contains(word), "{size:?}\n{text}");
                }
            }
        }
    }
}

#[test]
fn the_way_to_the_help_is_a_key_that_is_heard() {
    let (mut model, now) = model();
    for (overlay, way) in overlays(&model, now).into_iter().zip([
        "? help",
        "f1 help",
        "f1 help",
        "esc closes the help",
        "? help",
        "? help",
    ]) {
        model.overlay = overlay;
        let text = shown(&model, now, (80, 24));
        let last = text.lines().last().unwrap_or_default();
        assert!(last.ends_with(way), "{way}: {last}");
    }
}

fn press(model: &mut Model, keys: &str, now: Timestamp) {
    for key in keys.split(' ') {
        let key = key.parse().expect("a key");
        update(model, Event::Key(key, now), now);
    }
}

#[test]
fn the_help_of_a_dialog_gives_way_to_it_with_what_was_typed() {
    let (mut model, now) = model();
    let later = |s| now + SignedDuration::from_secs(s);
    press(&mut model, "m", now);
    press(&mut model, "?", later(1));
    press(&mut model, "f1", later(2));
    assert!(matches!(model.overlay, Some(Overlay::Help(_))));
    let text = shown(&model, later(3), (80, 24));
    assert!(text.contains("Help: input"), "{text}");
    press(&mut model, "enter", later(4));
    let Some(Overlay::Form(form)) = &model.overlay else {
        panic!("the form is back")
    };
    assert_eq!(form.fields[0].edit.value(), "?");
    assert!(model.under.is_none());
}

#[test]
fn the_footer_keeps_arming_and_the_command_line_at_eighty_columns() {
    let (mut model, now) = model();
    for screen in [Screen::Overview, Screen::Runbook] {
        model.screen = screen;
        let text = shown(&model, now, (80, 24));
        let last = text.lines().last().unwrap_or_default();
        for hint in ["g a arm", ": command", "? help"] {
            assert!(last.contains(hint), "{hint}: {last}");
        }
    }
}

#[test]
fn ctrl_c_asks_in_an_incident_and_the_second_one_ends_the_console() {
    let (mut model, now) = model();
    let ctrl_c = |at| Event::Key(Chord::ctrl('c'), at);
    let quits = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Quit))
    };
    let effects = update(&mut model, ctrl_c(now), now);
    assert!(!quits(&effects) && model.overlay.is_none());
    assert!(shown(&model, now, (80, 24)).contains("once more quits"));
    let later = now + SignedDuration::from_secs(9);
    model.open = Some(open());
    press(&mut model, "m", later);
    let effects = update(&mut model, ctrl_c(later), later);
    assert!(!quits(&effects));
    let text = shown(&model, later, (80, 24));
    assert!(text.contains(asks::QUIT), "{text}");
    assert!(text.contains("stays open"), "{text}");
    assert!(text.contains("the simulated AWS ends"), "{text}");
    let soon = later + SignedDuration::from_secs(1);
    assert!(quits(&update(&mut model, ctrl_c(soon), soon)));
}

#[test]
fn the_question_whether_to_quit_gives_way_to_what_it_was_put_over() {
    let (mut model, now) = model();
    model.open = Some(open());
    press(&mut model, "m", now);
    press(&mut model, "ctrl-c", now + SignedDuration::from_secs(1));
    press(&mut model, "esc", now + SignedDuration::from_secs(2));
    assert!(matches!(model.overlay, Some(Overlay::Form(_))));
}

#[test]
fn esc_leaves_the_inner_pane_before_the_screen() {
    let (mut model, now) = model();
    press(&mut model, "3", now);
    press(&mut model, "enter", now + SignedDuration::from_secs(1));
    press(&mut model, "esc", now + SignedDuration::from_secs(2));
    assert_eq!(model.screen, Screen::Regions);
    press(&mut model, "esc", now + SignedDuration::from_secs(3));
    assert_eq!(model.screen, Screen::Overview);
    // Led straight to the points, one goes straight back.
    press(&mut model, "enter", now + SignedDuration::from_secs(4));
    assert_eq!(model.screen, Screen::Resources);
    press(&mut model, "esc", now + SignedDuration::from_secs(5));
    assert_eq!(model.screen, Screen::Overview);
}

#[test]
fn a_step_in_front_goes_on_with_what_happens_to_it() {
    let (mut model, now) = model();
    model.open = Some(open());
    press(&mut model, "5", now);
    press(&mut model, "enter", now + SignedDuration::from_secs(1));
    let seen = |model: &Model| match &model.overlay {
        Some(Overlay::Reading(text)) => {
            let cells = text.lines.concat();
            cells.iter().map(|c| c.text.to_string()).collect::<String>()
        }
        _ => String::new(),
    };
    let before = seen(&model);
    assert!(before.contains("Kind"), "{before}");
    let evidence = vec!["it follows learn-db".to_owned()];
    let done = Happened::Done { outputs: Values::new(), evidence };
    if let Some(open) = &mut model.open {
        step(open, now, "standby", done);
    }
    update(&mut model, Event::Tick, now + SignedDuration::from_secs(2));
    let after = seen(&model);
    assert!(after.contains("it follows learn-db"), "{after}");
}

#[test]
fn the_session_log_stands_in_the_order_of_time() {
    let (mut model, now) = model();
    model.say("the newest", false, now);
    press(&mut model, "E", now + SignedDuration::from_secs(1));
    let Some(Overlay::Reading(text)) = &model.overlay else {
        panic!("the log is open")
    };
    let times = text.lines.iter().filter_map(|row| {
        let time = row.first()?.text.trim().to_owned();
        time.ends_with('Z').then_some(time)
    });
    let times: Vec<String> = times.collect();
    assert!(times.len() > 2, "{times:?}");
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
}

#[test]
fn runbooks_that_cannot_be_used_stand_last_and_say_why() {
    let (mut model, now) = model();
    let shelf = |id: &str, usable| Shelf {
        id: id.into(),
        title: format!("about {id}"),
        usable,
        ..Shelf::default()
    };
    model.shelf = vec![shelf("a", false), shelf("b", true)];
    press(&mut model, "5 o", now);
    let text = shown(&model, now, (80, 24));
    let line = |word| text.lines().position(|l| l.contains(word));
    assert!(line("about b") < line("about a"), "{text}");
    assert!(text.contains("cannot be used: about a"), "{text}");
}

#[test]
fn no_size_panics_on_any_screen() {
    let (mut model, now) = model();
    for screen in Screen::ALL {
        model.screen = screen;
        for width in (1..180).step_by(13) {
            for height in (1..56).step_by(3) {
                shown(&model, now, (width, height));
            }
        }
    }
}

#[test]
fn a_terminal_below_all_layouts_has_one_line() {
    let (model, now) = model();
    let text = shown(&model, now, (39, 9));
    assert!(text.starts_with("[PROD] OBSERVE Overview"), "{text}");
}

#[test]
fn a_prefix_that_waits_shows_what_may_follow() {
    let (mut model, now) = model();
    let key = Event::Key(Chord::char('y'), now);
    update(&mut model, key, now);
    let soon = shown(&model, now, (80, 24));
    assert!(soon.contains(" y-"), "{soon}");
    assert!(!soon.contains("y  copy"), "{soon}");
    let later = now + SignedDuration::from_millis(450);
    let later = shown(&model, later, (80, 24));
    assert!(later.contains("y  copy"), "{later}");
    assert!(later.contains("a ARN"), "{later}");
}

#[test]
fn a_held_picture_says_so() {
    let (mut model, now) = model();
    let key = Event::Key(Chord::char('f'), now);
    update(&mut model, key, now);
    let text = shown(&model, now, (80, 24));
    assert!(text.contains("FROZEN at 14:32:07Z"), "{text}");
}

#[test]
fn states_differ_as_text_when_there_is_no_colour() {
    let (mut model, now) = model();
    model.setting.theme = ASCII;
    model.screen = Screen::Regions;
    refreshed(&mut model, now);
    let text = shown(&model, now, (80, 24));
    assert!(text.contains("STALE"), "{text}");
    assert!(text.contains("x unhealthy"), "{text}");
    assert!(text.contains("+ healthy"), "{text}");
}

#[test]
fn whole_frames() {
    let (mut model, now) = model();
    assert_snapshot!("standard", shown(&model, now, (80, 24)));
    assert_snapshot!("wide", shown(&model, now, (160, 48)));
    model.setting.theme = ASCII;
    refreshed(&mut model, now);
    assert_snapshot!("narrow_ascii", shown(&model, now, (40, 10)));
}

#[test]
fn details_and_dialogs_name_the_keys_of_the_keymap_in_force() {
    let (mut model, now) = model();
    let mut open = open();
    let why = "nothing answers".to_owned();
    let held = Happened::Held { why, unclear: false };
    step(&mut open, now, "standby", held);
    model.open = Some(open);
    model.screen = Screen::Runbook;
    refreshed(&mut model, now);
    for (keymap, looks, picks) in [
        ("default", "v looks again", "enter picks   esc goes back"),
        ("arrows", "f9 looks again", "right picks   left goes back"),
    ] {
        model.keymap = Keymap::shipped(keymap).expect("it is shipped");
        model.overlay = None;
        let text = shown(&model, now, (160, 48));
        assert!(text.contains(looks), "{keymap}\n{text}");
        let menu = menu::State::new("Pick", Vec::new(), Vec::new());
        model.overlay = Some(Overlay::Menu(menu));
        let text = shown(&model, now, (160, 48));
        assert!(text.contains(picks), "{keymap}\n{text}");
    }
}

#[test]
fn an_observers_footer_names_what_an_observer_can_do() {
    let (mut model, now) = model();
    model.open = Some(open());
    model.mode = Mode::Observer;
    model.screen = Screen::Runbook;
    refreshed(&mut model, now);
    let text = shown(&model, now, (80, 24));
    let footer = text.lines().last().unwrap_or_default();
    assert!(footer.contains("x approve"), "{footer}");
    assert!(footer.contains("m note"), "{footer}");
    assert!(!footer.contains("arm") && !footer.contains("run"), "{footer}");
}

#[test]
fn what_goes_wrong_is_said_inside_a_dialog_that_covers_the_status_line() {
    let (mut model, now) = model();
    let lines = vec![vec![Cell::plain("a line")]; 99];
    let text = reading::State::new("Log", lines);
    model.overlay = Some(Overlay::Reading(text));
    let told = "that looked like a paste: ignored";
    model.say(told, true, now);
    let text = shown(&model, now, (80, 24));
    assert!(text.contains(told), "{text}");
}

#[test]
fn armed_tells_the_time_that_is_left() {
    let (mut model, now) = model();
    model.mode = Mode::Armed {
        accounts: Vec::new(),
        reason: "drill".into(),
        since: now,
        active: now,
    };
    let text = shown(&model, now, (80, 24));
    assert!(text.contains("ARMED, ends in 15m 00s unless"), "{text}");
}
