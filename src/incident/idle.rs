//! Minutes in which nothing was done, read as one row.

use jiff::{SignedDuration, Timestamp};

use super::entry::Entry;
use super::fact::Fact;
use super::timeline::{Row, row};

/// How long nothing is recorded before a heartbeat is.
pub const BEAT: SignedDuration = SignedDuration::from_mins(1);

/// Heartbeats further apart than this do not tell of one stretch: between
/// them this machine slept, or the console was not there.
const APART: SignedDuration = SignedDuration::from_mins(3);

/// The entries that are read as one row each, in order: one entry, or
/// heartbeats that follow one another. Parts of kept files are left out.
pub fn stretches(
    entries: &[Entry],
) -> impl DoubleEndedIterator<Item = &[Entry]> {
    entries.chunk_by(goes_on).filter(|some| !is_file(some))
}

/// The same with the place of the first entry of each.
pub fn placed(entries: &[Entry]) -> impl Iterator<Item = (usize, &[Entry])> {
    let mut next = 0;
    let all = entries.chunk_by(goes_on).map(move |some| {
        let place = next;
        next += some.len();
        (place, some)
    });
    all.filter(|(_, some)| !is_file(some))
}

/// The stretch that begins with this entry.
pub fn stretch(entries: &[Entry], from: usize) -> &[Entry] {
    let rest = entries.get(from..).unwrap_or_default();
    rest.chunk_by(goes_on).next().unwrap_or_default()
}

fn is_file(stretch: &[Entry]) -> bool {
    stretch.iter().any(|entry| matches!(entry.fact, Fact::File { .. }))
}

fn goes_on(one: &Entry, next: &Entry) -> bool {
    one.fact == Fact::Heartbeat
        && next.fact == Fact::Heartbeat
        && next.at.duration_since(one.at) <= APART
}

/// A stretch as one row: its first entry, and how long it lasted.
pub fn read(stretch: &[Entry], zero: Option<Timestamp>) -> Option<Row> {
    let (first, last) = (stretch.first()?, stretch.last()?);
    let mut row = row(first, zero);
    if first.fact == Fact::Heartbeat {
        let span = last.at.duration_since(first.at) + BEAT;
        let until = last.at.strftime("%H:%M:%SZ");
        row.what = format!(
            "the console was open and nothing was done for {} min, until \
             {until}",
            span.as_mins()
        );
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::entry::Author;

    fn told(facts: &[(i64, Fact)]) -> Vec<Entry> {
        let entry = |(seq, (second, fact)): (u64, &(i64, Fact))| Entry {
            seq,
            at: Timestamp::from_second(*second).unwrap(),
            up_ns: 0,
            boot: String::new(),
            by: Author {
                user: "auto".into(),
                arn: None,
                host: "h".into(),
                pid: 1,
                console: "a".into(),
                role: "driver".into(),
            },
            fact: fact.clone(),
        };
        (0..).zip(facts).map(entry).collect()
    }

    fn rows(facts: &[(i64, Fact)]) -> Vec<(u64, String)> {
        let entries = told(facts);
        let rows = stretches(&entries).filter_map(|some| read(some, None));
        rows.map(|row| (row.seq, row.what)).collect()
    }

    fn note() -> Fact {
        Fact::Note { text: "n".into() }
    }

    #[test]
    fn heartbeats_that_follow_one_another_are_one_row_with_their_span() {
        let beat = Fact::Heartbeat;
        let facts = [
            (0, note()),
            (60, beat.clone()),
            (120, beat.clone()),
            (181, beat.clone()),
            (200, note()),
            (260, beat),
        ];
        let rows = rows(&facts);
        let places: Vec<u64> = rows.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(places, [0, 1, 4, 5]);
        assert!(rows[1].1.contains("for 3 min, until 00:03:01Z"), "{rows:?}");
        assert!(rows[3].1.contains("for 1 min"), "{rows:?}");
    }

    #[test]
    fn a_gap_between_heartbeats_is_not_told_as_time_the_console_was_open() {
        let facts = [(60, Fact::Heartbeat), (7200, Fact::Heartbeat)];
        assert_eq!(rows(&facts).len(), 2);
    }

    #[test]
    fn a_stretch_is_found_again_from_its_first_entry() {
        let facts =
            [(0, note()), (60, Fact::Heartbeat), (120, Fact::Heartbeat)];
        let entries = told(&facts);
        assert_eq!(stretch(&entries, 1).len(), 2);
        assert_eq!(stretch(&entries, 0).len(), 1);
        assert_eq!(stretch(&entries, 9).len(), 0);
    }
}
