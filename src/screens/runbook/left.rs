//! What is left of the run: its longest chain, and what can begin now.

use super::short;
use crate::incident::pace::Forecast;
use crate::runbook::plan::Level;
use crate::runbook::run::{Path, Run};
use crate::runbook::steps::Wants;
use crate::screens::Known;
use crate::ui::{Cell, Row, Tone};

/// How many lines it may take, with its frame.
pub(super) const HEIGHT: u16 = 8;

/// The title of the panel.
pub(super) const TITLE: &str = "What is left";

/// The lines of the panel, and what the longest chain takes.
pub(super) fn rows(run: &Run, known: &Known<'_>) -> (String, Vec<Row>) {
    if run.is_over() || run.aborted().is_some() {
        return (String::new(), vec![vec![Cell::dim("nothing to begin")]]);
    }
    let path = run.path(known.now);
    let least = if path.untold > 0 { "at least " } else { "" };
    let note = format!("{least}{}", short(path.left));
    let end = Forecast::of(run, known.now).told(known.now);
    let rows = vec![
        row("End", end, Tone::Plain),
        row("Longest", chain(run, &path), Tone::Plain),
        row("Can start now", ready(run, &path), Tone::Info),
        row("By itself", names(run, &path.running), Tone::Dim),
    ];
    (note, rows)
}

fn row(head: &'static str, text: String, tone: Tone) -> Row {
    let text = if text.is_empty() { "nothing".to_owned() } else { text };
    vec![Cell::dim(format!("{head:<14}")), Cell::new(text, tone)]
}

fn chain(run: &Run, path: &Path) -> String {
    let steps = &run.runbook().steps;
    let told = path.steps.iter().map(|place| {
        let spec = &steps[*place];
        match spec.expect {
            Some(expect) => format!("{} {}", spec.id, short(expect)),
            None => format!("{} ?", spec.id),
        }
    });
    told.collect::<Vec<_>>().join(" > ")
}

fn ready(run: &Run, path: &Path) -> String {
    let steps = &run.runbook().steps;
    let told = path.ready.iter().map(|place| {
        let spec = &steps[*place];
        let how = match spec.does.wants() {
            Wants::Nothing if spec.level > Level::Read => "confirm",
            Wants::Nothing => "look",
            Wants::Choice { .. } => "decide",
            Wants::Value { .. } | Wants::Words { .. } => "answer",
        };
        format!("{} ({how})", spec.id)
    });
    told.collect::<Vec<_>>().join(", ")
}

fn names(run: &Run, places: &[usize]) -> String {
    let steps = &run.runbook().steps;
    let told = places.iter().map(|place| steps[*place].id.as_str());
    told.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixture::{Fixture, open_on};

    const TRIAL: &str = include_str!("../../../tests/runs/books/trial.toml");

    #[test]
    fn the_panel_tells_the_chain_and_what_begins_now() {
        let fixture = Fixture::new();
        let open = open_on(TRIAL);
        let run = open.run().expect("it runs");
        let (note, rows) = rows(run, &fixture.known());
        let text = |at: usize| rows[at][1].text.to_string();
        // The check before has no expected time.
        assert_eq!(note, "at least 7m 00s");
        assert!(text(0).starts_with("done about 14:39Z"), "{}", text(0));
        assert!(
            text(1).starts_with("standby ? > traffic 1m 00s > proof"),
            "{}",
            text(1)
        );
        assert_eq!(text(2), "nothing");
        assert_eq!(text(3), "standby");
    }
}
