//! Watches every source at its pace and reports what it saw.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio::select;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{Mutex as AsyncMutex, Semaphore, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::backoff::{Dice, Streak};
use super::reader::Reader;
use super::session::{AccountSpec, Session};
use super::{Look, Seen, service, sources};
use crate::estate::{Found, Observation, Source, What};
use crate::failure::{Failure, FailureKind};

/// Looks under way at one service in one Region of one account.
const AT_ONCE: usize = 4;
/// No look, however many its pages, takes longer.
const LONGEST: Duration = Duration::from_mins(5);
/// Never faster than this, whatever is asked for.
const FASTEST: Duration = Duration::from_secs(1);

/// How long a person is taken to wait for a refresh.
const PRESSED: Duration = Duration::from_secs(30);

/// What is looked at less often than this does not decide a failover, and
/// keeps its pace in an incident.
const SELDOM: Duration = Duration::from_mins(1);

/// How fast is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As the config and [`What::pace`] say.
    Normal,
    /// Twice as often, but for what is looked at less than once a minute.
    Incident,
}

impl Pace {
    /// The time between two looks of which one comes every `normal`.
    pub fn of(self, normal: Duration) -> Duration {
        match self {
            Pace::Normal => normal.max(FASTEST),
            // What hardly changes would only take calls from the rest.
            Pace::Incident if normal > SELDOM => normal,
            Pace::Incident => (normal / 2)
                .max(Duration::from_secs(5))
                .min(normal)
                .max(FASTEST),
        }
    }
}

/// How one source is looked at.
pub type LookFn =
    Arc<dyn Fn() -> BoxFuture<'static, Observation> + Send + Sync>;

/// The tasks that watch. Dropping it stops them; nothing is waited for.
#[derive(Debug)]
pub struct Pollers {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    session: Arc<Session>,
    sent: UnboundedSender<Observation>,
    pace: watch::Sender<Pace>,
    paces: BTreeMap<String, Duration>,
    runtime: Handle,
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    tasks: BTreeMap<Source, Task>,
    identifying: Vec<AbortHandle>,
    slots: BTreeMap<String, Arc<Semaphore>>,
    stopped: bool,
}

#[derive(Debug)]
struct Task {
    now: mpsc::Sender<()>,
    abort: AbortHandle,
}

impl Pollers {
    /// Begins to watch every source of every account of the session, one
    /// task each, and sends what is seen to `sent`. `paces` replace
    /// [`What::pace`] by the look's name, such as `backup/points`. An account
    /// whose digits are not known is asked for them first. Call it inside a
    /// runtime.
    pub fn start(
        session: Arc<Session>,
        paces: BTreeMap<String, Duration>,
        sent: UnboundedSender<Observation>,
    ) -> Self {
        let pollers = Pollers {
            shared: Arc::new(Shared {
                sent,
                pace: watch::Sender::new(Pace::Normal),
                paces,
                runtime: Handle::current(),
                watched: Mutex::default(),
                session,
            }),
        };
        for spec in &pollers.shared.session.spec().accounts {
            if pollers.shared.session.is_identified(spec) {
                pollers.shared.watch_account(spec);
            } else {
                let shared = Arc::clone(&pollers.shared);
                let task = identify(shared, spec.clone());
                let task = pollers.shared.runtime.spawn(task);
                let mut watched = pollers.shared.watched();
                watched.identifying.push(task.abort_handle());
            }
        }
        pollers
    }

    /// Watches one more source, with a look of its own: names and URLs of
    /// the world beside AWS.
    pub fn watch(&self, source: Source, pace: Duration, look: LookFn) {
        self.shared.watch(source, pace, look);
    }

    /// Every source that is watched.
    pub fn sources(&self) -> Vec<Source> {
        self.shared.watched().tasks.keys().cloned().collect()
    }

    /// Looks at a source as soon as may be: a watched one ahead of its time,
    /// another of AWS once. False if it is neither.
    pub fn look_now(&self, source: &Source) -> bool {
        if let Some(task) = self.shared.watched().tasks.get(source) {
            // A look that is already ordered serves this order, too.
            let _ = task.now.try_send(());
            return true;
        }
        if !matches!(source, Source::Aws { .. }) {
            return false;
        }
        let shared = Arc::clone(&self.shared);
        let source = source.clone();
        self.shared.runtime.spawn(async move {
            let seen = look_once(&shared.session, &source).await;
            let _ = shared.sent.send(seen);
        });
        true
    }

    /// Looks at every watched source ahead of its time, and at all of it: a
    /// person waits for what is true now.
    pub fn look_all(&self) {
        self.shared.session.press(PRESSED);
        self.shared.session.sweeps().forget();
        for task in self.shared.watched().tasks.values() {
            let _ = task.now.try_send(());
        }
    }

    /// Looks faster, or at the normal pace again.
    pub fn pace(&self, pace: Pace) {
        self.shared.pace.send_replace(pace);
    }

    /// Stops all looks where they are, without waiting for any.
    pub fn stop(&self) {
        let mut watched = self.shared.watched();
        watched.stopped = true;
        for task in watched.identifying.drain(..) {
            task.abort();
        }
        for task in watched.tasks.values() {
            task.abort.abort();
        }
        watched.tasks.clear();
    }
}

impl Drop for Pollers {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch_account(self: &Arc<Self>, spec: &AccountSpec) {
        let account = self.session.account_of(spec);
        for source in sources(&account, self.session.regions()) {
            let Source::Aws { what, .. } = &source else { continue };
            let pace = self.paces.get(what.name()).copied();
            let pace = pace.unwrap_or_else(|| unsigned(what.pace()));
            let look = aws_look(Arc::clone(&self.session), source.clone());
            self.watch(source, pace, look);
        }
    }

    fn watch(self: &Arc<Self>, source: Source, pace: Duration, look: LookFn) {
        let mut watched = self.watched();
        if watched.stopped {
            return;
        }
        let slots = watched
            .slots
            .entry(neighbours(&source, pace > SELDOM))
            .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE)));
        let (now, ordered) = mpsc::channel(1);
        let mut hasher = DefaultHasher::new();
        source.hash(&mut hasher);
        let round = Round {
            look,
            slots: Arc::clone(slots),
            ordered,
            normal: pace,
            pace: self.pace.subscribe(),
            sent: self.sent.clone(),
            streak: Streak::default(),
            dice: Dice::new(hasher.finish()),
        };
        let abort = self.runtime.spawn(round.go()).abort_handle();
        if let Some(old) = watched.tasks.insert(source, Task { now, abort }) {
            old.abort.abort();
        }
    }
}

/// One source going round: look, report, wait.
struct Round {
    look: LookFn,
    slots: Arc<Semaphore>,
    ordered: mpsc::Receiver<()>,
    normal: Duration,
    pace: watch::Receiver<Pace>,
    sent: UnboundedSender<Observation>,
    streak: Streak,
    dice: Dice,
}

impl Round {
    async fn go(mut self) {
        loop {
            // An order that came before the look begins is served by it.
            if self.ordered.try_recv() == Err(TryRecvError::Disconnected) {
                return;
            }
            let begun = Instant::now();
            let slot = self.slots.acquire().await;
            let seen = (self.look)().await;
            drop(slot);
            let failed = seen.found.as_ref().err().map(|f| f.kind.clone());
            if self.sent.send(seen).is_err() {
                return;
            }
            self.streak.take_in(failed.as_ref());
            let roll = self.dice.roll();
            if !self.rest(begun, failed.as_ref(), roll).await {
                return;
            }
        }
    }

    /// Waits until it is time for the next look, one is ordered, or the pace
    /// changes. What took longer than its pace is not caught up with. False
    /// if nobody can order any more.
    async fn rest(
        &mut self,
        begun: Instant,
        failed: Option<&FailureKind>,
        roll: f64,
    ) -> bool {
        loop {
            let pace = self.pace.borrow_and_update().of(self.normal);
            let wait = self.streak.wait(failed, pace, roll);
            let ended = Instant::now();
            let due = (begun + wait).max(ended + FASTEST / 4);
            select! {
                () = sleep_until(due) => return true,
                order = self.ordered.recv() => return order.is_some(),
                changed = self.pace.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                }
            }
        }
    }
}

/// Sources that share slots: those of one service in one Region of one
/// account, and of them what is seldom looked at by itself: its many calls
/// take long by the budget, and what decides must not wait for them. Each
/// name and URL beside AWS is alone.
fn neighbours(source: &Source, is_seldom: bool) -> String {
    match source {
        Source::Aws { account, region, what } => {
            let service = what.name().split('/').next().unwrap_or_default();
            let seldom = if is_seldom { "/seldom" } else { "" };
            format!("{account}/{region}/{service}{seldom}")
        }
        Source::Http { .. }
        | Source::Dns { .. }
        | Source::Program { .. }
        | Source::Command { .. } => source.to_string(),
    }
}

fn unsigned(pace: SignedDuration) -> Duration {
    Duration::try_from(pace).unwrap_or(FASTEST)
}

/// The look at a watched source: its clients are kept from look to look, and
/// made anew when the credentials had run out.
fn aws_look(session: Arc<Session>, source: Source) -> LookFn {
    let kept: Arc<AsyncMutex<Option<Arc<Reader>>>> = Arc::default();
    Arc::new(move || {
        let session = Arc::clone(&session);
        let source = source.clone();
        let kept = Arc::clone(&kept);
        Box::pin(async move {
            let begun = session.now();
            let mut kept = kept.lock().await;
            let reader = match kept.take() {
                Some(reader) => Ok(reader),
                None => made(&session, &source).await,
            };
            let seen = match reader {
                Ok(reader) => {
                    let seen = looked(&reader, &source).await;
                    *kept = Some(reader);
                    seen
                }
                Err(failure) => Err(failure),
            };
            if is_expired(&seen) {
                *kept = None;
                forget(&session, &source).await;
            }
            observed(&session, source, begun, seen)
        })
    })
}

/// Looks at one source of AWS once, with clients of its own.
pub async fn look_once(
    session: &Arc<Session>,
    source: &Source,
) -> Observation {
    let begun = session.now();
    let seen = match made(session, source).await {
        Ok(reader) => looked(&reader, source).await,
        Err(failure) => Err(failure),
    };
    if is_expired(&seen) {
        forget(session, source).await;
    }
    observed(session, source.clone(), begun, seen)
}

async fn made(
    session: &Arc<Session>,
    source: &Source,
) -> Result<Arc<Reader>, Failure> {
    let budget = match source {
        Source::Aws { what, .. } => service(what).map(|row| row.budget),
        Source::Http { .. }
        | Source::Dns { .. }
        | Source::Program { .. }
        | Source::Command { .. } => None,
    };
    let budget = budget.ok_or_else(|| not_of_aws(source))?;
    session.reader(source, budget).await.map(Arc::new)
}

async fn looked(reader: &Reader, source: &Source) -> Look {
    let Source::Aws { what, .. } = source else {
        return Err(not_of_aws(source));
    };
    let row = service(what).ok_or_else(|| not_of_aws(source))?;
    match timeout(LONGEST, (row.look)(reader, what)).await {
        Ok(seen) => seen,
        Err(_) => Err(Failure::new(
            format!("look at {source}"),
            FailureKind::TimedOut,
        )
        .because(format!("not done after {} s", LONGEST.as_secs()))),
    }
}

fn not_of_aws(source: &Source) -> Failure {
    Failure::new(format!("look at {source}"), FailureKind::Other)
        .because("AWS is not asked for this")
}

fn is_expired(seen: &Look) -> bool {
    matches!(seen, Err(failure) if failure.kind == FailureKind::Expired)
}

async fn forget(session: &Session, source: &Source) {
    if let Some(account) = source.account() {
        session.forget(account).await;
    }
}

fn observed(
    session: &Session,
    source: Source,
    begun: Timestamp,
    seen: Look,
) -> Observation {
    let (found, partial) = match seen {
        Ok(Seen { found, partial }) => (Ok(found), partial),
        Err(failure) => (Err(failure), None),
    };
    Observation { source, begun, at: session.now(), found, partial }
}

/// Asks which account a name of the config is, until it is told, and then
/// watches it. What fails is reported under the name.
async fn identify(shared: Arc<Shared>, spec: AccountSpec) {
    let account = shared.session.account_of(&spec);
    let Some(region) = shared.session.regions().first().cloned() else {
        return;
    };
    let source = Source::aws(&account, &region, What::Identity);
    let mut streak = Streak::default();
    let mut dice = Dice::new(7);
    loop {
        let mut seen = look_once(&shared.session, &source).await;
        if let Ok(Found::Identity(identity)) = &seen.found {
            shared.session.identify(&spec.name, identity.account.clone());
            let id = shared.session.account_of(&spec);
            seen.source = Source::aws(&id, &region, What::Identity);
            // Who hears of it can ask at once what is watched now.
            shared.watch_account(&spec);
            let _ = shared.sent.send(seen);
            return;
        }
        let failed = seen.found.as_ref().err().map(|f| f.kind.clone());
        if shared.sent.send(seen).is_err() {
            return;
        }
        streak.take_in(failed.as_ref());
        let pace = Duration::from_secs(15);
        let wait = streak.wait(failed.as_ref(), pace, dice.roll());
        sleep(wait.max(FASTEST)).await;
    }
}
