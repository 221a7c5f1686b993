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
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// A key, a paste or a new size, or that there will be no more of them.
type Typed = io::Result<Input>;

/// Begins to read standard input, which must be the terminal. Both threads
/// live as long as the process.
pub fn typed() -> io::Result<impl Stream<Item = Typed> + Unpin> {
    let (sent, mut keys) = unbounded_channel();
    let gone = sent.clone();
    Builder::new().name("keys".into()).spawn(move || read_on(&sent))?;
    Builder::new().name("hang-up".into()).spawn(move || {
        // It does not matter to anybody if the loop has ended before.
        let _ = gone.send(Err(hung_up()));
    })?;
    Ok(poll_fn(move |context| keys.poll_recv(context)))
}

fn read_on(sent: &UnboundedSender<Typed>) {
    loop {
        let typed = read();
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
