//! Who approves what cannot be undone: what is demanded, and who is there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::reach::reach;
use super::record::{look_at, record};
use super::{Model, Overlay, asks, company};
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::incident::message::{Message, Said};
use crate::incident::timeline;
use crate::keymap::Action;
use crate::runbook::Runbook;
use crate::runbook::call::Call;
use crate::runbook::plan::{PlanHash, Second};
use crate::runbook::run::{Approval, Approver, Happened, Status};
use crate::screens::{Open, confirm};

/// As many things that happened while a dialog was left alone are listed.
const NEWS: usize = 6;

/// Whether a second person approves what cannot be undone, as the config
/// says it. Where neither it nor the runbook says anything, one is preferred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// What is said for all.
    pub said: Option<Second>,
    /// What is said for what is of a tier, by its name.
    pub by_tier: BTreeMap<String, Second>,
}

impl Demands {
    /// Nobody is asked for, unless a runbook asks.
    pub fn off() -> Self {
        Demands { said: Some(Second::Off), ..Demands::default() }
    }

    /// What holds for a run about resources of these tiers, by the runbook
    /// that says this itself: the stricter of both.
    pub fn of<'a>(
        &self,
        runbook: Option<Second>,
        tiers: impl Iterator<Item = &'a str>,
    ) -> Second {
        let of = |tier| self.by_tier.get(tier).copied().or(self.said);
        let tiers: Vec<Option<Second>> = tiers.map(of).collect();
        let config = tiers.into_iter().max().unwrap_or(self.said);
        runbook.max(config).unwrap_or(Second::Preferred)
    }
}

/// What is demanded of a run that is started with these words for its
/// inputs: the tiers are those of the resources that they name.
pub(super) fn demanded(
    model: &Model,
    runbook: &Runbook,
    typed: &[String],
) -> Second {
    let standings = model.derived.standings.iter();
    let named = standings.filter(|one| {
        let same = |word: &String| {
            let word = word.trim();
            word == one.name || word == one.resource.as_str()
        };
        typed.iter().any(same)
    });
    let tiers = named.filter_map(|one| one.tier.as_deref());
    model.demands.of(runbook.second, tiers)
}

/// What was given in the dialog, as the record keeps it. Who approved at the
/// driver's own terminal cannot be told from the driver.
pub(super) fn approval(model: &Model, given: confirm::Given) -> Approval {
    let second = given.second.map(|name| Approver {
        name,
        arn: None,
        console: None,
        verified: false,
    });
    Approval {
        by: model.setting.user.clone(),
        typed: given.typed,
        readback: given.readback,
        second,
        alone: given.alone,
    }
}

/// Whether the plan of this step that is shown wants a second person.
pub(super) fn waits(model: &Model, step: &str) -> bool {
    let run = model.open.as_ref().and_then(Open::run);
    run.is_some_and(|run| {
        run.pinned().second != Second::Off
            && run.step(step).is_some_and(|(spec, state)| {
                spec.is_irreversible()
                    && state.status == Status::Planned
                    && state.approver().is_none()
            })
    })
}

/// Opens, in a console that follows, the plan that waits for a second
/// person: as this console makes it from what it sees itself. Only where
/// both see the same is there anything to approve.
pub(super) fn open(
    model: &mut Model,
    step: &str,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    if !waits(model, step) {
        let text = format!("{step}: no plan waits for a second person");
        model.say(text, true, now);
        return;
    }
    let driver = company::driver(model);
    if company::same(&driver, &model.setting.user) {
        let text = format!(
            "{step}: {driver} drives, and this console is {driver}'s, too: \
             a second person approves under a name of their own"
        );
        model.say(text, true, now);
        return;
    }
    let Some(open) = &model.open else { return };
    let Some(run) = open.run() else { return };
    let id = &run.pinned().run;
    let proposal = match open.incident.propose(id, step, &model.estate, now) {
        Ok(proposal) => proposal,
        Err(blocked) => {
            let text = format!("{step}: not as it is seen here: {blocked}");
            model.say(text, true, now);
            look_at(model, blocked.looks, now, out);
            return;
        }
    };
    let shown = run.step(step).and_then(|(_, state)| state.shown());
    if shown != Some(proposal.hash) {
        let theirs = shown.map_or("none".to_owned(), |hash| hash.short());
        let text = format!(
            "{step}: plan {theirs} is shown there and {} would be made here: \
             look again ({}), nothing is approved",
            proposal.hash.short(),
            reach(model, Action::RunbookVerify)
        );
        model.say(text, true, now);
        return;
    }
    let title = run.step(step).map(|(spec, _)| run.title(spec));
    let head = (step.to_owned(), title.unwrap_or_default());
    let account = proposal.plan.calls.first().map(Call::account);
    let name = account.map_or("", |id| model.setting.account_name(id));
    let name = name.to_owned();
    let mut dialog = confirm::State::new(head, proposal, name, driver, now);
    dialog.seat = confirm::Seat::Approver;
    dialog.begin_anew(now);
    model.overlay = Some(Overlay::Confirm(Box::new(dialog)));
}

/// A second person approved, in a console that follows.
pub(super) fn post(
    model: &mut Model,
    dialog: &confirm::State,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let run = model.open.as_ref().and_then(Open::run);
    let Some(run) = run.map(|run| run.pinned().run.clone()) else { return };
    let (step, hash) = (dialog.step.clone(), dialog.hash);
    model.say(format!("{step}: your approval is on its way"), false, now);
    company::post(model, Said::Approval { run, step, hash }, out);
}

/// Takes an approval from another console, if the plan that it is about is
/// the one that is shown now; else tells why not.
pub(super) fn take(
    model: &mut Model,
    id: String,
    message: &Message,
    (run_id, step, hash): (&str, &str, PlanHash),
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let name = message.by.user.clone();
    let by = company::person(model, &name, message);
    let run = model.open.as_ref().and_then(Open::run);
    let run = run.filter(|run| run.pinned().run == run_id);
    let under = model.under.as_deref();
    let is_shown = [model.overlay.as_ref(), under].into_iter().any(|front| {
        matches!(front, Some(Overlay::Confirm(dialog))
            if !dialog.preview && dialog.step == step && dialog.hash == hash)
    });
    let driver = model.setting.user.trim();
    let why = match run {
        _ if name.trim().eq_ignore_ascii_case(driver) => {
            "it is the driver's own name".to_owned()
        }
        Some(run) if is_shown => match run.approve(step, hash, by.clone()) {
            Ok(mut fact) => {
                if let Happened::Approved { message, .. } = &mut fact.what {
                    *message = Some(id);
                }
                let text = format!("{step}: approved by {}", by.told());
                model.say(text, false, now);
                record(model, Fact::Step(fact), out);
                return;
            }
            Err(why) => why.to_string(),
        },
        _ => "that plan is not the one shown".to_owned(),
    };
    let text = format!(
        "approval of {step}, plan {}, was not taken: {why}",
        hash.short()
    );
    model.say(format!("{name}: {text}"), true, now);
    company::relay(model, id, message, text, out);
}

/// Lets the plan in front take in who approved it elsewhere, and begin anew
/// when it was left alone: what was read so long ago was not read.
pub(super) fn refresh(
    model: &mut Model,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let Some(Overlay::Confirm(dialog)) = &mut model.overlay else { return };
    let run = model.open.as_ref().and_then(Open::run);
    let step = run.and_then(|run| run.step(&dialog.step));
    let approver = step.and_then(|(_, state)| state.approver());
    dialog.refresh(approver, now);
    if !dialog.was_left(now) {
        return;
    }
    if dialog.seat == confirm::Seat::Approver {
        model.overlay = None;
        let way = reach(model, Action::RunbookRunStep);
        let text = format!("left alone for 5 minutes: {way} opens it anew");
        model.say(text, true, now);
        return;
    }
    let (step, left) = (dialog.step.clone(), dialog.touched);
    let news = news(model.open.as_ref(), left);
    model.overlay = None;
    let text = format!("{step}: left alone for 5 minutes, read it again");
    model.say(text, true, now);
    asks::open_plan(model, &step, false, now, out);
    if let Some(Overlay::Confirm(dialog)) = &mut model.overlay {
        dialog.news = news;
    }
}

/// What the journal tells since then, the newest last.
fn news(open: Option<&Open>, since: Timestamp) -> Vec<String> {
    let entries = open.into_iter().flat_map(|open| &open.incident.entries);
    let told = |entry| {
        let row = timeline::row(entry, None);
        let step = row.step.as_ref().map(|step| format!("{step}: "));
        let at = entry.at.strftime("%H:%M:%SZ");
        format!("{at} {}{}", step.unwrap_or_default(), row.told())
    };
    let entries = entries.filter(|entry| entry.at > since);
    let all: Vec<String> = entries.map(told).collect();
    if all.is_empty() {
        return vec!["nothing was journaled while it was left alone".into()];
    }
    let first = all.len().saturating_sub(NEWS);
    all[first..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_of_runbook_and_config_holds_and_preferred_by_default() {
        use Second::{Off, Preferred, Required};
        let said = |said| Demands { said, ..Demands::default() };
        let of = |demands: &Demands, runbook, tiers: &[&str]| {
            demands.of(runbook, tiers.iter().copied())
        };
        assert_eq!(of(&said(None), None, &[]), Preferred);
        assert_eq!(of(&said(None), Some(Off), &[]), Off);
        assert_eq!(of(&said(Some(Off)), None, &[]), Off);
        assert_eq!(of(&said(Some(Off)), Some(Required), &[]), Required);
        assert_eq!(of(&said(Some(Required)), Some(Off), &[]), Required);
        let mut demands = said(Some(Preferred));
        demands.by_tier.insert("Gold".into(), Required);
        demands.by_tier.insert("Bronze".into(), Off);
        assert_eq!(of(&demands, None, &["Gold", "Bronze"]), Required);
        assert_eq!(of(&demands, None, &["Bronze"]), Off);
        assert_eq!(of(&demands, None, &["Silver", "Bronze"]), Preferred);
        assert_eq!(of(&demands, Some(Preferred), &["Bronze"]), Preferred);
    }
}
