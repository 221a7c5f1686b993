//! Consoles at a terminal of their own that are used and ended by chance,
//! and what each leaves of its terminal.

#![expect(unreachable_pub, reason = "a part of one test binary")]

use std::time::Duration;

use tempfile::TempDir;

use crate::chance::Chance;
use crate::lives::{Tally, Told};
use crate::seat::Seat;

/// Keys that open, close and move, and are no start of a change.
const KEYS: [&str; 14] =
    ["1", "2", "3", "4", "5", "6", "8", "?", ":", "/", "z", "j", "\t", "\x1b"];

/// How a console ends.
#[derive(Clone, Copy)]
enum End {
    Keys,
    Signal(&'static str),
}

/// Runs a seed: a console that is used for a while, and ends. Where it is
/// killed it ends without a word, as one would that does not give the
/// terminal back.
pub fn run(seed: u64, is_killed: bool) -> Result<Tally, String> {
    let _told = Told(seed, "runs_at_a_terminal");
    let mut chance = Chance::new(seed ^ 0x7e41);
    let home = TempDir::new().expect("a place for its files");
    let size = *chance.pick(&[(24, 80), (10, 40), (48, 160)]);
    let mut seat = Seat::new(home.path(), size, &[], &["demo"]);
    seat.until("taken", |seat| seat.screen().alternate_screen());
    if chance.percent(75) {
        seat.until("drawn", |seat| !seat.text().trim().is_empty());
        for _ in 0..chance.within(0, 6) {
            seat.press(chance.pick(&KEYS).as_bytes());
            seat.pause(Duration::from_millis(chance.within(20, 120)));
        }
        if chance.percent(30) {
            seat.resize(30, 100);
        }
    }
    let ways = [End::Keys, End::Signal("TERM"), End::Signal("HUP"), End::Keys];
    let way =
        if is_killed { End::Signal("KILL") } else { *chance.pick(&ways) };
    let ended = match way {
        End::Keys => {
            seat.until("heard", |seat| seat.text().contains("? help"));
            seat.press(b"\x03\x03");
            "ended by keys"
        }
        End::Signal(name) => {
            seat.signal(name);
            "ended by a signal"
        }
    };
    seat.end();
    given_back(&seat).map_err(|what| {
        let alone = Told::alone(seed, "runs_at_a_terminal");
        format!("I6: left at the terminal: {what}\n{alone}")
    })?;
    let counts = [("runs", 1), (ended, 1)].into();
    Ok(Tally { counts, ..Tally::default() })
}

/// What of the terminal is not as it was before the program.
fn given_back(seat: &Seat) -> Result<(), String> {
    let screen = seat.screen();
    for (is_left, what) in [
        (screen.alternate_screen(), "the alternate screen"),
        (screen.hide_cursor(), "a hidden cursor"),
        (screen.bracketed_paste(), "bracketed paste"),
    ] {
        if is_left {
            return Err(what.to_owned());
        }
    }
    let (before, after) = (Seat::untouched(), seat.line());
    let same = before == after;
    same.then_some(()).ok_or(format!("{after}, and it was {before}"))
}
