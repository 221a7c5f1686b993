//! Puts the parts of a console together: the same for AWS, for the demo and
//! for tests.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::hands::{Desk, Hands, Tools};
use super::plain::PlainConsole;
use super::unattended::Unattended;
use super::{Clock, Console};
use crate::app::Model;
use crate::aws::poll::Pollers;
use crate::aws::session::{Session, SessionSpec};
use crate::event::Event;
use crate::incident::entry::Author;
use crate::journal::thread::Journal;
use crate::probe::dns::Resolver;
use crate::probe::{Hosts, Probes};

/// What a console is made of.
pub struct Parts {
    /// What the app begins with.
    pub model: Model,
    /// How AWS is reached.
    pub session: SessionSpec,
    /// Who answers names.
    pub resolver: Arc<dyn Resolver>,
    /// Where HTTP requests for some hosts go instead.
    pub hosts: Hosts,
    /// The journal.
    pub journal: Journal,
    /// Who writes to it.
    pub author: Author,
    /// The time.
    pub clock: Clock,
    /// How often sources are looked at, by name, where not as usual.
    pub paces: BTreeMap<String, Duration>,
    /// Where the newest estate is saved.
    pub estate_file: PathBuf,
    /// The person's desk.
    pub desk: Desk,
    /// An incident to take up again.
    pub resume: Option<String>,
}

/// A console on this terminal, watching from now on. Call it inside a
/// runtime.
pub fn wire<B>(parts: Parts, terminal: Terminal<B>) -> Console<B>
where
    B: Backend,
    B::Error: Error + Send + Sync + 'static,
{
    let Wired { model, hands, queue, clock } = wired(parts);
    Console::new(model, hands, terminal, queue, clock)
}

/// The same without a screen: lines go to `out`. `by_hand` tells that a
/// person types at a terminal.
pub fn wire_plain<W: Write>(
    parts: Parts,
    out: W,
    by_hand: bool,
) -> PlainConsole<W> {
    let Wired { model, hands, queue, clock } = wired(parts);
    PlainConsole::new(model, hands, out, by_hand, queue, clock)
}

/// The same with nobody at hand: what happens is written to `out`.
pub fn wire_unattended<W: Write>(parts: Parts, out: W) -> Unattended<W> {
    let Wired { model, hands, queue, clock } = wired(parts);
    Unattended::new(model, hands, out, queue, clock)
}

/// The parts of a console, put together.
struct Wired {
    model: Model,
    hands: Hands,
    queue: UnboundedReceiver<Event>,
    clock: Clock,
}

fn wired(parts: Parts) -> Wired {
    let session = Session::new(parts.session);
    // Data times of copies are known by their originals, and endpoints of
    // routing controls by their configuration: those of the saved estate
    // still count when their Region does not answer.
    for (source, known) in parts.model.estate.sources() {
        if let Some(found) = &known.found {
            session.learn(source, found);
        }
    }
    let (events, queue) = unbounded_channel();
    let (sent, mut seen) = unbounded_channel();
    let pollers = Pollers::start(Arc::clone(&session), parts.paces, sent);
    let mut model = parts.model;
    for spec in &session.spec().accounts {
        if let Some(access) = &spec.break_glass {
            let account = session.account_of(spec);
            model.credentials.glass.insert(account, access.to_string());
        }
    }
    for source in pollers.sources() {
        model.estate.expect(source);
    }
    let forward = events.clone();
    tokio::spawn(async move {
        while let Some(observation) = seen.recv().await {
            if forward.send(Event::Observed(observation)).is_err() {
                break;
            }
        }
    });
    let probes = Probes::new(
        session.http_client().clone(),
        parts.resolver,
        session.time_source().clone(),
    )
    .with_hosts(parts.hosts);
    let tools = Tools {
        journal: parts.journal,
        author: parts.author,
        session,
        pollers,
        probes,
        clock: Arc::clone(&parts.clock),
        estate_file: parts.estate_file,
        desk: parts.desk,
        only: model.unattended.as_ref().map(|own| own.rule.clone()),
    };
    let mut hands = Hands::new(tools, events);
    if let Some(id) = &parts.resume {
        hands.resume(id);
    }
    Wired { model, hands, queue, clock: parts.clock }
}
