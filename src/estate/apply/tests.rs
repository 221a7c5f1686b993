use super::*;
use crate::estate::What;
use crate::estate::ids::{Account, Arn};
use crate::estate::resource::{HttpAnswer, Identity, Vault};
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
fn an_answer_after_the_clock_was_set_back_is_shown_with_its_age() {
    let mut estate = Estate::default();
    let source = source(What::Identity);
    estate.apply(seen(600, who("a")));
    estate.apply(failed(602));
    // It is 0 again: nobody knows how old that answer is.
    let known = estate.known(&source).expect("it was seen");
    assert!(!known.bears(at(0), PACE));
    let fresh = known.freshness(at(0), PACE);
    assert!(matches!(fresh, Freshness::Stale { .. }), "{fresh:?}");
    estate.apply(seen(0, who("b")));
    let known = estate.known(&source).expect("it was seen");
    assert_eq!(known.found, Some(who("b")));
    let age = SignedDuration::from_secs(2);
    assert_eq!(known.freshness(at(3), PACE), Freshness::Live { age });
    assert!(known.bears(at(3), PACE));
    assert_eq!(known.steady_since, Some(at(1)));
}

#[test]
fn an_answer_from_ahead_of_the_clock_is_not_fresh() {
    let mut estate = Estate::default();
    estate.apply(seen(600, who("a")));
    let source = source(What::Identity);
    let fresh = estate.freshness(&source, at(0), PACE);
    assert!(matches!(fresh, Freshness::Stale { .. }), "{fresh:?}");
    // Two threads may tell the time a moment apart.
    let fresh = estate.freshness(&source, at(600), PACE);
    assert!(fresh.is_live(), "{fresh:?}");
}

#[test]
fn a_look_in_which_the_clock_was_set_back_holds_none_after_it_back() {
    let mut estate = Estate::default();
    let across = Observation { begun: at(600), ..seen(0, who("a")) };
    estate.apply(across);
    estate.apply(seen(4, who("b")));
    let known = estate.known(&source(What::Identity)).expect("seen");
    assert_eq!(known.found, Some(who("b")));
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
