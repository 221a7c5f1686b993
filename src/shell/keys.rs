//! What the terminal sends, read by threads of its own.
//!
//! Once a terminal is gone, crossterm reads its end of file over and over
//! and never comes back: it must not be asked by the loop. One thread reads,
//! another waits for nothing but the end of the terminal and tells it.

use std::io::{self, stdin};
use std::thread::Builder;

use crossterm::event::{Event as Input, read};
use futures_util::Stream;
use futures_util::stream::poll_fn;
use jiff::Timestamp;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::Clock;

/// A key, a paste or a new size.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What it is.
    pub input: Input,
    /// When it was read: a busy loop takes later what a person typed with
    /// pauses, and would hold it for a paste.
    pub at: Option<Timestamp>,
}

impl From<Input> for Typed {
    fn from(input: Input) -> Self {
        Typed { input, at: None }
    }
}

/// Begins to read standard input, which must be the terminal. Both threads
/// live as long as the process.
pub fn typed(
    clock: Clock,
) -> io::Result<impl Stream<Item = io::Result<Typed>> + Unpin> {
    let (sent, mut keys) = unbounded_channel();
    let gone = sent.clone();
    Builder::new()
        .name("keys".into())
        .spawn(move || read_on(&sent, &clock))?;
    Builder::new().name("hang-up".into()).spawn(move || {
        // It does not matter to anybody if the loop has ended before.
        let _ = gone.send(Err(hung_up()));
    })?;
    Ok(poll_fn(move |context| keys.poll_recv(context)))
}

fn read_on(sent: &UnboundedSender<io::Result<Typed>>, clock: &Clock) {
    loop {
        let typed = read();
        let typed = typed.map(|input| Typed { input, at: Some(clock()) });
        let failed = typed.is_err();
        if sent.send(typed).is_err() || failed {
            return;
        }
    }
}

/// Comes back when the terminal has hung up, and says so.
fn hung_up() -> io::Error {
    let input = stdin();
    loop {
        // Without any flag only an error or the end of it wakes.
        let mut watched = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut watched, None) {
            Err(Errno::INTR) => {}
            Err(error) => return error.into(),
            Ok(_) => return io::ErrorKind::BrokenPipe.into(),
        }
    }
}
