//! A person at the prompts of plain mode: what is answered to what is read.

#![expect(unreachable_pub, reason = "a harness of tests")]

use std::time::Duration;

use super::seat::Seat;

/// A prompt takes no answer before it could be read.
pub const READ: Duration = Duration::from_millis(600);

/// What was read last, and what was done already.
#[derive(Debug, Default)]
struct Person {
    /// The runbook to start, if not `rds-replica-failover`.
    runbook: Option<&'static str>,
    choices: String,
    observed: String,
    reported: bool,
}

/// The question that is open at the end of what was printed.
pub fn question(printed: &str) -> Option<&str> {
    let last = printed.trim_end_matches('\n').lines().last()?;
    let (number, question) = last.strip_prefix('#')?.split_once(' ')?;
    number.parse::<u32>().ok()?;
    Some(question.trim())
}

impl Person {
    /// One who starts this runbook.
    fn of(runbook: &'static str) -> Person {
        Person { runbook: Some(runbook), ..Person::default() }
    }

    /// The answer to what was printed since the last one; none where only
    /// AWS is waited for.
    fn answer(&mut self, printed: &str) -> Option<String> {
        let question = question(printed)?;
        let read = printed.lines().find_map(|l| l.strip_prefix("READ: "));
        if let Some(read) = read {
            read.clone_into(&mut self.observed);
        }
        let said = |words: &str| Some(words.to_owned());
        match question {
            "Choose:" => self.choose(printed),
            "Choose (0 goes back):" => said(self.picked(printed)),
            "Type yes to send, anything else rejects it:" => said("yes"),
            "because:" => said("eu-west-1 is dark, the lag is known"),
            "answer:" => said("the database team rebuilds the replica"),
            "summary:" => said("failed over to eu-central-1"),
            other if other.starts_with("read back ") => {
                let value = self.observed.split_once(" is ");
                said(value.map(|(_, value)| value).unwrap_or_default())
            }
            other if other.ends_with("reason:") => said("eu-west-1 is dark"),
            other => match other.split_once("type ") {
                Some((_, name)) => {
                    let name = name.split([':', ' ']).next();
                    said(name.unwrap_or_default())
                }
                None => said("."),
            },
        }
    }

    fn choose(&mut self, printed: &str) -> Option<String> {
        if printed.contains("0 stop") {
            printed.clone_into(&mut self.choices);
        }
        let all = self.choices.lines().flat_map(|line| line.split("   "));
        let all: Vec<&str> = all.map(str::trim).collect();
        let has = |words: &str| all.iter().any(|one| one.starts_with(words));
        let number = if has("11 write the report") {
            if self.reported {
                return Some("0".to_owned());
            }
            self.reported = true;
            "11"
        } else if has("3 say what happened") {
            return None;
        } else if has("3 ") {
            "3"
        } else if has("1 show the full request") {
            "8"
        } else {
            return None;
        };
        Some(number.to_owned())
    }

    /// What is picked from a list, by its name.
    fn picked(&self, printed: &str) -> &'static str {
        let runbook = self.runbook.unwrap_or("rds-replica-failover");
        for name in [runbook, "quit", "failover", "shift", "keep"] {
            if printed.contains(&format!(" {name}  ")) {
                return name;
            }
        }
        "0"
    }
}

/// Answers what a console asks, as one who started this runbook, until this
/// holds of all that it has printed.
pub fn answers(
    seat: &mut Seat,
    runbook: &'static str,
    what: &str,
    fits: impl Fn(&str) -> bool,
) {
    let printed = |seat: &Seat| seat.raw().replace('\r', "");
    let mut person = Person::of(runbook);
    let mut read = 0;
    loop {
        seat.until(what, |seat| {
            let raw = printed(seat);
            let new = raw.get(read..);
            fits(&raw) || new.is_some_and(|new| question(new).is_some())
        });
        if fits(&printed(seat)) {
            return;
        }
        seat.pause(READ);
        let raw = printed(seat);
        let fresh = raw.get(read..).unwrap_or_default();
        if question(fresh).is_none() {
            continue;
        }
        read = raw.len();
        let Some(answer) = person.answer(fresh) else { continue };
        seat.press(format!("{answer}\n").as_bytes());
    }
}
