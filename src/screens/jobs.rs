//! Jobs: backup, copy and restore jobs, failures that nothing made good
//! first.
//!
//! ```text
//! ┌ Jobs (252) ─────────────── kind: all · failed, running, newest · 12s old ┐
//! │   KIND    STATE     RESOURCE     REGION       PCT  STARTED    TOOK  WHY  │
//! │ > copy    ✖ FAILED  orders-db    eu-central-1 -    11:29:02Z  2m    KMS  │
//! │   restore ▸ RUN     ledger-drill eu-central-1 43%  14:14:11Z  18m        │
//! │   backup  ▲ PARTIAL docs-bucket  eu-west-1    100% 03:31:15Z  41m        │
//! │   copy    ✔ DONE    ledger       eu-central-1 100% 06:31:00Z  22m        │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ┌ copy 8D1C4C2E  orders-db ───────────────────────────────────── ✖ FAILED ─┐
//! │ from  eu-west-1   to  eu-central-1   413 GiB                             │
//! │ says  AccessDeniedException kms:CreateGrant alias/dr-central             │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A failed job that a later one of the same kind made good does not stand
//! in front: it needs nobody any more.

mod line;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::listing::{Listing, Sort, matches};
use super::panel::{Panel, View, class, split_top};
use super::{Ask, Known, reading, told};
use crate::estate::ids::{Account, Region};
use crate::estate::resource::{Job, JobKind, JobState};
use crate::estate::{Found, Source, What};
use crate::keymap::Action;
use crate::ui::{Cell, Mark, Pane, Row, SizeClass, Theme, Tone, clip};
use line::{columns, command, details, empty, folded, link, row, word};

/// The jobs one source told of.
#[derive(Clone, Debug)]
struct Told {
    account: Account,
    region: Region,
    jobs: Arc<[Job]>,
}

/// Where a job lies, and whether it needs somebody.
#[derive(Clone, Copy, Debug)]
struct At {
    list: u32,
    place: u32,
    rank: u8,
}

/// How many jobs are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    failed: usize,
    made_good: usize,
    running: usize,
    partial: usize,
    unknown: usize,
    done: usize,
}

/// What the order of the lines was made from.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    changed: u64,
    filter: String,
    sort: Sort,
    problems: bool,
    kind: Option<JobKind>,
}

impl Key {
    /// Whether the same jobs stand in the same order by both.
    fn orders_like(&self, other: &Key) -> bool {
        self.filter == other.filter
            && self.sort == other.sort
            && self.problems == other.problems
            && self.kind == other.kind
    }
}

/// The list of jobs with its cursor.
#[derive(Clone, Debug, Default)]
pub struct State {
    listing: Listing,
    kind: Option<JobKind>,
    lists: Vec<Told>,
    all: Vec<At>,
    counts: Counts,
    key: Option<Key>,
}

/// Takes an action.
pub fn act(state: &mut State, action: Action, known: &Known<'_>) -> Vec<Ask> {
    if matches!(action, Action::ListSortRpo | Action::ListSortUsed) {
        let words = "jobs have no RPO: sort by risk, name, age or type";
        return vec![Ask::Say(words.to_owned())];
    }
    if let Some(anew) = state.listing.act(action) {
        if anew {
            refresh(state, known);
        }
        return Vec::new();
    }
    match action {
        Action::PaneNext => state.kind = next(state.kind),
        Action::PanePrevious => state.kind = next(next(next(state.kind))),
        other => {
            let picked = state.picked();
            return picked
                .and_then(|at| ask(at, other, known))
                .into_iter()
                .collect();
        }
    }
    refresh(state, known);
    Vec::new()
}

fn next(kind: Option<JobKind>) -> Option<JobKind> {
    match kind {
        None => Some(JobKind::Backup),
        Some(JobKind::Backup) => Some(JobKind::Copy),
        Some(JobKind::Copy) => Some(JobKind::Restore),
        Some(JobKind::Restore) => None,
    }
}

fn ask(
    (told, job): (&Told, &Job),
    action: Action,
    known: &Known<'_>,
) -> Option<Ask> {
    let ask = match action {
        Action::ListOpen => Ask::Read(reading::State {
            copy: Some(job.id.to_string()),
            ..reading::State::new(
                format!("{} job {}", job.kind.name(), job.id),
                details(told, job, known),
            )
        }),
        Action::CopyId => Ask::Copy(job.id.to_string(), "job id"),
        Action::CopyArn => Ask::Copy(job.resource.to_string(), "ARN"),
        Action::CopyAwsCli => Ask::Copy(command(told, job), "aws command"),
        Action::CopyLink => {
            Ask::Copy(link(&told.region), "link to the AWS console")
        }
        _ => return None,
    };
    Some(ask)
}

impl State {
    fn job(&self, at: At) -> Option<(&Told, &Job)> {
        let told = self.lists.get(at.list as usize)?;
        Some((told, told.jobs.get(at.place as usize)?))
    }

    /// Whether the jobs are still those of the estate: its lists are the very
    /// same ones.
    fn is_of(&self, known: &Known<'_>) -> bool {
        let mut lists = self.lists.iter();
        let same = told(known).all(|(_, _, jobs)| {
            lists.next().is_some_and(|told| Arc::ptr_eq(&told.jobs, jobs))
        });
        same && lists.next().is_none()
    }

    fn picked(&self) -> Option<(&Told, &Job)> {
        self.job(*self.all.get(self.listing.current()?)?)
    }
}

/// Puts the lines in order, if what they are made from has changed.
pub fn refresh(state: &mut State, known: &Known<'_>) {
    let key = Key {
        changed: known.estate.changed,
        filter: known.filter.to_lowercase(),
        sort: state.listing.sort,
        problems: state.listing.problems,
        kind: state.kind,
    };
    if state.key.as_ref() == Some(&key) {
        return;
    }
    let picked = state.picked().map(|(_, job)| job.id.clone());
    if !state.is_of(known) {
        gather(state, known);
    } else if state.key.as_ref().is_some_and(|old| key.orders_like(old)) {
        state.key = Some(key);
        return;
    }
    let order = order(state, &key);
    let here = picked.and_then(|id| {
        order.iter().position(|place| {
            let at = state.all.get(*place as usize);
            let job = at.and_then(|at| state.job(*at));
            job.is_some_and(|(_, job)| job.id == id)
        })
    });
    state.listing.fill(order, here);
    state.key = Some(key);
}

/// Takes the jobs of every source, and judges which failures still matter.
fn gather(state: &mut State, known: &Known<'_>) {
    state.lists = told(known)
        .map(|(account, region, jobs)| Told {
            account: account.clone(),
            region: region.clone(),
            jobs: Arc::clone(jobs),
        })
        .collect();
    let mut good: HashMap<(JobKind, &str), Timestamp> = HashMap::new();
    for job in state.lists.iter().flat_map(|told| told.jobs.iter()) {
        if job.state == JobState::Completed {
            let at = good.entry((job.kind, &job.resource)).or_default();
            *at = job.created.max(*at);
        }
    }
    let mut all = Vec::new();
    let mut counts = Counts::default();
    for (list, told) in (0_u32..).zip(&state.lists) {
        for (place, job) in (0_u32..).zip(told.jobs.iter()) {
            let later = good.get(&(job.kind, &*job.resource));
            let made_good = later.is_some_and(|at| *at > job.created);
            let rank = counts.add(job.state, made_good);
            all.push(At { list, place, rank });
        }
    }
    state.all = all;
    state.counts = counts;
}

/// The lists of jobs that are known, with the places that told of them.
fn told<'a>(
    known: &Known<'a>,
) -> impl Iterator<Item = (&'a Account, &'a Region, &'a Arc<[Job]>)> {
    known.estate.sources().filter_map(|(source, seen)| {
        let Source::Aws { account, region, .. } = source else {
            return None;
        };
        match &seen.found {
            Some(Found::Jobs(jobs)) => Some((account, region, jobs)),
            _ => None,
        }
    })
}

/// The rank from which a job needs nobody.
const QUIET: u8 = 4;

impl Counts {
    /// Counts a job; gives its rank, the lowest first in the list.
    fn add(&mut self, state: JobState, made_good: bool) -> u8 {
        let (count, rank) = match state {
            JobState::Failed if made_good => (&mut self.made_good, QUIET),
            JobState::Failed => (&mut self.failed, 0),
            JobState::Running => (&mut self.running, 1),
            JobState::Unknown => (&mut self.unknown, 2),
            JobState::Partial if made_good => (&mut self.partial, QUIET),
            JobState::Partial => (&mut self.partial, 3),
            JobState::Completed => (&mut self.done, QUIET),
        };
        *count += 1;
        rank
    }
}

fn order(state: &State, key: &Key) -> Vec<u32> {
    let job = |place: u32| {
        let at = state.all.get(place as usize)?;
        Some((at.rank, state.job(*at)?.1))
    };
    let kept = |place: &u32| {
        job(*place).is_some_and(|(rank, job)| {
            let kind = key.kind.is_none_or(|kind| kind == job.kind);
            let problem = !key.problems || (rank < QUIET && rank != 1);
            kind && problem && found(&key.filter, job)
        })
    };
    let count = u32::try_from(state.all.len()).unwrap_or(u32::MAX);
    let mut order: Vec<u32> = (0..count).filter(kept).collect();
    order.sort_by_cached_key(|place| {
        let (rank, job) = job(*place)?;
        let newest = Reverse(job.created);
        let name = || job.resource.tail().to_owned();
        Some(match key.sort {
            Sort::Name => (0, name(), newest, Timestamp::MIN),
            Sort::Type => {
                (0, job.resource_type.name().to_owned(), newest, job.created)
            }
            Sort::Age => {
                (0, String::new(), Reverse(Timestamp::MIN), job.created)
            }
            Sort::Risk | Sort::Rpo | Sort::Used => {
                (rank, String::new(), newest, job.created)
            }
        })
    });
    order
}

fn found(filter: &str, job: &Job) -> bool {
    filter.is_empty() || {
        let text = format!(
            "{} {} {} {}",
            job.resource,
            job.resource_type.name(),
            job.kind.name(),
            word(job.state).1,
        );
        matches(filter, &text.to_lowercase())
    }
}

/// What the screen shows.
pub fn view(state: &State, known: &Known<'_>, area: Rect) -> View {
    let size = class(area);
    if size <= SizeClass::Narrow {
        return narrow(state, known, area);
    }
    let below = if size == SizeClass::Wide { 14 } else { 8 };
    let (top, bottom) = split_top(area, area.height.saturating_sub(below));
    let mut panels = vec![list(state, known, top, size)];
    if let Some((told, job)) = state.picked() {
        let theme = known.setting.theme;
        let (mark, word, tone) = word(job.state);
        let title =
            format!("{} {}  {}", job.kind.name(), job.id, job.resource.tail());
        let pane = Pane::new(title).note(told::state(mark, word, tone, theme));
        let room = usize::from(bottom.width.saturating_sub(4));
        let rows = details(told, job, known);
        panels.push(Panel::lines(bottom, pane, folded(&rows, room)));
    } else {
        let rows = vec![vec![Cell::dim("no job is selected")]];
        panels.push(Panel::lines(bottom, Pane::new("Job"), rows));
    }
    View { panels }
}

fn note(state: &State, known: &Known<'_>) -> Cell {
    told::note(known, |what| {
        matches!(what, What::BackupJobs | What::CopyJobs | What::RestoreJobs)
            && state.kind.is_none_or(|kind| {
                *what
                    == match kind {
                        JobKind::Backup => What::BackupJobs,
                        JobKind::Copy => What::CopyJobs,
                        JobKind::Restore => What::RestoreJobs,
                    }
            })
    })
}

fn list(
    state: &State,
    known: &Known<'_>,
    area: Rect,
    size: SizeClass,
) -> Panel {
    let theme = known.setting.theme;
    let dot = theme.glyph(Mark::Dot);
    let kind = state.kind.map_or("all", JobKind::name);
    let sort = match state.listing.sort {
        Sort::Risk => "failed, running, newest",
        other => other.words(),
    };
    let fresh = note(state, known);
    let text = format!("kind: {kind} {dot} {sort} {dot} {}", &*fresh.text);
    let count = told::counted(state.listing.len(), &fresh);
    let mut title = format!("Jobs ({count})");
    if state.listing.problems {
        title.push_str(" problems only");
    }
    let pane =
        Pane::new(title).note(Cell::new(text, fresh.tone)).focused(true);
    let (offset, seen) = state.listing.window(Panel::rows_in(area));
    let rows = seen
        .iter()
        .filter_map(|place| state.all.get(*place as usize))
        .filter_map(|at| Some((at.rank, state.job(*at)?)))
        .map(|(rank, (told, job))| row(rank, told, job, known, size))
        .collect();
    let empty = empty(state, known);
    let table = state.listing.table(columns(size), rows, offset, empty);
    Panel::table(area, pane, table)
}

fn narrow(state: &State, known: &Known<'_>, area: Rect) -> View {
    let theme = known.setting.theme;
    let (head, rest) = split_top(area, 1);
    let counts = state.counts;
    let unknown = match counts.unknown {
        0 => String::new(),
        n => format!(" {n} ?"),
    };
    let summary = format!(
        " {} failed {} run {} done{unknown} ",
        counts.failed, counts.running, counts.done
    );
    let tone = if counts.failed > 0 { Tone::Bad } else { Tone::Plain };
    let head = Panel::bare(
        head,
        vec![vec![Cell::new(summary, tone), note(state, known)]],
    );
    let (offset, seen) = state.listing.window(rest.height.into());
    let mut rows: Vec<Row> = Vec::new();
    for (line, place) in (offset..).zip(seen) {
        let Some(at) = state.all.get(*place as usize) else { continue };
        let Some((told, job)) = state.job(*at) else { continue };
        let (mark, _, tone) = word(job.state);
        let here = state.listing.list.current() == Some(line);
        let tone = if here { Tone::Selected } else { tone };
        let cursor = if here { ">" } else { " " };
        let place = job.to.as_ref().unwrap_or(&told.region);
        let text = format!(
            "{cursor}{} {:<7} {:<16} {place}",
            theme.glyph(mark),
            job.kind.name(),
            clip(job.resource.tail(), 16),
        );
        rows.push(vec![Cell::new(text, tone)]);
    }
    if rows.is_empty() {
        rows.push(vec![Cell::dim(empty(state, known))]);
    }
    View { panels: vec![head, Panel::bare(rest, rows)] }
}

/// Paints what the screen shows.
pub fn draw(view: &View, buf: &mut Buffer, area: Rect, theme: Theme) {
    view.draw(buf, area, theme);
}

#[cfg(test)]
mod tests;
