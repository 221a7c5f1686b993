//! `runbook ready`: tries all that a runbook needs, short of running it.
//!
//! For cron: the code is 1 if something fails, 3 if something cannot be
//! known, and 0 only if all of it is proven or simulated.

mod needs;
mod past;
mod tries;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use super::args::Ready as Args;
use super::look::{self, Looked};
use super::shared::object;
use super::{
    Ended, INVALID, OUTSIDE, PARTIAL, Start, complain, library, observe, say,
    stop, told,
};
use crate::app::Book;
use crate::aws::record::Object;
use crate::aws::session::Session;
use crate::incident::fact::pin_file;
use crate::journal::disk::{Disk, RealDisk};
use crate::runbook::Runbook;
use crate::runbook::ready::{Counts, Item, Proof, Tried};
use crate::screens::Shelf;

/// What is printed and kept; the names of its fields stay
/// (`docs/schema/ready.schema.json`).
#[derive(Debug, Serialize, Deserialize)]
struct Report {
    schema: u32,
    at: Timestamp,
    simulated: Option<String>,
    endpoint: Option<String>,
    runbook: String,
    title: String,
    sha256: String,
    counts: Counts,
    items: Vec<Item>,
}

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let book = library::find(&start.config.paths.runbooks(), &args.runbook)?;
    let runbook = match &book.runbook {
        Ok(runbook) => Arc::clone(runbook),
        Err(why) => return Err(stop(INVALID, why.clone())),
    };
    let looked = look::once(start, &args.asking, |_| true)?;
    let mirror = start.config.shared_estate.as_ref();
    let mirror = mirror.filter(|_| looked.reach.sim.is_none());
    let mirror = mirror.and_then(|place| object(place, &looked.reach));
    let glass = !args.no_break_glass;
    let items = tried(&looked, &runbook, mirror.as_ref(), glass)?;
    let report = report(&looked, &book, &runbook, items);
    if let Err(error) = keep(&looked.reach.state, &report) {
        complain(&format!("the result could not be kept: {error:#}"));
    }
    if args.json {
        told::json(&report)?;
    } else {
        say(&text(&report));
    }
    Ok(ended(&report.counts))
}

/// Tries everything; what fails first.
fn tried(
    looked: &Looked,
    runbook: &Runbook,
    mirror: Option<&Object>,
    glass: bool,
) -> anyhow::Result<Vec<Item>> {
    let session = Session::new(looked.reach.session.clone());
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let needs = needs::of(
        runbook,
        &looked.estate,
        looked.reach.sim.is_some(),
        looked.now,
    );
    let used = past::used(&looked.reach.state, &looked.reach.place);
    let mut items = needs.items.clone();
    items.push(journal(&looked.reach.state));
    let seat = tries::Seat { looked, session: &session, glass };
    items.extend(runtime.block_on(seat.all(&needs)));
    if let Some(object) = mirror {
        items.push(runtime.block_on(seat.mirror(object)));
    }
    let judged = runtime.block_on(seat.judged(&needs, &used));
    let calls = needs.calls.iter().zip(judged);
    items.extend(calls.map(|(call, said)| call.item(&used, runbook, said)));
    // What was given up must not hold up the end.
    runtime.shutdown_background();
    items.sort_by_key(|item| item.state);
    Ok(items)
}

/// Without a journal nothing can be changed.
fn journal(state: &Path) -> Item {
    let about = state.display().to_string();
    match RealDisk::at(state) {
        Ok(_) => {
            let told = "a file was made there, for its owner alone";
            Item::new("journal", about, Proof::ProvenByUse, told)
        }
        Err(error) => {
            Item::new("journal", about, Proof::Fails, error.to_string()).todo(
                "without a journal nothing can be changed: make room \
                       there, or set LIFEBOAT_HOME",
            )
        }
    }
}

fn report(
    looked: &Looked,
    book: &Book,
    runbook: &Runbook,
    items: Vec<Item>,
) -> Report {
    let place = &looked.reach.place;
    Report {
        schema: 1,
        at: looked.now,
        simulated: place.simulated.clone(),
        endpoint: place.endpoint.clone(),
        runbook: runbook.id.clone(),
        title: runbook.title.clone(),
        sha256: pin_file(&book.text).1,
        counts: Counts::of(&items),
        items,
    }
}

fn text(report: &Report) -> String {
    let (simulated, endpoint) = (&report.simulated, &report.endpoint);
    let mut lines = told::heading(simulated.as_deref(), endpoint.as_deref());
    let Counts { proven, simulated, unknown, fails } = report.counts;
    lines.push(format!(
        "{}: {fails} fail, {unknown} cannot be known, {simulated} simulated, \
         {proven} proven by use at {}",
        report.runbook,
        report.at.strftime("%Y-%m-%d %H:%M:%SZ")
    ));
    for item in &report.items {
        let Item { kind, about, state, told, todo } = item;
        lines.push(format!(
            "{:<16} {:<8} {about}: {told}",
            state.word(),
            kind
        ));
        lines.extend(todo.iter().map(|todo| format!("{:>20} {todo}", "do:")));
    }
    lines.join("\n")
}

fn ended(counts: &Counts) -> Ended {
    match counts {
        Counts { fails: 1.., .. } => Ended::With(OUTSIDE),
        Counts { unknown: 1.., .. } => Ended::With(PARTIAL),
        _ => Ended::Well,
    }
}

/// Where the newest result of a runbook is kept.
fn file(state: &Path, runbook: &str) -> PathBuf {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let name: String =
        runbook.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    state.join("ready").join(format!("{name}.json"))
}

fn keep(state: &Path, report: &Report) -> anyhow::Result<()> {
    let bytes = serde_json::to_vec(report)?;
    observe::write(&file(state, &report.runbook), &bytes)
}

/// The newest try of a runbook that was kept, if there is one.
pub(super) fn last(state: &Path, book: &Book) -> Option<Tried> {
    let runbook = book.runbook.as_ref().ok()?;
    let disk = RealDisk::reading();
    let bytes = disk.read(&file(state, &runbook.id)).ok()?;
    let report: Report = serde_json::from_slice(&bytes).ok()?;
    let changed = report.sha256 != pin_file(&book.text).1;
    let known = report.schema == 1 && report.runbook == runbook.id;
    known.then_some(Tried { at: report.at, counts: report.counts, changed })
}

/// Says in the list of runbooks when each was tried last.
pub(super) fn shelve(shelf: &mut [Shelf], books: &[Book], state: &Path) {
    for (one, book) in shelf.iter_mut().zip(books) {
        one.tried = last(state, book);
    }
}

#[cfg(test)]
mod tests;
