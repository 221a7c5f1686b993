//! The loop without a screen: lines in, lines out.
//!
//! Standard input is read by a thread of its own, a line at a time, and
//! nothing in the loop waits for the network. What is printed holds no
//! escape sequence: every line went through the program's own cleaning.

use std::io::{self, BufRead, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel};
use tokio::time::{Instant, sleep_until};

use super::Clock;
use super::hands::Hands;
use super::works::Works;
use crate::app::Model;
use crate::app::plain::{Talk, broken};
use crate::aws::record::Object;
use crate::event::{Effect, Event, Spoken};

/// The longest line that is taken, in bytes; the rest of a longer one is
/// read and dropped.
pub const LONGEST: usize = 1_000;

/// How often a prompt that is about to be shown is looked at.
const GLANCE: Duration = Duration::from_millis(100);

/// The widest line of a command, before the backslash behind it.
const COMMAND: usize = 78;

/// From one print to the next at the least, where nobody typed: answers of
/// AWS come by the hundred.
const CALM: Duration = Duration::from_millis(100);

/// An answer of the journal that has not come by then is not waited for
/// before the next question.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A line, without its end.
    Line(String),
    /// A line longer than [`LONGEST`].
    TooLong,
}

/// The running console without a screen.
pub struct PlainConsole<W: Write> {
    /// All the program knows.
    pub model: Model,
    /// Where lines go.
    pub out: W,
    talk: Talk,
    works: Works,
    by_hand: bool,
    /// Whether the cursor stands behind a question.
    on_question: bool,
    /// How many facts are on their way to the journal, or calls to AWS, and
    /// since when.
    under_way: (usize, Instant),
    /// When something was printed last, or there was nothing to print, and
    /// whether something happened since.
    printed: (Instant, bool),
}

impl<W: Write> PlainConsole<W> {
    /// A console that has not yet said anything. `by_hand` tells that a
    /// person types at a terminal.
    pub fn new(
        mut model: Model,
        hands: Hands,
        out: W,
        by_hand: bool,
        events: UnboundedReceiver<Event>,
        clock: Clock,
    ) -> Self {
        model.plain = true;
        PlainConsole {
            model,
            out,
            talk: Talk::new(by_hand),
            works: Works::new(hands, events, clock),
            by_hand,
            on_question: false,
            under_way: (0, Instant::now()),
            printed: (Instant::now(), true),
        }
    }

    /// Lets everything go; waits shortly for the journal's last writes.
    pub fn finish(self) {
        self.works.hands.finish();
    }

    /// Opens the estate that a team shares, beside everything else.
    pub fn open_shared(&self, name: &str, object: Object) {
        self.works.open_shared(&self.model, name, object);
    }

    /// Ends the program for a reason from outside, such as a signal.
    pub fn end(&mut self, why: &'static str) {
        self.take(Event::Ending(why));
    }

    /// Ctrl-c was pressed.
    pub fn interrupt(&mut self) -> io::Result<()> {
        self.on_question = false;
        self.take(Event::Spoken(Spoken::Interrupt));
        self.print()
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        self.works.ended
    }

    /// Waits for the next thing that happens, takes in what else has
    /// happened, and prints what there is to say.
    pub async fn turn<S>(&mut self, input: &mut S) -> io::Result<()>
    where
        S: Stream<Item = Heard> + Unpin,
    {
        let now = self.works.now();
        let soon = self.talk.is_restless(now)
            || self.under_way.0 > 0
            || self.printed.1;
        let glance = Instant::now() + GLANCE;
        tokio::select! {
            biased;
            next = input.next(), if self.talk.hears(now) => match next {
                Some(heard) => self.hear(heard),
                None => self.take(Event::Ending("the end of the input")),
            },
            events = self.works.next() => self.take_all(events),
            () = sleep_until(glance), if soon => {}
        }
        let waiting = self.works.waiting();
        self.take_all(waiting);
        self.printed.1 = true;
        if self.works.ended || self.printed.0.elapsed() >= CALM {
            self.print()?;
        }
        Ok(())
    }

    fn hear(&mut self, heard: Heard) {
        // At a terminal the line that was typed ended with a line break.
        self.on_question = false;
        let now = self.works.now();
        let spoken = match heard {
            Heard::Line(line) => self.talk.answer(&line, now),
            Heard::TooLong => {
                self.talk.answer("", now);
                Spoken::Refused(format!(
                    "a line of more than {LONGEST} bytes is not taken"
                ))
            }
        };
        self.take(Event::Spoken(spoken));
    }

    fn take_all(&mut self, events: Vec<Event>) {
        for event in events {
            self.take(event);
        }
    }

    fn settled(&self) -> bool {
        let (count, since) = self.under_way;
        count == 0 || since.elapsed() >= PATIENCE
    }

    fn take(&mut self, event: Event) {
        self.count(&event);
        for effect in self.works.update(&mut self.model, event) {
            self.carry_out(effect);
        }
    }

    /// One of those that were under way has come back.
    fn count(&mut self, event: &Event) {
        let is_back = matches!(
            event,
            Event::Opened { .. }
                | Event::Recorded(_)
                | Event::IntentRecorded(..)
                | Event::NotRecorded { .. }
                | Event::Answered { .. }
                | Event::Exported { .. }
        );
        self.under_way.0 = self.under_way.0.saturating_sub(is_back.into());
    }

    fn carry_out(&mut self, effect: Effect) {
        let more = match &effect {
            Effect::Open(facts) => facts.len(),
            Effect::Record(_)
            | Effect::RecordIntent(_)
            | Effect::Export(_)
            | Effect::Perform(_) => 1,
            _ => 0,
        };
        if more > 0 {
            self.under_way = (self.under_way.0 + more, Instant::now());
        }
        match effect {
            Effect::Quit => self.works.ended = true,
            // There is no clipboard here: it is printed, to be copied.
            Effect::Copy(text) => {
                let lines: Vec<String> =
                    text.lines().flat_map(command).collect();
                // A terminal that is gone is noticed by the next line.
                let _ = self.lines(&lines);
            }
            Effect::Redraw | Effect::Ring | Effect::Suspend => {}
            other => self.works.hands.carry_out(other),
        }
    }

    /// Prints what there is to say now.
    fn print(&mut self) -> io::Result<()> {
        self.printed = (Instant::now(), false);
        loop {
            let now = self.works.now();
            let said = self.talk.turn(&self.model, now, self.settled());
            self.lines(&said.lines)?;
            if let Some(question) = &said.question {
                self.question(question)?;
            }
            if !said.shown {
                return Ok(());
            }
            self.take(Event::Spoken(Spoken::Shown));
        }
    }

    fn lines(&mut self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        if self.on_question {
            writeln!(self.out)?;
            self.on_question = false;
        }
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()
    }

    fn question(&mut self, question: &str) -> io::Result<()> {
        if self.on_question {
            writeln!(self.out)?;
        }
        if self.by_hand {
            write!(self.out, "{question}")?;
        } else {
            writeln!(self.out, "{}", question.trim_end())?;
        }
        self.on_question = self.by_hand;
        self.out.flush()
    }
}

/// A command over several lines, as a shell reads it.
fn command(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it begins with a line");
        let used = line.chars().count() + word.chars().count() + 1;
        if line.is_empty() || used <= COMMAND {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            line.push_str(" \\");
            lines.push(word.to_owned());
        }
    }
    // A word that is wider than the terminal is broken all the same.
    lines.iter().flat_map(|line| broken(line)).collect()
}

/// Standard input, line by line, read by a thread. The next line is read
/// once the one before was taken.
pub fn stdin() -> Lines {
    let (tell, told) = channel(1);
    let reader = thread::Builder::new().name("stdin".into());
    let started = reader.spawn(move || {
        let mut input = io::stdin().lock();
        read(&mut input, &tell);
    });
    if let Err(error) = started {
        tracing::error!(%error, "standard input cannot be read");
    }
    Lines(told)
}

/// Gives line after line until the input or the reader of them ends.
fn read(input: &mut impl BufRead, tell: &Sender<Heard>) {
    while let Ok(Some(heard)) = next_line(input) {
        if tell.blocking_send(heard).is_err() {
            return;
        }
    }
}

/// The next line; nothing at the end. A last line without an end counts for
/// nothing: whoever typed it had not finished.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Heard>> {
    let mut line = Vec::new();
    let mut is_long = false;
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
        is_long |= line.len() + part.len() > LONGEST;
        if !is_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            break;
        }
    }
    if is_long {
        return Ok(Some(Heard::TooLong));
    }
    let text = String::from_utf8_lossy(&line);
    let text = text.trim_end_matches('\r');
    Ok(Some(Heard::Line(text.to_owned())))
}

/// Lines as they come.
#[derive(Debug)]
pub struct Lines(Receiver<Heard>);

impl Stream for Lines {
    type Item = Heard;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Heard>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &[u8]) -> Vec<Heard> {
        let mut input = text;
        let mut all = Vec::new();
        while let Some(line) = next_line(&mut input).unwrap() {
            all.push(line);
        }
        all
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_whole_and_the_next_one_counts() {
        let long = "x".repeat(LONGEST + 1);
        let text = format!("3\r\n{long}\nyes\n");
        let line = |text: &str| Heard::Line(text.to_owned());
        assert_eq!(
            heard(text.as_bytes()),
            [line("3"), Heard::TooLong, line("yes")]
        );
    }

    #[test]
    fn what_was_begun_when_the_input_ended_is_no_answer() {
        assert_eq!(heard(b"3\nye"), [Heard::Line("3".into())]);
    }

    #[test]
    fn a_command_goes_on_behind_a_backslash() {
        let long = format!("aws rds {}", "--option value ".repeat(12));
        let lines = command(&long);
        assert!(lines.len() > 1, "{lines:?}");
        let (last, rest) = lines.split_last().unwrap();
        assert!(rest.iter().all(|line| line.ends_with(" \\")), "{lines:?}");
        assert!(!last.ends_with('\\'), "{lines:?}");
    }
}
