//! What is asked of a person before an incident goes from one console to
//! the other.

use jiff::Timestamp;

use super::super::filled::record_or_keep;
use super::super::{Model, Overlay, forms};
use super::{brief, driver, offer, post, same};
use crate::event::Effect;
use crate::incident::fact::{Company as Did, Fact};
use crate::incident::message::Said;
use crate::runbook::run::{REASON_MIN, is_name};
use crate::screens::form::{Ask as Field, Purpose, State as Form};
use crate::screens::{Ask, Open, menu};
use crate::ui::{Cell, Row, Tone};

/// The key for it: what it asks depends on who drives and what is offered.
pub(in crate::app) fn ask(model: &mut Model, now: Timestamp) {
    let follows = model.mode.is_observer();
    let open = model.open.as_ref().filter(|open| !open.is_closed());
    if open.and_then(Open::run).is_none() {
        model.say("no runbook is under way", true, now);
        return;
    }
    match (follows, offer(model)) {
        (true, _) if model.company.driven == Some(false) => {
            take_over(model, now);
        }
        (true, Some(offer)) => {
            let text = format!("{} offers it to {}", driver(model), offer.to);
            let ways = [
                ("accept", "read the brief, then drive", Ask::AcceptOffer),
                ("decline", "with a reason", Ask::DeclineOffer),
            ];
            pick(model, &text, ways);
        }
        (true, None) => {
            let text = "nothing is offered: who drives can hand it over";
            model.say(text, true, now);
        }
        (false, Some(offer)) => {
            let text = format!("offered to {}: {}", offer.to, offer.reason);
            let wait = Ask::Open(model.screen);
            let ways = [
                ("wait", "for the answer", wait),
                ("withdraw", "go on driving", Ask::WithdrawOffer),
            ];
            pick(model, &text, ways);
        }
        (false, None) => offer_it(model, now),
    }
}

fn pick<const N: usize>(
    model: &mut Model,
    text: &str,
    ways: [(&str, &str, Ask); N],
) {
    let entries = ways.into_iter().map(|(name, note, ask)| menu::Entry {
        name: name.into(),
        note: note.into(),
        ask: Some(ask),
    });
    let lines = vec![vec![Cell::plain(text.to_owned())]];
    let menu = menu::State::new("Hand-over", lines, entries.collect());
    model.overlay = Some(Overlay::Menu(menu));
}

pub(super) fn plain(text: impl Into<String>) -> Row {
    vec![Cell::plain(text.into())]
}

fn offer_it(model: &mut Model, now: Timestamp) {
    let watching = model.open.as_ref().map(|o| &o.incident.company.watching);
    let names: Vec<&str> =
        watching.into_iter().flatten().map(|(name, _)| &**name).collect();
    let who = if names.is_empty() {
        "No other console follows this incident yet.".to_owned()
    } else {
        format!("Following: {}.", names.join(", "))
    };
    let lines = vec![
        plain(who),
        plain("You drive until the other person has read the brief and"),
        plain("accepted; then this console follows."),
    ];
    let fields = vec![Field::new("to whom"), Field::new("why")];
    let title = "Hand the incident over";
    let form = Form::new(Purpose::HandOver, title, lines, fields, now);
    forms::open(model, form);
}

/// Asks why the offer is declined.
pub(in crate::app) fn decline(model: &mut Model, now: Timestamp) {
    let Some(offer) = offer(model) else { return };
    let fields = vec![Field::new("why")];
    let (purpose, title) = (Purpose::Decline(offer.seq), "Decline the offer");
    forms::open(model, Form::new(purpose, title, Vec::new(), fields, now));
}

fn take_over(model: &mut Model, now: Timestamp) {
    let driver = driver(model);
    let mut lines = vec![
        vec![Cell::new(
            format!("The console of {driver} no longer holds the incident."),
            Tone::Warn,
        )],
        plain("What was on its way is UNKNOWN until AWS was looked at; what"),
        plain("was confirmed and not sent needs a new confirm."),
    ];
    lines.extend(brief::lines(model, now));
    let fields = vec![
        Field::new("why"),
        Field::new("type take over").exact("take over"),
    ];
    let title = "Take the incident over";
    forms::open(
        model,
        Form::new(Purpose::TakeOver, title, lines, fields, now),
    );
}

/// Makes something of the words that one of these forms asked for.
pub(in crate::app) fn filled(
    model: &mut Model,
    mut form: Form,
    [first, second]: [String; 2],
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    let reason = match form.purpose {
        Purpose::HandOver => second.as_str(),
        Purpose::TakeOver | Purpose::Decline(_) => first.as_str(),
        _ => "no reason is asked for",
    };
    if reason.chars().count() < REASON_MIN {
        let text = format!("a reason has at least {REASON_MIN} characters");
        form.error = Some(text);
        forms::open(model, form);
        return;
    }
    match form.purpose {
        Purpose::HandOver | Purpose::Accept(_) if !is_name(&first) => {
            form.error = Some(format!("{first} is no name"));
            forms::open(model, form);
        }
        Purpose::HandOver if same(&first, &model.setting.user) => {
            form.error = Some("you drive already".into());
            forms::open(model, form);
        }
        Purpose::HandOver => {
            let (to, reason) = (first, second);
            let fact = Fact::Company(Did::HandOverOffered { to, reason });
            record_or_keep(model, form, fact, out);
        }
        Purpose::Accept(_) if same(&first, &driver(model)) => {
            form.error = Some(format!("{first} drives already"));
            forms::open(model, form);
        }
        Purpose::Accept(offer) => {
            let to = super::offer(model).map(|offer| offer.to);
            let other = to.filter(|to| !same(to, &first));
            let text = other.map_or_else(
                || "accepted: waiting to take over".to_owned(),
                |to| {
                    format!(
                        "accepted by {first}, though offered to {to}: both \
                         are journaled"
                    )
                },
            );
            let (name, readback) = (first, second);
            post(model, Said::Accepted { offer, name, readback }, out);
            model.say(text, false, now);
        }
        Purpose::Decline(offer) => {
            post(model, Said::Declined { offer, why: first }, out);
        }
        Purpose::TakeOver => {
            let Some(id) = model.open.as_ref().map(|o| o.id.clone()) else {
                return;
            };
            model.company.reason = Some(first);
            out.push(Effect::TakeUp(id));
        }
        _ => {}
    }
}
