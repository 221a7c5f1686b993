//! The console: what it is made of, and its beginning and end at a real
//! terminal.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::Stream;
use libc::SIGCONT;
use ratatui::backend::Backend;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::Demo;
use super::reach::{self, Reach};
use super::resume::{self, Chosen, Resume};
use super::setting::{keys, setting, theme};
use super::{
    Ended, INVALID, OTHER, Start, USAGE, complain, drill, library, log, past,
    person, plain, ready, saved, say, shared, stop, traps,
};
use crate::app::unattended::NAME;
use crate::app::{Model, frame, update};
use crate::aws::record::Object;
use crate::config::{Config, Shared, Trap};
use crate::estate::Estate;
use crate::estate::saved::Place;
use crate::event::{Event, Notice};
use crate::journal::disk::RealDisk;
use crate::journal::{Journal, Keeper};
use crate::screens::Open;
use crate::shell::Console;
use crate::shell::hands::Desk;
use crate::shell::keys::{Typed, typed};
use crate::shell::terminal::{self, Screen};
use crate::shell::wiring::{Parts, wire};

/// What to use where nobody can look.
const NO_TERMINAL: &str = "\
The console needs a terminal, and there is none here.
Without one use:
  lifeboat status [--json]    whether the estate can be recovered
  lifeboat incident list      the incidents on this machine
  lifeboat doctor             what is in the way
  lifeboat demo --plain       the simulated AWS, by numbered prompts
  lifeboat --help             everything else";

/// Opens the console, on AWS or on a simulated one, and stays until it ends.
pub(super) fn open(
    start: &Start,
    demo: Option<&Demo>,
    resume: Option<Resume>,
) -> anyhow::Result<Ended> {
    let is_plain = plain::is_wanted(start);
    if !is_plain && !terminal::present() {
        complain(NO_TERMINAL);
        return Ok(Ended::With(USAGE));
    }
    let reach = match demo {
        Some(demo) => reach::of_scenario(start, &demo.scenario, demo.speed)?,
        None => reach::real(start),
    };
    if is_plain {
        plain::answers_count(&reach)?;
    }
    // First, as an incident of another AWS needs none of this one.
    let resume =
        resume.map(|wish| resume::chosen(start, &reach, &wish)).transpose()?;
    let traps = match demo {
        Some(_) => Vec::new(),
        None => found_traps(start)?,
    };
    begin(start, reach, resume, traps, |runtime, begun| {
        let ended = if is_plain {
            plain::run(runtime, begun)
        } else {
            run(runtime, begun)
        };
        terminal::give_back();
        ended
    })
}

/// Opens the state directory and the log, and runs a console inside a
/// runtime of its own until it has ended.
pub(super) fn begin(
    start: &Start,
    reach: Reach,
    resume: Option<Chosen>,
    traps: Vec<Trap>,
    run: impl FnOnce(&Runtime, Begun<'_>) -> anyhow::Result<Ended>,
) -> anyhow::Result<Ended> {
    let disk = RealDisk::at(&reach.state).map_err(|error| {
        let way_out = "Set LIFEBOAT_HOME to a directory that can be used.";
        stop(OTHER, format!("{error}. {way_out}"))
    })?;
    let log = log::begin(&reach.state);
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("lifeboat")
        .build()
        .context("could not start the runtime")?;
    let begun = Begun { start, reach, disk, resume, traps };
    let ended = run(&runtime, begun);
    // What still waits for AWS is let go.
    runtime.shutdown_background();
    drop(log);
    ended
}

/// What is wrong with the AWS environment; what would make everything fail
/// ends the program while it can still be read.
pub(super) fn found_traps(start: &Start) -> anyhow::Result<Vec<Trap>> {
    let traps = traps::all(start);
    let hopeless = traps::hopeless(start, &traps);
    if hopeless.is_empty() {
        return Ok(traps);
    }
    Err(stop(INVALID, hopeless.join("\n")))
}

/// All that a console begins with, on a screen or without.
pub(super) struct Begun<'a> {
    pub(super) start: &'a Start,
    pub(super) reach: Reach,
    pub(super) disk: RealDisk,
    pub(super) resume: Option<Chosen>,
    pub(super) traps: Vec<Trap>,
}

/// The console from its first frame to its last.
fn run(runtime: &Runtime, begun: Begun<'_>) -> anyhow::Result<Ended> {
    let _inside = runtime.enter();
    let Begun { start, reach, disk, resume, traps } = begun;
    // Before the terminal is taken, or a signal in between would leave it so.
    let mut signals = Signals::new()?;
    let mut screen =
        terminal::take().context("could not take the terminal")?;
    let mut model = model(start, &reach, &traps);
    first_frame(&mut screen, &mut model, &reach)?;
    known(&mut model, start, &reach);
    let shared = in_s3(start, &reach);
    let place = reach.place.clone();
    let parts = parts(start, reach, disk, resume, model)?;
    let clock = Arc::clone(&parts.clock);
    let mut console = wire(parts, screen);
    if let Some((name, object)) = shared {
        console.open_shared(&name, object);
    }
    let mut input = typed(clock).context("could not read the terminal")?;
    let code =
        runtime.block_on(drive(&mut console, &mut input, &mut signals))?;
    drop(input);
    terminal::give_back();
    farewell(console.model.open.as_ref(), start, &place);
    console.finish();
    Ok(if code == 0 { Ended::Well } else { Ended::With(code) })
}

/// What a console is made of, whatever it is shown on.
pub(super) fn parts(
    start: &Start,
    reach: Reach,
    disk: RealDisk,
    resume: Option<Chosen>,
    mut model: Model,
) -> anyhow::Result<Parts> {
    let warning = resume.as_ref().and_then(|chosen| chosen.warning.clone());
    if let Some(text) = warning {
        let notice = Notice { at: start.now, text, bad: true };
        model.notices.push_back(notice);
    }
    let make = reach.journal_clock;
    let mut author = person::author(&start.env);
    if model.unattended.is_some() {
        NAME.clone_into(&mut author.user);
    }
    let keeper =
        Keeper::new(Arc::new(disk), &reach.state, author.clone(), move || {
            make()
        });
    Ok(Parts {
        estate_file: saved::file(&reach.state, &reach.place),
        journal: Journal::start(keeper)
            .context("could not start the journal's thread")?,
        author,
        model,
        session: reach.session,
        resolver: reach.resolver,
        hosts: reach.hosts,
        clock: reach.clock,
        paces: paces(&start.config),
        desk: Desk::Terminal,
        resume: resume.map(|chosen| chosen.id),
    })
}

/// What the system may send to end the program.
pub(super) struct Signals {
    pub(super) terminate: Signal,
    pub(super) hang_up: Signal,
    /// It was stopped and goes on: by ctrl-z and `fg`, or from outside.
    pub(super) go_on: Signal,
}

impl Signals {
    /// From now on they no longer end the program by themselves. Call it
    /// inside a runtime.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            go_on: signal(SignalKind::from_raw(SIGCONT))?,
        })
    }
}

/// Runs the loop until the person ends it, or a signal does; gives the code.
async fn drive<B, S>(
    console: &mut Console<B>,
    input: &mut S,
    signals: &mut Signals,
) -> anyhow::Result<u8>
where
    B: Backend,
    B::Error: Error + Send + Sync + 'static,
    S: Stream<Item = io::Result<Typed>> + Unpin,
{
    let mut code = 0;
    console.draw()?;
    while !console.has_ended() {
        tokio::select! {
            biased;
            _ = signals.terminate.recv() => {
                code = 128 + 15;
                console.end("the system asked the program to end (SIGTERM)");
            }
            _ = signals.hang_up.recv() => {
                code = 128 + 1;
                console.end("the terminal is gone (SIGHUP)");
            }
            _ = signals.go_on.recv() => console.go_on(),
            turned = console.turn(input) => turned?,
        }
    }
    Ok(code)
}

/// What the app begins with: nothing is known yet.
pub(super) fn model(start: &Start, reach: &Reach, traps: &[Trap]) -> Model {
    let theme = theme(&start.config);
    let (keymap, bad_keys) = keys(&start.config);
    let mut model = Model::new(
        setting(start, reach, theme),
        keymap,
        Estate::default(),
        reach.watch.clone(),
        library::books(&start.config.paths.runbooks()),
        reach.place.clone(),
    );
    ready::shelve(&mut model.shelf, &model.library, &reach.state);
    model.idle = start.config.idle;
    model.demands = reach.demands.clone();
    model.detection.queues.clone_from(&reach.queues);
    model.company.login = person::login();
    let problems = start.config.problems.iter();
    let told = problems.map(ToString::to_string).chain(bad_keys);
    for text in told.chain(traps.iter().map(ToString::to_string)) {
        model.notices.push_back(Notice { at: start.now, text, bad: true });
    }
    model
}

/// How often sources are looked at, where the config says.
fn paces(config: &Config) -> BTreeMap<String, Duration> {
    let paces = config.paces.iter().filter_map(|(name, pace)| {
        Some((name.clone(), Duration::try_from(*pace).ok()?))
    });
    paces.collect()
}

/// Something to look at, before anything is read that may take time.
fn first_frame(
    screen: &mut Screen,
    model: &mut Model,
    reach: &Reach,
) -> anyhow::Result<()> {
    let size = screen.size()?;
    model.size = (size.width, size.height);
    let now = (reach.clock)();
    screen.draw(|on| frame::draw(on, model, now))?;
    Ok(())
}

/// Takes in what an earlier console saved. A simulated world begins anew
/// each time, so what was saved of an earlier one tells nothing of it.
pub(super) fn known(model: &mut Model, start: &Start, reach: &Reach) {
    if reach.sim.is_none() {
        let file = saved::file(&reach.state, &reach.place);
        let (estate, problem) = saved::open(&file, &reach.place);
        model.estate = estate;
        if let Some(text) = problem {
            let notice = Notice { at: start.now, text, bad: true };
            model.notices.push_back(notice);
        }
        if let Some(shared @ Shared::File(_)) = &start.config.shared_estate {
            let opened = saved::read_shared(shared, &reach.place);
            let name = shared.to_string();
            let opened = opened.map(Box::new);
            let event = Event::Shared { name, opened };
            update(model, event, start.now);
        }
    }
    saved::pace(&mut model.estate, &start.config);
    model.past = past::practices(&reach.state);
    model.judge_drills();
    if let Some(book) = &start.drill {
        model.drill(book.clone());
    }
}

/// The shared estate in S3 that the config names, for AWS itself alone.
pub(super) fn in_s3(start: &Start, reach: &Reach) -> Option<(String, Object)> {
    let shared = start.config.shared_estate.as_ref();
    let shared = shared.filter(|_| reach.sim.is_none())?;
    Some((shared.to_string(), shared::object(shared, reach)?))
}

/// What is still open when the console has ended.
pub(super) fn farewell(open: Option<&Open>, start: &Start, place: &Place) {
    if let Some(open) = open {
        drill::farewell(open);
    }
    let Some(open) = open.filter(|open| !open.is_closed()) else { return };
    let (simulated, endpoint) = (&place.simulated, &place.endpoint);
    let command = resume::of(
        &open.id,
        simulated.as_deref(),
        endpoint.as_deref(),
        &start.config,
    );
    say(&format!(
        "Incident {} is still open. What runs in AWS goes on.\n\
         Take it up again with: {command}",
        open.id
    ));
}
