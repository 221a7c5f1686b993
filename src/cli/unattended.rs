//! `drill run --unattended`: a drill with nobody at hand, for cron.
//!
//! The code is 0 if the runbook came to its end and nothing is left, 1 if it
//! did not, and 3 if something is left that costs, or may be.

use std::io::{self, Stdout};

use anyhow::Context as _;
use jiff::SignedDuration;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::Demo;
use super::console::{self, Begun, Signals, found_traps};
use super::{Ended, INVALID, OTHER, OUTSIDE, PARTIAL, Start, reach, stop};
use crate::app::Book;
use crate::app::unattended::{Ending, NAME, Unattended as Own};
use crate::runbook::Practised;
use crate::runbook::steps::Wants;
use crate::runbook::unattended::Rule;
use crate::shell::hands::Desk;
use crate::shell::unattended::Unattended;
use crate::shell::wiring::wire_unattended;

/// What to write where no account is given to drills.
const NO_ACCOUNT: &str = "\
no account is given to drills with nobody at hand. Say in the config, of an \
account in which nothing else lives:
  [accounts.NAME]
  id = \"...\"
  drill = true";

/// That nothing of a runbook asks a person.
pub(super) fn fits(book: &Book) -> anyhow::Result<()> {
    let runbook =
        book.runbook.as_ref().map_err(|why| stop(INVALID, why.clone()))?;
    let asks = runbook.steps.iter().filter(|step| {
        !matches!(step.does.wants(), Wants::Nothing)
            && !matches!(step.drill, Practised::Skip)
            && step.undoes.is_none()
    });
    let asks: Vec<&str> = asks.map(|step| step.id.as_str()).collect();
    if asks.is_empty() {
        return Ok(());
    }
    let text = format!(
        "{} cannot be drilled unattended: {} ask a person. Give each \
         `drill = \"skip\"`, or drill it with somebody.",
        runbook.id,
        asks.join(", ")
    );
    Err(stop(INVALID, text))
}

/// Works through the drill of `start`, on AWS or on a simulated one.
pub(super) fn open(
    start: &Start,
    demo: Option<&Demo>,
) -> anyhow::Result<Ended> {
    let reach = match demo {
        Some(demo) => reach::of_scenario(start, &demo.scenario, demo.speed)?,
        None => reach::real(start),
    };
    if reach.drills.is_empty() {
        return Err(stop(INVALID, NO_ACCOUNT));
    }
    let traps = match demo {
        Some(_) => Vec::new(),
        None => found_traps(start)?,
    };
    console::begin(start, reach, None, traps, run)
}

fn run(runtime: &Runtime, begun: Begun<'_>) -> anyhow::Result<Ended> {
    let _inside = runtime.enter();
    let Begun { start, reach, disk, resume, traps } = begun;
    let mut signals = Signals::new()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut model = console::model(start, &reach, &traps);
    let by = format!("{} on {}", model.setting.user, model.setting.host);
    let rule = Rule::of(reach.drills.clone());
    model.unattended = Some(Own::new(rule, by));
    NAME.clone_into(&mut model.setting.user);
    // Nobody presses a key: it disarms when it has ended.
    model.idle = SignedDuration::from_hours(24);
    console::known(&mut model, start, &reach);
    let shared = console::in_s3(start, &reach);
    let place = reach.place.clone();
    let mut parts = console::parts(start, reach, disk, resume, model)?;
    parts.desk = Desk::None;
    let mut drill = wire_unattended(parts, io::stdout());
    if let Some((name, object)) = shared {
        drill.open_shared(&name, object);
    }
    let code = runtime
        .block_on(drive(&mut drill, &mut signals, &mut interrupt))
        .context("nobody reads what is printed")?;
    console::farewell(drill.model.open.as_ref(), start, &place);
    let own = drill.model.unattended.as_ref();
    let ending = own.and_then(|own| own.ending);
    drill.finish();
    Ok(match (code, ending) {
        (0, Some(Ending::Proven)) => Ended::Well,
        (0, Some(Ending::Failed)) => Ended::With(OUTSIDE),
        (0, Some(Ending::Left)) => Ended::With(PARTIAL),
        (0, None) => Ended::With(OTHER),
        (code, _) => Ended::With(code),
    })
}

/// Runs the loop until the drill has ended, or a signal ends it; gives the
/// code.
async fn drive(
    drill: &mut Unattended<Stdout>,
    signals: &mut Signals,
    interrupt: &mut Signal,
) -> io::Result<u8> {
    let mut code = 0;
    while !drill.has_ended() {
        let turned = tokio::select! {
            biased;
            _ = signals.terminate.recv() => {
                code = 128 + 15;
                drill.end("the system asked the program to end (SIGTERM)");
                Ok(())
            }
            _ = signals.hang_up.recv() => {
                code = 128 + 1;
                drill.end("the terminal is gone (SIGHUP)");
                Ok(())
            }
            _ = interrupt.recv() => {
                code = 128 + 2;
                drill.end("ctrl-c");
                Ok(())
            }
            turned = drill.turn() => turned,
        };
        if turned.is_err() {
            code = OTHER;
            drill.end("nobody reads what is printed");
        }
    }
    Ok(code)
}
