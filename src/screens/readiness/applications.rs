//! Applications: the recovery pattern of each, its evidence, and what is
//! missing for the next.

use super::section::{Line, Section};
use super::{Known, told};
use crate::estate::pattern::{Application, Level, Met, Pattern};
use crate::ui::{Cell, Column, Mark, Row, Tone};

/// The most pieces of evidence told for one pattern.
const MOST: usize = 20;

pub(super) const SECTION: Section = Section {
    title: "Applications",
    empty: "no application was seen yet",
    columns: || {
        vec![
            Column::flexible("APPLICATION", 12),
            Column::fixed("PATTERN", 22),
            Column::fixed("RTO", 6).right().drop(1),
            Column::flexible("MISSING FOR THE NEXT", 20),
        ]
    },
    lines: |facts, _| facts.applications.iter().map(line).collect(),
    detail: |place, facts, known| {
        let one = facts.applications.get(place);
        one.map_or_else(Vec::new, |one| detail(one, known))
    },
};

fn name(one: &Application) -> String {
    one.name.clone().unwrap_or_else(|| "no application".to_owned())
}

fn line(one: &Application) -> Line {
    let (mark, word, tone, rank) = state(one);
    let rto = one.demand.rto.map_or("-".to_owned(), told::goal);
    let late = one.keeps_rto() == Some(false);
    let pattern_tone = match one.proven() {
        Some(_) if !one.is_unsure() => Tone::Plain,
        _ => tone,
    };
    let lacks = match one.next() {
        Some(next) => {
            let lacks = next.lacks().unwrap_or_default();
            format!("{}: {lacks}", next.pattern)
        }
        None => String::new(),
    };
    Line {
        name: name(one),
        mark,
        word,
        tone,
        rank,
        cells: vec![
            Cell::plain(name(one)),
            Cell::new(short(one), pattern_tone),
            if late { Cell::new(rto, Tone::Warn) } else { Cell::plain(rto) },
            Cell::plain(lacks),
        ],
        brief: short(one),
    }
}

/// Its pattern, with a `?` where it may have a higher one.
fn short(one: &Application) -> String {
    match one.proven() {
        Some(pattern) if one.is_unsure() => format!("{pattern} ?"),
        _ => one.words(),
    }
}

/// The sign, word, tone and rank of an application. What belongs to none is
/// no application that could do well or badly.
fn state(one: &Application) -> (Mark, &'static str, Tone, u8) {
    let (proven, unsure) = (one.proven(), one.is_unsure());
    match (proven, unsure, one.keeps_rto()) {
        (None, true, _) => (Mark::Unknown, "UNKNOWN", Tone::Unknown, 1),
        _ if one.name.is_none() => (Mark::Dot, "-", Tone::Dim, 5),
        (None, false, _) => (Mark::Bad, "NONE", Tone::Bad, 0),
        (Some(Pattern::InRegion), ..) => (Mark::Warn, "LOW", Tone::Warn, 2),
        (_, _, Some(false)) => (Mark::Warn, "LOW", Tone::Warn, 3),
        _ => (Mark::Good, "OK", Tone::Good, 4),
    }
}

fn detail(one: &Application, known: &Known<'_>) -> Vec<Row> {
    let mut rows = head(one, known);
    // The one it has, then those it lacks, then those below.
    let has = one.proven();
    let (above, below): (Vec<&Level>, Vec<&Level>) = one
        .levels
        .iter()
        .filter(|level| Some(level.pattern) != has)
        .partition(|level| Some(level.pattern) > has);
    let own = one.levels.iter().filter(|l| Some(l.pattern) == has);
    for level in own.chain(above).chain(below.into_iter().rev()) {
        rows.push(Vec::new());
        rows.extend(told_of(level, known));
    }
    rows
}

fn head(one: &Application, known: &Known<'_>) -> Vec<Row> {
    let mut rows = vec![vec![
        Cell::dim("pattern   "),
        Cell::new(one.words(), Tone::Title),
    ]];
    if let Some(seen) = one.seen {
        let words = format!("          as last seen: {seen}");
        rows.push(vec![Cell::new(words, Tone::Stale)]);
    }
    if let Some(next) = one.next() {
        let lacks = next.lacks().unwrap_or_default();
        rows.push(vec![
            Cell::dim("next      "),
            Cell::plain(format!("{}: {lacks}", next.pattern)),
        ]);
    }
    let parts = one.parts;
    let (data, compute, stacks) = (
        told::count(parts.data),
        told::count(parts.compute),
        told::count(parts.stacks),
    );
    rows.push(vec![
        Cell::dim("consists  "),
        Cell::plain(format!(
            "{data} with data, {compute} that run, {stacks} stacks"
        )),
    ]);
    let by = match &one.name {
        Some(name) => format!("tag {} = {name}", known.setting.app_tag),
        None => format!("what has no tag {}", known.setting.app_tag),
    };
    rows.push(vec![Cell::dim("known by  "), Cell::plain(by)]);
    rows.extend(demanded(one));
    rows.extend(one.automation.iter().map(|words| {
        vec![Cell::dim("automates "), Cell::plain(words.clone())]
    }));
    rows
}

/// What is demanded against what the pattern can give.
fn demanded(one: &Application) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(rto) = one.demand.rto {
        let rto = told::goal(rto);
        let (text, tone) = match (one.proven(), one.keeps_rto()) {
            (Some(pattern), Some(true)) => (
                format!("{rto}; {pattern} can take {}", pattern.order()),
                Tone::Plain,
            ),
            (Some(pattern), Some(false)) => (
                format!("{rto}; {pattern} takes {}", pattern.order()),
                Tone::Warn,
            ),
            _ => (rto, Tone::Plain),
        };
        rows.push(vec![Cell::dim("RTO       "), Cell::new(text, tone)]);
    }
    if let Some(rpo) = one.demand.rpo {
        let outside = one.demand.outside;
        let rpo = told::goal(rpo);
        let (text, tone) = match outside {
            0 => (format!("{rpo} for the strictest"), Tone::Plain),
            n => (
                format!("{rpo} for the strictest; {n} miss theirs"),
                Tone::Bad,
            ),
        };
        rows.push(vec![Cell::dim("RPO       "), Cell::new(text, tone)]);
    }
    rows
}

fn told_of(level: &Level, known: &Known<'_>) -> Vec<Row> {
    let (mark, tone) = match level.met() {
        Met::Proven => (Mark::Good, Tone::Good),
        Met::Missing => (Mark::Bad, Tone::Plain),
        Met::Unknown => (Mark::Unknown, Tone::Unknown),
    };
    let mark = known.setting.theme.glyph(mark);
    let title = format!("{mark} {}", level.pattern);
    let mut rows = vec![
        vec![Cell::new(title, tone)],
        vec![Cell::dim(format!("  {}", level.pattern.needs()))],
    ];
    let lines = |label: &'static str, all: &[String], tone: Tone| {
        few(all, |text| vec![Cell::dim(label), Cell::new(text.clone(), tone)])
    };
    rows.extend(lines("  lacks   ", &level.missing, Tone::Warn));
    rows.extend(lines("  unknown ", &level.unknown, Tone::Unknown));
    rows.extend(few(&level.evidence, |proof| {
        let age = told::span(told::since(proof.at, known.now));
        vec![
            Cell::dim("  seen    "),
            Cell::plain(proof.what.clone()),
            Cell::dim(format!("  {}, {age} ago", proof.source)),
        ]
    }));
    rows
}

/// The first of many, and how many more there are.
fn few<T>(all: &[T], row: impl Fn(&T) -> Row) -> Vec<Row> {
    let mut rows: Vec<Row> = all.iter().take(MOST).map(row).collect();
    let more = all.len().saturating_sub(MOST);
    if more > 0 {
        rows.push(vec![Cell::dim(format!("          and {more} more"))]);
    }
    rows
}
