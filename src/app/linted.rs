//! What the lint finds in a runbook, as it is shown whenever one is opened:
//! to be started, or in another version of a run's file.

use jiff::Timestamp;

use super::Model;
use crate::runbook::Runbook;
use crate::runbook::lint::{Ground, Judged, lint};
use crate::runbook::{Problem, Severity};
use crate::ui::{Cell, Row, Tone};

/// The findings by all that this console knows.
pub(super) fn rows(
    model: &Model,
    (runbook, text, path): (&Runbook, &str, &str),
    now: Timestamp,
) -> Vec<Row> {
    let Model { estate, derived, past, .. } = model;
    let ground = Ground::of(estate, derived, past, now);
    told(&lint(runbook, text, path, &ground))
}

fn told(judged: &Judged) -> Vec<Row> {
    let found = judged.found.iter().map(|problem| {
        let tone = match problem.severity {
            Severity::Error => Tone::Bad,
            Severity::Warning => Tone::Warn,
        };
        let word = problem.severity.word();
        vec![Cell::new(format!("{word}{}", place(problem)), tone)]
    });
    let accepted = judged.accepted.iter().map(|(problem, why)| {
        let told = format!("accepted{} ({why})", place(problem));
        vec![Cell::new(told, Tone::Info)]
    });
    let mut rows: Vec<Row> = found.chain(accepted).collect();
    let mut whys: Vec<&str> = Vec::new();
    for one in &judged.unjudged {
        if !whys.contains(&one.why.as_str()) {
            whys.push(&one.why);
        }
    }
    rows.extend(whys.into_iter().map(|why| {
        let of = judged.unjudged.iter().filter(|one| one.why == why);
        let codes: Vec<&str> = of.map(|one| one.code).collect();
        let told = format!("not judged, {why}: {}", codes.join(", "));
        vec![Cell::dim(told)]
    }));
    rows
}

fn place(problem: &Problem) -> String {
    let Problem { code, line, message, .. } = problem;
    format!("[{code}] line {line}: {message}")
}

#[cfg(test)]
mod tests {
    use super::super::{Book, Overlay, Watch, forms};
    use super::*;
    use crate::estate::Estate;
    use crate::estate::saved::Place;
    use crate::keymap::Keymap;
    use crate::screens::fixture::Fixture;

    const SHIPPED: &str =
        include_str!("../../runbooks/rds-replica-failover.toml");

    /// What the dialog says that opens a runbook.
    fn opened(text: &str, estate: Estate) -> Vec<String> {
        let Fixture { setting, now, .. } = Fixture::new();
        let book = Book::read("runbooks/x.toml", text.to_owned());
        let mut model = Model::new(
            setting,
            Keymap::default(),
            estate,
            Watch::default(),
            vec![book],
            Place::default(),
        );
        forms::inputs(&mut model, 0, now);
        let Some(Overlay::Form(form)) = model.overlay else {
            panic!("the inputs are asked for")
        };
        let text = |row: &Row| row.iter().map(|cell| &*cell.text).collect();
        form.lines.iter().map(text).collect()
    }

    fn says(lines: &[String], words: &str) -> bool {
        lines.iter().any(|line| line.contains(words))
    }

    #[test]
    fn findings_are_shown_when_a_runbook_is_opened_also_those_accepted() {
        let lines = opened(SHIPPED, Fixture::new().estate);
        assert!(says(&lines, "accepted[home-region] line "), "{lines:?}");
        assert!(says(&lines, "(where clients find"), "{lines:?}");
        assert!(says(&lines, "not judged, no journal: never-drilled"));
        assert!(!says(&lines, "no estate"), "{lines:?}");
        let broken = SHIPPED.replace("fresh = \"3m\"\n", "");
        let lines = opened(&broken, Estate::default());
        assert!(says(&lines, "error[no-fresh-check] line "), "{lines:?}");
        assert!(says(&lines, "not judged, no estate: name-gone"));
    }
}
