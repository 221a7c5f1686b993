//! The loop: terminal in, effects out.

pub mod company;
pub mod hands;
pub mod keys;
pub mod plain;
pub mod shared;
pub mod simulated;
pub mod terminal;
pub mod unattended;
pub mod wiring;
mod works;

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyEventKind};
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use crate::app::{Model, frame};
use crate::aws::record::Object;
use crate::event::{Effect, Event};
use crate::keymap::Chord;
use hands::Hands;
use keys::Typed;
use works::Works;

/// The shortest time between two frames: at most 30 a second.
const FRAME: Duration = Duration::from_millis(33);

/// From one frame to the next at the least, where nobody pressed a key:
/// answers of AWS come by the hundred.
const CALM: Duration = Duration::from_millis(100);

/// Tells the time: the system's, or a simulated one.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The running console: the model, the hands, and what it is drawn on.
pub struct Console<B: Backend> {
    /// All the program knows.
    pub model: Model,
    /// What the console is drawn on.
    pub terminal: Terminal<B>,
    works: Works,
    drawn: Option<Instant>,
    /// When the next frame is due, if anything came since the last one.
    due: Option<Instant>,
}

impl<B> Console<B>
where
    B: Backend,
    B::Error: Error + Send + Sync + 'static,
{
    /// A console that has not yet drawn anything.
    pub fn new(
        model: Model,
        hands: Hands,
        terminal: Terminal<B>,
        events: UnboundedReceiver<Event>,
        clock: Clock,
    ) -> Self {
        Console {
            model,
            terminal,
            works: Works::new(hands, events, clock),
            drawn: None,
            due: Some(Instant::now()),
        }
    }

    /// Runs until the person or the system ends it.
    pub async fn run<S, T>(&mut self, input: &mut S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<T>> + Unpin,
        T: Into<Typed>,
    {
        // What a saved estate tells is worked out before it is first shown.
        self.take(Event::Tick);
        self.draw()?;
        while !self.works.ended {
            self.turn(input).await?;
        }
        Ok(())
    }

    /// Lets everything go; waits shortly for the journal's last writes.
    pub fn finish(self) {
        self.works.hands.finish();
    }

    /// Opens the estate that a team shares, beside everything else: no
    /// frame and no key waits for it.
    pub fn open_shared(&self, name: &str, object: Object) {
        self.works.open_shared(&self.model, name, object);
    }

    /// Ends the program for a reason from outside, such as a signal.
    pub fn end(&mut self, why: &'static str) {
        self.take(Event::Ending(why));
    }

    /// Whether the program has ended.
    pub fn has_ended(&self) -> bool {
        self.works.ended
    }

    /// Waits for the next thing that happens, takes in what else has
    /// happened, and draws if it is time to.
    pub async fn turn<S, T>(&mut self, input: &mut S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<T>> + Unpin,
        T: Into<Typed>,
    {
        tokio::select! {
            biased;
            next = input.next() => match next {
                Some(Ok(next)) => self.input(next.into()),
                // Without a terminal there is nobody to show anything to.
                Some(Err(_)) | None => {
                    self.take(Event::Ending("the terminal is gone"));
                }
            },
            events = self.works.next() => self.take_all(events),
            () = sleep_until(self.due.unwrap_or_else(Instant::now)),
                if self.due.is_some() => {}
        }
        let waiting = self.works.waiting();
        self.take_all(waiting);
        if self.due.is_some_and(|due| due <= Instant::now()) {
            self.draw()?;
        }
        Ok(())
    }

    /// Draws the console as it is now.
    pub fn draw(&mut self) -> io::Result<()> {
        let now = self.works.now();
        let model = &self.model;
        self.terminal
            .draw(|frame| frame::draw(frame, model, now))
            .map_err(io::Error::other)?;
        self.drawn = Some(Instant::now());
        self.due = None;
        Ok(())
    }

    fn take_all(&mut self, events: Vec<Event>) {
        for event in events {
            self.take(event);
        }
    }

    fn input(&mut self, Typed { input, at }: Typed) {
        let now = at.unwrap_or_else(|| self.works.now());
        match input {
            // Only presses: some terminals tell of releases too, and a
            // second `s` must not come from lifting a finger.
            Input::Key(key) if key.kind == KeyEventKind::Press => {
                self.take(Event::Key(Chord::from(key), now));
            }
            Input::Key(key) if key.kind == KeyEventKind::Repeat => {
                self.take(Event::Key(Chord::from(key), now));
            }
            Input::Paste(text) => self.take(Event::Paste(text)),
            Input::Resize(columns, rows) => {
                self.take(Event::Resized(columns, rows));
            }
            Input::Key(_)
            | Input::Mouse(_)
            | Input::FocusGained
            | Input::FocusLost => {}
        }
    }

    fn take(&mut self, event: Event) {
        let pace = match &event {
            Event::Key(..) | Event::Paste(_) | Event::Resized(..) => FRAME,
            _ => CALM,
        };
        let at = self.drawn.map_or_else(Instant::now, |drawn| drawn + pace);
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
        for effect in self.works.update(&mut self.model, event) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.works.ended = true,
            Effect::Redraw => self.draw_anew(),
            Effect::Suspend => {
                self.works.hands.carry_out(Effect::Suspend);
                self.draw_anew();
            }
            other => self.works.hands.carry_out(other),
        }
    }

    /// The program goes on after it was stopped, with the terminal as the
    /// shell left it: it is taken again, and everything is drawn.
    pub fn go_on(&mut self) {
        self.works.hands.take_terminal();
        self.draw_anew();
    }

    /// Forgets what stands on the terminal, so that the next frame is drawn
    /// whole. `Terminal::clear` would ask where the cursor is, and the thread
    /// that reads keys would take the answer.
    fn draw_anew(&mut self) {
        // A terminal that cannot be cleared will say so when drawn.
        let _ = self.terminal.backend_mut().clear();
        self.terminal.swap_buffers();
        self.due = Some(Instant::now());
    }
}

/// Where tasks put what happened.
pub type Events = UnboundedSender<Event>;
