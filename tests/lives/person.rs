//! A person by chance: mostly what the runbook asks for, sometimes anything.

use jiff::SignedDuration;
use lifeboat::app::Overlay;
use lifeboat::event::Event;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::Fault;
use lifeboat::keymap::Chord;
use lifeboat::runbook::Manner;
use lifeboat::runbook::plan::{Level, Second};
use lifeboat::runbook::run::{Approver, Run, Status};
use lifeboat::runbook::steps::Wants;
use lifeboat::screens::form::{self, Purpose};
use lifeboat::screens::{Ask, Open, menu};
use lifeboat::sim::direct::Asking;
use lifeboat::sim::faults::{Effect, Rule, When};
use serde_json::json;

use super::life::Life;
use crate::chance::Chance;

/// The steps of the runbook.
const STEPS: [&str; 9] = [
    "standby",
    "go",
    "drain",
    "undrain",
    "promote",
    "traffic",
    "untraffic",
    "resolve",
    "follow-up",
];

/// The changes that the runbook makes.
const CHANGES: [&str; 2] = ["PromoteReadReplica", "ChangeResourceRecordSets"];

/// What a person must not have typed, and did.
pub const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";

const WORDS: &str = "eu-west-1 is dark, AKIAIOSFODNN7EXAMPLE says so";

/// What goes wrong in AWS in this run.
pub fn faults(life: &mut Life) {
    let count = life.chance.within(0, 4);
    for _ in 0..count {
        let rule = fault(&mut life.chance);
        life.count("faults in AWS");
        life.sim.inject(rule);
    }
}

/// Something that goes wrong in AWS.
pub fn fault(chance: &mut Chance) -> Rule {
    let when = match chance.within(0, 4) {
        0 => When::Nth(chance.within(1, 4)),
        1 => When::First(chance.within(1, 3)),
        2 => When::Percent(chance.within(10, 60)),
        _ => When::Waves {
            on: u32::try_from(chance.within(5, 200)).unwrap_or(60),
            off: u32::try_from(chance.within(20, 200)).unwrap_or(60),
        },
    };
    let rule = match chance.within(0, 3) {
        0 => {
            let change = *chance.pick(&CHANGES);
            let effect = *chance.pick(&[
                Effect::LostReset,
                Effect::LostSilent,
                Effect::Silent,
                Effect::Throttled,
                Effect::Denied,
                Effect::ServerError,
                Effect::ExpiredToken,
                Effect::Slow(9_000),
                Effect::Dark,
            ]);
            Rule::every(effect).of_operation(change)
        }
        1 => {
            let look = *chance.pick(&[
                "DescribeDBInstances",
                "ListResourceRecordSets",
                "GetChange",
            ]);
            let effect = *chance.pick(&[
                Effect::Dark,
                Effect::Throttled,
                Effect::ServerError,
                Effect::Denied,
                Effect::Slow(2_500),
                Effect::Silent,
            ]);
            Rule::every(effect).of_operation(look)
        }
        _ => {
            let region = *chance.pick(&["eu-central-1", "us-east-1"]);
            Rule::every(Effect::Dark).in_region(region)
        }
    };
    rule.when(when)
}

/// Whether nothing is left to do.
pub fn is_over(life: &Life) -> bool {
    let Some(run) = life.run() else { return false };
    run.is_over() || (run.aborted().is_some() && !is_open(run))
}

fn is_open(run: &Run) -> bool {
    run.steps().any(|(_, state)| state.status.is_open())
}

/// Does one thing.
pub fn act(life: &mut Life) {
    if life.ended || life.refused > 2 {
        return life.restart(false);
    }
    if life.waits() {
        return;
    }
    if life.chance.percent(15) {
        return anything(life);
    }
    let Some(run) = life.run() else { return start(life) };
    if run.paused().is_some() {
        return tell(life, |run| run.proceed().ok().map(Fact::Run));
    }
    let at = run.current().and_then(|place| run.steps().nth(place));
    let Some((spec, state)) = at else { return };
    let step = spec.id.clone();
    match (&state.status, spec.does.wants()) {
        (Status::Unknown { .. }, _) => unknown(life, &step),
        (Status::Failed { .. } | Status::NotApplied { .. }, _) => {
            ask(life, Ask::Retry(step));
        }
        (Status::Ready | Status::Planned, Wants::Choice { .. }) => {
            let choice = match life.chance.within(0, 20) {
                0 => "wait",
                1 => "stop",
                _ => "failover",
            };
            let purpose = Purpose::Choose { step, choice: choice.to_owned() };
            fill(life, purpose, WORDS);
        }
        (
            Status::Ready | Status::Planned,
            Wants::Value { .. } | Wants::Words { .. },
        ) => fill(life, Purpose::Answer(step), WORDS),
        (Status::Ready | Status::Planned, Wants::Nothing)
            if spec.level != Level::Read =>
        {
            if life.model.mode.is_armed() {
                confirm(life, &step);
            } else {
                fill(life, Purpose::Arm, WORDS);
            }
        }
        _ => {}
    }
}

/// Patience, another look, or a statement of what is true.
fn unknown(life: &mut Life, step: &str) {
    match life.chance.within(0, 30) {
        0 => {
            let applied = life.chance.percent(50);
            let step = step.to_owned();
            fill(life, Purpose::State { step, applied }, WORDS);
        }
        1..8 => ask(life, Ask::Verify(step.to_owned())),
        _ => {}
    }
}

/// Anything at all, allowed or not.
fn anything(life: &mut Life) {
    let step = (*life.chance.pick(&STEPS)).to_owned();
    match life.chance.within(0, 30) {
        0..4 => ask(life, Ask::Do(step)),
        4 => ask(life, Ask::Preview(step)),
        5 => fill(life, Purpose::Skip(step), WORDS),
        6 => ask(life, Ask::Retry(step)),
        7 if life.chance.percent(15) => {
            let applied = life.chance.percent(50);
            fill(life, Purpose::State { step, applied }, WORDS);
        }
        8 if life.chance.percent(15) => fill(life, Purpose::Abort, WORDS),
        9 | 10 => disarm(life),
        11 => fill(life, Purpose::Arm, WORDS),
        12 | 13 => {
            life.count("pauses asked for");
            tell(life, |run| run.pause(WORDS).ok().map(Fact::Run));
        }
        14..19 => {
            let back = *life.chance.pick(&["undrain", "untraffic"]);
            tell(life, |run| run.call_back(back, WORDS).ok().map(Fact::Step));
        }
        19 => fill(life, Purpose::Note, "heard \u{1b}]0;x\u{7} on the phone"),
        20 => life.event(Event::Woke),
        21 => {
            let power = life.chance.percent(50);
            life.restart(power);
        }
        22 => {
            let away = life.some(310_000, 1_200_000);
            life.pass(away);
        }
        23 => {
            let rule = fault(&mut life.chance);
            life.count("faults in AWS");
            life.sim.inject(rule);
        }
        24 => break_disk(life),
        25 => {
            let by = match life.chance.within(0, 3) {
                0 => life.some(1_000, 4_000),
                1 => life.some(6_000, 90_000),
                _ => life.some(100_000, 7_200_000),
            };
            life.jump(by);
        }
        26 => repin(life),
        27 => {
            let manner =
                *life.chance.pick(&[Manner::Graceful, Manner::Ungraceful]);
            life.count("manners asked for");
            tell(life, |run| {
                run.change_manner(manner, WORDS).ok().map(Fact::Run)
            });
        }
        _ => confirm(life, &step),
    }
}

/// The file of the runbook was changed, and the person goes on by it.
fn repin(life: &mut Life) {
    let Some(book) = life.model.library.first() else { return };
    let (old, new) = *life.chance.pick(&[
        ("timeout = \"30m\"", "timeout = \"25m\""),
        ("The replica is available", "The replica is there"),
        ("Who sees to it?", "Who sees to what is left?"),
    ]);
    let text = Ok(book.text.replace(old, new));
    let path = book.path.clone();
    clear(life);
    life.event(Event::FileRead { path, text });
    let Some(Overlay::Form(form)) = &life.model.overlay else { return };
    let purpose = form.purpose.clone();
    life.count("new versions of the file");
    fill(life, purpose, WORDS);
}

fn break_disk(life: &mut Life) {
    let nth = life.chance.within(1, 8);
    let fault = *life.chance.pick(&[
        Fault::Errno(libc::EIO),
        Fault::Errno(libc::ENOSPC),
        Fault::Errno(libc::EINTR),
        Fault::Short(30),
    ]);
    life.disk.fail(None, nth, fault);
    life.count("disk faults");
}

/// Writes down what another console or a key of the runbook would say.
fn tell(life: &mut Life, want: impl FnOnce(&Run) -> Option<Fact>) {
    let open = life.model.open.as_ref().filter(|open| !open.is_closed());
    let fact = open.and_then(Open::run).and_then(want);
    if let Some(fact) = fact {
        life.record(fact);
    }
}

fn key(life: &mut Life, key: &str) {
    let gap = life.some(60, 300);
    life.pass(gap);
    let chord: Chord = key.parse().expect("a key name");
    life.event(Event::Key(chord, life.here()));
}

/// Types a name, quickly.
fn type_in(life: &mut Life, name: &str) {
    for c in name.chars() {
        life.pass(SignedDuration::from_millis(45));
        life.event(Event::Key(Chord::char(c), life.here()));
    }
}

/// Takes what is in front away.
fn clear(life: &mut Life) {
    for _ in 0..3 {
        if life.model.overlay.is_some() {
            let gap = life.some(500, 1_500);
            life.pass(gap);
            key(life, "esc");
        }
    }
}

/// Has the console carry out a wish of a screen, by one key.
fn ask(life: &mut Life, ask: Ask) {
    clear(life);
    let entry = menu::Entry {
        name: "this".into(),
        note: String::new(),
        ask: Some(ask),
    };
    let state = menu::State::new("what next", Vec::new(), vec![entry]);
    life.model.overlay = Some(Overlay::Menu(state));
    key(life, "enter");
}

/// Fills a form with these words.
fn fill(life: &mut Life, purpose: Purpose, words: &str) {
    clear(life);
    let fields = vec![form::Ask::new("words").filled(words)];
    let opened = life.here() - SignedDuration::from_secs(2);
    let form = form::State::new(purpose, "form", Vec::new(), fields, opened);
    life.model.overlay = Some(Overlay::Form(Box::new(form)));
    key(life, "enter");
    let gap = life.some(100, 400);
    life.pass(gap);
    clear(life);
}

fn disarm(life: &mut Life) {
    if life.model.mode.is_armed() {
        life.record(Fact::Disarmed { why: "by the person".into() });
    }
}

/// Starts the runbook with the inputs that it proposes.
fn start(life: &mut Life) {
    let opening = life.model.open.is_some() && life.chance.percent(50);
    if opening {
        return;
    }
    ask(life, Ask::StartRunbook(0));
    let Some(Overlay::Form(form)) = &mut life.model.overlay else { return };
    form.focus = form.fields.len().saturating_sub(1);
    for _ in 0..4 {
        if life.model.overlay.is_some() {
            key(life, "enter");
        }
    }
    let gap = life.some(500, 3_000);
    life.pass(gap);
}

/// Has a plan shown, and accepts it or does something else.
fn confirm(life: &mut Life, step: &str) {
    ask(life, Ask::Do(step.to_owned()));
    let hesitates = match life.chance.within(0, 100) {
        0..3 => life.some(200_000, 700_000),
        _ => life.some(500, 9_000),
    };
    life.pass(hesitates);
    let Some(Overlay::Confirm(dialog)) = &life.model.overlay else { return };
    let plan = dialog.plan.clone();
    let hash = dialog.hash;
    if life.chance.percent(5) {
        stranger(life);
    }
    if plan.second == Second::Required && life.chance.percent(95) {
        life.rules.approved.insert(hash.hex());
        let by = Approver {
            name: "ben".into(),
            arn: None,
            console: Some("B".into()),
            verified: true,
        };
        tell(life, |run| run.approve(step, hash, by).ok().map(Fact::Step));
        let gap = life.some(100, 900);
        life.pass(gap);
    }
    let name = match life.chance.within(0, 40) {
        0 => Some("another-name".to_owned()),
        1 => None,
        _ => plan.typed.clone(),
    };
    if let Some(name) = &name {
        type_in(life, name);
    }
    if plan.typed.is_some() {
        key(life, "tab");
    }
    key(life, "y");
    key(life, "e");
    life.rules.accepting = Some((hash, plan.typed.clone().and(name)));
    key(life, "s");
    life.rules.accepting = None;
    if life.chance.percent(5) {
        stranger(life);
    }
}

/// Somebody else changes the record that the runbook is about to change.
fn stranger(life: &mut Life) {
    let run = life.run();
    let sent = run.is_some_and(|run| {
        run.steps().any(|(_, state)| {
            state.status.is_open() || state.status == Status::Confirmed
        })
    });
    if sent {
        return;
    }
    let value = format!("s{}.learn.example", life.chance.within(0, 1000));
    let asking = Asking {
        account: "111122223333",
        region: "us-east-1",
        service: "route53",
        operation: "ChangeResourceRecordSets",
    };
    let input = json!({
        "HostedZoneId": "Z0LEARN4EXAMPLE7",
        "ChangeBatch": { "Changes": [{
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": "db.learn.example",
                "Type": "CNAME",
                "TTL": 60,
                "ResourceRecords": [{ "Value": value }],
            },
        }] },
    });
    life.sim.ask(&asking, input);
}
