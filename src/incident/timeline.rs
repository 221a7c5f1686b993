//! The incident as a timeline with its metrics.

mod outcome;

use jiff::{SignedDuration, Timestamp};

use super::Incident;
use super::entry::Entry;
use super::fact::{Company, Conduct, Fact, Identity, Ledger};
use super::idle;
use super::metrics::Metrics;
use crate::estate::ids::Account;
use crate::runbook::call::Call;
use crate::runbook::plan::{Plan, PlanHash};
use crate::runbook::run::{
    Approval, Happened, RunFact, RunHappened, StepFact,
};

/// The incident as it is read afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// One row an entry, in order; parts of kept files are left out, and
    /// heartbeats that follow one another are one row.
    pub rows: Vec<Row>,
    /// What it is measured by.
    pub metrics: Metrics,
}

/// One entry, as a person reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The place of the entry in the journal.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// Since the impact, or since the opening while no impact is known.
    pub since: Option<SignedDuration>,
    /// Who; `auto` for what the console did by itself.
    pub who: String,
    /// The kind in one word.
    pub kind: &'static str,
    /// The step it is about.
    pub step: Option<String>,
    /// What happened, in a sentence.
    pub what: String,
    /// How it ended, where that is not the sentence itself.
    pub result: String,
    /// The request id AWS gave.
    pub request_id: Option<String>,
    /// Whether a person should see it first: unknowns, skips, corrections.
    pub marked: bool,
}

impl Row {
    /// What happened and how it ended, where the one does not say the other.
    pub fn told(&self) -> String {
        let said = self.what.to_lowercase();
        match self.result.as_str() {
            "" => self.what.clone(),
            result if said.contains(&result.to_lowercase()) => {
                self.what.clone()
            }
            result if self.what.is_empty() => result.to_owned(),
            result => format!("{}: {}", result, self.what),
        }
    }

    /// Whether the console did it by itself.
    pub fn is_auto(&self) -> bool {
        self.who == "auto"
    }
}

impl Timeline {
    /// The timeline of an incident so far.
    pub fn of(incident: &Incident) -> Timeline {
        let metrics = Metrics::of(incident);
        let zero = metrics.impact.or(metrics.opened);
        let rows = idle::stretches(&incident.entries)
            .filter_map(|some| idle::read(some, zero))
            .collect();
        Timeline { rows, metrics }
    }
}

/// One entry as a row.
pub fn row(entry: &Entry, zero: Option<Timestamp>) -> Row {
    let told = tell(&entry.fact);
    Row {
        seq: entry.seq,
        at: entry.at,
        since: zero.map(|zero| entry.at.duration_since(zero)),
        who: entry.by.user.clone(),
        kind: told.kind,
        step: told.step,
        what: told.what,
        result: told.result,
        request_id: told.request_id,
        marked: told.marked,
    }
}

/// What a fact says, in words.
#[derive(Default)]
struct Told {
    kind: &'static str,
    step: Option<String>,
    what: String,
    result: String,
    request_id: Option<String>,
    marked: bool,
}

fn told(kind: &'static str, what: impl Into<String>) -> Told {
    Told { kind, what: what.into(), ..Told::default() }
}

fn marked(told: Told) -> Told {
    Told { marked: true, ..told }
}

fn tell(fact: &Fact) -> Told {
    match fact {
        Fact::Opened { title, conduct, simulated, .. } => {
            told("incident", opened(title, *conduct, simulated.as_deref()))
        }
        Fact::Claimed { tool } => {
            told("console", format!("console {tool} took the journal"))
        }
        Fact::Impact { impact, why, asserted_by } => told(
            "impact",
            format!("impact at {impact}, says {asserted_by}: {why}"),
        ),
        Fact::Armed { accounts, reason } => {
            let names = listed(accounts);
            told("arm", format!("armed on {names}: {reason}"))
        }
        Fact::Disarmed { why } => told("arm", format!("disarmed: {why}")),
        Fact::Identity { identity, accounts, reason } => {
            marked(told("identity", sent_as(*identity, accounts, reason)))
        }
        Fact::Note { text } => told("note", text),
        Fact::Decision { text, rationale } => {
            told("decision", format!("{text}: {rationale}"))
        }
        Fact::File { sha256, part, parts, .. } => {
            told("file", format!("part {} of {parts} of {sha256}", part + 1))
        }
        Fact::Pinned { run, id, sha256, .. } => told(
            "runbook",
            format!("{run}: {id}@{} started", &sha256[..sha256.len().min(8)]),
        ),
        Fact::Step(step) => tell_step(step),
        Fact::Run(fact) => tell_run(fact),
        Fact::Company(what) => tell_company(what),
        Fact::Ledger(what) => tell_ledger(what),
        Fact::Heartbeat => told("idle", "open, and nothing was done"),
        Fact::Detected { evidence, impact } => told(
            "detected",
            format!(
                "proposed by the console, since {impact}: {}",
                evidence.join("; ")
            ),
        ),
        Fact::Refused { .. }
        | Fact::Rejected { .. }
        | Fact::Copied { .. }
        | Fact::Exported { .. }
        | Fact::Region { .. }
        | Fact::Evidence { .. }
        | Fact::Corrected { .. }
        | Fact::Recovered { .. }
        | Fact::Damaged { .. }
        | Fact::Resumed { .. }
        | Fact::Closed { .. } => tell_rest(fact),
    }
}

/// What a fact says that changes neither clock nor run.
fn tell_rest(fact: &Fact) -> Told {
    match fact {
        Fact::Refused { what, why } => {
            told("refused", format!("{what}: {why}"))
        }
        Fact::Rejected { step, why, .. } => Told {
            step: Some(step.clone()),
            ..told("rejected", format!("confirm not accepted: {why}"))
        },
        Fact::Copied { what } => told("copy", format!("copied: {what}")),
        Fact::Exported { files, to } => {
            told("export", format!("{} to {to}", files.join(", ")))
        }
        Fact::Region { region, was, is, why } => told(
            "region",
            format!("{region}: {} -> {}: {why}", was.word(), is.word()),
        ),
        Fact::Evidence { title, rows, .. } => {
            told("evidence", format!("saved {title}: {} rows", rows.len()))
        }
        Fact::Corrected { entry, field, old, new, why } => marked(told(
            "corrected",
            format!("{field} of entry {entry}: {old} -> {new}: {why}"),
        )),
        Fact::Recovered { bytes, .. } => marked(told(
            "journal",
            format!("{bytes} torn bytes put into quarantine"),
        )),
        Fact::Damaged { file, offset, .. } => marked(told(
            "journal",
            format!("{file} is damaged from byte {offset}; left as it is"),
        )),
        Fact::Resumed { gap_s } => told("resume", resumed(*gap_s)),
        Fact::Closed { summary } => {
            told("incident", format!("closed: {summary}"))
        }
        Fact::Opened { .. }
        | Fact::Claimed { .. }
        | Fact::Impact { .. }
        | Fact::Armed { .. }
        | Fact::Disarmed { .. }
        | Fact::Identity { .. }
        | Fact::Note { .. }
        | Fact::Decision { .. }
        | Fact::File { .. }
        | Fact::Pinned { .. }
        | Fact::Run(_)
        | Fact::Company(_)
        | Fact::Heartbeat
        | Fact::Ledger(_)
        | Fact::Detected { .. }
        | Fact::Step(_) => told("fact", "see the journal"),
    }
}

fn tell_company(what: &Company) -> Told {
    match what {
        Company::HandOverOffered { to, reason } => {
            told("hand-over", format!("offered to {to}: {reason}"))
        }
        Company::HandOverEnded { why } => {
            told("hand-over", format!("offer ended: {why}"))
        }
        Company::HandedOver { by, readback } => marked(told(
            "hand-over",
            format!("{} drives now; read back: {readback}", by.told()),
        )),
        Company::Watching { name, console, came } => {
            let verb = if *came { "follows" } else { "no longer follows" };
            told("console", format!("{name} {verb} in console {console}"))
        }
        Company::Relayed { from, said_at, text, .. } => told(
            "note",
            format!("{} on {} at {said_at}: {text}", from.user, from.host),
        ),
    }
}

fn tell_ledger(what: &Ledger) -> Told {
    match what {
        Ledger::Created { arn, hourly_usd, .. } => {
            let cost = hourly_usd
                .map_or_else(String::new, |usd| format!(", USD {usd:.3}/h"));
            told("created", format!("{arn} exists now{cost}"))
        }
        Ledger::Removed { arn, how } => {
            told("removed", format!("{arn} is gone: {how}"))
        }
    }
}

/// A console that is open writes every minute, so what is missing is time
/// without one.
fn resumed(gap_s: u64) -> String {
    let beat = idle::BEAT.as_secs().unsigned_abs();
    if gap_s <= beat {
        return format!("resumed after {gap_s} s");
    }
    let least = gap_s - beat;
    format!("console closed for {least} to {gap_s} s; resumed")
}

fn sent_as(identity: Identity, accounts: &[Account], reason: &str) -> String {
    let names = listed(accounts);
    format!("calls are sent as {} on {names}: {reason}", identity.word())
}

fn listed(accounts: &[Account]) -> String {
    let names: Vec<&str> = accounts.iter().map(Account::as_str).collect();
    names.join(", ")
}

fn opened(title: &str, conduct: Conduct, simulated: Option<&str>) -> String {
    let word = match conduct {
        Conduct::Incident => "opened",
        Conduct::Drill => "drill opened",
    };
    match simulated {
        Some(scenario) => {
            format!("{word}: {title} [SIMULATED: {scenario}]")
        }
        None => format!("{word}: {title}"),
    }
}

fn tell_run(fact: &RunFact) -> Told {
    let run = &fact.run;
    match &fact.what {
        RunHappened::Paused { reason } => {
            told("pause", format!("{run} is paused: {reason}"))
        }
        RunHappened::Continued => told("pause", format!("{run} goes on")),
        RunHappened::Manner { manner, reason } => told(
            "manner",
            format!("{run} goes on {}: {reason}", manner.adverb()),
        ),
        RunHappened::Repinned { sha256, reason } => marked(told(
            "repin",
            format!(
                "{run} goes on by another version of its file, {}: {reason}",
                &sha256[..sha256.len().min(8)]
            ),
        )),
    }
}

fn tell_step(fact: &StepFact) -> Told {
    let mut told = happened(&fact.what);
    told.step = Some(fact.step.clone());
    told
}

fn happened(what: &Happened) -> Told {
    match what {
        Happened::Held { why, unclear } => Told {
            result: if *unclear { "cannot tell" } else { "held" }.into(),
            ..told("check", why)
        },
        Happened::Running { why } => told("wait", why),
        Happened::Overdue { allowed } => {
            marked(told("overdue", format!("not over after {allowed}")))
        }
        Happened::Done { evidence, .. } => {
            Told { result: "done".into(), ..told("done", evidence.join("; ")) }
        }
        Happened::Proposed { hash, level } => told(
            "preview",
            format!("plan {} shown, level {}", hash.short(), level.word()),
        ),
        Happened::Confirmed { hash, plan, approval, shown_ms } => {
            confirmed(*hash, plan, approval, *shown_ms)
        }
        Happened::Voided { differences, why } => {
            let fields: Vec<String> = differences
                .iter()
                .map(|d| format!("{}: {} -> {}", d.field, d.was, d.is))
                .collect();
            let fields = fields.join("; ");
            told("void", format!("confirm void: {why} {fields}").trim_end())
        }
        Happened::Intended { intent } => told("call", sent(&intent.call)),
        Happened::Began { process } => {
            told("call", format!("it runs as {process}"))
        }
        Happened::Outcome { outcome, took_ms, .. } => {
            outcome::told(outcome, *took_ms)
        }
        Happened::Lost { why } => {
            Told { result: "UNKNOWN".into(), ..marked(told("unknown", why)) }
        }
        Happened::NotApplied { why } => {
            Told { result: "not applied".into(), ..told("verify", why) }
        }
        Happened::Simulated { would } => Told {
            result: "simulated".into(),
            ..told(
                "simulate",
                format!("the drill sent nothing: {}", would.join("; ")),
            )
        },
        Happened::Approved { .. }
        | Happened::Stated { .. }
        | Happened::Retried
        | Happened::Decided { .. }
        | Happened::Answered { .. }
        | Happened::Skipped { .. }
        | Happened::Overridden { .. }
        | Happened::Called { .. }
        | Happened::Aborted { .. } => said(what),
    }
}

/// Who confirmed a plan; one that nobody else approved is looked at first.
fn confirmed(
    hash: PlanHash,
    plan: &Plan,
    approval: &Approval,
    shown_ms: u64,
) -> Told {
    let text = format!(
        "plan {} confirmed by {} after {}.{} s: {}",
        hash.short(),
        approval.names().join(" and "),
        shown_ms / 1000,
        shown_ms % 1000 / 100,
        plan.effect
    );
    match &approval.alone {
        Some(why) => {
            marked(told("confirm", format!("{text}; alone, because {why}")))
        }
        None => told("confirm", text),
    }
}

fn sent(call: &Call) -> String {
    if let Some(program) = call.program() {
        let line = program.start.line();
        return format!("run {line}, account {}", program.account);
    }
    format!(
        "{} {} in {}, account {}",
        call.action(),
        call.target(),
        call.region(),
        call.account()
    )
}

fn said(what: &Happened) -> Told {
    match what {
        Happened::Stated { applied, evidence, .. } => {
            let word = if *applied { "applied" } else { "not applied" };
            Told {
                result: word.into(),
                ..marked(told("stated", format!("{word}: {evidence}")))
            }
        }
        Happened::Retried => told("retry", "is tried once more"),
        Happened::Decided { choice, rationale } => {
            told("decision", format!("{choice}: {rationale}"))
        }
        Happened::Answered { value } => told("answer", value),
        Happened::Skipped { reason } => {
            Told { result: "skipped".into(), ..marked(told("skip", reason)) }
        }
        Happened::Approved { hash, by, .. } => told(
            "approve",
            format!("plan {} approved by {}", hash.short(), by.told()),
        ),
        Happened::Overridden { reason, seen } => Told {
            result: "overridden".into(),
            ..marked(told("override", format!("{reason} (seen: {seen})")))
        },
        Happened::Called { reason } => {
            told("undo", format!("the way back is called for: {reason}"))
        }
        Happened::Aborted { reason, left } => marked(told(
            "abort",
            format!("run ended: {reason}. Left behind: {}", left.join("; ")),
        )),
        Happened::Held { .. }
        | Happened::Running { .. }
        | Happened::Overdue { .. }
        | Happened::Done { .. }
        | Happened::Proposed { .. }
        | Happened::Confirmed { .. }
        | Happened::Voided { .. }
        | Happened::Intended { .. }
        | Happened::Began { .. }
        | Happened::Outcome { .. }
        | Happened::Lost { .. }
        | Happened::Simulated { .. }
        | Happened::NotApplied { .. } => told("step", what.word()),
    }
}
