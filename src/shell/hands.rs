//! Carries out the app's orders and brings back what came of them.

mod others;
mod sends;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;
use crossterm::style::Print;
use tokio::runtime::Handle;

use super::company::Watcher;
use super::{Clock, Events, shared, terminal};
use crate::aws::poll::{Pace, Pollers};
use crate::aws::record::Object;
use crate::aws::session::{Session, Way, WriteAccess};
use crate::estate::Source;
use crate::estate::saved::{Place, Saved};
use crate::event::{Effect, Event, Held, Notice};
use crate::failure::{Failure, FailureKind};
use crate::incident::entry::Author;
use crate::incident::fact::{Fact, Identity};
use crate::journal::open::NotOpened;
use crate::journal::order::{Answer, Content, Order};
use crate::journal::recorded::NotRecorded;
use crate::journal::thread::Journal;
use crate::probe::Probes;
use crate::runbook::FILE_MAX;
use crate::runbook::plan::Intent;
use crate::runbook::unattended::Rule;

/// How long quitting waits for the journal to be written.
const LAST_WRITES: Duration = Duration::from_millis(200);

/// Where texts for the person's own desk go.
#[derive(Clone, Debug)]
pub enum Desk {
    /// The terminal: clipboard by OSC 52, bell, suspension.
    Terminal,
    /// Nowhere: for a console without a terminal.
    None,
}

/// What the hands work with.
pub struct Tools {
    /// The journal, and the state files with it.
    pub journal: Journal,
    /// The person, as the journal names them.
    pub author: Author,
    /// The way to AWS.
    pub session: Arc<Session>,
    /// The tasks that watch.
    pub pollers: Pollers,
    /// The way to names and URLs beside AWS.
    pub probes: Probes,
    /// The time.
    pub clock: Clock,
    /// Where the newest estate is saved.
    pub estate_file: PathBuf,
    /// The person's desk.
    pub desk: Desk,
    /// What alone may be sent while nobody is at hand.
    pub only: Option<Rule>,
}

/// Carries out orders. Nothing here waits: what takes time is a task or the
/// journal's thread, and its end is an event.
pub struct Hands {
    tools: Tools,
    events: Events,
    /// Only while ARMED: OBSERVE has no way to send a call.
    access: Option<Arc<WriteAccess>>,
    /// How approved calls are sent.
    way: Way,
    dir: Option<PathBuf>,
    /// Whether an estate is on its way to the disk.
    saving: Arc<AtomicBool>,
    /// Whether the journal takes what follows as the console's own doing.
    auto: bool,
    /// What reads the journal of another console, or the inboxes of others.
    company: Option<Watcher>,
    /// Programs that look, and have not ended yet.
    looking: Arc<Mutex<BTreeSet<Source>>>,
}

impl Hands {
    /// Hands that put what happens into `events`.
    pub fn new(tools: Tools, events: Events) -> Self {
        Hands {
            tools,
            events,
            access: None,
            way: Way::Operate,
            dir: None,
            saving: Arc::default(),
            auto: false,
            company: None,
            looking: Arc::default(),
        }
    }

    /// Takes up an incident again.
    pub fn resume(&mut self, id: &str) {
        self.written_by(false);
        self.order_open(Order::Open(id.to_owned()), false);
    }

    /// Opens the estate that a team shares.
    pub fn open_shared(&self, name: &str, object: Object, place: Place) {
        let session = Arc::clone(&self.tools.session);
        let (events, name) = (self.events.clone(), name.to_owned());
        Handle::current().spawn(async move {
            let opened = shared::open(&session, &object, &place).await;
            let opened = opened.map(Box::new);
            let _ = events.send(Event::Shared { name, opened });
        });
    }

    /// Lets everything go and waits shortly for the last writes.
    pub fn finish(self) {
        self.tools.pollers.stop();
        self.tools.journal.finish(LAST_WRITES);
    }

    /// Carries out one order.
    pub fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Open(facts) => self.open(facts),
            Effect::Record(fact) => self.record(fact),
            Effect::RecordIntent(intent) => self.record_intent(intent),
            Effect::Follow { id, login } => self.follow(&id, login),
            Effect::TakeUp(id) => self.resume(&id),
            Effect::LetGo(id) => self.let_go(id),
            Effect::Post { said, arn } => self.post(said, arn),
            Effect::Allow(true) => self.allow(),
            Effect::Allow(false) => self.access = None,
            Effect::SendAs(identity) => self.send_as(identity),
            Effect::Hold => self.hold(),
            Effect::Perform(intent) => self.perform(intent),
            Effect::Look(source) => self.look(source),
            Effect::LookAll => self.tools.pollers.look_all(),
            Effect::Hurry(true) => self.tools.pollers.pace(Pace::Incident),
            Effect::Hurry(false) => self.tools.pollers.pace(Pace::Normal),
            Effect::Export(files) => self.export(files),
            Effect::Save(saved) => self.save(saved),
            Effect::ReadFile(path) => self.read_file(path),
            Effect::Copy(text) => self.copy(text),
            Effect::Ring => self.ring(),
            Effect::Suspend => self.suspend(),
            Effect::Redraw | Effect::Quit => {}
        }
    }

    fn allow(&mut self) {
        let access = self.tools.session.write_access(self.way);
        let access = access.within(self.tools.only.clone());
        self.access = Some(Arc::new(access));
    }

    fn send_as(&mut self, identity: Identity) {
        self.way = match identity {
            Identity::Usual => Way::Operate,
            Identity::BreakGlass => Way::BreakGlass,
        };
        if self.access.is_some() {
            self.allow();
        }
    }

    /// Fetches and holds what reading and sending need. The break-glass
    /// credentials are fetched only once they are switched to: whoever
    /// guards them is told of every use.
    fn hold(&self) {
        let session = &self.tools.session;
        for spec in &session.spec().accounts {
            for way in spec.ways() {
                if way == Way::BreakGlass && self.way != way {
                    continue;
                }
                let account = session.account_of(spec);
                let (session, events) =
                    (Arc::clone(session), self.events.clone());
                Handle::current().spawn(async move {
                    let until = session.hold(&account, way).await;
                    let way = way.words();
                    let held = Held { account, way, until };
                    let _ = events.send(Event::Held(held));
                });
            }
        }
    }

    fn open(&mut self, facts: Vec<Fact>) {
        self.written_by(false);
        let mut facts = facts.into_iter();
        let Some(first) = facts.next() else { return };
        let now = (self.tools.clock)();
        // Only tells incidents of one minute apart.
        let salt = process::id()
            ^ u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let order = Order::Create {
            now,
            salt: u16::try_from(salt & 0xffff).unwrap_or_default(),
            first: Box::new(first.redacted()),
        };
        self.order_open(order, true);
        for fact in facts {
            self.record(fact);
        }
    }

    fn order_open(&mut self, order: Order, fresh: bool) {
        let events = self.events.clone();
        let id = match &order {
            Order::Open(id) => Some(id.clone()),
            _ => None,
        };
        self.tools.journal.send(order, move |answer| {
            let Answer::Opened(answer) = answer else { return };
            let event = match answer {
                Ok(opened) => {
                    let at = opened.entries.last().map(|entry| entry.at);
                    for text in opened.notices {
                        let at = at.unwrap_or_default();
                        let notice = Notice { at, text, bad: true };
                        let _ = events.send(Event::Said(notice));
                    }
                    Event::Opened {
                        id: opened.incident,
                        dir: opened.dir,
                        entries: opened.entries,
                        head: opened.head,
                        fresh,
                    }
                }
                Err(NotOpened::Held { by }) if id.is_some() => {
                    let id = id.unwrap_or_default();
                    Event::Taken { id, by }
                }
                Err(why) => Event::NotRecorded {
                    what: "open the incident".into(),
                    step: None,
                    failure: Failure::new(
                        "open the journal",
                        FailureKind::Other,
                    )
                    .because(why.to_string()),
                },
            };
            let _ = events.send(event);
        });
    }

    /// Lets the journal name who did what follows: the person, or `auto` for
    /// what the console does by itself.
    fn written_by(&mut self, auto: bool) {
        if self.auto == auto {
            return;
        }
        self.auto = auto;
        let mut author = self.tools.author.clone();
        if auto {
            "auto".clone_into(&mut author.user);
        }
        self.tools.journal.send(Order::WrittenBy(author), |_| {});
    }

    fn record(&mut self, fact: Fact) {
        self.written_by(fact.is_auto());
        let fact = fact.redacted();
        let events = self.events.clone();
        let step = match &fact {
            Fact::Step(fact) => Some(fact.step.clone()),
            _ => None,
        };
        let order = Order::Record(Box::new(fact));
        self.tools.journal.send(order, move |answer| {
            let Answer::Recorded(answer) = answer else { return };
            let event = match answer {
                Ok(entry) => Event::Recorded(entry),
                Err(why) => not_recorded("a fact", step, &why),
            };
            let _ = events.send(event);
        });
    }

    fn record_intent(&mut self, intent: Intent) {
        // The call is the person's: they confirmed it.
        self.written_by(false);
        let events = self.events.clone();
        let step = Some(intent.step().to_owned());
        let order = Order::Intent(Box::new(intent));
        self.tools.journal.send(order, move |answer| {
            let Answer::Intent(answer) = answer else { return };
            let event = match answer {
                Ok(recorded) => {
                    let (intent, entry) = *recorded;
                    Event::IntentRecorded(intent, Box::new(entry))
                }
                Err(why) => not_recorded("an intent", step, &why),
            };
            let _ = events.send(event);
        });
    }

    /// Reads a file on a thread of its own: a share that hangs in an outage
    /// must hold up nothing.
    fn read_file(&self, path: String) {
        let events = self.events.clone();
        let reader = Builder::new().name("file".into()).spawn(move || {
            let text = read_runbook(&path)
                .map_err(|why| format!("could not read {path}: {why}"));
            let _ = events.send(Event::FileRead { path, text });
        });
        if let Err(why) = reader {
            let at = (self.tools.clock)();
            let text = format!("could not read the file: {why}");
            let _ =
                self.events.send(Event::Said(Notice { at, text, bad: true }));
        }
    }

    fn export(&mut self, files: Vec<(String, String)>) {
        let Some(dir) = self.dir.clone() else { return };
        let to = dir.join("export");
        let names: Vec<String> =
            files.iter().map(|(name, _)| name.clone()).collect();
        let last = files.len().saturating_sub(1);
        for (place, (name, text)) in files.into_iter().enumerate() {
            let events = self.events.clone();
            let done = (place == last).then(|| Event::Exported {
                files: names.clone(),
                to: to.clone(),
            });
            let order = Order::Write {
                path: to.join(name),
                content: text.into_bytes().into(),
            };
            self.tools.journal.send(order, move |answer| {
                let event = match (answer, done) {
                    (Answer::Written(Err(failure)), _) => {
                        Some(Event::NotRecorded {
                            what: "an export".into(),
                            step: None,
                            failure,
                        })
                    }
                    (_, done) => done,
                };
                if let Some(event) = event {
                    let _ = events.send(event);
                }
            });
        }
    }

    /// What is looked at again and again.
    pub fn watched(&self) -> Vec<Source> {
        self.tools.pollers.sources()
    }

    /// Has the estate written, unless the one before is not written yet: the
    /// next one is not far, and knows more.
    fn save(&mut self, saved: Box<Saved>) {
        if self.saving.swap(true, Ordering::Relaxed) {
            return;
        }
        let saving = Arc::clone(&self.saving);
        let order = estate_file(self.tools.estate_file.clone(), saved);
        self.tools.journal.send(order, move |answer| {
            saving.store(false, Ordering::Relaxed);
            if let Answer::Written(Err(failure)) = answer {
                tracing::warn!(%failure, "a state file was not written");
            }
        });
    }

    fn copy(&self, text: String) {
        if let Desk::Terminal = self.tools.desk {
            // Over SSH and in tmux alike; a terminal that does not know it
            // ignores it.
            let _ = execute!(
                io::stdout(),
                CopyToClipboard::to_clipboard_from(text)
            );
        }
    }

    fn ring(&self) {
        if let Desk::Terminal = self.tools.desk {
            let _ = execute!(io::stdout(), Print('\x07'));
        }
    }

    /// Goes to the background by hand: raw mode took ctrl-z from the
    /// terminal.
    fn suspend(&self) {
        if let Desk::Terminal = self.tools.desk {
            terminal::suspend();
        }
    }

    /// Takes the terminal as at the start, after the program was stopped.
    pub(super) fn take_terminal(&self) {
        if let Desk::Terminal = self.tools.desk {
            terminal::retake();
        }
    }
}

/// The order to write an estate. The loop hands over what it shares with the
/// estate; the text is made by the thread that writes it.
fn estate_file(path: PathBuf, saved: Box<Saved>) -> Order {
    let content = Content::made(move || {
        serde_json::to_vec(&saved).map_err(io::Error::other)
    });
    Order::Write { path, content }
}

fn not_recorded(what: &str, step: Option<String>, why: &NotRecorded) -> Event {
    Event::NotRecorded {
        what: what.to_owned(),
        step,
        failure: Failure::new("write the journal", FailureKind::Other)
            .because(why.to_string()),
    }
}

/// The text of a runbook file. One byte more than may be is read, so that
/// the parser says that it is too long.
fn read_runbook(path: &str) -> io::Result<String> {
    let mut text = String::new();
    let most = FILE_MAX as u64 + 1;
    File::open(path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;
    use crate::estate::Estate;

    #[test]
    fn the_loop_hands_an_estate_over_without_writing_it_out() {
        let place = Place::default();
        let saved = Estate::default().save(place, Timestamp::UNIX_EPOCH);
        let text = serde_json::to_vec(&saved).unwrap();
        let order = estate_file("/state/estate.json".into(), saved.into());
        let Order::Write { path, content: Content::Made(make) } = order else {
            panic!("{order:?}");
        };
        assert_eq!(path, Path::new("/state/estate.json"));
        assert_eq!(make().unwrap(), text);
    }
}
