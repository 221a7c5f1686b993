//! The runbook under way: where am I, what is next, what can I no longer do.
//!
//! ```text
//! ┌ rds-replica-failover 4/9 ── T+12m ─┐┌ promote ──────────── SEVERE ──────┐
//! │ SIZE UP                            ││ Why    makes the standby writable │
//! │ ✔ replica   replica follows  14:20 ││ State  ready: x shows the request │
//! │ ✔ lag       how much is lost 14:24 ││ Takes  about 5m                   │
//! │ DECIDE                             ││ Undo   none: roll forward only    │
//! │ ✔ go        fail over now?   14:27 │└───────────────────────────────────┘
//! │ ── no way back after this line ──  │┌ Journal ──────────────────────────┐
//! │>▸ promote   promote the rep… ready ││ 14:24:51Z lag is done             │
//! │   traffic   point db at it         ││ 14:27:02Z go: failover            │
//! └────────────────────────────────────┘└───────────────────────────────────┘
//! ```

mod left;
mod step;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::panel::class;
use super::{Ask, Known, Open, Screen, listing, reading, shown_time};
use crate::incident::idle;
use crate::incident::timeline;
use crate::keymap::Action;
use crate::runbook::StepSpec;
use crate::runbook::run::{Run, Status, StepState};
use crate::ui::cell::put_row;
use crate::ui::{Cell, List, Mark, Pane, Prose, Row, SizeClass, Theme, Tone};
pub use step::overdue;
use step::{detail, level, mark, tone};

/// From this width on the steps stand beside the details, not above them.
const BESIDE: u16 = 78;

/// Where the cursor stands.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The cursor in the list of steps.
    pub list: List,
    /// The step that had to be looked at last: the cursor follows it until
    /// a person moves it.
    followed: Option<usize>,
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The title of the list of steps.
    pub title: String,
    /// How long it has been going on.
    pub note: String,
    /// Steps with their headings, only those seen.
    pub steps: Vec<(Option<Mark>, Row, bool)>,
    /// The title of the step in front.
    pub step_title: String,
    /// What its confirm takes.
    pub level: String,
    /// What there is to know of it.
    pub detail: Vec<Row>,
    /// What is left, and what that takes at best.
    pub left: Vec<Row>,
    /// The note of that panel.
    pub left_note: String,
    /// The newest lines of the journal.
    pub journal: Vec<Row>,
}

/// Takes in that something changed.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let Some(run) = run(known) else {
        *state = State::default();
        return;
    };
    let len = run.steps().count();
    let height = state.list.height.max(1);
    state.list.fit(len, height);
    let current = run.current();
    if current != state.followed {
        state.followed = current;
        if let Some(current) = current {
            state.list.select(current);
        }
    }
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    refresh(state, known);
    let Some(run) = run(known) else {
        return match action {
            Action::ListOpen | Action::RunbookRunStep => {
                vec![Ask::PickRunbook]
            }
            _ => Vec::new(),
        };
    };
    let here = state.list.current().and_then(|at| run.steps().nth(at));
    let Some((spec, step)) = here else { return Vec::new() };
    let id = spec.id.clone();
    match action {
        Action::ListOpen => {
            let lines = detail(run, spec, step, known);
            let mut text = reading::State::new(run.title(spec), lines);
            text.step = Some(id);
            vec![Ask::Read(text)]
        }
        Action::RunbookRunStep => vec![match step.status {
            Status::Unknown { .. } => Ask::Say(
                "UNKNOWN: look again; it is tried once more only when it is \
                 proven not applied"
                    .into(),
            ),
            _ => Ask::Do(id),
        }],
        Action::CopyAwsCli => vec![match step.plan() {
            Some(plan) => {
                let calls = plan.calls.iter().map(|call| call.cli(None));
                let text = calls.collect::<Vec<_>>().join("\n");
                Ask::Copy(text, "aws command")
            }
            None => Ask::Preview(id),
        }],
        other => {
            listing::step(&mut state.list, other);
            wish(other, id).into_iter().collect()
        }
    }
}

/// What an action wants of the step in front, or of its run.
fn wish(action: Action, id: String) -> Option<Ask> {
    Some(match action {
        Action::RunbookPreview => Ask::Preview(id),
        Action::RunbookVerify => Ask::Verify(id),
        Action::RunbookSkip => Ask::Skip(id),
        Action::RunbookRetry => Ask::Retry(id),
        Action::RunbookAbort => Ask::Abort,
        Action::RunbookRollBack => Ask::RollBack,
        Action::RunbookPause => Ask::Pause,
        Action::RunbookRepin => Ask::Repin,
        Action::RunbookManner => Ask::Manner,
        Action::RunbookOverride => Ask::Override(id),
        Action::RunbookStateApplied => Ask::State(id, true),
        Action::RunbookStateNotApplied => Ask::State(id, false),
        Action::CopyId => Ask::Copy(id, "step id"),
        _ => return None,
    })
}

fn run<'a>(known: &Known<'a>) -> Option<&'a Run> {
    known.open.and_then(Open::run)
}

/// What there is to know now of a step of the run in front.
pub fn about(step: &str, known: &Known<'_>) -> Option<Vec<Row>> {
    let run = run(known)?;
    let (spec, state) = run.step(step)?;
    Some(detail(run, spec, state, known))
}

/// What is shown now, in an area of this size.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let Some(open) = known.open else { return nothing(known) };
    let Some(run) = open.run() else {
        let mut view = nothing(known);
        for oddity in &open.incident.oddities {
            let text = format!("the journal does not add up: {oddity}");
            view.detail.insert(0, vec![Cell::new(text, Tone::Bad)]);
        }
        return view;
    };
    let all = run.steps().count();
    let done = run.steps().filter(|(_, s)| s.status.is_over()).count();
    let here = state.list.current().and_then(|at| run.steps().nth(at));
    let (left_note, left) = left::rows(run, known);
    let held = if run.paused().is_some() { "PAUSED " } else { "" };
    let mut view = View {
        title: format!("{held}{} {done}/{all}", run.runbook().id),
        note: clock(open, known.now),
        left,
        left_note,
        steps: steps(state, run, known, lines_for_steps(area)),
        journal: journal(open, known),
        ..View::default()
    };
    if let Some((spec, step)) = here {
        view.step_title = format!("{}: {}", spec.id, run.title(spec));
        level(spec).clone_into(&mut view.level);
        view.detail = detail(run, spec, step, known);
    }
    view
}

/// Since the impact where it is known, else since the run was started, and
/// what is left of the RTO.
pub fn clock(open: &Open, now: Timestamp) -> String {
    let Some(run) = open.run() else { return String::new() };
    let (from, what) = match open.impact() {
        Some(impact) => (impact, "impact"),
        None => (run.pinned().at, "start"),
    };
    let elapsed = now.duration_since(from);
    let text = format!("{what} T+{}", short(elapsed));
    match (run.runbook().rto, what) {
        (Some(rto), "impact") if elapsed > rto => {
            format!("{text}  RTO {} missed", short(rto))
        }
        (Some(rto), "impact") => {
            let left = short(rto - elapsed);
            format!("{text}  RTO {} left {left}", short(rto))
        }
        _ => text,
    }
}

fn nothing(known: &Known<'_>) -> View {
    let mut detail = vec![
        vec![Cell::plain("No runbook is under way.")],
        Vec::new(),
        vec![Cell::plain(format!(
            "{} opens one: checks run by themselves, every change is shown \
             first, confirmed by you and journaled before it is sent.",
            known.key(Action::RunbookOpen, Screen::Runbook)
        ))],
        Vec::new(),
    ];
    for book in known.library {
        let tone = if book.usable { Tone::Plain } else { Tone::Bad };
        detail.push(vec![
            Cell::new(book.id.clone(), tone),
            Cell::dim(format!("  {}", book.title)),
        ]);
        if let Some(tried) = &book.tried {
            let tone =
                if tried.counts.fails > 0 { Tone::Bad } else { Tone::Dim };
            let told = tried.told(known.now);
            detail.push(vec![Cell::new(format!("    {told}"), tone)]);
        }
    }
    View {
        title: "Runbook".into(),
        step_title: "Nothing under way".into(),
        detail,
        ..View::default()
    }
}

fn lines_for_steps(area: Rect) -> usize {
    let beside = area.width >= BESIDE;
    let height = if beside { area.height } else { area.height / 2 };
    usize::from(height.saturating_sub(2))
}

/// The steps with their headings and the line of no return, as many lines
/// as are seen, around the cursor.
fn steps(
    state: &State,
    run: &Run,
    known: &Known<'_>,
    lines: usize,
) -> Vec<(Option<Mark>, Row, bool)> {
    let mut rows = Vec::new();
    let mut phase = None;
    let mut cursor = 0;
    for (place, (spec, step)) in run.steps().enumerate() {
        if spec.phase != phase && spec.phase.is_some() {
            phase.clone_from(&spec.phase);
            let name = phase.clone().unwrap_or_default().to_uppercase();
            rows.push((None, vec![Cell::new(name, Tone::Title)], false));
        }
        if run.ponr() == Some(place) {
            let text = "-- no way back after this line --";
            rows.push((None, vec![Cell::new(text, Tone::Danger)], false));
        }
        let here = state.list.current() == Some(place);
        if here {
            cursor = rows.len();
        }
        rows.push((Some(mark(step)), row(run, spec, step, known), here));
    }
    let start = (cursor + 1)
        .saturating_sub(lines)
        .min(rows.len().saturating_sub(lines));
    let start = start.max((cursor + 2).saturating_sub(lines.max(2)));
    rows.into_iter().skip(start).take(lines).collect()
}

fn row(
    run: &Run,
    spec: &StepSpec,
    step: &StepState,
    known: &Known<'_>,
) -> Row {
    let tone = tone(&step.status);
    let when = match (&step.status, step.ended) {
        (status, Some(at)) if status.is_over() => {
            shown_time(known, at).chars().take(5).collect()
        }
        (status, _) => status.word().to_owned(),
    };
    vec![
        Cell::new(format!("{:<9} ", spec.id), tone),
        Cell::new(format!("{when:<9} "), tone),
        if is_unproven(run, spec, known) {
            Cell::dim(run.title(spec))
        } else {
            Cell::plain(run.title(spec))
        },
    ]
}

/// Whether no run in AWS ever proved a step.
fn is_unproven(run: &Run, spec: &StepSpec, known: &Known<'_>) -> bool {
    let id = &run.runbook().id;
    let book = known.library.iter().find(|shelf| shelf.id == *id);
    book.is_some_and(|book| book.drilled.unproven.contains(&spec.id))
}

fn journal(open: &Open, known: &Known<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = idle::stretches(&open.incident.entries)
        .rev()
        .take(40)
        .filter_map(|some| idle::read(some, None))
        .map(|row| {
            vec![
                Cell::dim(format!("{} ", shown_time(known, row.at))),
                Cell::plain(journal_line(&row)),
            ]
        })
        .collect();
    rows.reverse();
    rows
}

/// What happened, with the step it happened to.
fn journal_line(row: &timeline::Row) -> String {
    match &row.step {
        Some(step) => format!("{step}: {}", row.told()),
        None => row.told(),
    }
}

/// A duration in its two largest units, such as `1h 04m`.
pub fn short(duration: jiff::SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let secs = duration.abs().as_secs();
    let (d, h, m, s) =
        (secs / 86_400, secs / 3600 % 24, secs / 60 % 60, secs % 60);
    match (d, h, m) {
        (0, 0, 0) => format!("{sign}{s}s"),
        (0, 0, _) => format!("{sign}{m}m {s:02}s"),
        (0, _, _) => format!("{sign}{h}h {m:02}m"),
        _ => format!("{sign}{d}d {h:02}h"),
    }
}

/// Paints the view.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    let [steps, right] = match SizeClass::of(area) {
        SizeClass::Wide => Layout::horizontal([
            Constraint::Percentage(40),
            Constraint::Fill(1),
        ])
        .areas(area),
        SizeClass::Standard => Layout::horizontal([
            Constraint::Percentage(50),
            Constraint::Fill(1),
        ])
        .areas(area),
        _ if area.width >= BESIDE => Layout::horizontal([
            Constraint::Percentage(50),
            Constraint::Fill(1),
        ])
        .areas(area),
        _ => {
            Layout::vertical([Constraint::Percentage(50), Constraint::Fill(1)])
                .areas(area)
        }
    };
    draw_steps(view, buf, steps, theme);
    let tall = area.height >= 18;
    let wide = matches!(class(area), SizeClass::Wide);
    let shows_left = wide && !view.left.is_empty();
    let [detail, left, journal] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(if shows_left { left::HEIGHT } else { 0 }),
        Constraint::Length(if tall { area.height / 3 } else { 0 }),
    ])
    .areas(right);
    if shows_left {
        let inner = Pane::new(Cell::new(left::TITLE, Tone::Title))
            .note(Cell::dim(view.left_note.clone()))
            .draw(buf, left, theme);
        Prose::new(view.left.clone()).draw(buf, inner, theme);
    }
    let pane = Pane::new(Cell::new(view.step_title.clone(), Tone::Title))
        .note(Cell::dim(view.level.clone()));
    let inner = pane.draw(buf, detail, theme);
    Prose::new(view.detail.clone()).draw(buf, inner, theme);
    if tall {
        let inner = Pane::new(Cell::new("Journal", Tone::Title))
            .note(Cell::dim("synced before anything is sent"))
            .draw(buf, journal, theme);
        let mut prose = Prose::new(view.journal.clone());
        prose.offset = usize::MAX;
        prose.draw(buf, inner, theme);
    }
}

fn draw_steps(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    let pane = Pane::new(Cell::new(view.title.clone(), Tone::Title))
        .note(Cell::dim(view.note.clone()))
        .focused(true);
    let inner = pane.draw(buf, area, theme);
    for (line, (mark, row, here)) in inner.rows().zip(&view.steps) {
        let lead = if *here { ">" } else { " " };
        let glyph = mark.map_or(" ", |mark| theme.glyph(mark));
        let tone = if *here { Tone::Selected } else { Tone::Plain };
        let mut cells = Vec::with_capacity(row.len() + 1);
        if mark.is_some() {
            cells.push(Cell::new(format!("{lead}{glyph} "), tone));
        }
        cells.extend(row.iter().cloned());
        put_row(buf, line, &cells, theme);
    }
}
