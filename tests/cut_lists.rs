//! Every list that is read, cut in every way: a page that fails, a token
//! that comes twice, tokens without end, a denial in one Region, credentials
//! that run out in the middle. Over the real SDK and the simulated AWS, on
//! paused time.

mod cutting;
mod paused;

use std::collections::BTreeSet;

use cutting::{Bench, Case, lists, reads, things};
use lifeboat::estate::objective::State;
use lifeboat::estate::posture::checks;
use lifeboat::estate::verdict::Answer;
use lifeboat::estate::{Estate, Freshness, Observation, Source, What};
use lifeboat::screens::told;
use lifeboat::sim::faults::{Effect, Rule, When};
use paused::CENTRAL;
use tokio::time::Instant;

/// Lists of which the first page is enough, by what is asked for: the last
/// execution, and a hundred names of what does not comply.
const FIRST_ALONE: [&str; 2] =
    ["ListExecutions", "GetComplianceDetailsByConfigRule"];

/// What the lists that end by a limit of their own say.
const LIMITED: &str = "more than 200";

/// A rule about the operation of a case.
fn about(case: &Case, effect: Effect) -> Rule {
    Rule::every(effect).of_service(case.service).of_operation(case.operation)
}

/// The lists, each in a Region where it is read page by page.
fn paged(bench: &Bench) -> Vec<Case> {
    let mut cases = bench.cases(lists);
    cases.retain(|case| !FIRST_ALONE.contains(&case.operation));
    assert!(cases.len() > 70, "{}", cases.len());
    cases
}

/// Asserts how a look that went wrong is shown at its source: after whole
/// ones, with all rows that were known, and when it is the first.
fn shown(bench: &Bench, case: &Case, seen: &Observation, wanted: &[&str]) {
    let after = bench.after(seen.clone());
    let first = bench.first(seen.clone());
    for estate in [&after, &first] {
        let fresh = bench.freshness(estate, &case.source);
        let words = told::because(&fresh);
        let cell = told::freshness(&fresh);
        let says = wanted.iter().any(|wanted| words.contains(wanted));
        assert!(says && !fresh.is_live(), "{case}: {} {words}", &*cell.text);
    }
    let rows = |estate: &Estate| {
        let found = estate.known(&case.source).and_then(|k| k.found.as_ref());
        found.map(things).unwrap_or_default()
    };
    let lost = &rows(&bench.whole) - &rows(&after);
    assert_eq!(lost, BTreeSet::new(), "{case}");
    if seen.found.is_err() {
        let fresh = bench.freshness(&first, &case.source);
        assert!(matches!(fresh, Freshness::Never { .. }), "{case}: {fresh:?}");
    }
}

/// Asserts that nothing is judged by an answer that is not whole.
fn judged(bench: &Bench, case: &Case, estate: &Estate) {
    let derived = bench.derived(estate);
    for check in checks().filter(|c| c.rests_on.contains(&case.row.name)) {
        let mut unsure = derived.unsure.iter();
        let unsure = unsure.find(|verdict| verdict.code == check.code);
        let unsure = unsure.unwrap_or_else(|| panic!("{case}: {check:?}"));
        assert!(unsure.what.starts_with("cannot tell"), "{}", unsure.what);
    }
    for standing in derived.standings.iter().filter(|s| s.tier.is_some()) {
        let mut copies = standing.copies.iter();
        let best =
            copies.find(|c| Some(&c.region) == standing.recover_in.as_ref());
        if best.is_some_and(|best| best.source == case.source) {
            assert_eq!(standing.state, State::Unknown, "{case}: {standing:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_in_small_pages_is_the_same_list() {
    let bench = Bench::new().await;
    for case in paged(&bench) {
        let known = bench.whole.known(&case.source);
        let known = known.and_then(|known| known.found.as_ref());
        let known = things(known.expect("it was seen"));
        let small = Effect::Paged((known.len() / 5).max(1));
        let seen = bench.under(&[about(&case, small)], &case.source).await;
        let limited =
            seen.partial.as_deref().is_some_and(|why| why.contains(LIMITED));
        assert!(limited || seen.partial.is_none(), "{case}: {seen:?}");
        let found = seen.found.unwrap_or_else(|f| panic!("{case}: {f}"));
        assert!(limited || things(&found) == known, "{case}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_denied_leaves_a_partial_list_and_no_verdict() {
    let bench = Bench::new().await;
    let mut judged_rows = BTreeSet::new();
    for case in paged(&bench) {
        let rules = [
            about(&case, Effect::Endless(1)),
            about(&case, Effect::Denied).when(When::Page(3)),
        ];
        let seen = bench.under(&rules, &case.source).await;
        shown(&bench, &case, &seen, &["denied"]);
        if seen.found.is_ok() && judged_rows.insert(case.row.name) {
            judged(&bench, &case, &bench.after(seen.clone()));
            judged(&bench, &case, &bench.first(seen));
        }
    }
    assert!(judged_rows.len() > 40, "{judged_rows:?}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_run_out_in_a_list_read_as_signed_out() {
    let bench = Bench::new().await;
    for case in paged(&bench) {
        let rules = [
            about(&case, Effect::Endless(1)),
            about(&case, Effect::ExpiredToken).when(When::Page(2)),
        ];
        let seen = bench.under(&rules, &case.source).await;
        shown(&bench, &case, &seen, &["not signed in"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_comes_twice_ends_the_list_and_is_told() {
    let bench = Bench::new().await;
    for case in paged(&bench) {
        let rule = about(&case, Effect::SameToken(1));
        let before = bench.sim.received().len();
        let seen = bench.under(&[rule], &case.source).await;
        shown(&bench, &case, &seen, &["twice", LIMITED]);
        let asked = bench.sim.received().len() - before;
        assert!(asked < 200, "{case}: {asked} requests");
    }
}

/// AWS at its slowest that is waited for: the clock ends the list.
#[tokio::test(start_paused = true)]
async fn tokens_without_end_hang_no_look() {
    let bench = Bench::new().await;
    for case in paged(&bench) {
        let rules = [
            about(&case, Effect::Endless(1)),
            about(&case, Effect::Slow(4_900)),
        ];
        let begun = Instant::now();
        let seen = bench.under(&rules, &case.source).await;
        assert!(begun.elapsed().as_secs() <= 300, "{case}");
        shown(&bench, &case, &seen, &["cut after", "in time", LIMITED]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_in_one_region_is_denied_there_and_known_elsewhere() {
    let bench = Bench::new().await;
    let mut judged_rows = BTreeSet::new();
    // Who we are is told to everybody.
    let mut cases = bench.cases(reads);
    cases.retain(|case| case.operation != "GetCallerIdentity");
    for case in cases {
        let here = case.source.region().expect("it has one").clone();
        let elsewhere = sibling(&bench, &case.source);
        let mut rule = about(&case, Effect::Denied);
        if elsewhere.is_some() {
            rule = rule.in_region(here.as_str());
            // Copies elsewhere are as old as the originals seen here.
            bench.look(&case.source).await;
        }
        let id = bench.sim.inject(rule);
        let seen = bench.look(&case.source).await;
        shown(&bench, &case, &seen, &["denied"]);
        if judged_rows.insert((case.row.name, seen.found.is_ok())) {
            judged(&bench, &case, &bench.first(seen));
            if let Some(elsewhere) = elsewhere {
                let seen = bench.look(&elsewhere).await;
                assert_eq!(seen.partial, None, "{elsewhere}");
                let found = things(seen.found.as_ref().expect("not denied"));
                let known = bench.whole.known(&elsewhere);
                let known = known.and_then(|known| known.found.as_ref());
                assert_eq!(Some(found), known.map(things), "{elsewhere}");
            }
        }
        assert!(bench.sim.lift(id));
    }
}

/// The same list in the other Region.
fn sibling(bench: &Bench, source: &Source) -> Option<Source> {
    let mut all = bench.sources().into_iter();
    all.find(|other| {
        other.what() == source.what()
            && other.region() != source.region()
            && other.region().is_some_and(|region| **region == *CENTRAL)
    })
}

/// Resources that nobody could list may be those that cannot be recovered.
#[tokio::test(start_paused = true)]
async fn an_estate_of_which_a_list_was_never_seen_is_not_said_to_recover() {
    let bench = Bench::new().await;
    let mut told = 0;
    for case in bench.cases(reads) {
        let rule = about(&case, Effect::Denied);
        let seen = bench.under(&[rule], &case.source).await;
        if !case.source.what().is_some_and(What::tells_of_resources) {
            continue;
        }
        let verdict = bench.derived(&bench.first(seen)).verdict;
        assert_ne!(verdict.answer, Answer::Yes, "{case}");
        let name = case.source.to_string();
        let blockers = &verdict.blockers;
        let names = blockers.iter().any(|why| why.contains(&name));
        assert!(names, "{case}: {blockers:?}");
        told += 1;
    }
    assert!(told >= 8, "{told}");
}
