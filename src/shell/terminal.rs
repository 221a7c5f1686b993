//! The terminal: taken for the console, and given back as it was.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::panic;
use std::process::{self, Command};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Bytes gathered before one write: a whole frame of a large terminal, so
/// that it arrives whole over a slow line.
const FRAME_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours now; the panic hook and the signal path ask.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What the console draws on.
pub type Screen = Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// Whether there is a person at both ends.
pub fn present() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Takes the terminal: raw mode, alternate screen, bracketed paste. From now
/// on a panic gives it back before it prints.
pub fn take() -> io::Result<Screen> {
    install_panic_hook();
    enter()?;
    Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
        FRAME_BYTES,
        io::stdout(),
    )))
}

/// Stops the program until the shell lets it go on.
pub(super) fn suspend() {
    give_back();
    let pid = process::id().to_string();
    let _ = Command::new("kill").args(["-TSTP", &pid]).status();
    retake();
}

/// Takes the terminal again, after the program was stopped.
pub(super) fn retake() {
    if let Err(error) = enter() {
        tracing::warn!(%error, "the terminal did not come back");
    }
}

/// Enters raw mode and the alternate screen, also after a suspension.
pub fn enter() -> io::Result<()> {
    // Raw mode would be held for set, and the shell may have ended it.
    disable_raw_mode()?;
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    // A console that was killed leaves its picture, or a shell's lines over
    // it, in the alternate screen.
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        Clear(ClearType::All),
        EnableBracketedPaste
    )
}

/// Gives the terminal back as it was. Safe to call more than once, and when
/// the terminal is gone.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Nothing can be done about a terminal that does not take these.
    let _ = execute!(
        io::stdout(),
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

/// Puts our hook in front of the one that prints, so that the message lands
/// on the person's own screen.
fn install_panic_hook() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back();
        tracing::error!(panic = %info, "the console panicked");
        print(info);
    }));
}
