//! Metrics: the seven numbers of readiness, each with its definition,
//! evidence and source.

use super::section::{Line, Section};
use super::{Known, told};
use crate::estate::metrics::{Metric, Stand};
use crate::ui::{Cell, Column, Mark, Row, Tone};

pub(super) const SECTION: Section = Section {
    title: "Metrics",
    empty: "nothing was measured yet",
    columns: || {
        vec![
            Column::flexible("METRIC", 19),
            Column::flexible("VALUE", 22),
            Column::flexible("OBJECTIVE", 20).drop(1),
        ]
    },
    lines: |facts, _| facts.metrics.iter().map(line).collect(),
    detail: |place, facts, known| {
        let one = facts.metrics.get(place);
        one.map_or_else(Vec::new, |one| detail(one, known))
    },
};

fn line(one: &Metric) -> Line {
    let (mark, word, tone) = match (&one.value, one.stand) {
        (_, Stand::Missed) => (Mark::Bad, "MISSED", Tone::Bad),
        (Err(_), _) | (_, Stand::Unknown) => {
            (Mark::Unknown, "UNKNOWN", Tone::Unknown)
        }
        (_, Stand::Met) => (Mark::Good, "MET", Tone::Good),
        (_, Stand::NoObjective) => (Mark::Dot, "-", Tone::Dim),
    };
    let objective = one.objective.as_deref().unwrap_or("none");
    Line {
        name: one.measure.name().to_owned(),
        mark,
        word,
        tone,
        // Their order is that of the guide, however each of them does.
        rank: 0,
        cells: vec![
            Cell::plain(one.measure.name()),
            value(one),
            Cell::dim(objective.to_owned()),
        ],
        brief: match &one.value {
            Ok(value) => value.words(),
            Err(_) => "unknown".to_owned(),
        },
    }
}

fn value(one: &Metric) -> Cell {
    match (&one.value, &one.simulated) {
        (Ok(value), None) => Cell::plain(value.words()),
        (Ok(value), Some(_)) => {
            Cell::plain(format!("{} SIMULATED", value.words()))
        }
        (Err(why), _) => Cell::new(format!("unknown: {why}"), Tone::Unknown),
    }
}

fn detail(one: &Metric, known: &Known<'_>) -> Vec<Row> {
    let mut rows = vec![vec![Cell::dim("value      "), value(one)]];
    if let Some(so_far) = &one.so_far {
        rows.push(vec![Cell::dim("so far     "), Cell::plain(so_far.clone())]);
    }
    if let Some(scenario) = &one.simulated {
        let text = format!(
            "measured on the simulated AWS of {scenario}: it proves nothing \
             of a real one"
        );
        rows.push(vec![Cell::new(text, Tone::Warn)]);
    }
    let objective = one.objective.clone();
    rows.push(vec![
        Cell::dim("objective  "),
        Cell::plain(objective.unwrap_or_else(|| "none".to_owned())),
    ]);
    rows.push(Vec::new());
    rows.push(title("DEFINITION"));
    rows.push(vec![Cell::plain(one.measure.definition())]);
    rows.push(Vec::new());
    rows.push(title("EVIDENCE"));
    if one.evidence.is_empty() {
        rows.push(vec![Cell::dim("none")]);
    }
    for seen in &one.evidence {
        rows.push(vec![Cell::plain(seen.what.clone())]);
        let when = told::moment(seen.at, known);
        rows.push(vec![Cell::dim(format!("    {}, {when}", seen.source))]);
    }
    rows
}

fn title(text: &'static str) -> Row {
    vec![Cell::new(text, Tone::Title)]
}
