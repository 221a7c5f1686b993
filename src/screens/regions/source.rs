//! One source of a Region: its name, and how it answers.

use super::fresh;
use crate::estate::Source;
use crate::screens::{Known, told};
use crate::ui::{Cell, Row};

/// What is asked of it.
pub(super) fn what(source: &Source) -> String {
    match source {
        Source::Aws { what, .. } => what.name().to_owned(),
        Source::Http { .. }
        | Source::Dns { .. }
        | Source::Program { .. }
        | Source::Command { .. } => source.to_string(),
    }
}

/// All that is known of how a source answers.
pub(super) fn about(source: &Source, known: &Known<'_>) -> Vec<Row> {
    let fresh = fresh(source, known);
    let mut rows = vec![vec![
        told::freshness(&fresh),
        Cell::plain(format!("  {}", told::because(&fresh))),
    ]];
    let Some(seen) = known.estate.known(source) else { return rows };
    let line = |text: String| vec![Cell::plain(text)];
    if let Some((_, at)) = seen.seen {
        rows.push(line(format!(
            "last good answer {}",
            told::moment(at, known)
        )));
    }
    if seen.saved {
        rows.push(line("read from disk, not seen by this console".into()));
    }
    if let Some((at, failure)) = &seen.failed {
        rows.push(line(format!(
            "last failure {}: {failure}",
            told::moment(*at, known)
        )));
        rows.extend(failure.causes.iter().map(|c| line(format!("  {c}"))));
        let id = failure.request_id.as_deref().unwrap_or("none");
        rows.push(line(format!("request id {id}")));
        rows.push(line(failure.advice().to_owned()));
    }
    let pace = told::span(known.estate.pace(source));
    rows.push(line(format!(
        "looked at every {pace}; {} of the last {} looks succeeded",
        seen.record.iter().filter(|(_, good)| *good).count(),
        seen.record.len()
    )));
    rows
}
