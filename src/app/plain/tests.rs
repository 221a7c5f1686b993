//! Prompts and answers, without a terminal.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Talk, WIDTH, broken, prompt};
use crate::app::mode::Mode;
use crate::app::{Model, Overlay, Watch, update};
use crate::estate::ids::Account;
use crate::estate::saved::Place;
use crate::event::{Effect, Event, Spoken};
use crate::failure::{DISK_FULL, Failure, FailureKind};
use crate::incident::fact::{Conduct, Fact};
use crate::keymap::{ACTIONS, Keymap};
use crate::runbook::run::Happened;
use crate::screens::fixture::{Fixture, PROD, open, step};
use crate::ui::text::width;

fn model() -> (Model, Timestamp) {
    let Fixture { setting, estate, now, .. } = Fixture::new();
    let mut model = Model::new(
        setting,
        Keymap::default(),
        estate,
        Watch::default(),
        Vec::new(),
        Place::default(),
    );
    model.open = Some(open());
    model.plain = true;
    update(&mut model, Event::Tick, now);
    (model, now)
}

fn say(model: &mut Model, now: Timestamp, line: &str) -> Vec<Effect> {
    let key = prompt(model, now).key;
    say_to(model, now, key, line, true)
}

fn say_to(
    model: &mut Model,
    now: Timestamp,
    prompt: String,
    line: &str,
    by_hand: bool,
) -> Vec<Effect> {
    let line = line.to_owned();
    let spoken = Spoken::Answer { prompt, line, by_hand };
    update(model, Event::Spoken(spoken), now)
}

fn newest(model: &Model) -> &str {
    model.notices.back().map_or("", |notice| &notice.text)
}

#[test]
fn an_answer_to_a_prompt_that_changed_meanwhile_does_nothing() {
    let (mut model, now) = model();
    let old = prompt(&model, now).key;
    say(&mut model, now, "6");
    assert!(matches!(model.overlay, Some(Overlay::Form(_))));
    let effects = say_to(&mut model, now, old, "eu-west-1 is slow", true);
    assert!(effects.is_empty(), "{effects:?}");
    assert!(newest(&model).starts_with("the prompt changed"));
    say(&mut model, now, "eu-west-1 is slow");
    assert!(model.overlay.is_none());
}

#[test]
fn a_note_is_recorded_as_it_was_typed() {
    let (mut model, now) = model();
    say(&mut model, now, "6");
    let effects = say(&mut model, now, "=0");
    let text = "0".to_owned();
    assert!(
        effects.iter().any(|effect| matches!(effect,
            Effect::Record(Fact::Note { text: noted }) if *noted == text)),
        "{effects:?}"
    );
}

#[test]
fn zero_leaves_a_form_and_stops_only_after_a_question() {
    let (mut model, now) = model();
    say(&mut model, now, "6");
    let effects = say(&mut model, now, "0");
    assert!(effects.is_empty() && model.overlay.is_none());
    say(&mut model, now, "0");
    let asked = prompt(&model, now);
    assert!(asked.head[0].starts_with("Quit"), "{asked:?}");
    let effects = say(&mut model, now, "quit");
    assert!(matches!(effects.last(), Some(Effect::Quit)), "{effects:?}");
}

#[test]
fn piped_answers_arm_nothing_that_is_real() {
    let (mut model, now) = model();
    model.setting.simulated = None;
    for by_hand in [false, true] {
        say(&mut model, now, "8");
        let key = prompt(&model, now).key;
        say_to(&mut model, now, key, "eu-west-1 is dark", by_hand);
        assert_eq!(model.overlay.is_some(), by_hand);
    }
    model.overlay = None;
    model.setting.simulated = Some("training-platform".into());
    say(&mut model, now, "8");
    let key = prompt(&model, now).key;
    say_to(&mut model, now, key, "eu-west-1 is dark", false);
    assert!(model.overlay.is_some());
}

#[test]
fn everything_that_can_be_shown_is_plain() {
    let (mut model, now) = model();
    for what in 1..=10 {
        say(&mut model, now, "9");
        say(&mut model, now, &what.to_string());
        let front = prompt(&model, now);
        assert!(!front.head.is_empty(), "{what}: {front:?}");
        let all = front.head.iter().chain(&front.lines);
        for line in all.flat_map(|line| broken(line)) {
            assert!(width(&line) <= usize::from(WIDTH), "{line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        update(&mut model, Event::Spoken(Spoken::Shown), now);
        if model.overlay.is_some() {
            say(&mut model, now, "0");
        }
        assert!(model.overlay.is_none(), "{what}");
    }
}

#[test]
fn an_answer_before_the_prompt_could_be_read_is_not_taken() {
    let (model, now) = model();
    let mut talk = Talk::new(true);
    assert!(talk.turn(&model, now, true).question.is_none());
    let then = now + SignedDuration::from_millis(300);
    let said = talk.turn(&model, then, true);
    assert!(said.question.unwrap().starts_with("#1 Choose"));
    let early = talk.answer("6", then + SignedDuration::from_millis(100));
    assert!(matches!(early, Spoken::Refused(_)), "{early:?}");
    let late = then + SignedDuration::from_secs(1);
    let other = talk.answer("#7 6", late);
    assert!(matches!(other, Spoken::Refused(_)), "{other:?}");
    let right = talk.answer("#1 6", late);
    assert!(matches!(right, Spoken::Answer { line, .. } if line == "6"));
}

#[test]
fn a_prompt_that_stands_is_printed_once_and_news_are_told_at_once() {
    let (mut model, now) = model();
    let mut talk = Talk::new(true);
    let after = |ms| now + SignedDuration::from_millis(ms);
    talk.turn(&model, now, true);
    talk.turn(&model, after(300), true);
    assert_eq!(talk.turn(&model, after(400), true), super::Said::default());
    model.say("eu-west-1 is slow", true, after(500));
    let said = talk.turn(&model, after(500), true);
    assert_eq!(said.lines.len(), 1, "{said:?}");
    assert!(said.lines[0].ends_with("! eu-west-1 is slow"), "{said:?}");
    assert!(said.question.is_some(), "the question is put again");
}

#[test]
fn what_is_new_is_told_in_the_order_in_which_it_was() {
    let (mut model, now) = model();
    let mut talk = Talk::new(true);
    let after = |s| now + SignedDuration::from_secs(s);
    talk.turn(&model, now, true);
    model.say("confirmed", false, after(1));
    let held = Happened::Held { why: "dark".into(), unclear: false };
    let open = model.open.as_mut().expect("it is open");
    step(open, after(2), "standby", held);
    let said = talk.turn(&model, after(2), true).lines;
    let place = |words| said.iter().position(|line| line.contains(words));
    assert!(place("confirmed") < place("standby: "), "{said:?}");
    assert!(place("confirmed").is_some(), "{said:?}");
}

#[test]
fn a_full_disk_is_told_by_the_first_words() {
    let (mut model, now) = model();
    let failure = Failure::new("record", FailureKind::Other)
        .because(format!("{DISK_FULL}: /x: no space"));
    let what = "a note".to_owned();
    let event = Event::NotRecorded { what, step: None, failure };
    update(&mut model, event, now);
    assert!(newest(&model).starts_with("DISK FULL, NOT RECORDED: "));
}

#[test]
fn while_the_journal_writes_no_question_is_put() {
    let (model, now) = model();
    let mut talk = Talk::new(false);
    for ms in [0, 10_000, 20_000] {
        let at = now + SignedDuration::from_millis(ms);
        assert!(talk.turn(&model, at, false).question.is_none());
    }
}

#[test]
fn what_comes_from_outside_holds_nothing_that_a_terminal_obeys() {
    let (mut model, now) = model();
    let fact = Fact::Opened {
        title: "\u{1b}[2J".into(),
        external_id: None,
        conduct: Conduct::Incident,
        simulated: None,
        endpoint: None,
        tool: "0".into(),
    };
    model.say(format!("{fact:?} \u{1b}[31m\u{7}"), true, now);
    let mut talk = Talk::new(true);
    let said = talk.turn(&model, now, true);
    assert!(said.lines.iter().all(|l| !l.contains('\u{1b}')), "{said:?}");
}

/// A key that a text names, as texts for the screen do: `A aborts it`,
/// `(g a)`, `waits for you: x`, `:disarm`, `enter`.
fn key_in(text: &str) -> Option<String> {
    let bare = |word: &str| {
        let rim = |c: char| !c.is_ascii_alphanumeric() && c != ':';
        word.trim_matches(rim).trim_end_matches(':').to_owned()
    };
    let words: Vec<String> = text.split_whitespace().map(bare).collect();
    let none = String::new();
    words.iter().enumerate().find_map(|(place, word)| {
        let before = place.checked_sub(1).map_or(&none, |at| &words[at]);
        let after = words.get(place + 1).unwrap_or(&none);
        let unit = before.chars().all(|c| c.is_ascii_digit() || c == '.');
        let letter = word.len() == 1
            && word.chars().all(|c| c.is_ascii_alphabetic())
            && (before.is_empty() || !unit);
        let does = after.len() > 3 && after.ends_with('s');
        let named = ["enter", "esc", "tab", "pagedown", "pageup", "space"];
        let is_key = letter
            && (does && word == "A" || !matches!(&**word, "a" | "A" | "I"))
            || named.contains(&&**word)
            || word.starts_with("ctrl-")
            || word.strip_prefix(':').is_some_and(|name| !name.is_empty());
        is_key.then(|| word.clone())
    })
}

/// Where a person can stand without a screen.
fn places() -> Vec<(&'static str, Model)> {
    let (started, now) = model();
    let mut idle = started.clone();
    idle.open = None;
    let mut armed = started.clone();
    armed.mode = Mode::Armed {
        accounts: vec![Account::new(PROD)],
        reason: "eu-west-1 is dark".into(),
        since: now,
        active: now,
    };
    let mut follows = started.clone();
    follows.mode = Mode::Observer;
    let mut alone = follows.clone();
    update(&mut alone, Event::Driven(false), now);
    let mut decides = started.clone();
    let open = decides.open.as_mut().expect("it is open");
    for check in ["standby", "lag"] {
        let (outputs, evidence) = Default::default();
        step(open, now, check, Happened::Done { outputs, evidence });
    }
    let mut promotes = decides.clone();
    let open = promotes.open.as_mut().expect("it is open");
    let (choice, rationale) = ("failover".into(), "it stays dark".into());
    step(open, now, "go", Happened::Decided { choice, rationale });
    vec![
        ("idle", idle),
        ("started", started),
        ("armed", armed),
        ("follows", follows),
        ("alone", alone),
        ("decides", decides),
        ("promotes", promotes),
    ]
}

#[test]
fn no_text_without_a_screen_names_a_key() {
    let (_, now) = model();
    let numbers = (0..=16).map(|number: usize| number.to_string());
    let names = ACTIONS.iter().map(|info| info.name.to_owned());
    let first: Vec<String> = numbers.chain(names).collect();
    let (mut texts, mut naming) = (0, BTreeSet::new());
    for (place, base) in places() {
        for said in &first {
            let mut model = base.clone();
            for answer in [said, "1", "eu-west-1 is dark", "0"] {
                say(&mut model, now, answer);
                let front = prompt(&model, now);
                let told = model.notices.iter().map(|one| &one.text);
                let all = front.head.iter().chain(&front.lines).chain(told);
                for text in all.chain([&front.ask]) {
                    texts += 1;
                    if let Some(key) = key_in(text) {
                        naming.insert((key, text.clone(), place));
                    }
                }
            }
        }
    }
    assert!(naming.is_empty(), "{naming:#?}");
    assert!(texts > 10_000, "{texts} texts were read");
}

#[test]
fn what_names_a_key_is_known_from_what_does_not() {
    for text in [
        "a runbook is under way: finish it, or A aborts it",
        "this is OBSERVE: arm first (g a), with a reason",
        "promote waits for a second person: x",
        "this is ARMED already; :disarm ends it",
        "NOBODY DRIVES: H takes over",
        "enter next, then done",
    ] {
        assert!(key_in(text).is_some(), "{text}");
    }
    for text in [
        "A way back is planned, shown and confirmed like any other step.",
        "lag 12 s, read at 14:31:00Z",
        "This is OBSERVE: 8 arms, then 3 runs it.",
        "I have seen it",
    ] {
        assert_eq!(key_in(text), None, "{text}");
    }
}
