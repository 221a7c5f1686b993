//! `runbook new`: begins one's own runbook from one that ships.

use std::path::Path;

use anyhow::Context as _;

use super::args::New as Args;
use super::lint::{at_hand, findings, ground, moment};
use super::look::Looked;
use super::{Ended, Start, USAGE, complain, library, say, stop};
use crate::journal::disk::{RealDisk, replace};
use crate::runbook::Runbook;
use crate::runbook::begun::{Wanted, begun};
use crate::runbook::lint::{Ground, Seen};
use crate::runbook::text::is_id;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let (path, text, pattern) = pattern(&args.pattern)?;
    let id = args.out.as_deref().map(id).transpose()?;
    let looked = at_hand(start, args.demo.as_deref())?;
    let ground = ground(&looked, &[]);
    let head = head(&pattern, &looked, &ground);
    let wanted = Wanted {
        id: id.as_deref(),
        source: looked.reach.watch.source.as_ref(),
        target: looked.reach.watch.target.as_ref(),
        head: &head,
    };
    let text = begun(&pattern, text, &looked.estate, wanted);
    let out = args.out.as_deref();
    for problem in findings(&text, out.unwrap_or(Path::new(path)), &ground) {
        complain(&problem.to_string());
    }
    match out {
        Some(out) => {
            replace(&RealDisk::reading(), out, text.as_bytes()).with_context(
                || format!("could not write {}", out.display()),
            )?;
            say(&format!("{} was written", out.display()));
        }
        None => say(text.trim_end()),
    }
    Ok(Ended::Well)
}

/// A runbook that ships, by its id.
fn pattern(id: &str) -> anyhow::Result<(&'static str, &'static str, Runbook)> {
    let mut ids = Vec::new();
    for (path, text) in library::SHIPPED {
        let Ok(runbook) = Runbook::parse(text, path) else { continue };
        if runbook.id == id {
            return Ok((path, text, runbook));
        }
        ids.push(runbook.id);
    }
    let told =
        format!("there is no pattern {id}; there are {}", ids.join(", "));
    Err(stop(USAGE, told))
}

/// The id of a runbook in this file; nothing may be there yet.
fn id(out: &Path) -> anyhow::Result<String> {
    if out.exists() {
        let told = format!("{} is there: nothing is replaced", out.display());
        return Err(stop(USAGE, told));
    }
    let stem = out.file_stem().map(|stem| stem.to_string_lossy());
    let stem = stem.unwrap_or_default();
    if !is_id(&stem) {
        let told = format!(
            "{stem} can be no id: a lower-case letter, then letters, \
             digits, `-` or `_`, at most 40"
        );
        return Err(stop(USAGE, told));
    }
    Ok(stem.into_owned())
}

/// The comment that goes first.
fn head(pattern: &Runbook, looked: &Looked, ground: &Ground<'_>) -> String {
    let from = &pattern.id;
    let simulated = looked.reach.place.simulated.as_deref();
    let whose = simulated.map_or_else(
        || "the estate saved here".to_owned(),
        |label| format!("the simulated AWS {label}"),
    );
    match ground.seen.as_ref().and_then(Seen::span) {
        Some((oldest, _)) => format!(
            "Begun from the pattern {from}.\nDefaults are of {whose}, seen \
             {};\nwhere it leaves a doubt, \"fill in\" stands.",
            moment(oldest)
        ),
        None => format!(
            "Begun from the pattern {from}.\nNo estate was saved here, so \
             that no default is known:\n\"fill in\" stands there."
        ),
    }
}
