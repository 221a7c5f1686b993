//! How times, ages, sizes and freshness read on every screen.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::estate::{Freshness, Source, What};
use crate::failure::{Failure, FailureKind};
use crate::screens::{Known, TimeMode};
use crate::ui::{Cell, Mark, Theme, Tone};

/// A length of time in at most six characters: `12s`, `4m`, `31h04m`,
/// `9d07h`. A negative one is `0s`.
pub fn span(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    if seconds < 60 {
        format!("{seconds}s")
    } else if minutes < 60 {
        format!("{minutes}m")
    } else if hours < 100 {
        format!("{hours}h{:02}m", minutes % 60)
    } else {
        format!("{}d{:02}h", hours / 24, hours % 24)
    }
}

/// A length of time to the second where that matters: `4m 12s`.
pub fn exact(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => span(time),
    }
}

/// A length of time that an objective sets, without what is zero: `1h`.
pub fn goal(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    match seconds {
        0 => "0".to_owned(),
        s if s % 86_400 == 0 && s >= 2 * 86_400 => {
            format!("{}d", s / 86_400)
        }
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 && s < 3600 => format!("{}m", s / 60),
        _ => span(time),
    }
}

/// Since `then`; nothing that lies ahead has an age.
pub fn since(then: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(then).max(SignedDuration::ZERO)
}

/// A moment as the person wants times to read: with the date in front when
/// it was not today.
pub fn moment(at: Timestamp, known: &Known<'_>) -> String {
    match known.time {
        TimeMode::Age => format!("{} ago", span(since(at, known.now))),
        TimeMode::Utc => {
            let today = date(at) == date(known.now);
            let form = if today { "%H:%M:%SZ" } else { "%m-%d %H:%MZ" };
            at.strftime(form).to_string()
        }
        TimeMode::Local => {
            let zone = &known.setting.zone;
            let there = at.to_zoned(zone.clone());
            let today =
                there.date() == known.now.to_zoned(zone.clone()).date();
            let form = if today { "%H:%M:%S" } else { "%m-%d %H:%M" };
            there.strftime(form).to_string()
        }
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A number of bytes: `413 GiB`, `9.1 TiB`.
pub fn bytes(count: i64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut rest = u64::try_from(count).unwrap_or(0);
    let mut tenth = 0;
    let mut unit = 0;
    while rest >= 1024 && unit + 1 < UNITS.len() {
        tenth = rest % 1024 * 10 / 1024;
        rest /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit > 0 && rest < 10 {
        format!("{rest}.{tenth} {name}")
    } else {
        format!("{rest} {name}")
    }
}

/// A whole number with its thousands parted: `1,204`.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of what is behind a note: `?` if there is nothing to count and
/// not all could be asked, since that is not none.
pub fn counted(n: usize, note: &Cell) -> String {
    if n == 0 && note.tone != Tone::Dim {
        return "?".to_owned();
    }
    count(n)
}

/// A sign and a word, so that the state is told without colour.
pub fn state(mark: Mark, word: &str, tone: Tone, theme: Theme) -> Cell {
    Cell::new(format!("{} {word}", theme.glyph(mark)), tone)
}

/// How fresh something is, in two or three words.
pub fn freshness(fresh: &Freshness) -> Cell {
    match fresh {
        Freshness::Live { age } => Cell::dim(format!("{} old", span(*age))),
        Freshness::Stale { age, .. } => {
            Cell::new(format!("STALE {}", span(*age)), Tone::Stale)
        }
        Freshness::Partial { age, .. } => {
            Cell::new(format!("PARTIAL {}", span(*age)), Tone::Warn)
        }
        Freshness::Never { .. } => Cell::new("? NEVER SEEN", Tone::Unknown),
    }
}

/// Why there is nothing newer, in plain words; empty if nothing is wrong.
pub fn because(fresh: &Freshness) -> String {
    match fresh {
        Freshness::Live { .. } => String::new(),
        Freshness::Stale { because: Some(failure), .. }
        | Freshness::Never { because: Some(failure) } => plainly(failure),
        Freshness::Stale { because: None, .. } => {
            "no answer has come back since".to_owned()
        }
        Freshness::Partial { because, .. } => {
            format!("the list was cut short: {because}")
        }
        Freshness::Never { because: None } => {
            "no answer has come back yet".to_owned()
        }
    }
}

/// A failure in plain words, with AWS's code where there is one.
pub fn plainly(failure: &Failure) -> String {
    let mut text = match &failure.kind {
        FailureKind::Throttled => "AWS asks for fewer calls".to_owned(),
        FailureKind::Denied { action: Some(action) } => {
            format!("denied {action}")
        }
        FailureKind::Denied { action: None } => "denied".to_owned(),
        FailureKind::NotFound => "not found".to_owned(),
        FailureKind::Conflict => "its state forbids it".to_owned(),
        FailureKind::Expired => "not signed in any more".to_owned(),
        FailureKind::Unreachable => "cannot be reached".to_owned(),
        FailureKind::TimedOut => "no answer in time".to_owned(),
        FailureKind::Faulted => "the service fails".to_owned(),
        FailureKind::Garbled => "not an AWS answer".to_owned(),
        FailureKind::Other => "failed".to_owned(),
    };
    if let Some(code) = &failure.code {
        text.push_str(" (");
        text.push_str(code);
        text.push(')');
    }
    text
}

/// The note of a pane: how fresh the worst source behind it is, and where
/// that is when it is not live. `?` when no such source was ever asked.
pub fn note(known: &Known<'_>, wanted: impl Fn(&What) -> bool) -> Cell {
    let mut worst: Option<(u8, Freshness, &Source)> = None;
    for (source, _) in known.estate.sources() {
        let Source::Aws { what, .. } = source else { continue };
        if what.is_targeted() || !wanted(what) {
            continue;
        }
        let pace = known.estate.pace(source);
        let fresh = known.estate.freshness(source, known.now, pace);
        let rank = rank(&fresh);
        let worse = worst.as_ref().is_none_or(|(known_rank, old, _)| {
            (rank, fresh.age()) > (*known_rank, old.age())
        });
        if worse {
            worst = Some((rank, fresh, source));
        }
    }
    let Some((_, fresh, source)) = worst else {
        return Cell::new("? nothing seen yet", Tone::Unknown);
    };
    let mut cell = freshness(&fresh);
    if !fresh.is_live() {
        let place = source.region().map_or("", |region| region.as_str());
        let text = format!("{place} {}", &*cell.text);
        cell = Cell::new(text, cell.tone);
    }
    cell
}

fn rank(fresh: &Freshness) -> u8 {
    match fresh {
        Freshness::Live { .. } => 0,
        Freshness::Partial { .. } => 1,
        Freshness::Stale { .. } => 2,
        Freshness::Never { .. } => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_two_units_at_most() {
        let text = |s| span(SignedDuration::from_secs(s));
        assert_eq!(text(-4), "0s");
        assert_eq!(text(59), "59s");
        assert_eq!(text(3599), "59m");
        assert_eq!(text(3600), "1h00m");
        assert_eq!(text(31 * 3600 + 4 * 60), "31h04m");
        assert_eq!(text(9 * 86_400 + 7 * 3600), "9d07h");
    }

    #[test]
    fn goals_read_as_people_say_them() {
        let text = |s| goal(SignedDuration::from_secs(s));
        assert_eq!(text(300), "5m");
        assert_eq!(text(3600), "1h");
        assert_eq!(text(24 * 3600), "24h");
        assert_eq!(text(48 * 3600), "2d");
        assert_eq!(text(5400), "1h30m");
    }

    #[test]
    fn sizes_keep_one_digit_behind_the_point_below_ten() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(413 << 30), "413 GiB");
        assert_eq!(bytes((9 << 40) + (100 << 30)), "9.0 TiB");
        assert_eq!(bytes(-3), "0 B");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
    }
}
