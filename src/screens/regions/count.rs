//! Count: our own calls, live sources and alarms of one Region.

use jiff::SignedDuration;

use super::fresh;
use crate::estate::ids::Region;
use crate::estate::{Source, What};
use crate::screens::Known;
use crate::ui::{Cell, Tone};

/// How far back our own calls are counted.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// What is counted of one Region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) good: usize,
    pub(super) calls: usize,
    pub(super) live: usize,
    pub(super) sources: usize,
    pub(super) alarms: usize,
    pub(super) alarms_known: bool,
}

pub(super) fn count(region: &Region, known: &Known<'_>) -> Count {
    let mut count = Count::default();
    let after = known.now - WINDOW;
    for (source, seen) in known.estate.sources() {
        if !source.is_watched() || source.region() != Some(region) {
            continue;
        }
        count.sources += 1;
        let is_live = fresh(source, known).is_live();
        count.live += usize::from(is_live);
        let recent = seen.record.iter().filter(|(at, _)| *at > after);
        for (_, good) in recent {
            count.calls += 1;
            count.good += usize::from(*good);
        }
        let alarms = matches!(source, Source::Aws { what: What::Alarms, .. });
        count.alarms_known |= alarms && is_live;
    }
    let alarms = known
        .estate
        .alarms()
        .filter(|alarm| alarm.region == region && alarm.item.state == "ALARM");
    count.alarms = alarms.count();
    count
}

impl Count {
    pub(super) fn share(self) -> Cell {
        match self.calls {
            0 => Cell::new("?", Tone::Unknown),
            calls => {
                let percent = self.good * 100 / calls;
                let tone = match percent {
                    100 => Tone::Good,
                    50.. => Tone::Warn,
                    _ => Tone::Bad,
                };
                Cell::new(format!("{percent}%"), tone)
            }
        }
    }

    pub(super) fn live(self) -> Cell {
        let tone = match (self.live, self.sources) {
            (_, 0) => return Cell::new("?", Tone::Unknown),
            (live, all) if live == all => Tone::Plain,
            (0, _) => Tone::Bad,
            _ => Tone::Warn,
        };
        Cell::new(format!("{}/{}", self.live, self.sources), tone)
    }

    /// An old answer may hide an alarm: it is never shown as none.
    pub(super) fn alarms(self) -> Cell {
        match (self.alarms, self.alarms_known) {
            (0, true) => Cell::plain("0"),
            (0, false) => Cell::new("?", Tone::Unknown),
            (n, true) => Cell::new(n.to_string(), Tone::Bad),
            (n, false) => Cell::new(format!("{n}?"), Tone::Stale),
        }
    }
}
