//! `doctor`: what is in the way, before an incident and in one.

use std::sync::Arc;
use std::time::Duration;

use crossterm::terminal::size;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::setting::{keys, theme};
use super::{Ended, INVALID, SERVICE, Start, library, reach, say, traps};
use crate::aws::session::{AccountSpec, Session, Way};
use crate::aws::skew::hear;
use crate::config::aws_environment::Weight;
use crate::estate::ids::Region;
use crate::failure::{Failure, FailureKind};
use crate::journal::disk::RealDisk;
use crate::shell::terminal;

/// Credentials that last less than this are worth a word before an incident.
const SOON: SignedDuration = SignedDuration::from_mins(30);
/// One question to AWS takes no longer.
const LIMIT: Duration = Duration::from_secs(15);
/// A clock that is off by this much tells ages and losses wrong.
const OFF: SignedDuration = SignedDuration::from_secs(30);
/// AWS takes no request whose time is further off (AWS General Reference,
/// "Signature Version 4"); the SDK corrects what it signs by AWS's answers.
const FAR_OFF: SignedDuration = SignedDuration::from_mins(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Ok,
    Warn,
    Fail,
}

/// One line of the examination.
#[derive(Clone, Debug)]
struct Line {
    mark: Mark,
    about: String,
    told: String,
    /// By which code the program ends where it fails.
    code: u8,
}

fn line(
    mark: Mark,
    about: impl Into<String>,
    told: impl Into<String>,
) -> Line {
    Line { mark, about: about.into(), told: told.into(), code: INVALID }
}

/// Runs the command: the code is 0 unless a line says `fail`.
pub(super) fn run(start: &Start) -> anyhow::Result<Ended> {
    let mut lines = own(start);
    lines.extend(files(start));
    lines.extend(seat(start));
    for each in &lines {
        tell(each);
    }
    let asked = ask(start)?;
    for each in &asked {
        tell(each);
    }
    lines.extend(asked);
    let failed = lines.iter().find(|each| each.mark == Mark::Fail);
    Ok(failed.map_or(Ended::Well, |each| Ended::With(each.code)))
}

fn tell(line: &Line) {
    let mark = match line.mark {
        Mark::Ok => "ok  ",
        Mark::Warn => "warn",
        Mark::Fail => "fail",
    };
    say(&format!("{mark}  {:<14} {}", line.about, line.told));
}

/// Config, keymap, theme and runbooks.
fn own(start: &Start) -> Vec<Line> {
    let config = &start.config;
    let mut lines = Vec::new();
    let mut all = |about: &str, problems: Vec<String>, well: String| {
        if problems.is_empty() {
            lines.push(line(Mark::Ok, about, well));
        }
        let told = problems.into_iter();
        lines.extend(told.map(|told| line(Mark::Warn, about, told)));
    };
    let file = config.file.display();
    let file = if config.file.exists() {
        file.to_string()
    } else {
        format!("no file at {file}")
    };
    let problems = config.problems.iter().map(ToString::to_string);
    all("config", problems.collect(), file);
    let (keymap, problems) = keys(config);
    all("keymap", problems, keymap.name);
    all("theme", Vec::new(), theme(config).name.to_string());
    let books = library::books(&config.paths.runbooks());
    let broken: Vec<String> =
        books.iter().filter_map(|book| book.runbook.clone().err()).collect();
    let usable = books.len() - broken.len();
    all("runbooks", broken, format!("{usable} can be started"));
    lines
}

/// The disk that the journal needs.
fn files(start: &Start) -> Vec<Line> {
    let state = &start.config.paths.state;
    // It makes a file of its own there, so it also tells a full disk.
    let told = match RealDisk::at(state) {
        Ok(_) => line(
            Mark::Ok,
            "disk",
            format!("{} is private and can be written", state.display()),
        ),
        Err(error) => line(
            Mark::Fail,
            "disk",
            format!("{error}. Without a journal nothing can be changed."),
        ),
    };
    vec![told]
}

/// The terminal and its locale.
fn seat(start: &Start) -> Vec<Line> {
    let env = &start.env;
    let mut lines = Vec::new();
    let term = env.var("TERM").unwrap_or("unknown");
    lines.push(match size() {
        Ok((columns, rows)) if terminal::present() => {
            let told = format!("{columns}x{rows}, TERM {term}");
            if columns < 40 || rows < 10 {
                let told =
                    format!("{told}. 40x10 is the least that is laid out.");
                line(Mark::Warn, "terminal", told)
            } else {
                line(Mark::Ok, "terminal", told)
            }
        }
        _ => line(
            Mark::Warn,
            "terminal",
            "there is none here: the console needs one, `lifeboat status` \
             does not",
        ),
    });
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| env.var(name))
        .unwrap_or("");
    let plain = locale.to_lowercase().replace('-', "");
    if !plain.contains("utf8") && !start.config.ascii {
        lines.push(line(
            Mark::Warn,
            "locale",
            format!(
                "{locale:?} does not say UTF-8. If lines look wrong, use \
                 --ascii."
            ),
        ));
    }
    lines
}

/// The AWS environment, and what AWS itself says.
fn ask(start: &Start) -> anyhow::Result<Vec<Line>> {
    let traps = traps::all(start);
    let hopeless = traps::hopeless(start, &traps);
    let mut lines: Vec<Line> = traps
        .iter()
        .map(|trap| {
            let mark = match trap.weight {
                Weight::Notice => Mark::Warn,
                Weight::Stops => Mark::Fail,
            };
            line(mark, "AWS settings", trap.to_string())
        })
        .collect();
    if !hopeless.is_empty() {
        return Ok(lines);
    }
    let session = Session::new(reach::real(start).session);
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    lines.extend(runtime.block_on(examine(&session)));
    runtime.shutdown_background();
    Ok(lines)
}

async fn examine(session: &Arc<Session>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut clocks = Vec::new();
    for spec in &session.spec().accounts {
        let (held, is_in) = sign_in(session, spec).await;
        lines.extend(held);
        if is_in {
            let regions = session.regions().iter();
            let asked = regions.map(|region| answers(session, spec, region));
            for (told, clock) in join_all(asked).await {
                lines.push(told);
                clocks.extend(clock);
            }
        }
    }
    lines.push(clock(&clocks));
    lines
}

/// The credentials of each way; whether the account can be read. Those of
/// the break-glass way are not fetched: that would set off its alarms.
async fn sign_in(
    session: &Arc<Session>,
    spec: &AccountSpec,
) -> (Vec<Line>, bool) {
    let mut lines = Vec::new();
    for way in spec.ways().into_iter().filter(|way| *way != Way::BreakGlass) {
        lines.push(credentials(session, spec, way).await);
    }
    let is_in = lines.first().is_some_and(|held| held.mark != Mark::Fail);
    (lines, is_in)
}

async fn credentials(
    session: &Arc<Session>,
    spec: &AccountSpec,
    way: Way,
) -> Line {
    let about = match way {
        Way::Read => format!("sign-in {}", spec.name),
        Way::Operate | Way::BreakGlass => format!("operate {}", spec.name),
    };
    let account = session.account_of(spec);
    let held = timeout(LIMIT, session.hold(&account, way)).await;
    match held {
        Ok(Ok(None)) => {
            line(Mark::Ok, about, "credentials that do not run out")
        }
        Ok(Ok(Some(until))) => {
            let left = until.duration_since(session.now());
            let told = format!("{} minutes left", left.as_mins());
            let mark = if left < SOON { Mark::Warn } else { Mark::Ok };
            line(mark, about, told)
        }
        Ok(Err(failure)) => {
            let told = format!("{failure}. {}", failure.advice());
            line(Mark::Fail, about, told)
        }
        Err(_) => {
            let told = format!("no credentials within {} s", LIMIT.as_secs());
            line(Mark::Fail, about, told)
        }
    }
}

/// Whether a Region answers, who it says we are, and how far its clock is
/// ahead of ours.
async fn answers(
    session: &Arc<Session>,
    spec: &AccountSpec,
    region: &Region,
) -> (Line, Option<(Region, SignedDuration)>) {
    let about = region.to_string();
    let Ok(heard) =
        Box::pin(timeout(LIMIT, hear(session, spec, region))).await
    else {
        let late = Failure::new("ask who we are", FailureKind::TimedOut);
        return (failed(about, &late), None);
    };
    let clock = heard.ahead.map(|ahead| (region.clone(), ahead));
    let identity = match heard.identity {
        Ok(identity) => identity,
        Err(failure) => return (failed(about, &failure), clock),
    };
    let took = heard.took.as_millis();
    let told = format!("answers in {took} ms as {}", identity.arn);
    let told = match &spec.id {
        Some(id) if *id != identity.account => {
            let told = format!(
                "{told}, but {} is account {id} in the config",
                spec.name
            );
            line(Mark::Fail, about, told)
        }
        _ => line(Mark::Ok, about, told),
    };
    (told, clock)
}

fn failed(about: String, failure: &Failure) -> Line {
    let told = format!("{failure}. {}", failure.advice());
    Line { code: SERVICE, ..line(Mark::Fail, about, told) }
}

/// This machine's clock against AWS's, by the Region that differs most.
fn clock(heard: &[(Region, SignedDuration)]) -> Line {
    let worst = heard.iter().max_by_key(|(_, ahead)| ahead.abs());
    let Some((region, ahead)) = worst else {
        let told = "no answer told AWS's time to compare it with";
        return line(Mark::Warn, "clock", told);
    };
    let off = ahead.abs();
    let side = if ahead.is_positive() { "behind" } else { "ahead of" };
    let told = format!("{} s {side} AWS's in {region}", off.as_secs());
    if off < OFF {
        return line(Mark::Ok, "clock", told);
    }
    let far = if off < FAR_OFF {
        ""
    } else {
        " Other tools that sign for AWS are refused at more than 5 minutes."
    };
    let mark = if off < FAR_OFF { Mark::Warn } else { Mark::Fail };
    let told = format!(
        "{told}. Every age, loss and RTO told here is wrong by as much: set \
         this machine's clock, such as by NTP.{far}"
    );
    line(mark, "clock", told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> (Region, SignedDuration) {
        (Region::new("eu-west-1"), SignedDuration::from_secs(seconds))
    }

    #[test]
    fn the_clock_that_differs_most_is_told_with_its_side() {
        let fine = clock(&[at(0), at(-2)]);
        assert_eq!(fine.mark, Mark::Ok);
        assert_eq!(fine.told, "2 s ahead of AWS's in eu-west-1");
        let off = clock(&[at(1), at(45)]);
        assert_eq!(off.mark, Mark::Warn);
        assert!(off.told.starts_with("45 s behind AWS's"), "{}", off.told);
        assert_eq!(clock(&[at(-301)]).mark, Mark::Fail);
    }

    #[test]
    fn a_clock_that_nothing_was_compared_with_is_not_called_right() {
        assert_eq!(clock(&[]).mark, Mark::Warn);
    }
}
