//! How one job reads: as a line of the list, and with all that is known.

use jiff::{SignedDuration, Timestamp};

use super::{QUIET, State, Told};
use crate::estate::ids::Region;
use crate::estate::resource::{Job, JobKind, JobState};
use crate::screens::{Known, told};
use crate::ui::prose::wrap_all;
use crate::ui::{Cell, Column, Mark, Row, SizeClass, Theme, Tone, bar};

/// The command that asks AWS for the same job (AWS CLI reference, `backup`).
pub(super) fn command(told: &Told, job: &Job) -> String {
    let kind = job.kind.name();
    let option = match job.kind {
        JobKind::Backup => "--backup-job-id",
        JobKind::Copy => "--copy-job-id",
        JobKind::Restore => "--restore-job-id",
    };
    let Told { region, .. } = told;
    let id = &job.id;
    format!("aws backup describe-{kind}-job {option} {id} --region {region}")
}

pub(super) fn link(region: &Region) -> String {
    format!(
        "https://{region}.console.aws.amazon.com/backup/home?region={region}#/jobs"
    )
}

pub(super) fn word(state: JobState) -> (Mark, &'static str, Tone) {
    match state {
        JobState::Running => (Mark::Running, "RUN", Tone::Info),
        JobState::Completed => (Mark::Good, "DONE", Tone::Good),
        JobState::Partial => (Mark::Warn, "PARTIAL", Tone::Warn),
        JobState::Failed => (Mark::Bad, "FAILED", Tone::Bad),
        JobState::Unknown => (Mark::Unknown, "UNKN", Tone::Unknown),
    }
}

/// Rows wrapped, so that a long message of AWS is read and not cut.
pub(super) fn folded(rows: &[Row], room: usize) -> Vec<Row> {
    let room = u16::try_from(room).unwrap_or(u16::MAX);
    wrap_all(rows, room)
}

pub(super) fn empty(state: &State, known: &Known<'_>) -> &'static str {
    if state.lists.is_empty() {
        "no list of jobs has come back yet"
    } else if !known.filter.is_empty() {
        "no job matches the filter"
    } else if state.listing.problems {
        "no job needs attention"
    } else {
        "AWS tells of no job"
    }
}

pub(super) fn columns(size: SizeClass) -> Vec<Column> {
    let mut columns = vec![
        Column::fixed("KIND", 7),
        Column::fixed("STATE", 9),
        Column::flexible("RESOURCE", 14),
    ];
    if size == SizeClass::Wide {
        columns.extend([
            Column::fixed("TYPE", 6),
            Column::fixed("FROM", 13),
            Column::fixed("TO", 13),
            Column::fixed("PROGRESS", 16),
            Column::fixed("STARTED", 12),
            Column::fixed("TOOK", 7).right(),
            Column::fixed("SIZE", 8).right(),
        ]);
    } else {
        columns.extend([
            Column::fixed("REGION", 12),
            Column::fixed("PCT", 4).right(),
            Column::fixed("STARTED", 12),
            Column::fixed("TOOK", 6).right().drop(1),
        ]);
    }
    columns.push(Column::flexible("WHY", 8).drop(2));
    columns
}

pub(super) fn row(
    rank: u8,
    told: &Told,
    job: &Job,
    known: &Known<'_>,
    size: SizeClass,
) -> Row {
    let theme = known.setting.theme;
    let (mark, word, tone) = word(job.state);
    let tone =
        if rank == QUIET && tone == Tone::Bad { Tone::Dim } else { tone };
    let state = told::state(mark, word, tone, theme);
    let name = Cell::plain(job.resource.tail().to_owned());
    let started = Cell::plain(told::moment(job.created, known));
    let took = Cell::plain(told::span(took(job, known.now)));
    let why = match (&job.message, rank == QUIET) {
        (_, true) if job.state == JobState::Failed => {
            Cell::dim("made good by a later job")
        }
        (Some(message), _) => Cell::plain(message.clone()),
        (None, _) => Cell::default(),
    };
    let kind = Cell::plain(job.kind.name());
    if size != SizeClass::Wide {
        let place = job.to.as_ref().unwrap_or(&told.region).to_string();
        let percent = Cell::plain(percent(job));
        return vec![
            kind,
            state,
            name,
            place.into(),
            percent,
            started,
            took,
            why,
        ];
    }
    let place = |region: Option<&Region>| match region {
        Some(region) => Cell::plain(region.to_string()),
        None => Cell::dim("-"),
    };
    vec![
        kind,
        state,
        name,
        Cell::plain(job.resource_type.name()),
        place(job.from.as_ref().or(Some(&told.region))),
        place(job.to.as_ref()),
        Cell::plain(progress(job, theme)),
        started,
        took,
        size_of(job),
        why,
    ]
}

pub(super) fn size_of(job: &Job) -> Cell {
    match job.bytes {
        Some(bytes) => Cell::plain(told::bytes(bytes)),
        None => Cell::dim("-"),
    }
}

pub(super) fn took(job: &Job, now: Timestamp) -> SignedDuration {
    told::since(job.created, job.ended.unwrap_or(now))
}

/// How much is done; `?` where AWS does not tell it of a running job.
pub(super) fn percent(job: &Job) -> String {
    match (job.percent, job.state) {
        (Some(percent), _) => format!("{percent:.0}%"),
        (None, JobState::Completed) => "100%".to_owned(),
        (None, JobState::Running | JobState::Unknown) => "?".to_owned(),
        (None, JobState::Partial | JobState::Failed) => "-".to_owned(),
    }
}

pub(super) fn progress(job: &Job, theme: Theme) -> String {
    let Some(share) = job.percent else { return percent(job) };
    let share = share.clamp(0.0, 100.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share from 0 to 100 fits"
    )]
    let part = share as u64;
    format!("{} {:>4}", bar(part, 100, 10, theme), percent(job))
}

/// All that is known of a job.
pub(super) fn details(told: &Told, job: &Job, known: &Known<'_>) -> Vec<Row> {
    let theme = known.setting.theme;
    let line = |name: &'static str, text: String, tone: Tone| {
        vec![Cell::dim(format!("{name:<9}")), Cell::new(text, tone)]
    };
    let (mark, word, tone) = word(job.state);
    let from = job.from.as_ref().unwrap_or(&told.region);
    let way = match &job.to {
        Some(to) => format!("{from} to {to}"),
        None => from.to_string(),
    };
    let size = job.bytes.map_or("size unknown".to_owned(), told::bytes);
    let ended = match job.ended {
        Some(at) => format!("ended {}", told::moment(at, known)),
        None if job.state == JobState::Running => "not ended".to_owned(),
        None => "end unknown".to_owned(),
    };
    let mut rows = vec![
        vec![
            Cell::dim(format!("{:<9}", "state")),
            told::state(mark, word, tone, theme),
            Cell::plain(format!("   {}   {size}", percent(job))),
        ],
        line(
            "resource",
            format!("{}  {}", job.resource_type, job.resource),
            Tone::Plain,
        ),
        line(
            "where",
            format!(
                "{way}   account {}",
                known.setting.account_name(&told.account)
            ),
            Tone::Plain,
        ),
        line(
            "time",
            format!(
                "started {}   {ended}   took {}",
                told::moment(job.created, known),
                told::exact(took(job, known.now))
            ),
            Tone::Plain,
        ),
    ];
    rows.push(match &job.message {
        Some(message) => line("AWS says", message.clone(), tone),
        None => line("AWS says", "nothing".to_owned(), Tone::Dim),
    });
    rows.push(line("ask AWS", command(told, job), Tone::Dim));
    rows
}
