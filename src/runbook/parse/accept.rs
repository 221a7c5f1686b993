//! What a file accepts of what the lint finds: a rule, and why.

use super::super::Accept;
use super::super::lint::acceptable;
use super::super::reader::{Fields, Found, Problems, suggestion};

/// The acceptances of a runbook; what is wrong with them goes to `fields`.
pub(super) fn read_accepts(
    fields: &mut Fields<'_>,
    problems: &Problems<'_>,
) -> Vec<Accept> {
    let mut accepts: Vec<Accept> = Vec::new();
    for (table, at) in fields.tables("accept") {
        let line = problems.place(at.start).0;
        let mut own = Fields::new("accept", at, table);
        own.needed("lint");
        let lint = own.placed("lint");
        own.needed("why");
        let why = own.placed("why");
        let mut found = own.finish();
        let mut wrong = |at, code, message, help| {
            found.push(Found { at, code, message, help });
        };
        if let Some((why, at)) = &why
            && why.trim().is_empty()
        {
            let told = "it is accepted for no reason".to_owned();
            let help = "say why it does no harm here";
            wrong(at.clone(), "no-reason", told, help.to_owned());
        }
        if let Some((lint, at)) = &lint {
            let codes = acceptable();
            if !codes.contains(lint) {
                let told = format!("`{lint}` is no rule that can be accepted");
                wrong(at.clone(), "unknown-lint", told, near(lint, &codes));
            }
            if accepts.iter().any(|known| known.lint == *lint) {
                let told = format!("`{lint}` is accepted twice");
                wrong(at.clone(), "twice", told, String::new());
            }
        }
        fields.found.append(&mut found);
        if let (Some((lint, _)), Some((why, _))) = (lint, why) {
            let (lint, why) = (lint.to_owned(), why.trim().to_owned());
            accepts.push(Accept { lint, why, line });
        }
    }
    accepts
}

/// The nearest rule, if one is near: there are too many to name them all.
fn near(lint: &str, codes: &[&str]) -> String {
    let help = suggestion(lint, codes);
    if help.starts_with("did you mean") {
        return help;
    }
    "the page on runbooks lists them".to_owned()
}
