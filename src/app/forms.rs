//! The dialogs that ask for words.

use jiff::Timestamp;

use super::mode::typed_name;
use super::reach::reach;
use super::writing::run_busy;
use super::{Model, Overlay, linted};
use crate::estate::ids::Account;
use crate::incident::fact::Fact;
use crate::keymap::Action;
use crate::runbook::{Runbook, Values};
use crate::screens::Open;
use crate::screens::form::{Ask, Purpose, State};
use crate::ui::{Cell, Row, Tone};

/// The fewest characters of a reason.
const REASON: &str = "at least 10 characters";

pub(super) fn open(model: &mut Model, form: State) {
    model.overlay = Some(Overlay::Form(Box::new(form)));
}

pub(super) fn plain(text: impl Into<String>) -> Row {
    vec![Cell::plain(text.into())]
}

/// Asks for a note.
pub(super) fn note(model: &mut Model, now: Timestamp) {
    let fields = vec![Ask::new("note")];
    let title = "Note for the timeline";
    open(model, State::new(Purpose::Note, title, Vec::new(), fields, now));
}

/// Asks for a decision and its reason.
pub(super) fn decision(model: &mut Model, now: Timestamp) {
    let fields = vec![Ask::new("decision"), Ask::new("because")];
    let title = "Decision for the timeline";
    open(model, State::new(Purpose::Decision, title, Vec::new(), fields, now));
}

/// Asks what the list in front is filtered by.
pub(super) fn filter(model: &mut Model, now: Timestamp) {
    let field = Ask::new("filter").filled(model.filter()).optional();
    let title = "Filter the list";
    let form =
        State::new(Purpose::Filter, title, Vec::new(), vec![field], now);
    open(model, form);
}

/// Asks for what an incident is called.
pub(super) fn open_incident(model: &mut Model, now: Timestamp) {
    if let Some(open) = &model.open
        && !open.is_closed()
    {
        let text = format!("incident {} is open already", open.id);
        model.say(text, true, now);
        return;
    }
    let mut fields = vec![
        Ask::new("title"),
        Ask::new("external id").optional(),
        impact_field(model, now),
    ];
    let title = "Open an incident";
    let mut lines =
        vec![plain("Everything done from now on is journaled under it.")];
    if let Some(seen) = &model.detection.proposal {
        lines.push(plain(
            "Proposed from what is seen; correct what is not so:",
        ));
        lines
            .extend(seen.evidence.iter().map(|one| plain(format!("  {one}"))));
        fields[0].edit.set(&seen.title);
        let known = Ask::new("how it is known").optional();
        fields.push(known.filled(&seen.evidence.join("; ")));
    }
    open(model, State::new(Purpose::OpenIncident, title, lines, fields, now));
}

/// The field for the time from which the outage counts, filled with what the
/// evidence proposes.
fn impact_field(model: &Model, now: Timestamp) -> Ask {
    let known = model.open.as_ref().and_then(Open::impact);
    let proposed = known.or_else(|| proposed_impact(model));
    let field = Ask::new("impact began (UTC)").optional();
    match proposed {
        Some(at) => {
            let at = whole_second(at);
            let mut field = field.filled(&at.to_string());
            let ago = now.duration_since(at).as_mins();
            let note = format!("{ago}m ago, from evidence");
            field.note = Some((note, true));
            field
        }
        None => field,
    }
}

/// When the evidence says that the impact began.
pub(super) fn proposed_impact(model: &Model) -> Option<Timestamp> {
    let detected = model.detection.proposal.as_ref().map(|one| one.impact);
    detected.into_iter().chain(model.derived.impact_proposed()).min()
}

/// People read and type whole seconds.
pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Asks for the time from which the outage counts.
pub(super) fn impact(model: &mut Model, now: Timestamp) {
    let fields = vec![impact_field(model, now), Ask::new("how it is known")];
    let title = "When did users begin to be hurt?";
    let lines = vec![plain("Without it the RTO of the report reads unknown.")];
    open(model, State::new(Purpose::Impact, title, lines, fields, now));
}

/// Asks what came of the incident.
pub(super) fn close(model: &mut Model, now: Timestamp) {
    if model.open.is_none() {
        model.say("no incident is open", true, now);
        return;
    }
    let fields = vec![Ask::new("summary")];
    let title = "Close the incident";
    open(model, State::new(Purpose::Close, title, Vec::new(), fields, now));
}

/// Asks for the reason and the names of the accounts to be changed.
pub(super) fn arm(model: &mut Model, now: Timestamp) {
    if model.setting.read_only {
        model.say("started with --read-only: arming is off", true, now);
        return;
    }
    if model.mode.is_observer() {
        model.say("another console drives: only it arms", true, now);
        return;
    }
    if model.mode.is_armed() {
        let way = reach(model, Action::ModeDisarm);
        let text = format!("this is ARMED already; {way} ends it");
        model.say(text, false, now);
        return;
    }
    let accounts = run_accounts(model);
    if accounts.is_empty() {
        let text = "open a runbook first: ARMED covers its accounts";
        model.say(text, true, now);
        return;
    }
    let before = model.open.as_ref().and_then(|open| {
        // Only what this console was told: one that takes an incident up
        // again asks for the names anew.
        let entries = open.incident.entries.iter().rev();
        let entries = entries.take_while(|entry| {
            !matches!(entry.fact, Fact::Claimed { .. } | Fact::Resumed { .. })
        });
        let mut armed = entries.filter_map(|entry| match &entry.fact {
            Fact::Armed { accounts: old, reason } if *old == accounts => {
                Some(reason.clone())
            }
            _ => None,
        });
        armed.next()
    });
    let mut lines = vec![plain(
        "Confirmed steps may then change the accounts named here.",
    )];
    for account in &accounts {
        let name = model.setting.account_name(account);
        lines
            .push(vec![Cell::new(format!("{name}  {account}"), Tone::Danger)]);
    }
    // Once named within an incident, arming again is one confirm.
    let fields = before.map_or_else(
        || {
            let mut fields = vec![Ask::new("reason")];
            for account in &accounts {
                let name = account_typed(model, account);
                let label = format!("type {name}");
                fields.push(Ask::new(label).exact(name));
            }
            fields
        },
        |reason| vec![Ask::new("reason").filled(&reason)],
    );
    let title = "Arm: allow changes";
    open(model, State::new(Purpose::Arm, title, lines, fields, now));
}

fn account_typed(model: &Model, account: &Account) -> String {
    let info = model.setting.accounts.iter().find(|a| a.id == *account);
    typed_name(info.and_then(|info| info.name.as_deref()), account)
}

/// The accounts of the open runbook, by id.
pub(super) fn run_accounts(model: &Model) -> Vec<Account> {
    let run = model.open.as_ref().and_then(Open::run);
    let mut accounts: Vec<Account> = run
        .map(|run| run.accounts().into_iter().map(Account::from).collect())
        .unwrap_or_default();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// Asks why a step is skipped.
pub(super) fn skip(model: &mut Model, step: String, now: Timestamp) {
    let fields = vec![Ask::new("reason")];
    let run = model.open.as_ref().and_then(Open::run);
    let spec = run.and_then(|run| run.step(&step)).map(|(spec, _)| spec);
    let (title, text) = match spec.and_then(|spec| spec.undoes) {
        Some(_) => (
            format!("Put {step} aside again"),
            format!(
                "Nothing of it is sent; {} calls for it anew; {REASON}",
                reach(model, Action::RunbookRollBack)
            ),
        ),
        None => (
            format!("Skip {step}"),
            format!("It stands first in the report; {REASON}"),
        ),
    };
    let lines = vec![plain(text)];
    open(model, State::new(Purpose::Skip(step), title, lines, fields, now));
}

/// Shows the state that is left behind and asks why the run is ended.
pub(super) fn abort(model: &mut Model, now: Timestamp) {
    let run = model.open.as_ref().and_then(Open::run);
    let Some(run) = run else {
        model.say("no runbook is under way", true, now);
        return;
    };
    let mut lines =
        vec![vec![Cell::new("The state you leave behind:", Tone::Title)]];
    lines.extend(run.state_left_behind().into_iter().map(plain));
    let id = run.runbook().id.clone();
    let fields = vec![
        Ask::new("reason"),
        Ask::new(format!("type {id}")).exact(id.clone()),
    ];
    let title = format!("Abort {id}: nothing is rolled back");
    open(model, State::new(Purpose::Abort, title, lines, fields, now));
}

/// Asks why this way is chosen.
pub(super) fn choose(
    model: &mut Model,
    step: String,
    choice: String,
    now: Timestamp,
) {
    let title = format!("{step}: {choice}");
    let lines = vec![plain(format!("Why? {REASON}"))];
    let fields = vec![Ask::new("because")];
    let purpose = Purpose::Choose { step, choice };
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the value seen, or for words.
pub(super) fn answer(
    model: &mut Model,
    step: &str,
    title: String,
    question: String,
    now: Timestamp,
) {
    let lines = vec![plain(question)];
    let fields = vec![Ask::new("answer")];
    let purpose = Purpose::Answer(step.to_owned());
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the evidence of a statement about a lost answer.
pub(super) fn state(
    model: &mut Model,
    step: String,
    applied: bool,
    now: Timestamp,
) {
    let word = if applied { "took effect" } else { "did not happen" };
    let title = format!("State that {step} {word}");
    let lines = vec![plain(
        "Only if AWS cannot be asked. Say what you saw, and where.",
    )];
    let fields = vec![
        Ask::new("evidence"),
        Ask::new(format!("type {step}")).exact(step.clone()),
    ];
    let purpose = Purpose::State { step, applied };
    open(model, State::new(purpose, title, lines, fields, now));
}

/// Asks for the inputs of a runbook, filled with their defaults.
pub(super) fn inputs(model: &mut Model, place: usize, now: Timestamp) {
    if let Some(why) = run_busy(model) {
        model.say(why, true, now);
        return;
    }
    let busy = model
        .open
        .as_ref()
        .and_then(Open::run)
        .is_some_and(|run| !run.is_over());
    if busy {
        let way = reach(model, Action::RunbookAbort);
        let text =
            format!("a runbook is under way: finish it, or {way} aborts it");
        model.say(text, true, now);
        return;
    }
    let Some(book) = model.library.get(place) else { return };
    let Ok(runbook) = book.runbook.clone() else { return };
    let file = (&*runbook, book.text.as_str(), book.path.as_str());
    let found = linted::rows(model, file, now);
    let resolved = runbook.resolve(&Values::new(), &model.estate, now);
    let mut fields: Vec<Ask> = resolved
        .into_iter()
        .map(|input| Ask::new(input.title).filled(&input.given).optional())
        .collect();
    fields.push(impact_field(model, now));
    let mut lines = Vec::new();
    if let Some(when) = &runbook.use_when {
        lines.push(plain(format!("Use when: {when}")));
    }
    if let Some(not) = &runbook.not_when {
        lines.push(vec![Cell::new(format!("Not when: {not}"), Tone::Warn)]);
    }
    lines.extend(found);
    let title = format!("Start {}", runbook.id);
    let purpose = Purpose::Inputs(place);
    let mut form = State::new(purpose, title, lines, fields, now);
    noted(model, &mut form, now);
    open(model, form);
}

/// Says of each input whether AWS confirms what is typed, and what else is
/// known that could be meant.
pub(super) fn noted(model: &Model, form: &mut State, now: Timestamp) {
    let Purpose::Inputs(place) = form.purpose else { return };
    let Some(Ok(runbook)) = model.library.get(place).map(|book| &book.runbook)
    else {
        return;
    };
    let given = given(runbook, form.fields.iter().map(|f| f.edit.value()));
    let resolved = runbook.resolve(&given, &model.estate, now);
    let pinned =
        resolved.iter().filter_map(|input| input.result.as_ref().ok());
    let values: Values =
        pinned.map(|pin| (pin.name.clone(), pin.value.clone())).collect();
    for (input, field) in resolved.into_iter().zip(&mut form.fields) {
        field.offers = runbook.offers(&input.name, &values, &model.estate);
        field.note = Some(match input.result {
            Ok(pin) => (pin.how, pin.verified),
            Err(why) => (why, false),
        });
    }
}

/// The same of the form in front, as AWS answers while it is being filled.
pub(super) fn noted_anew(model: &mut Model, now: Timestamp) {
    let Some(Overlay::Form(mut form)) = model.overlay.take_if(
        |it| matches!(it, Overlay::Form(form) if matches!(form.purpose, Purpose::Inputs(_))),
    ) else {
        return;
    };
    noted(model, &mut form, now);
    model.overlay = Some(Overlay::Form(form));
}

/// What was typed, by the names of the inputs.
pub(super) fn given<'a>(
    runbook: &Runbook,
    typed: impl Iterator<Item = &'a str>,
) -> Values {
    let names = runbook.inputs.iter().map(|input| input.name.clone());
    names.zip(typed.map(|text| text.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Watch;
    use crate::estate::saved::Place;
    use crate::keymap::Keymap;
    use crate::screens::fixture::{Fixture, PROD, at, open as incident, tell};

    /// The labels of what arming asks for after these facts.
    fn asked(facts: Vec<Fact>) -> Vec<String> {
        let Fixture { setting, estate, now, .. } = Fixture::new();
        let mut model = Model::new(
            setting,
            Keymap::default(),
            estate,
            Watch::default(),
            Vec::new(),
            Place::default(),
        );
        let mut open = incident();
        for fact in facts {
            tell(&mut open, at("14:00:00"), fact);
        }
        model.open = Some(open);
        arm(&mut model, now);
        let Some(Overlay::Form(form)) = model.overlay else {
            panic!("arming asks")
        };
        form.fields.into_iter().map(|field| field.label).collect()
    }

    fn armed() -> Vec<Fact> {
        let accounts = vec![Account::new(PROD)];
        let reason = "eu-west-1 is dark".to_owned();
        let why = "by the person".to_owned();
        vec![Fact::Armed { accounts, reason }, Fact::Disarmed { why }]
    }

    #[test]
    fn arming_asks_for_the_accounts_by_name_once_in_a_console() {
        assert_eq!(asked(Vec::new()), ["reason", "type learn-prod"]);
        assert_eq!(asked(armed()), ["reason"]);
    }

    #[test]
    fn a_console_that_takes_an_incident_up_again_asks_for_the_names_anew() {
        let mut facts = armed();
        facts.push(Fact::Claimed { tool: "0.1.0".into() });
        facts.push(Fact::Resumed { gap_s: 9 });
        assert_eq!(asked(facts), ["reason", "type learn-prod"]);
    }
}
