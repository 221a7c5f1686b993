//! What can be shown, as lines of text: each screen without its frame.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::super::Model;
use crate::estate::objective::Standing;
use crate::incident::timeline::Timeline;
use crate::keymap::{ACTIONS, Action, ActionInfo, Group};
use crate::screens::panel::View;
use crate::screens::{
    Ask, Known, Open, jobs, menu, readiness, reading, regions, resources,
    runbook, standing, systems,
};
use crate::ui::Cell;

/// The titles of the lists that only plain mode has.
pub(super) const POINTS: &str = "Recovery points of which resource?";

/// Room enough for every line of a screen.
const ROOM: Rect = Rect { x: 0, y: 0, width: 160, height: 400 };

fn entry(name: &str, note: &str, ask: Ask) -> menu::Entry {
    menu::Entry {
        name: name.to_owned(),
        note: note.to_owned(),
        ask: Some(ask),
    }
}

/// The list of what can be shown.
pub(super) fn menu() -> menu::State {
    let of = |name, note, action| entry(name, note, Ask::Act(action));
    let entries = vec![
        of("status", "the verdict, and every resource", Action::ViewOverview),
        of("points", "the copies of one resource", Action::ViewResources),
        of("Regions", "how each Region does", Action::ViewRegions),
        of("jobs", "backup, copy and restore jobs", Action::ViewJobs),
        of("steps", "the steps of the run", Action::ViewRunbook),
        of("timeline", "the incident so far", Action::ViewTimeline),
        of("readiness", "patterns, metrics and cost", Action::ViewReadiness),
        of("systems", "what was found, and checks", Action::ViewSystems),
        of("who am I", "account, role, credentials", Action::WhoAmI),
        of("log", "notices and failures, newest first", Action::LogOpen),
    ];
    menu::State::new("Show what?", Vec::new(), entries)
}

/// The list of all else that can be done, by the names of actions.
pub(super) fn more() -> menu::State {
    let all = ACTIONS.iter().filter(|info| is_offered(info));
    let entries =
        all.map(|info| entry(info.name, info.sentence, Ask::Act(info.action)));
    let entries = entries.collect();
    menu::State::new(
        "What else? A name can be typed too.",
        Vec::new(),
        entries,
    )
}

/// Whether an action means something without a cursor and a screen.
pub(super) fn is_offered(info: &ActionInfo) -> bool {
    match info.group {
        Group::Runbook | Group::Incident => {
            info.action != Action::RunbookSetInput
        }
        Group::Console => {
            matches!(info.action, Action::Refresh | Action::Quit)
        }
        Group::Move
        | Group::Views
        | Group::List
        | Group::Copy
        | Group::Dialog
        | Group::Text => false,
    }
}

/// The steps of the run, each to be gone to.
pub(super) fn steps(open: &Open) -> Option<menu::State> {
    let run = open.run()?;
    let entries = run.steps().map(|(spec, state)| {
        let note = format!("{}: {}", state.status.word(), run.title(spec));
        // The place in the list is all that counts: it moves the cursor.
        entry(&spec.id, &note, Ask::Say(spec.id.clone()))
    });
    let entries = entries.collect();
    Some(menu::State::new(STEPS, Vec::new(), entries))
}

/// The title of the list of steps.
pub(super) const STEPS: &str = "Which step?";

/// The resources, to pick the one whose copies are wanted.
pub(super) fn resource_menu(model: &Model) -> menu::State {
    let standings = model.derived.standings.iter();
    let entries = standings.map(|s| {
        let ask = Ask::ShowResource(s.resource.to_string());
        entry(&s.name, &standing_line(s), ask)
    });
    menu::State::new(POINTS, Vec::new(), entries.collect())
}

/// A screen as text; nothing for what is no screen.
pub(super) fn screen(
    model: &Model,
    action: Action,
    now: Timestamp,
) -> Option<reading::State> {
    let known = model.known(now);
    let states = &model.states;
    let (title, lines) = match action {
        Action::ViewOverview => ("Can we recover?", status(&known)),
        Action::ViewRegions => {
            let mut state = states.regions.clone();
            regions::refresh(&mut state, &known);
            ("Regions", text(&regions::view(&state, &known, ROOM).text()))
        }
        Action::ViewJobs => {
            let mut state = states.jobs.clone();
            jobs::refresh(&mut state, &known);
            ("Jobs", text(&jobs::view(&state, &known, ROOM).text()))
        }
        Action::ViewReadiness => {
            let mut state = states.readiness.clone();
            readiness::refresh(&mut state, &known);
            let view = readiness::view(&state, &known, ROOM);
            ("Readiness", text(&view.text()))
        }
        Action::ViewSystems => {
            let mut state = states.systems.clone();
            systems::refresh(&mut state, &known);
            ("Systems", text(&systems::view(&state, &known, ROOM).text()))
        }
        Action::ViewRunbook => ("Steps", run(&known)),
        Action::ViewTimeline => ("Timeline", timeline(&known)),
        _ => return None,
    };
    let rows = lines.into_iter().map(|line| vec![Cell::plain(line)]);
    Some(reading::State::new(title, rows.collect()))
}

/// The recovery points of a resource, as the screen of resources has them.
pub(super) fn points(
    model: &Model,
    arn: &str,
    now: Timestamp,
) -> reading::State {
    let known = model.known(now);
    let mut state = model.states.resources.clone();
    state.show(arn);
    resources::refresh(&mut state, &known);
    let view = resources::view(&state, &known, ROOM);
    // The first panel is the list of all resources.
    let panels = view.panels.get(1..).unwrap_or_default().to_vec();
    let rows = text(&View { panels }.text());
    let rows = rows.into_iter().map(|line| vec![Cell::plain(line)]);
    reading::State::new("Recovery points", rows.collect())
}

fn text(text: &str) -> Vec<String> {
    let lines = text.lines().map(squeezed);
    lines.filter(|line| !line.is_empty()).collect()
}

/// A line without the blanks that only keep columns in line.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn status(known: &Known<'_>) -> Vec<String> {
    let verdict = &known.derived.verdict;
    let word = verdict.answer.word();
    let mut lines = vec![format!("{word}: {}", verdict.sentence)];
    let blockers = verdict.blockers.iter();
    lines.extend(blockers.map(|text| format!("In the way: {text}")));
    for one in known.derived.standings.iter() {
        lines.push(format!("{}: {}", one.name, standing_line(one)));
    }
    lines
}

fn standing_line(one: &Standing) -> String {
    let (_, word, _) = standing::word(one.state);
    let loss = &*standing::loss(one).text;
    let rpo = &*standing::rpo(one).text;
    let tier = one.tier.as_deref().unwrap_or("-");
    format!(
        "{word}, {} {tier}, loss {loss}, RPO {rpo}; {}",
        one.kind.name(),
        one.why
    )
}

fn run(known: &Known<'_>) -> Vec<String> {
    let Some(run) = known.open.and_then(Open::run) else {
        return vec!["No runbook is under way.".to_owned()];
    };
    let mut lines = Vec::new();
    for (place, (spec, state)) in run.steps().enumerate() {
        if run.ponr() == Some(place) {
            lines.push("-- no way back after this line --".to_owned());
        }
        let why = state.status.why();
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        lines.push(format!(
            "{} {} ({}{why}): {}",
            place + 1,
            spec.id,
            state.status.word(),
            run.title(spec)
        ));
        lines.extend(state.evidence.iter().map(|seen| format!("  {seen}")));
    }
    lines
}

fn timeline(known: &Known<'_>) -> Vec<String> {
    let Some(open) = known.open else {
        return vec!["No incident is open.".to_owned()];
    };
    let timeline = Timeline::of(&open.incident);
    let rows = timeline.rows.into_iter().map(|row| {
        let at = row.at.strftime("%H:%M:%SZ");
        let mark = if row.marked { "! " } else { "" };
        let step =
            row.step.as_ref().map_or_else(String::new, |s| format!("{s}: "));
        format!("{at} {} {mark}{step}{}", row.who, row.told())
    });
    let mut lines: Vec<String> = rows.collect();
    lines.push(runbook::clock(open, known.now));
    lines
}
