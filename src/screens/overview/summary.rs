//! Summary: what the overview counts: standings by service, jobs of a day,
//! and the verdict in its words.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::SignedDuration;
use ratatui::layout::Rect;

use crate::estate::objective::{Answer, Standing, State};
use crate::estate::region::Report;
use crate::estate::resource::{JobKind, JobState, ResourceType};
use crate::estate::standing::Via;
use crate::estate::{Source, What};
use crate::screens::panel::Panel;
use crate::screens::{Known, regions, resources, standing, told};
use crate::ui::prose::hang;
use crate::ui::{Cell, Column, Mark, Pane, Row, SizeClass, Table, Tone, clip};

/// How far back jobs are counted.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Standings of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Service {
    states: [usize; 5],
    /// The place of the standing that has used up most of its objective.
    worst: Option<(u64, usize)>,
}

/// Jobs of one kind in the last day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Jobs {
    done: usize,
    partial: usize,
    failed: usize,
    running: usize,
    unknown: usize,
}

/// A job under way, as its line tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Running {
    text: String,
    percent: Option<String>,
    elapsed: String,
}

/// What is counted; made anew when something has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    services: BTreeMap<ResourceType, Service>,
    all: [usize; 5],
    jobs: BTreeMap<JobKind, Jobs>,
    running: Vec<Running>,
    counted: Option<(u64, i64)>,
}

const RUNNING_SHOWN: usize = 8;

impl Summary {
    /// Counts the standings.
    pub(super) fn count(&mut self, known: &Known<'_>) {
        self.services.clear();
        self.all = [0; 5];
        for (place, s) in known.derived.standings.iter().enumerate() {
            let service = self.services.entry(s.kind).or_default();
            let at = slot(s.state);
            service.states[at] += 1;
            self.all[at] += 1;
            if let Some(percent) = standing::percent(s) {
                let worst = service.worst.map_or(0, |(worst, _)| worst);
                if service.worst.is_none() || percent > worst {
                    service.worst = Some((percent, place));
                }
            }
        }
    }

    /// Counts the jobs when an answer has changed or a minute has passed.
    pub(super) fn refresh(&mut self, known: &Known<'_>) {
        let counted =
            (known.estate.changed, known.now.as_second().div_euclid(60));
        if self.counted != Some(counted) {
            self.count_jobs(known);
            self.counted = Some(counted);
        }
    }

    fn count_jobs(&mut self, known: &Known<'_>) {
        self.jobs.clear();
        self.running.clear();
        let after = known.now - DAY;
        for placed in known.estate.jobs() {
            let job = placed.item;
            if job.created < after && job.state != JobState::Running {
                continue;
            }
            let jobs = self.jobs.entry(job.kind).or_default();
            *match job.state {
                JobState::Running => &mut jobs.running,
                JobState::Completed => &mut jobs.done,
                JobState::Partial => &mut jobs.partial,
                JobState::Failed => &mut jobs.failed,
                JobState::Unknown => &mut jobs.unknown,
            } += 1;
            let running = job.state == JobState::Running;
            if running && self.running.len() < RUNNING_SHOWN {
                let to = job
                    .to
                    .as_ref()
                    .map_or(String::new(), |region| format!(" to {region}"));
                let elapsed = told::since(job.created, known.now);
                self.running.push(Running {
                    text: format!(
                        "{:<8} {}{to}",
                        job.kind.name(),
                        job.resource.tail()
                    ),
                    percent: job.percent.map(|p| format!("{p:.0}%")),
                    elapsed: told::span(elapsed),
                });
            }
        }
    }

    /// The verdict in two short lines, for narrow terminals.
    pub(super) fn short(&self, known: &Known<'_>) -> Vec<Row> {
        let [inside, late, outside, unknown, none] = self.all;
        let good = inside + late;
        let demanded = good + outside + unknown;
        let (mark, word, tone) = answer(known);
        let head = told::state(mark, word, tone, known.setting.theme);
        let text = match demanded + none {
            0 => "  nothing is known yet".to_owned(),
            _ => format!(
                "  {good}/{demanded} in RPO, {outside} miss, {unknown} ?"
            ),
        };
        let fresh = told::note(known, resources::rests_on);
        vec![vec![head, Cell::plain(text)], vec![Cell::dim("data "), fresh]]
    }

    /// The table of standings by service.
    pub(super) fn services(
        &self,
        known: &Known<'_>,
        area: Rect,
        size: SizeClass,
    ) -> Panel {
        let is_wide = size == SizeClass::Wide;
        let number = |n: usize, tone: Tone| {
            Cell::new(n.to_string(), if n == 0 { Tone::Dim } else { tone })
        };
        let rows = self.services.iter().map(|(kind, service)| {
            let [inside, late, outside, unknown, none] = service.states;
            let mut row = vec![
                Cell::plain(kind.name()),
                number(inside, Tone::Good),
                number(late, Tone::Warn),
                number(outside, Tone::Bad),
                number(unknown, Tone::Unknown),
                Cell::plain(service.states.iter().sum::<usize>().to_string()),
            ];
            if is_wide {
                row.push(number(none, Tone::Plain));
                let worst = service.worst.and_then(|(percent, place)| {
                    let s = known.derived.standings.get(place)?;
                    Some(format!("{:>5} {}", standing::share(percent), s.name))
                });
                row.push(worst.map_or(Cell::dim("   ?"), Cell::plain));
            }
            row
        });
        let mut columns = vec![
            Column::fixed("", 8),
            Column::fixed("OK", 4).right(),
            Column::fixed("LATE", 4).right(),
            Column::fixed("MISS", 4).right(),
            Column::fixed("UNKN", 4).right(),
            Column::fixed("of", 4).right(),
        ];
        if is_wide {
            columns.push(Column::fixed("no RPO", 6).right());
            columns.push(Column::flexible("RPO USED, WORST", 12).drop(1));
        }
        let rows: Vec<Row> = rows.take(Panel::rows_in(area)).collect();
        let table = Table {
            columns,
            total: rows.len(),
            rows,
            offset: 0,
            selected: None,
            empty: "? nothing is known yet",
        };
        let all = self.all.iter().sum::<usize>();
        let pane = Pane::new("By service")
            .note(Cell::dim(format!("{all} protected")));
        Panel::table(area, pane, table)
    }

    /// Regions and jobs in one pane, for standard terminals.
    pub(super) fn regions_and_jobs(
        &self,
        known: &Known<'_>,
        area: Rect,
    ) -> Panel {
        let room = usize::from(area.height.saturating_sub(2));
        let mut rows = region_rows(known, 0);
        let jobs = self.job_rows(known, false);
        rows.truncate(room.saturating_sub(jobs.len()).max(2));
        rows.extend(jobs);
        let pane = Pane::new("Regions and jobs").note(jobs_note(known));
        Panel::lines(area, pane, rows)
    }

    /// The jobs of a day, and those under way.
    pub(super) fn jobs(&self, known: &Known<'_>, area: Rect) -> Panel {
        let mut rows = self.job_rows(known, true);
        rows.push(Row::new());
        let title = match self.running.len() {
            RUNNING_SHOWN => "RUNNING, the first of them".to_owned(),
            n => format!("RUNNING ({})", told::counted(n, &jobs_note(known))),
        };
        rows.push(vec![Cell::new(title, Tone::Title)]);
        for job in &self.running {
            let percent = job.percent.as_deref().unwrap_or("?");
            rows.push(vec![
                Cell::plain(format!("{:<38} ", clip(&job.text, 38))),
                Cell::new(format!("{percent:>4}"), Tone::Info),
                Cell::plain(format!("  since {}", job.elapsed)),
            ]);
        }
        let pane = Pane::new("Jobs, last 24h").note(jobs_note(known));
        Panel::lines(area, pane, rows)
    }

    fn job_rows(&self, known: &Known<'_>, roomy: bool) -> Vec<Row> {
        let kinds = [JobKind::Backup, JobKind::Copy, JobKind::Restore];
        let rows = kinds.map(|kind| {
            let name = Cell::plain(format!("{:<8}", kind.name()));
            if !is_seen(kind, known) {
                return vec![name, Cell::new("? not seen", Tone::Unknown)];
            }
            let jobs = self.jobs.get(&kind).copied().unwrap_or_default();
            let mut row = vec![name];
            let gap = if roomy { "   " } else { " " };
            let mut part = |n: usize, word: &str, tone: Tone| {
                let tone = if n == 0 { Tone::Dim } else { tone };
                row.push(Cell::new(format!("{n:>3} {word}{gap}"), tone));
            };
            part(jobs.done, "ok", Tone::Good);
            part(jobs.failed, "fail", Tone::Bad);
            part(jobs.running, "run", Tone::Info);
            if roomy || jobs.partial > 0 {
                part(jobs.partial, "part", Tone::Warn);
            }
            if jobs.unknown > 0 {
                part(jobs.unknown, "?", Tone::Unknown);
            }
            row
        });
        rows.to_vec()
    }
}

fn slot(state: State) -> usize {
    let place = standing::STATES.iter().position(|s| *s == state);
    place.expect("STATES holds every state")
}

/// Whether any list of such jobs has ever come back.
fn is_seen(kind: JobKind, known: &Known<'_>) -> bool {
    known.estate.sources().any(|(source, seen)| {
        matches!(source, Source::Aws { what, .. } if *what == list_of(kind))
            && seen.found.is_some()
    })
}

fn list_of(kind: JobKind) -> What {
    match kind {
        JobKind::Backup => What::BackupJobs,
        JobKind::Copy => What::CopyJobs,
        JobKind::Restore => What::RestoreJobs,
    }
}

fn jobs_note(known: &Known<'_>) -> Cell {
    told::note(known, |what| {
        matches!(what, What::BackupJobs | What::CopyJobs | What::RestoreJobs)
    })
}

/// A line for each Region; with why, wrapped, where there is `room` for it.
fn region_rows(known: &Known<'_>, room: u16) -> Vec<Row> {
    let theme = known.setting.theme;
    let mut reports: Vec<&Report> = known.derived.regions.iter().collect();
    reports.sort_by_key(|report| {
        let role = regions::role(&report.region, known);
        ["source", "target"].iter().position(|r| *r == role).unwrap_or(2)
    });
    let rows = reports.into_iter().flat_map(|report| {
        let health = regions::health(Some(report), theme);
        let role = regions::role(&report.region, known);
        let row = [
            Cell::plain(format!("{:<13} {role:<6} ", report.region)),
            Cell::new(format!("{:<10}", &*health.text), health.tone),
            Cell::plain("  "),
        ];
        if room == 0 {
            return vec![row.to_vec()];
        }
        hang(&row, Cell::plain(report.told()), room)
    });
    let mut rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        rows.push(vec![Cell::new("? no Region seen yet", Tone::Unknown)]);
    }
    rows
}

fn target<'a>(known: &Known<'a>) -> &'a str {
    known.setting.target.as_ref().map_or("the target", |r| r.as_str())
}

/// How each Region does.
pub(super) fn regions_panel(known: &Known<'_>, area: Rect) -> Panel {
    let pane = Pane::new("Regions").note(told::note(known, |_| true));
    let mut rows = region_rows(known, area.width.saturating_sub(3));
    let alarms = known.estate.alarms().filter(|a| a.item.state == "ALARM");
    let fresh = told::note(known, |what| *what == What::Alarms);
    let alarms = match alarms.count() {
        1 => "1 alarm rings".to_owned(),
        count => format!("{} alarms ring", told::counted(count, &fresh)),
    };
    rows.push(Row::new());
    rows.push(vec![Cell::plain(format!(
        "{} recovery points seen   {alarms}",
        told::count(known.derived.points.len())
    ))]);
    Panel::lines(area, pane, rows)
}

/// The verdict, the worst loss and the blockers, in a frame this wide.
pub(super) fn verdict(known: &Known<'_>, width: u16) -> Vec<Row> {
    let room = width.saturating_sub(3);
    let verdict = &known.derived.verdict;
    let theme = known.setting.theme;
    let (mark, word, tone) = answer(known);
    let sentence = match verdict.sentence.as_str() {
        "" => "no protected resource is known yet",
        sentence => sentence,
    };
    let head = [told::state(mark, word, tone, theme), Cell::plain("  ")];
    let mut rows = hang(&head, Cell::plain(sentence.to_owned()), room);
    let mut blockers = blockers(known).into_iter();
    let said = [worst(known)].into_iter().chain(blockers.next());
    for (head, text) in said.chain(posture(known)).chain(blockers) {
        rows.extend(hang(&[head], text, room));
    }
    rows
}

/// Sign, word and tone of the answer to "can we recover?".
fn answer(known: &Known<'_>) -> (Mark, &'static str, Tone) {
    match known.derived.verdict.answer {
        Answer::Yes => (Mark::Good, "YES", Tone::Good),
        Answer::Partly => (Mark::Warn, "PARTLY", Tone::Warn),
        Answer::No => (Mark::Bad, "NO", Tone::Bad),
        Answer::Unknown => (Mark::Unknown, "UNKNOWN", Tone::Unknown),
    }
}

/// What would be lost most if one failed over now, or, of what runs in the
/// target already, if it were lost there. What was failed over is told by
/// what took its place.
fn worst(known: &Known<'_>) -> (Cell, Cell) {
    let head = Cell::dim("Worst     ");
    let standings = &known.derived.standings;
    let standings = || standings.iter().filter(|s| !is_over(s));
    let mut missed: Vec<&Standing> =
        standings().filter(|s| s.state == State::Outside).collect();
    missed.sort_by_key(|s| Reverse(standing::percent(s).unwrap_or(u64::MAX)));
    let is_there = |s: &&Standing| s.region == s.recover_in;
    let named: Vec<String> = missed
        .iter()
        .take(3)
        .map(|s| format!("{} {}", s.name, &*standing::loss(s).text))
        .collect();
    let most = standings()
        .filter(|s| s.loss.is_some() && s.state != State::NoObjective)
        .max_by_key(|s| s.loss);
    let lost = match (named.is_empty(), most) {
        (false, _) => named.join(", "),
        (true, Some(s)) => {
            format!("{} {}", s.name, &*standing::loss(s).text)
        }
        (true, None) => {
            let words = "? the loss of no resource is known";
            return (head, Cell::new(words, Tone::Unknown));
        }
    };
    let target = target(known);
    let told = missed.iter().take(3).copied();
    let most = most.filter(|_| missed.is_empty());
    let text = if told.chain(most).any(|s| is_there(&s)) {
        format!("{lost} lost if we recovered in {target} now")
    } else {
        format!("{lost} lost if we failed over to {target} now")
    };
    (head, Cell::plain(text))
}

/// Whether it was failed over already: another database took its place.
fn is_over(standing: &Standing) -> bool {
    let best = standing
        .copies
        .iter()
        .find(|copy| Some(&copy.region) == standing.recover_in.as_ref());
    best.is_some_and(|copy| matches!(copy.via, Via::Promoted { .. }))
}

/// How many mistakes of protection were found, and the worst of them.
fn posture(known: &Known<'_>) -> Option<(Cell, Cell)> {
    let found = &known.derived.posture;
    let first = found.first()?;
    let head = Cell::dim(format!("Check {:>2}  ", found.len()));
    Some((head, Cell::plain(first.what.clone())))
}

/// What stands in the way, worst first, a line each.
fn blockers(known: &Known<'_>) -> Vec<(Cell, Cell)> {
    let found = &known.derived.verdict.blockers;
    if found.is_empty() {
        let words = match known.derived.verdict.answer {
            Answer::Unknown => "? nothing could be judged",
            Answer::Yes | Answer::Partly | Answer::No => "none known",
        };
        return vec![(Cell::dim("Blockers  "), Cell::plain(words))];
    }
    let rows = found.iter().take(5).enumerate().map(|(place, text)| {
        let head = match place {
            0 => format!("Block {:>2}  ", found.len()),
            _ => " ".repeat(10),
        };
        (Cell::dim(head), Cell::plain(text.clone()))
    });
    rows.collect()
}
