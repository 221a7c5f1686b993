//! How an observation changes what is known, and how fresh that is then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Estate, Found, Freshness, Known, Observation, Source};

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
        if self.saved || because.is_some() || age > pace * 3 {
            return Freshness::Stale { age, because };
        }
        match &self.partial {
            Some(why) => Freshness::Partial { age, because: why.clone() },
            None => Freshness::Live { age },
        }
    }

    /// Whether a verdict may rest on the answer: seen whole by this process
    /// and not longer ago than three paces. One failed look since does not
    /// change that; many do, by the time they take.
    pub fn bears(&self, now: Timestamp, pace: SignedDuration) -> bool {
        !self.saved
            && self.partial.is_none()
            && self.age(now).is_some_and(|age| age <= pace * 3)
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
    /// answer read from disk gives way to any look of this process.
    fn is_newer_than(&self, begun: Timestamp) -> bool {
        !self.saved && self.begun().is_some_and(|known| known > begun)
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
        let known =
            self.known.entry(source.clone()).or_insert_with(Known::nothing);
        if known.is_newer_than(begun) {
            return;
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
        if known.failed.as_ref().is_none_or(|(failed, _)| *failed <= at) {
            known.failed = None;
        }
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
mod tests {
    use super::super::What;
    use super::super::ids::{Account, Arn};
    use super::super::resource::{HttpAnswer, Identity, Vault};
    use super::*;
    use crate::failure::{Failure, FailureKind};

    const PACE: SignedDuration = SignedDuration::from_secs(10);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    fn source(what: What) -> Source {
        let (account, region) = ("111122223333".into(), "eu-west-1".into());
        Source::aws(&account, &region, what)
    }

    fn who(name: &str) -> Found {
        Found::Identity(Identity {
            account: Account::new("111122223333"),
            arn: Arn::new(name),
        })
    }

    fn seen(second: i64, found: Found) -> Observation {
        Observation {
            source: source(What::Identity),
            begun: at(second),
            at: at(second + 1),
            found: Ok(found),
            partial: None,
        }
    }

    fn failed(second: i64) -> Observation {
        let why = Failure::new("ask who we are", FailureKind::Unreachable);
        Observation { found: Err(why), ..seen(second, who("a")) }
    }

    #[test]
    fn a_failed_look_makes_what_is_known_stale_and_erases_nothing() {
        let mut estate = Estate::default();
        estate.apply(seen(0, who("a")));
        estate.apply(failed(5));
        let known = estate.known(&source(What::Identity)).expect("known");
        assert_eq!(known.found, Some(who("a")));
        let fresh = known.freshness(at(8), PACE);
        assert!(matches!(
            fresh,
            Freshness::Stale { age, because: Some(_) }
                if age == SignedDuration::from_secs(7)
        ));
    }

    #[test]
    fn what_was_never_seen_is_never_fresh_and_says_why() {
        let mut estate = Estate::default();
        let never = estate.freshness(&source(What::Alarms), at(0), PACE);
        assert_eq!(never, Freshness::Never { because: None });
        estate.apply(failed(0));
        let never = estate.freshness(&source(What::Identity), at(2), PACE);
        assert!(matches!(never, Freshness::Never { because: Some(_) }));
    }

    #[test]
    fn an_answer_is_live_for_three_paces_and_then_stale_without_a_reason() {
        let mut estate = Estate::default();
        estate.apply(seen(0, who("a")));
        let source = source(What::Identity);
        assert!(estate.freshness(&source, at(31), PACE).is_live());
        let stale = estate.freshness(&source, at(32), PACE);
        assert!(matches!(stale, Freshness::Stale { because: None, .. }));
    }

    #[test]
    fn a_list_cut_short_is_partial_and_bears_no_verdict() {
        let mut estate = Estate::default();
        estate.apply(Observation {
            partial: Some("page 3 denied".into()),
            ..seen(0, who("a"))
        });
        let known = estate.known(&source(What::Identity)).expect("known");
        let fresh = known.freshness(at(2), PACE);
        assert!(matches!(fresh, Freshness::Partial { .. }));
        assert!(!known.bears(at(2), PACE));
    }

    #[test]
    fn what_a_cut_list_lacks_is_shown_as_it_was_until_a_whole_one_comes() {
        let vaults = |names: &[&str]| {
            let vault = |name: &&str| Vault {
                name: (*name).into(),
                arn: Arn::new(*name),
                points: 1,
                locked: true,
            };
            Found::Vaults(names.iter().map(vault).collect())
        };
        let cut = |second, names: &[&str]| Observation {
            partial: Some("page 2 denied".into()),
            ..seen(second, vaults(names))
        };
        let mut estate = Estate::default();
        let known = |estate: &Estate| {
            let known = estate.known(&source(What::Identity));
            known.and_then(|known| known.found.clone()).expect("known")
        };
        estate.apply(cut(0, &["a"]));
        assert_eq!(known(&estate), vaults(&["a"]));
        estate.apply(seen(5, vaults(&["a", "b", "c"])));
        estate.apply(cut(10, &["a"]));
        estate.apply(cut(15, &["b"]));
        assert_eq!(known(&estate), vaults(&["b", "a", "c"]));
        estate.apply(seen(20, vaults(&["a"])));
        assert_eq!(known(&estate), vaults(&["a"]));
    }

    #[test]
    fn a_look_begun_before_the_known_one_is_ignored_whatever_it_brings() {
        let mut estate = Estate::default();
        estate.apply(seen(10, who("new")));
        let before = estate.clone();
        estate.apply(seen(5, who("old")));
        estate.apply(failed(5));
        assert_eq!(estate, before);
    }

    #[test]
    fn an_answer_is_steady_until_another_one_or_a_failure_comes() {
        let mut estate = Estate::default();
        let since = |estate: &Estate| {
            estate.known(&source(What::Identity)).expect("known").steady_since
        };
        estate.apply(seen(0, who("a")));
        estate.apply(seen(10, who("a")));
        assert_eq!(since(&estate), Some(at(1)));
        estate.apply(seen(20, who("b")));
        assert_eq!(since(&estate), Some(at(21)));
        estate.apply(failed(30));
        assert_eq!(since(&estate), None);
        estate.apply(seen(40, who("b")));
        assert_eq!(since(&estate), Some(at(41)));
    }

    #[test]
    fn the_same_answer_again_counts_as_a_look_but_not_as_a_change() {
        let mut estate = Estate::default();
        estate.apply(seen(0, who("a")));
        estate.apply(seen(10, who("a")));
        assert_eq!((estate.version, estate.changed), (2, 1));
    }

    #[test]
    fn only_the_newest_32_looks_are_remembered() {
        let mut estate = Estate::default();
        for second in 0..40 {
            estate.apply(seen(second, who("a")));
        }
        estate.apply(failed(50));
        let known = estate.known(&source(What::Identity)).expect("known");
        assert_eq!(known.record.len(), 32);
        assert_eq!(known.record.last(), Some(&(at(51), false)));
    }

    #[test]
    fn a_body_that_tells_the_time_of_day_is_steady_while_its_status_is() {
        let source = Source::Http { url: "http://x".into() };
        let answer = |second, status, body: &str| Observation {
            source: source.clone(),
            found: Ok(Found::Http(HttpAnswer {
                status,
                start: body.into(),
                via: None,
            })),
            ..seen(second, who("a"))
        };
        let mut estate = Estate::default();
        estate.apply(answer(0, 200, "12:00:00"));
        estate.apply(answer(5, 200, "12:00:05"));
        let steady = |estate: &Estate| {
            estate.known(&source).and_then(|known| known.steady_since)
        };
        assert_eq!(steady(&estate), Some(at(1)));
        estate.apply(answer(10, 503, "12:00:05"));
        assert_eq!(steady(&estate), Some(at(11)));
    }
}
