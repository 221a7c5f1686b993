//! `timeline.csv`: one row an event, for spreadsheets.
//!
//! `row` counts the rows. `entry` is the place in the journal, as the report
//! names it; it has gaps where the journal keeps the parts of a runbook's
//! file, which are no events.
//!
//! RFC 4180. A cell that a spreadsheet could take for a formula gets a
//! single quote before it: quoting alone does not stop evaluation.

use ::csv::{Terminator, WriterBuilder};

use super::super::timeline::{Row, Timeline};
use super::clock;

const HEADING: [&str; 10] = [
    "row",
    "entry",
    "time_utc",
    "t_plus",
    "who",
    "kind",
    "step",
    "what",
    "result",
    "request_id",
];

/// The timeline as CSV.
pub fn timeline(timeline: &Timeline) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(HEADING).expect("memory takes every byte");
    for (place, row) in timeline.rows.iter().enumerate() {
        writer
            .write_record(cells(place + 1, row))
            .expect("memory takes every byte");
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("cells are text")
}

fn cells(place: usize, row: &Row) -> [String; 10] {
    [
        place.to_string(),
        row.seq.to_string(),
        row.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        row.since.map(clock).unwrap_or_default(),
        row.who.clone(),
        row.kind.to_owned(),
        row.step.clone().unwrap_or_default(),
        row.what.clone(),
        row.result.clone(),
        row.request_id.clone().unwrap_or_default(),
    ]
    .map(|cell| neutral(&cell))
}

/// The cell, with a quote before what a spreadsheet would evaluate.
fn neutral(cell: &str) -> String {
    let first = cell.trim_start_matches(' ').chars().next();
    let risky = first.is_some_and(|c| {
        matches!(
            c,
            '=' | '+'
                | '-'
                | '@'
                | '\t'
                | '\r'
                | '\n'
                | '\0'
                | '＝'
                | '＋'
                | '－'
                | '＠'
        )
    });
    if risky { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_could_be_a_formula_gets_a_quote() {
        for cell in ["=1+1", "+1", "-00:01:00", "@x", "\tx", " =1", "＝1"] {
            assert_eq!(neutral(cell), format!("'{cell}"));
        }
        assert_eq!(neutral("a=1"), "a=1");
    }
}
