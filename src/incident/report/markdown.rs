//! `report.md`: the post-incident review, in PagerDuty's section order.
//!
//! Headings stay empty only where a person must judge. Words from people
//! and from AWS are escaped, so that they cannot become links or markup.

use std::fmt::Write as _;

use jiff::SignedDuration;

use super::super::Incident;
use super::super::metrics::{Metrics, Recovered};
use super::super::timeline::{Row, Timeline};
use super::{Provenance, clock, known, labels, moment, verdict};
use crate::runbook::Runbook;
use crate::runbook::run::{Run, StepState};

/// The report as Markdown.
pub fn report(
    incident: &Incident,
    timeline: &Timeline,
    from: &Provenance,
) -> String {
    let mut text = String::new();
    head(&mut text, incident, ("", "incident"));
    look_at_first(&mut text, timeline);
    overview(&mut text, incident, &timeline.metrics);
    what_happened(&mut text, incident);
    blank(&mut text, "Contributing factors");
    resolution(&mut text, incident);
    impact(&mut text, &timeline.metrics);
    responders(&mut text, incident);
    rows(&mut text, timeline);
    blank(&mut text, "How'd we do?");
    blank(&mut text, "Action items");
    blank(&mut text, "Messaging");
    source(&mut text, incident, from);
    text
}

/// Title and labels; `mark` stands before the id, and `word` says what it is.
pub(super) fn head(
    text: &mut String,
    incident: &Incident,
    (mark, word): (&str, &str),
) {
    let title = incident.opening.as_ref().map_or("", |o| o.title.as_str());
    line!(text, "# {mark}{}: {}\n", plain(&incident.id), plain(title));
    for label in labels(incident) {
        line!(text, "> **{}**\n", plain(&label));
    }
    if incident.closed.is_none() {
        line!(text, "> Interim: the {word} is open.\n");
    }
}

fn overview(text: &mut String, incident: &Incident, metrics: &Metrics) {
    line!(text, "## Overview\n");
    if let Some(opening) = &incident.opening {
        let by = plain(&opening.by.user);
        line!(text, "Opened {} by {by}.", moment(opening.at));
        if let Some(id) = &opening.external_id {
            line!(text, "Also known as {}.", plain(id));
        }
    }
    if let Some((at, summary)) = &incident.closed {
        line!(text, "Closed {}: {}", moment(*at), plain(summary));
    }
    line!(
        text,
        "\nActual RTO **{}** (objective {}: {}).",
        known(metrics.rto),
        known(metrics.rto_objective),
        verdict(metrics.rto_met)
    );
    for one in &metrics.recovered {
        line!(
            text,
            "Actual RPO of {} **{}** (objective {}: {}).",
            plain(&one.resource),
            known(one.rpo),
            known(one.objective),
            verdict(one.met)
        );
    }
    line!(text);
}

fn what_happened(text: &mut String, incident: &Incident) {
    line!(text, "## What happened\n");
    for run in &incident.runs {
        let pinned = run.pinned();
        line!(
            text,
            "{} ran {} ({}), started {}.\n",
            plain(&pinned.run),
            plain(&pinned.runbook.title),
            code(&pinned.sha256[..pinned.sha256.len().min(12)]),
            moment(pinned.at)
        );
        for input in &pinned.inputs {
            let mark = if input.verified { "" } else { " **not verified**" };
            let (name, value) = (plain(&input.name), code(&input.value));
            line!(text, "- {name}: {value}{mark}");
        }
        line!(text);
        accepted(text, run.runbook());
    }
    if incident.runs.is_empty() {
        line!(text, "No runbook was run.\n");
    }
}

/// What a runbook breaks on purpose, and why.
pub(super) fn accepted(text: &mut String, runbook: &Runbook) {
    if runbook.accepts.is_empty() {
        return;
    }
    line!(text, "{} accepts these findings:\n", plain(&runbook.id));
    for accept in &runbook.accepts {
        let (lint, why) = (code(&accept.lint), plain(&accept.why));
        line!(text, "- {lint}: {why}");
    }
    line!(text);
}

fn resolution(text: &mut String, incident: &Incident) {
    line!(text, "## Resolution\n");
    for run in &incident.runs {
        steps(text, run);
    }
    if incident.runs.is_empty() {
        line!(text, "No step was taken in this console.\n");
    }
}

fn steps(text: &mut String, run: &Run) {
    line!(text, "| Step | State | Ended | Took | Expected | Evidence |");
    line!(text, "| --- | --- | --- | --- | --- | --- |");
    for (spec, state) in run.steps() {
        let took = state.ended.zip(state.ready);
        let took = took.map(|(end, start)| end.duration_since(start));
        line!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&run.title(spec)),
            state.status.word(),
            state.ended.map(moment).unwrap_or_default(),
            took.map(clock).unwrap_or_default(),
            spec.expect.map(clock).unwrap_or_default(),
            cell(&seen(state))
        );
    }
    line!(text);
}

/// What was seen of a step, or what holds it up.
pub(super) fn seen(state: &StepState) -> String {
    match state.status.why() {
        Some(why) => why.to_owned(),
        None => state.evidence.join("; "),
    }
}

fn impact(text: &mut String, metrics: &Metrics) {
    line!(text, "## Impact\n");
    match (metrics.impact, &metrics.impact_by) {
        (Some(at), Some(by)) => {
            line!(
                text,
                "Users were hurt from {} ({}).\n",
                moment(at),
                plain(by)
            );
        }
        _ => line!(
            text,
            "No time of impact was asserted, so RTO and RPO are unknown.\n"
        ),
    }
    line!(text, "| Measure | Value |\n| --- | --- |");
    for (name, value) in [
        ("Actual RTO: impact to health", metrics.rto),
        ("detect: impact to opening", metrics.detect),
        ("decide: opening to first action", metrics.decide),
        ("act: first action to traffic shifted", metrics.act),
        ("verify: traffic shifted to health", metrics.verify),
        ("ARC-comparable: first action to health", metrics.arc_comparable),
    ] {
        line!(text, "| {name} | {} |", known(value));
    }
    for (spent, seconds) in &metrics.spent {
        let took = SignedDuration::from_secs(*seconds);
        let name = spent.word();
        line!(text, "| spent on: {name} | {} |", known(Some(took)));
    }
    line!(text, "| RTO objective | {} |", known(metrics.rto_objective));
    line!(text, "| RTO verdict | {} |\n", verdict(metrics.rto_met));
    if !metrics.recovered.is_empty() {
        line!(
            text,
            "| Recovered | Data time | Actual RPO | Objective | Verdict | Evidence |"
        );
        line!(text, "| --- | --- | --- | --- | --- | --- |");
        metrics.recovered.iter().for_each(|one| recovered(text, one));
        line!(text);
    }
}

fn recovered(text: &mut String, one: &Recovered) {
    line!(
        text,
        "| {} | {} | {} | {} | {} | {} |",
        cell(&one.resource),
        one.data_time.map_or_else(|| "unknown".to_owned(), moment),
        known(one.rpo),
        known(one.objective),
        verdict(one.met),
        cell(&one.evidence)
    );
}

fn responders(text: &mut String, incident: &Incident) {
    line!(text, "## Responders\n");
    let mut names: Vec<(&str, &str)> = incident
        .entries
        .iter()
        .map(|entry| (entry.by.user.as_str(), entry.by.role.as_str()))
        .filter(|(user, _)| *user != "auto")
        .collect();
    names.sort_unstable();
    names.dedup();
    for (user, role) in names {
        line!(text, "- {} ({})", plain(user), plain(role));
    }
    line!(text);
}

/// What a reader is to know before all else.
fn look_at_first(text: &mut String, timeline: &Timeline) {
    let mut marked = timeline.rows.iter().filter(|row| row.marked).peekable();
    if marked.peek().is_none() {
        return;
    }
    line!(text, "## Look at first\n");
    line!(text, "Unknowns, overrides, skips, corrections.\n");
    for row in marked {
        line!(text, "- {} {}", moment(row.at), plain(&told(row)));
    }
    line!(text);
}

fn rows(text: &mut String, timeline: &Timeline) {
    line!(text, "## Timeline\n");
    line!(text, "| Time (UTC) | T+ | Who | Event | Evidence |");
    line!(text, "| --- | --- | --- | --- | --- |");
    for row in &timeline.rows {
        let request = row.request_id.as_deref().map_or_else(
            || format!("entry {}", row.seq),
            |id| format!("entry {}, request {id}", row.seq),
        );
        line!(
            text,
            "| {} | {} | {} | {} | {} |",
            moment(row.at),
            row.since.map(clock).unwrap_or_default(),
            cell(&row.who),
            cell(&told(row)),
            cell(&request)
        );
    }
    line!(text);
}

fn told(row: &Row) -> String {
    let step = row.step.as_deref().map(|step| format!(" {step}"));
    let step = step.unwrap_or_default();
    format!("{}{step}: {}", row.kind, row.what)
}

/// A heading that only people can fill.
fn blank(text: &mut String, heading: &str) {
    line!(text, "## {heading}\n\n_To be written by people._\n");
}

/// Where all of it comes from, and what could not be taken in.
pub(super) fn source(
    text: &mut String,
    incident: &Incident,
    from: &Provenance,
) {
    line!(text, "## Source\n");
    let entries = incident.entries.len();
    line!(text, "- {entries} entries; journal head {}", code(&from.head));
    line!(text, "- exported {} by {}", moment(from.at), plain(&from.tool));
    line!(text, "- all times are UTC, from the clock of the console's host");
    for oddity in &incident.oddities {
        line!(text, "- **not taken in:** {}", plain(&oddity.to_string()));
    }
}

/// Words that stay words. Escaped is only what would be markup where it
/// stands, so that the source can be read, too: `_` inside a word, `*`
/// between blanks, `-` in a name and the colon of a time are left alone.
pub fn plain(words: &str) -> String {
    let letters: Vec<char> = words.chars().collect();
    let mut text = String::with_capacity(words.len() + 8);
    for (place, c) in letters.iter().copied().enumerate() {
        let before = place.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(place + 1);
        match c {
            '\n' | '\r' | '\t' => text.push(' '),
            '<' => text.push_str("&lt;"),
            '&' if begins_entity(&letters[place + 1..]) => {
                text.push_str("&amp;");
            }
            // A bare address would be turned into a link by many readers.
            ':' if after == Some(&'/') => text.push_str("&#58;"),
            '@' if is_word(before) && is_word(after) => {
                text.push_str("&#64;");
            }
            '\\' | '`' | '[' | ']' | '|' => {
                text.push('\\');
                text.push(c);
            }
            '*' | '~' if is_dense(before) || is_dense(after) => {
                text.push('\\');
                text.push(c);
            }
            '_' if (is_dense(before) || is_dense(after))
                && !(is_word(before) && is_word(after)) =>
            {
                text.push('\\');
                text.push(c);
            }
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    www(&at_start(text))
}

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric())
}

/// Whether there is a character that is no blank.
fn is_dense(c: Option<&char>) -> bool {
    c.is_some_and(|c| !c.is_whitespace())
}

/// Whether what follows an `&` makes it a character reference.
fn begins_entity(rest: &[char]) -> bool {
    let name = rest.iter().take_while(|c| c.is_alphanumeric() || **c == '#');
    let name = name.count();
    name > 0 && rest.get(name) == Some(&';')
}

/// What means a heading, a list, a quotation or a rule means it only where a
/// line begins.
fn at_start(text: String) -> String {
    let blanks = text.len() - text.trim_start().len();
    let rest = &text[blanks..];
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let numbered = digits > 0 && rest[digits..].starts_with(['.', ')']);
    let place = match rest.chars().next() {
        Some('#' | '>' | '-' | '+' | '=') => blanks,
        Some(_) if numbered => blanks + digits,
        Some(_) | None => return text,
    };
    format!("{}\\{}", &text[..place], &text[place..])
}

/// The other form of a bare address that readers make links of.
fn www(text: &str) -> String {
    text.replace("www.", "www&#46;")
}

pub(super) fn cell(words: &str) -> String {
    plain(words)
}

/// A value as code, with a fence longer than any run of back-ticks in it.
pub fn code(value: &str) -> String {
    let mut longest = 0;
    let mut run = 0;
    for c in value.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let value = value.replace(['\n', '\r'], " ");
    format!("{fence}{value}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_become_markup() {
        assert_eq!(
            plain("[x](http://a) <b> |"),
            "\\[x\\](http&#58;//a) &lt;b> \\|"
        );
        assert_eq!(
            plain("*bold* _it_ ~~x~~"),
            "\\*bold\\* \\_it\\_ \\~\\~x\\~\\~"
        );
        assert_eq!(plain("(_it_)"), "(\\_it\\_)");
        assert_eq!(plain("# a"), "\\# a");
        assert_eq!(plain("- a"), "\\- a");
        assert_eq!(plain("12. a"), "12\\. a");
        assert_eq!(plain("> a"), "\\> a");
        assert_eq!(plain("&lt; a@b.example"), "&amp;lt; a&#64;b.example");
        assert_eq!(plain("www.a.example"), "www&#46;a.example");
        assert_eq!(code("a`b"), "``a`b``");
    }

    #[test]
    fn ordinary_words_stand_as_they_are() {
        for words in [
            "learn-db-replica in eu-central-1 (15.2 s): done!",
            "impact at 2026-05-02T14:20:00Z, says ann: pager & phone",
            "db_instance_id a * b ~ 3 {x} +1 #2",
            "rds:PromoteReadReplica arn:aws:rds:eu-west-1:111122223333:db:x",
        ] {
            assert_eq!(plain(words), words);
        }
    }
}
