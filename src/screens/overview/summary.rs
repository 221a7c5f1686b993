//! Summary: what the overview counts: standings by service, jobs of a day,
//! and the verdict in its words.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use ratatui::layout::Rect;

use crate::estate::What;
use crate::estate::resource::{JobKind, JobState, ResourceType};
use crate::estate::standing::{Standing, State};
use crate::screens::panel::Panel;
use crate::screens::{Known, regions, standing, told};
use crate::ui::{Cell, Column, Mark, Pane, Row, SizeClass, Table, Tone};

/// How far back jobs are counted.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Standings of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Service {
    states: [usize; 4],
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
    all: [usize; 4],
    jobs: BTreeMap<JobKind, Jobs>,
    running: Vec<Running>,
    counted: Option<(u64, i64)>,
}

const RUNNING_SHOWN: usize = 8;

impl Summary {
    /// Counts the standings, and the jobs when an answer has changed or a
    /// minute has passed.
    pub(super) fn refresh(&mut self, known: &Known<'_>) {
        self.services.clear();
        self.all = [0; 4];
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

    /// The verdict, the worst loss and the blockers, at most `room` lines.
    pub(super) fn verdict(&self, known: &Known<'_>, room: usize) -> Vec<Row> {
        let mut rows = vec![self.head(known)];
        rows.push(worst(known));
        rows.push(blockers(known, room.saturating_sub(2) > 1));
        rows.extend(more_blockers(known));
        if let Some(label) = &known.setting.simulated {
            let text = format!("SIMULATED: {label}; none of this is real AWS");
            rows.insert(
                room.saturating_sub(1).min(rows.len()),
                vec![Cell::new(text, Tone::Warn)],
            );
        }
        rows.truncate(room);
        rows
    }

    fn head(&self, known: &Known<'_>) -> Row {
        let theme = known.setting.theme;
        let [inside, late, outside, unknown] = self.all;
        let all = self.all.iter().sum::<usize>();
        let (mark, word, tone) = match (all, outside, unknown) {
            (0, _, _) => (Mark::Unknown, "UNKNOWN", Tone::Unknown),
            (_, 0, 0) => (Mark::Good, "YES", Tone::Good),
            (all, 0, n) if n == all => {
                (Mark::Unknown, "UNKNOWN", Tone::Unknown)
            }
            (_, 0, _) => (Mark::Unknown, "PARTLY KNOWN", Tone::Unknown),
            (_, _, _) if inside + late == 0 => (Mark::Bad, "NO", Tone::Bad),
            _ => (Mark::Warn, "PARTLY", Tone::Warn),
        };
        let sentence = if all == 0 {
            "  no protected resource is known yet".to_owned()
        } else {
            format!(
                "  {} of {all} inside RPO, {outside} outside, {late} late, \
                 {unknown} unknown",
                inside + late
            )
        };
        vec![told::state(mark, word, tone, theme), Cell::plain(sentence)]
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
            let [inside, late, outside, unknown] = service.states;
            let mut row = vec![
                Cell::plain(kind.name()),
                number(inside, Tone::Good),
                number(late, Tone::Warn),
                number(outside, Tone::Bad),
                number(unknown, Tone::Unknown),
                Cell::plain(service.states.iter().sum::<usize>().to_string()),
            ];
            if is_wide {
                let worst = service.worst.and_then(|(percent, place)| {
                    let s = known.derived.standings.get(place)?;
                    Some(format!("{percent:>4}% {}", s.name))
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
        let mut rows = region_rows(known, false);
        let jobs = self.job_rows(known, false);
        rows.truncate(room.saturating_sub(jobs.len()).max(2));
        rows.extend(jobs);
        let pane = Pane::new("Regions and jobs").note(jobs_note(known));
        Panel::lines(area, pane, rows)
    }

    /// How each Region does.
    pub(super) fn regions(&self, known: &Known<'_>, area: Rect) -> Panel {
        let pane = Pane::new("Regions").note(told::note(known, |_| true));
        let mut rows = region_rows(known, true);
        let alarms = known.estate.alarms().filter(|a| a.item.state == "ALARM");
        rows.push(Vec::new());
        rows.push(vec![Cell::plain(format!(
            "{} recovery points seen   {} alarms ring",
            told::count(known.derived.points.len()),
            alarms.count()
        ))]);
        Panel::lines(area, pane, rows)
    }

    /// The jobs of a day, and those under way.
    pub(super) fn jobs(&self, known: &Known<'_>, area: Rect) -> Panel {
        let mut rows = self.job_rows(known, true);
        rows.push(Vec::new());
        let title = match self.running.len() {
            RUNNING_SHOWN => "RUNNING, the first of them".to_owned(),
            n => format!("RUNNING ({n})"),
        };
        rows.push(vec![Cell::new(title, Tone::Title)]);
        for job in &self.running {
            let percent = job.percent.as_deref().unwrap_or("?");
            rows.push(vec![
                Cell::plain(format!(
                    "{:<38} ",
                    crate::ui::clip(&job.text, 38)
                )),
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
        use crate::estate::Source;
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

fn region_rows(known: &Known<'_>, roomy: bool) -> Vec<Row> {
    let theme = known.setting.theme;
    let rows = known.derived.regions.iter().map(|report| {
        let health = regions::health(Some(report), theme);
        let role = regions::role(&report.region, known);
        let mut row = vec![
            Cell::plain(format!("{:<13} {role:<6} ", report.region)),
            Cell::new(format!("{:<10}", &*health.text), health.tone),
        ];
        if roomy {
            row.push(Cell::plain(format!("  {}", report.why)));
        }
        row
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

/// The resources that would lose most, and those whose loss is not known.
fn worst(known: &Known<'_>) -> Row {
    let mut losses: Vec<&Standing> = known
        .derived
        .standings
        .iter()
        .filter(|s| s.loss.is_some() && s.state == State::Outside)
        .collect();
    if losses.is_empty() {
        let all = known.derived.standings.iter();
        losses.extend(all.filter(|s| s.loss.is_some()).max_by_key(|s| s.loss));
    }
    losses.sort_by_key(|s| std::cmp::Reverse(standing::percent(s)));
    if losses.is_empty() {
        return vec![
            Cell::dim("Worst  "),
            Cell::new("? the loss of no resource is known", Tone::Unknown),
        ];
    }
    let named: Vec<String> = losses
        .iter()
        .take(3)
        .map(|s| format!("{} {}", s.name, &*standing::loss(s).text))
        .collect();
    vec![
        Cell::dim("Worst  "),
        Cell::plain(format!(
            "{} lost if we failed over to {} now",
            named.join(", "),
            target(known)
        )),
    ]
}

fn blockers(known: &Known<'_>, _roomy: bool) -> Row {
    let found = findings(known);
    let head = Cell::dim("Blockers ");
    match found.first() {
        None => vec![head, Cell::plain("none known")],
        Some(first) => vec![
            head,
            Cell::new(format!("({})  ", found.len()), Tone::Bad),
            Cell::plain(first.clone()),
        ],
    }
}

fn more_blockers(known: &Known<'_>) -> Vec<Row> {
    let others = findings(known).into_iter().skip(1).take(4);
    others.map(|text| vec![Cell::plain(format!("         {text}"))]).collect()
}

/// What stands in the way of a recovery, worst first.
fn findings(known: &Known<'_>) -> Vec<String> {
    let _ = known;
    Vec::new()
}
