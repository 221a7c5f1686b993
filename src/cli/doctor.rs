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
use crate::aws::poll::look_once;
use crate::aws::session::{AccountSpec, Session, Way};
use crate::config::aws_environment::Weight;
use crate::estate::ids::Region;
use crate::estate::{Found, Source, What};
use crate::failure::{Failure, FailureKind};
use crate::journal::disk::RealDisk;
use crate::shell::terminal;

/// Credentials that last less than this are worth a word before an incident.
const SOON: SignedDuration = SignedDuration::from_mins(30);
/// One question to AWS takes no longer.
const LIMIT: Duration = Duration::from_secs(15);
/// Codes by which AWS says that this machine's clock is wrong.
const SKEWED: &[&str] = &[
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
];

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
    for spec in &session.spec().accounts {
        let held = credentials(session, spec).await;
        let is_in = held.mark != Mark::Fail;
        lines.push(held);
        if is_in {
            let regions = session.regions().iter();
            let asked = regions.map(|region| answers(session, spec, region));
            lines.extend(join_all(asked).await);
        }
    }
    lines
}

async fn credentials(session: &Arc<Session>, spec: &AccountSpec) -> Line {
    let about = format!("sign-in {}", spec.name);
    let account = session.account_of(spec);
    let held = timeout(LIMIT, session.hold(&account, Way::Read)).await;
    match held {
        Ok(Ok(None)) => {
            line(Mark::Ok, about, "credentials that do not run out")
        }
        Ok(Ok(Some(left))) => {
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

/// Whether a Region answers, who it says we are, and whether it takes our
/// clock.
async fn answers(
    session: &Arc<Session>,
    spec: &AccountSpec,
    region: &Region,
) -> Line {
    let account = session.account_of(spec);
    let source = Source::aws(&account, region, What::Identity);
    let begun = session.now();
    let about = region.to_string();
    let seen = match timeout(LIMIT, look_once(session, &source)).await {
        Ok(seen) => seen.found,
        Err(_) => Err(Failure::new("ask who we are", FailureKind::TimedOut)),
    };
    match seen {
        Ok(Found::Identity(identity)) => {
            let took = session.now().duration_since(begun).as_millis();
            let told = format!("answers in {took} ms as {}", identity.arn);
            match &spec.id {
                Some(id) if *id != identity.account => {
                    let told = format!(
                        "{told}, but {} is account {id} in the config",
                        spec.name
                    );
                    line(Mark::Fail, about, told)
                }
                _ => line(Mark::Ok, about, told),
            }
        }
        Ok(_) => Line {
            code: SERVICE,
            ..line(Mark::Fail, about, "gave another answer than asked for")
        },
        Err(failure) => failed(about, &failure),
    }
}

fn failed(about: String, failure: &Failure) -> Line {
    let code = failure.code.as_deref().unwrap_or_default();
    let advice = if SKEWED.contains(&code) {
        "Compare this machine's clock: AWS takes no request that is more \
         than 5 minutes off."
    } else {
        failure.advice()
    };
    let told = format!("{failure}. {advice}");
    Line { code: SERVICE, ..line(Mark::Fail, about, told) }
}
