//! How an observation changes what is known, and how fresh that is then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Estate, Found, Freshness, Known, Observation, Source};

/// What lies further ahead of the clock than this was told by a clock that
/// has been set back since. Less comes of two threads.
pub const STEPPED: SignedDuration = SignedDuration::from_secs(5);

/// Looks remembered for each source.
const RECORD: usize = 32;

impl Known {
    /// A source that nothing is known of yet.
    pub(super) fn nothing() -> Self {
        Known {
            found: None,
            seen: None,
            steady_since: None,
            partial: None,
            whole: None,
            failed: None,
            record: Vec::new(),
            saved: false,
        }
    }

    /// When the look that brought the answer began.
    pub fn begun(&self) -> Option<Timestamp> {
        self.seen.map(|(begun, _)| begun)
    }

    /// Since the look that brought the answer ended; never negative.
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        let (_, ended) = self.seen?;
        Some(now.duration_since(ended).max(SignedDuration::ZERO))
    }

    /// How fresh the answer is, for a source looked at once every `pace`.
    /// An answer read from disk is never live.
    pub fn freshness(
        &self,
        now: Timestamp,
        pace: SignedDuration,
    ) -> Freshness {
        let because = self.failed.as_ref().map(|(_, why)| why.clone());
        let Some(age) = self.age(now) else {
            return Freshness::Never { because };
        };
        let old = age > pace * 3 || self.is_ahead(now);
        if self.saved || because.is_some() || old {
            return Freshness::Stale { age, because };
        }
        match &self.partial {
            Some(why) => Freshness::Partial { age, because: why.clone() },
            None => Freshness::Live { age },
        }
    }

    /// Whether a verdict may rest on the answer: seen whole by this process
    /// and not longer ago than three paces, as far as the clock can tell. One
    /// failed look since does not
    /// change that; many do, by the time they take.
    pub fn bears(&self, now: Timestamp, pace: SignedDuration) -> bool {
        !self.saved
            && self.partial.is_none()
            && !self.is_ahead(now)
            && self.age(now).is_some_and(|age| age <= pace * 3)
    }

    /// Whether the answer came after `now`, by a clock that was set back
    /// since: how old it is cannot be told.
    fn is_ahead(&self, now: Timestamp) -> bool {
        self.seen.is_some_and(|(_, ended)| ended - STEPPED > now)
    }

    fn remember(&mut self, ended: Timestamp, good: bool) {
        if self.record.len() >= RECORD {
            self.record.remove(0);
        }
        self.record.push((ended, good));
    }

    /// Whether an answer was ever whole.
    pub(super) fn was_whole(&self) -> bool {
        self.last_whole().is_some()
    }

    /// The newest whole answer.
    fn last_whole(&self) -> Option<&Found> {
        match (&self.partial, &self.whole) {
            (None, _) => self.found.as_ref(),
            (Some(_), whole) => whole.as_ref().map(|(_, found)| found),
        }
    }

    /// Whether a look begun at `begun` is older than what is known. An
    /// answer read from disk gives way to any look of this process, and one
    /// from ahead of the end of this look to what came after the clock was
    /// set back.
    fn is_newer_than(&self, begun: Timestamp, ended: Timestamp) -> bool {
        !self.saved
            && !self.is_ahead(ended)
            && self.begun().is_some_and(|known| known > begun)
    }
}

impl Estate {
    /// Takes in that a source will be looked at: until it answers it counts
    /// as never seen, and not as nothing to worry about.
    pub fn expect(&mut self, source: Source) {
        self.known.entry(source).or_insert_with(Known::nothing);
    }

    /// Takes in what one look found. A good answer replaces the last one; a
    /// failure makes it stale and erases nothing; a look begun before the
    /// one that brought what is known is ignored.
    pub fn apply(&mut self, observation: Observation) {
        let Observation { source, begun, at, found, partial } = observation;
        // A look during which the clock was set back began at its end, at
        // the latest.
        let begun = begun.min(at);
        let known =
            self.known.entry(source.clone()).or_insert_with(Known::nothing);
        if known.is_newer_than(begun, at) {
            return;
        }
        if known.is_ahead(at) {
            known.steady_since = None;
        }
        self.version += 1;
        known.remember(at, found.is_ok());
        let found = match found {
            Err(failure) => {
                known.failed = Some((at, failure));
                known.steady_since = None;
                return;
            }
            Ok(found) => found,
        };
        let found = match known.last_whole().filter(|_| partial.is_some()) {
            Some(whole) => found.filled(whole),
            None => found,
        };
        let same =
            known.found.as_ref().is_some_and(|known| known.is_same(&found))
                && known.partial == partial;
        let steady = same || same_status(known.found.as_ref(), &found);
        if !steady || known.saved || known.steady_since.is_none() {
            known.steady_since = Some(at);
        }
        let fails = |failed: Timestamp| failed > at && failed - STEPPED <= at;
        known.failed.take_if(|(failed, _)| !fails(*failed));
        let ended = known.seen.replace((begun, at)).map(|(_, ended)| ended);
        known.saved = false;
        if same {
            return;
        }
        self.changed += 1;
        self.listed += u64::from(source.is_watched());
        let was_whole = known.partial.is_none();
        let is_whole = partial.is_none();
        known.partial = partial;
        let before = known.found.replace(found.clone());
        let whole = if was_whole {
            ended.zip(before.clone())
        } else {
            known.whole.take()
        };
        if is_whole {
            known.whole = None;
        } else {
            known.whole.clone_from(&whole);
        }
        self.note_promoted(before.as_ref(), &found);
        if let (Some(whole), true) = (whole, is_whole) {
            self.notice_loss(&source, &whole, &found, at);
        }
    }

    /// Compares a whole answer with the whole one before it.
    fn notice_loss(
        &mut self,
        source: &Source,
        (since, before): &(Timestamp, Found),
        after: &Found,
        at: Timestamp,
    ) {
        let Source::Aws { account, region, what } = source else { return };
        // An answer about one thing alone says nothing of the others.
        if what.is_targeted() {
            return;
        }
        let place = (account, region);
        let gone = self.notice_vanished(place, before, after, at);
        self.notice_weakened(place, (*since, before), after, &gone, at);
    }

    /// What is known of a source, if it was ever looked at.
    pub fn known(&self, source: &Source) -> Option<&Known> {
        self.known.get(source)
    }

    /// How fresh what is known of a source is, if it is looked at once every
    /// `pace`.
    pub fn freshness(
        &self,
        source: &Source,
        now: Timestamp,
        pace: SignedDuration,
    ) -> Freshness {
        match self.known.get(source) {
            Some(known) => known.freshness(now, pace),
            None => Freshness::Never { because: None },
        }
    }

    /// All sources ever looked at, with what is known of each, in order.
    pub fn sources(&self) -> impl Iterator<Item = (&Source, &Known)> {
        self.known.iter()
    }

    /// The worst freshness among all sources that are watched: Never, then
    /// the oldest Stale, then Partial, then the oldest Live. None if nothing
    /// was ever looked at.
    pub fn worst_freshness(
        &self,
        now: Timestamp,
    ) -> Option<(&Source, Freshness)> {
        self.known
            .iter()
            .filter(|(source, _)| source.is_watched())
            .map(|(source, known)| {
                (source, known.freshness(now, self.pace(source)))
            })
            .max_by_key(|(_, freshness)| freshness.badness())
    }
}

impl Freshness {
    /// Orders freshness from the best to the worst.
    pub(super) fn badness(&self) -> (u8, SignedDuration) {
        match self {
            Freshness::Live { age } => (0, *age),
            Freshness::Partial { age, .. } => (1, *age),
            Freshness::Stale { age, .. } => (2, *age),
            Freshness::Never { .. } => (3, SignedDuration::ZERO),
        }
    }

    /// Since the good look ended; none if there was none.
    pub fn age(&self) -> Option<SignedDuration> {
        match self {
            Freshness::Live { age }
            | Freshness::Partial { age, .. }
            | Freshness::Stale { age, .. } => Some(*age),
            Freshness::Never { .. } => None,
        }
    }
}

impl Found {
    /// Whether both say the same. A list of points that says what the one
    /// before said is that very list, which is seen without reading it.
    fn is_same(&self, other: &Found) -> bool {
        match (self, other) {
            (Found::Points(one), Found::Points(two)) => {
                Arc::ptr_eq(one, two) || one == two
            }
            (one, two) => one == two,
        }
    }
}

/// Whether both are answers over HTTP with one status. Their bodies may
/// tell the time of day, and would never be the same twice.
fn same_status(before: Option<&Found>, after: &Found) -> bool {
    match (before, after) {
        (Some(Found::Http(before)), Found::Http(after)) => {
            before.status == after.status
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
