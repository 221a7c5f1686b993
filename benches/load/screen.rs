//! A terminal of 160x48 that counts the bytes written to it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use lifeboat::app::{Model, frame};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

/// The terminal.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Counter>>,
    written: Arc<AtomicUsize>,
}

struct Counter(Arc<AtomicUsize>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let written = Arc::default();
        let backend = CrosstermBackend::new(Counter(Arc::clone(&written)));
        let area = Rect::new(0, 0, 160, 48);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let terminal = Terminal::with_options(backend, options)
            .expect("nothing is asked of a terminal");
        Screen { terminal, written }
    }

    /// Draws the console; gives the bytes that went to the terminal.
    pub(crate) fn draw(&mut self, model: &Model, now: Timestamp) -> usize {
        let before = self.written.load(Ordering::Relaxed);
        self.terminal
            .draw(|frame| frame::draw(frame, model, now))
            .expect("a counter takes everything");
        self.written.load(Ordering::Relaxed) - before
    }
}
