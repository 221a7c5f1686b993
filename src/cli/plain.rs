//! `--plain`: the console by numbered prompts, at a terminal or by a pipe.

use std::io::{self, IsTerminal, Stdout};

use anyhow::Context as _;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::console::{self, Begun, Signals};
use super::reach::Reach;
use super::{Ended, OTHER, Start, USAGE, stop};
use crate::shell::hands::Desk;
use crate::shell::plain::{Lines, PlainConsole, stdin};
use crate::shell::wiring::wire_plain;

/// What to do where answers come by a pipe and AWS is not simulated.
const NO_PERSON: &str = "\
plain mode takes answers by a pipe for the simulated AWS alone, and here \
stdin or stdout is no terminal. Try: lifeboat demo --plain. Over SSH a \
terminal comes with: ssh -t";

/// Whether prompts are wanted instead of a screen.
pub(super) fn is_wanted(start: &Start) -> bool {
    start.config.plain || start.env.var("TERM") == Some("dumb")
}

/// Whether a person sits at both ends.
fn by_hand() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Refuses answers that nobody types, unless nothing real can be changed.
pub(super) fn answers_count(reach: &Reach) -> anyhow::Result<()> {
    if by_hand() || reach.sim.is_some() {
        return Ok(());
    }
    Err(stop(USAGE, NO_PERSON))
}

/// The console from its first line to its last. `begun` holds the AWS it
/// runs on: the caller has asked [`answers_count`].
pub(super) fn run(
    runtime: &Runtime,
    begun: Begun<'_>,
) -> anyhow::Result<Ended> {
    let _inside = runtime.enter();
    let Begun { start, reach, disk, resume, traps } = begun;
    answers_count(&reach)?;
    let mut signals = Signals::new()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut model = console::model(start, &reach, &traps);
    console::known(&mut model, start, &reach);
    let shared = console::in_s3(start, &reach);
    let place = reach.place.clone();
    let mut parts = console::parts(start, reach, disk, resume, model)?;
    parts.desk = Desk::None;
    let mut console = wire_plain(parts, io::stdout(), by_hand());
    if let Some((name, object)) = shared {
        console.open_shared(&name, object);
    }
    let mut input = stdin();
    let code = runtime
        .block_on(drive(
            &mut console,
            &mut input,
            &mut signals,
            &mut interrupt,
        ))
        .context("nobody reads what is printed")?;
    console::farewell(console.model.open.as_ref(), start, &place);
    console.finish();
    Ok(if code == 0 { Ended::Well } else { Ended::With(code) })
}

/// Runs the loop until the person ends it, or a signal does; gives the code.
async fn drive(
    console: &mut PlainConsole<Stdout>,
    input: &mut Lines,
    signals: &mut Signals,
    interrupt: &mut Signal,
) -> io::Result<u8> {
    let mut code = 0;
    while !console.has_ended() {
        let turned = tokio::select! {
            biased;
            _ = signals.terminate.recv() => {
                code = 128 + 15;
                console.end("the system asked the program to end (SIGTERM)");
                Ok(())
            }
            _ = signals.hang_up.recv() => {
                code = 128 + 1;
                console.end("the terminal is gone (SIGHUP)");
                Ok(())
            }
            _ = interrupt.recv() => console.interrupt(),
            turned = console.turn(input) => turned,
        };
        if turned.is_err() {
            // A reader that has gone away, such as `head`: the journal is
            // left in order all the same.
            code = OTHER;
            console.end("nobody reads what is printed");
        }
    }
    Ok(code)
}
