//! The estate that a team shares: how old it is, and what it adds to what
//! this console knows.

use std::mem;

use jiff::Timestamp;

use super::saved::{Place, Refused, Saved, SavedRunbook};
use super::{Estate, Known};

/// The estate that a team shares, as it was last opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Where it lies.
    pub name: String,
    /// When it was saved, or why it was not opened.
    pub saved: Result<Timestamp, String>,
}

/// A shared estate that was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// When it was saved.
    pub at: Timestamp,
    /// What it knows.
    pub estate: Estate,
    /// The runbooks that were kept with it.
    pub runbooks: Vec<SavedRunbook>,
}

impl Opened {
    /// Opens what was saved, if it was seen at this place.
    pub fn of(mut saved: Saved, place: &Place) -> Result<Self, Refused> {
        let (at, runbooks) = (saved.at, mem::take(&mut saved.runbooks));
        let estate = Estate::restore(saved, place)?;
        Ok(Opened { at, estate, runbooks })
    }
}

impl Estate {
    /// The estate that a team shares, if the config names one and it was
    /// tried to open it.
    pub fn shared(&self) -> Option<&Shared> {
        self.shared.as_ref()
    }

    /// Takes in what came of opening the shared estate.
    pub fn share(&mut self, shared: Shared) {
        self.shared = Some(shared);
        self.version += 1;
    }

    /// Takes in an opened estate, source by source where its answer is newer
    /// than what is known. Failures of this process' own looks stay.
    pub fn adopt(&mut self, other: Estate, now: Timestamp) {
        for (source, theirs) in other.known {
            let mine = self.known.entry(source).or_insert_with(Known::nothing);
            if mine.seen.is_some() && mine.seen >= theirs.seen {
                continue;
            }
            *mine = Known {
                failed: mine.failed.take(),
                record: mem::take(&mut mine.record),
                ..theirs
            };
        }
        self.missing.add(other.missing.list, now);
        for weak in other.weakened {
            if !self.weakened.contains(&weak) {
                self.weakened.push(weak);
            }
        }
        for (promoted, from) in other.promoted {
            self.promoted.entry(promoted).or_insert(from);
        }
        self.version += 1;
        self.changed += 1;
        self.listed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::saved::Place;
    use super::super::{Found, Freshness, Observation, Source, What};
    use super::*;
    use crate::failure::{Failure, FailureKind};
    use jiff::SignedDuration;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn source() -> Source {
        fixture::source(fixture::WEST, What::Zones)
    }

    fn seen(second: i64) -> Observation {
        fixture::seen(source(), at(second), Found::Zones([].into()))
    }

    /// What a console opens that was saved at this second.
    fn opened(second: i64) -> Estate {
        let mut estate = Estate::default();
        estate.apply(seen(second));
        let saved = estate.save(Place::default(), at(second));
        Estate::restore(saved, &Place::default()).expect("the same place")
    }

    #[test]
    fn what_is_newer_is_taken_and_is_never_live() {
        let mut estate = opened(10);
        estate.adopt(opened(20), at(30));
        let pace = SignedDuration::from_secs(60);
        let age = SignedDuration::from_secs(10);
        let fresh = estate.freshness(&source(), at(30), pace);
        assert_eq!(fresh, Freshness::Stale { age, because: None });
        estate.adopt(opened(15), at(30));
        assert_eq!(estate.freshness(&source(), at(30), pace), fresh);
    }

    #[test]
    fn what_this_console_saw_itself_stays_and_so_does_its_failure() {
        let mut estate = Estate::default();
        estate.apply(seen(25));
        estate.adopt(opened(20), at(30));
        let pace = SignedDuration::from_secs(60);
        assert!(estate.freshness(&source(), at(30), pace).is_live());

        let mut dark = Estate::default();
        let why = Failure::new("list zones", FailureKind::TimedOut);
        dark.apply(Observation { found: Err(why.clone()), ..seen(26) });
        dark.adopt(opened(20), at(30));
        let because = Some(why);
        let age = SignedDuration::from_secs(10);
        assert_eq!(
            dark.freshness(&source(), at(30), pace),
            Freshness::Stale { age, because }
        );
    }
}
