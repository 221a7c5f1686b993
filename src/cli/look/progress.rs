//! How far a look has come, told on a terminal while it lasts.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::time::Duration;

use tokio::select;
use tokio::time::{Instant, interval};

/// How often it is told anew.
const EVERY: Duration = Duration::from_secs(1);
/// What is cleared of the line at its end.
const CELLS: usize = 79;

/// One full look: how long it may take, and how much of it is back.
#[derive(Debug)]
pub(super) struct Progress {
    limit: Duration,
    begun: Instant,
    is_told: bool,
    asked: Cell<usize>,
    back: Cell<usize>,
}

impl Progress {
    /// A look that begins now. It is told on the standard error if that is
    /// a terminal, and nowhere else.
    pub(super) fn new(limit: Duration) -> Self {
        Progress {
            limit,
            begun: Instant::now(),
            is_told: io::stderr().is_terminal(),
            asked: Cell::new(0),
            back: Cell::new(0),
        }
    }

    /// When the look ends, whatever is not back.
    pub(super) fn deadline(&self) -> Instant {
        self.begun + self.limit
    }

    /// Why something was not seen when the time was over.
    pub(super) fn too_late(&self) -> String {
        let limit = self.limit.as_secs();
        format!("no answer within {limit} s; --timeout gives it longer")
    }

    /// So many sources are asked.
    pub(super) fn asks(&self, sources: usize) {
        self.asked.set(sources);
    }

    /// One of them is back, well or not.
    pub(super) fn is_back(&self) {
        self.back.set(self.back.get() + 1);
    }

    /// Does the work, telling every second how far it has come.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut second = interval(EVERY);
        let done = loop {
            select! {
                biased;
                done = &mut work => break done,
                _ = second.tick() => self.tell(&self.line()),
            }
        };
        self.tell(&" ".repeat(CELLS));
        self.tell("");
        done
    }

    fn line(&self) -> String {
        let (passed, limit) =
            (self.begun.elapsed().as_secs(), self.limit.as_secs());
        let (back, asked) = (self.back.get(), self.asked.get());
        let text = match asked {
            0 => "asking who we are".to_owned(),
            _ => format!("{back} of {asked} sources are back"),
        };
        format!("{text}, {passed} s of at most {limit} s")
    }

    /// Writes over the line. Nobody reading it is no failure.
    fn tell(&self, text: &str) {
        if self.is_told {
            let mut out = io::stderr().lock();
            let _ = write!(out, "\r{text}").and_then(|()| out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_look_says_how_much_is_back_and_for_how_long_it_goes_on() {
        let progress = Progress::new(Duration::from_secs(15));
        assert_eq!(progress.line(), "asking who we are, 0 s of at most 15 s");
        advance(Duration::from_secs(3)).await;
        progress.asks(98);
        progress.is_back();
        assert_eq!(
            progress.line(),
            "1 of 98 sources are back, 3 s of at most 15 s"
        );
        let left = progress.deadline() - Instant::now();
        assert_eq!(left, Duration::from_secs(12));
    }
}
