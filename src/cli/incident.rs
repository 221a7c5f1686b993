//! `incident`: opens, lists, shows, verifies, exports and closes incidents.
//!
//! Whoever only reads needs no lock and does not wait for the console that
//! writes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;

use super::args::Incident as Args;
use super::{
    Ended, OTHER, Start, USAGE, complain, past, person, reach, resume, say,
    stop, told,
};
use crate::incident::Incident;
use crate::incident::fact::{Conduct, Fact};
use crate::incident::report::{Provenance, export};
use crate::incident::timeline::Timeline;
use crate::journal::clock::SystemClock;
use crate::journal::disk::{RealDisk, replace};
use crate::journal::incidents::{Incidents, Listed};
use crate::journal::open::NotOpened;
use crate::journal::read::{read, verify};
use crate::journal::{Answer, Keeper, Opened, Order};

/// The version that wrote an entry.
const TOOL: &str = env!("CARGO_PKG_VERSION");

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    match args {
        Args::Open { title, external_id, impact } => {
            open(start, title, external_id.clone(), *impact)
        }
        Args::List => list(start),
        Args::Show { incident } => {
            show(start, &find(start, incident.as_deref())?)
        }
        Args::Verify { incident } => check(&find(start, incident.as_deref())?),
        Args::Export { incident, to } => {
            let found = find(start, incident.as_deref())?;
            write_export(start, &found, to.as_deref())
        }
        Args::Resume { incident, demo } => {
            resume::run(start, incident.as_deref(), demo.as_deref())
        }
        Args::Close { incident, summary } => {
            close(start, &find(start, Some(incident))?, summary)
        }
    }
}

/// All incidents, newest first, each with the state directory it lies in.
fn all(start: &Start) -> anyhow::Result<Vec<(PathBuf, Listed)>> {
    let mut found = Vec::new();
    for root in resume::roots(start) {
        let incidents = Incidents::below(&root);
        let listed = incidents
            .list(&RealDisk::reading())
            .with_context(|| format!("could not list {}", root.display()))?;
        found.extend(listed.into_iter().map(|one| (root.clone(), one)));
    }
    found.sort_by(|(_, one), (_, other)| {
        other.opened.cmp(&one.opened).then(other.id.cmp(&one.id))
    });
    Ok(found)
}

struct Found {
    state: PathBuf,
    listed: Listed,
}

fn find(start: &Start, id: Option<&str>) -> anyhow::Result<Found> {
    let found = all(start)?.into_iter();
    let mut fits = found.filter(|(_, one)| id.is_none_or(|id| one.id == id));
    if let Some((state, listed)) = fits.next() {
        return Ok(Found { state, listed });
    }
    Err(match id {
        Some(id) => stop(
            USAGE,
            format!("there is no incident {id}; see: lifeboat incident list"),
        ),
        None => stop(USAGE, "there is no incident on this machine"),
    })
}

fn open(
    start: &Start,
    title: &str,
    external_id: Option<String>,
    impact: Option<Timestamp>,
) -> anyhow::Result<Ended> {
    let mut keeper = keeper(start, &start.config.paths.state)?;
    let salt = process::id() ^ start.now.subsec_nanosecond().unsigned_abs();
    let first = Fact::Opened {
        title: title.to_owned(),
        external_id,
        conduct: Conduct::Incident,
        simulated: None,
        endpoint: reach::endpoint(start),
        tool: TOOL.to_owned(),
    };
    let order = Order::Create {
        now: start.now,
        salt: u16::try_from(salt & 0xffff).unwrap_or_default(),
        first: Box::new(first.redacted()),
    };
    let opened = taken(keeper.take(order))?;
    record(&mut keeper, Fact::Claimed { tool: TOOL.to_owned() })?;
    if let Some(impact) = impact {
        let fact = Fact::Impact {
            impact,
            why: "given when the incident was opened".to_owned(),
            asserted_by: person::user(&start.env),
        };
        record(&mut keeper, fact)?;
    }
    say(&opened.incident);
    Ok(Ended::Well)
}

fn keeper(start: &Start, state: &Path) -> anyhow::Result<Keeper> {
    let disk =
        RealDisk::at(state).map_err(|error| stop(OTHER, error.to_string()))?;
    let author = person::author(&start.env);
    let clock = || Box::new(SystemClock::new()) as Box<_>;
    Ok(Keeper::new(Arc::new(disk), state, author, clock))
}

fn taken(answer: Answer) -> anyhow::Result<Opened> {
    match answer {
        Answer::Opened(Ok(opened)) => Ok(*opened),
        Answer::Opened(Err(why)) => {
            Err(stop(OTHER, format!("the journal was not opened: {why}")))
        }
        _ => Err(stop(OTHER, "the journal gave another answer")),
    }
}

fn record(keeper: &mut Keeper, fact: Fact) -> anyhow::Result<()> {
    match keeper.take(Order::Record(Box::new(fact.redacted()))) {
        Answer::Recorded(Ok(_)) => Ok(()),
        Answer::Recorded(Err(why)) => {
            Err(stop(OTHER, format!("NOT RECORDED: {why}")))
        }
        _ => Err(stop(OTHER, "the journal gave another answer")),
    }
}

fn list(start: &Start) -> anyhow::Result<Ended> {
    let found = all(start)?;
    if found.is_empty() {
        say("no incident on this machine");
        return Ok(Ended::Well);
    }
    let simulated = start.config.paths.simulated();
    let disk = RealDisk::reading();
    let mut interrupted = found
        .iter()
        .filter(|(_, one)| one.can_be_taken_up() && !one.is_held(&disk));
    let again =
        interrupted.next().map(|(_, one)| resume::command(one, &start.config));
    let mut out = String::new();
    for (state, one) in found {
        let opened = one.opened.map_or_else(
            || "-".to_owned(),
            |at| at.strftime("%Y-%m-%d %H:%MZ").to_string(),
        );
        let word = match one.entries {
            0 => "empty",
            _ if one.closed => "closed",
            _ => "open",
        };
        let label = if state == simulated { "SIMULATED " } else { "" };
        let title = one.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(
            out,
            "{:<22} {word:<7} {opened:<18} {:>5} entries  {label}{title}",
            one.id, one.entries
        );
        if let Some(problem) = &one.problem {
            let _ = writeln!(out, "{:<22} ! {problem}", "");
        }
    }
    if let Some(command) = again {
        let _ = writeln!(
            out,
            "the newest that no console holds is taken up again with:\n  \
             {command}"
        );
    }
    say(&out);
    Ok(Ended::Well)
}

/// The fold of an incident and the hash of its newest entry.
fn folded(found: &Found) -> anyhow::Result<(Incident, String)> {
    let reading = read(&RealDisk::reading(), &found.listed.dir)
        .with_context(|| format!("could not read {}", found.listed.id))?;
    let head = reading.head().to_owned();
    Ok((Incident::fold(reading.incident, reading.entries), head))
}

fn show(start: &Start, found: &Found) -> anyhow::Result<Ended> {
    let (incident, _) = folded(found)?;
    let timeline = Timeline::of(&incident);
    let title = incident
        .opening
        .as_ref()
        .map_or("(no title)", |opening| &opening.title);
    let mut out = format!("{}  {title}\n", incident.id);
    if let Some(opening) = &incident.opening {
        let (simulated, endpoint) = (&opening.simulated, &opening.endpoint);
        let (simulated, endpoint) =
            (simulated.as_deref(), endpoint.as_deref());
        for line in told::heading(simulated, endpoint) {
            let _ = writeln!(out, "{line}");
        }
        if let Some(id) = &opening.external_id {
            let _ = writeln!(out, "external id: {id}");
        }
    }
    match &incident.closed {
        Some((at, summary)) => {
            let _ = writeln!(out, "closed {at}: {summary}");
        }
        None if found.listed.entries == 0 => {
            let _ = writeln!(out, "nothing was ever recorded of it");
        }
        None if found.listed.is_held(&RealDisk::reading()) => {
            let command = resume::command(&found.listed, &start.config);
            let _ = writeln!(out, "open in a console; follow: {command}");
        }
        None => {
            let command = resume::command(&found.listed, &start.config);
            let _ = writeln!(out, "open; take it up again with: {command}");
        }
    }
    let _ = writeln!(out, "{}\n", found.listed.dir.display());
    for row in timeline.rows {
        let at = row.at.strftime("%Y-%m-%d %H:%M:%SZ");
        let mark = if row.marked { "!" } else { " " };
        let step = row.step.map(|s| format!("[{s}] ")).unwrap_or_default();
        let result = match row.result.as_str() {
            "" => String::new(),
            result => format!(" -> {result}"),
        };
        let _ = writeln!(
            out,
            "{at} {mark} {:<10} {step}{}{result}",
            row.who, row.what
        );
    }
    say(&out);
    Ok(Ended::Well)
}

fn check(found: &Found) -> anyhow::Result<Ended> {
    let report = verify(&RealDisk::reading(), &found.listed.dir)
        .with_context(|| format!("could not read {}", found.listed.id))?;
    for gap in &report.gaps {
        say(&format!(
            "{}, line {}, byte {}: {}: {}\n  {}",
            gap.file,
            gap.line,
            gap.offset,
            gap.kind.word(),
            gap.found,
            gap.advice
        ));
    }
    let word = if report.is_sound() { "sound" } else { "NOT SOUND" };
    say(&format!(
        "{}: {word}: {} entries chain without a gap\nhead {}",
        report.incident, report.entries, report.head
    ));
    Ok(if report.is_sound() { Ended::Well } else { Ended::With(OTHER) })
}

fn write_export(
    start: &Start,
    found: &Found,
    to: Option<&Path>,
) -> anyhow::Result<Ended> {
    let (incident, head) = folded(found)?;
    let from = Provenance { head, at: start.now, tool: TOOL.to_owned() };
    let to =
        to.map_or_else(|| found.listed.dir.join("export"), Path::to_owned);
    let disk = RealDisk::reading();
    let mut files = Vec::new();
    let past = past::practices(&found.state);
    for file in export(&incident, &past, &from) {
        let path = to.join(file.name);
        replace(&disk, &path, file.text.as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
        say(&path.display().to_string());
        files.push(file.name.to_owned());
    }
    if incident.closed.is_none() {
        let to = to.display().to_string();
        note(start, found, Fact::Exported { files, to })?;
    }
    Ok(Ended::Well)
}

/// Journals what was done from outside, unless a console is writing.
fn note(start: &Start, found: &Found, fact: Fact) -> anyhow::Result<()> {
    let mut keeper = keeper(start, &found.state)?;
    match keeper.take(Order::Open(found.listed.id.clone())) {
        Answer::Opened(Err(held @ NotOpened::Held { .. })) => {
            complain(&format!("not journaled: the journal is {held}"));
            Ok(())
        }
        answer => {
            taken(answer)?;
            record(&mut keeper, fact)
        }
    }
}

fn close(
    start: &Start,
    found: &Found,
    summary: &str,
) -> anyhow::Result<Ended> {
    if found.listed.closed {
        let told = format!("{} is closed already", found.listed.id);
        return Err(stop(USAGE, told));
    }
    let mut keeper = keeper(start, &found.state)?;
    let opened = taken(keeper.take(Order::Open(found.listed.id.clone())))?;
    for notice in &opened.notices {
        complain(notice);
    }
    record(&mut keeper, Fact::Closed { summary: summary.to_owned() })?;
    say(&format!("{} is closed", opened.incident));
    Ok(Ended::Well)
}
