//! A length of time in the fewest words that do not mislead.

use std::fmt;

use jiff::SignedDuration;

/// Shows a length of time with its two greatest units: `42s`, `7m 42s`,
/// `31h 04m`, `5d 03h`. Less than nothing reads `0s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub SignedDuration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs().max(0);
        let (minutes, hours) = (seconds / 60, seconds / 3600);
        match hours {
            0 if minutes == 0 => write!(f, "{seconds}s"),
            0 => write!(f, "{minutes}m {:02}s", seconds % 60),
            1..=47 => write!(f, "{hours}h {:02}m", minutes % 60),
            _ => write!(f, "{}d {:02}h", hours / 24, hours % 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_shows_its_two_greatest_units() {
        let shown = |s| Span(SignedDuration::from_secs(s)).to_string();
        assert_eq!(shown(-5), "0s");
        assert_eq!(shown(42), "42s");
        assert_eq!(shown(462), "7m 42s");
        assert_eq!(shown(31 * 3600 + 240), "31h 04m");
        assert_eq!(shown(123 * 3600), "5d 03h");
    }
}
