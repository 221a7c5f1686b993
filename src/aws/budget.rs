//! When AWS may be asked next: turns, spread over the second, for each
//! account, Region and service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, sleep_until};

use crate::rates::Budgets;

/// The turns of a session. All looks of one service in one Region of one
/// account share theirs, so that together they stay within the budget.
/// Turns come one by one and never in a burst: no second sees more than the
/// budget, rounded up.
#[derive(Debug)]
pub(super) struct Turns {
    budgets: Budgets,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    gates: BTreeMap<(String, String), Gate>,
    /// Until when a person waits for answers.
    pressed: Option<Instant>,
}

/// When the next turn of a bucket is. Who holds it has the next turn; the
/// others wait in the order in which they came.
type Gate = Arc<AsyncMutex<Instant>>;

impl Turns {
    pub(super) fn new(budgets: Budgets) -> Self {
        Turns { budgets, state: Mutex::default() }
    }

    /// A person waits for what is asked in this time.
    pub(super) fn press(&self, time: Duration) {
        self.with(|state| state.pressed = Some(Instant::now() + time));
    }

    /// Waits for the turn of one request at a place, such as
    /// `111122223333/eu-west-1`. First comes the bucket of the operation:
    /// who waits there holds nobody up at the service's.
    async fn wait(&self, place: &str, service: &str, operation: &str) {
        let pressed = self.with(|state| {
            state.pressed.is_some_and(|until| Instant::now() < until)
        });
        let mut held = Vec::new();
        for (bucket, rate) in self.budgets.of(service, operation, pressed) {
            let gate = self.gate((format!("{place}/{service}"), bucket));
            let next = gate.lock_owned().await;
            sleep_until(*next).await;
            held.push((next, rate));
        }
        // From now on, and not from when the first gate was open: turns
        // that were held up at the second must not come in a bunch.
        let now = Instant::now();
        for (mut next, rate) in held {
            *next = now + Duration::from_secs_f64(1.0 / rate);
        }
    }

    fn gate(&self, key: (String, String)) -> Gate {
        self.with(|state| {
            let gate = state.gates.entry(key);
            let open = || Arc::new(AsyncMutex::new(Instant::now()));
            Arc::clone(gate.or_insert_with(open))
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state =
            self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state)
    }
}

/// The turns of one source, and the requests that have theirs but were not
/// sent yet: the guard looks for them.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    turns: Arc<Turns>,
    place: String,
    granted: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Meter {
    pub(super) fn new(turns: Arc<Turns>, place: String) -> Self {
        Meter { turns, place, granted: Arc::default() }
    }

    /// Waits until an operation of a service may be asked.
    pub(super) async fn turn(&self, service: &str, operation: &str) {
        self.turns.wait(&self.place, service, operation).await;
        let mut granted =
            self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        *granted.entry(operation.to_owned()).or_default() += 1;
    }

    /// Takes a turn that was waited for. False if there is none: the look
    /// asks without regard to the budget.
    pub(super) fn take(&self, operation: &str) -> bool {
        let mut granted =
            self.granted.lock().unwrap_or_else(PoisonError::into_inner);
        match granted.get_mut(operation) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const PLACE: &str = "111122223333/eu-west-1";

    fn meter(turns: &Arc<Turns>, place: &str) -> Meter {
        Meter::new(Arc::clone(turns), place.to_owned())
    }

    /// How long so many requests of an operation take.
    async fn took(meters: &[Meter], operation: &str) -> Duration {
        let begun = Instant::now();
        let turns = meters.iter().map(|m| m.turn("backup", operation));
        join_all(turns).await;
        begun.elapsed()
    }

    /// Timers round up to the next millisecond.
    fn assert_about(took: Duration, millis: u128) {
        let took = took.as_millis();
        assert!((millis..millis + 20).contains(&took), "{took} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn turns_held_up_at_the_service_do_not_come_in_a_bunch() {
        let turns = Arc::new(Turns::new(Budgets::default()));
        let meter = meter(&turns, PLACE);
        let (asked, other) = ("DescribeProtectedResource", "ListBackupJobs");
        let lists = (0..60).map(|n| {
            let meter = meter.clone();
            async move {
                meter.turn("backup", &format!("{other}{n}")).await;
            }
        });
        let begun = Instant::now();
        let own = (0..8).map(|_| {
            let meter = meter.clone();
            async move {
                meter.turn("backup", asked).await;
                begun.elapsed()
            }
        });
        let (_, times) = tokio::join!(join_all(lists), join_all(own));
        let apart = Duration::from_millis(400);
        assert!(times.is_sorted_by(|a, b| *a + apart <= *b), "{times:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn looks_of_one_service_share_their_turns() {
        let turns = Arc::new(Turns::new(Budgets::default()));
        let two = [meter(&turns, PLACE), meter(&turns, PLACE)];
        let ten: Vec<_> = two.iter().cycle().take(11).cloned().collect();
        let took = took(&ten, "ListBackupJobs").await;
        assert_about(took, 2_000);
    }

    #[tokio::test(start_paused = true)]
    async fn another_region_and_another_operation_have_turns_of_their_own() {
        let turns = Arc::new(Turns::new(Budgets::default()));
        let here = [meter(&turns, PLACE)];
        let there = [meter(&turns, "111122223333/eu-central-1")];
        assert_eq!(took(&here, "ListBackupJobs").await, Duration::ZERO);
        assert_eq!(took(&there, "ListBackupJobs").await, Duration::ZERO);
        let other = took(&here, "ListCopyJobs").await;
        assert!(other <= Duration::from_millis(81), "{other:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_person_waits_turns_come_faster() {
        let turns = Arc::new(Turns::new(Budgets::default()));
        turns.press(Duration::from_mins(1));
        let all = vec![meter(&turns, PLACE); 13];
        let took = took(&all, "ListBackupJobs").await;
        assert_about(took, 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_is_taken_once() {
        let turns = Arc::new(Turns::new(Budgets::unlimited()));
        let meter = meter(&turns, PLACE);
        assert!(!meter.take("ListBackupJobs"));
        meter.turn("backup", "ListBackupJobs").await;
        assert!(meter.take("ListBackupJobs"));
        assert!(!meter.take("ListBackupJobs"));
    }
}
