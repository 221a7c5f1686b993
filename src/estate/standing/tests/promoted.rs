use super::*;
use crate::estate::objective::{Match, Objective, Rule};

/// The replica, and after it the same instance on its own.
fn promoted(tier: &str) -> Scene {
    let of = db("learn-db", WEST, "Gold").arn.to_string();
    let alone = db("learn-db-replica", CENTRAL, tier);
    let replica = DbInstance { replica_of: Some(of), ..alone.clone() };
    Scene::default()
        .at(at(99))
        .saw(CENTRAL, What::Instances, instances(&[replica]))
        .saw(CENTRAL, What::Lags, lags(&[(98, 2.0), (99, 2.0)]))
        .at(at(100))
        .saw(CENTRAL, What::Instances, instances(&[alone]))
        .saw(CENTRAL, What::Points, points(&[]))
        .saw(CENTRAL, What::Snapshots, points(&[]))
        .impact(at(100))
}

#[test]
fn after_a_failover_the_old_primary_keeps_its_tier_and_says_who_took_over() {
    let all = promoted("Gold").all();
    let old = all.iter().find(|s| s.name == "learn-db").expect("still there");
    assert_eq!(old.tier.as_deref(), Some("Gold"));
    let words = "learn-db-replica took over in eu-central-1";
    assert!(old.why.starts_with(words), "{}", old.why);
}

#[test]
fn after_a_failover_the_new_primary_is_judged_by_what_protects_it_now() {
    let all = promoted("Gold").all();
    let new = all.iter().find(|s| s.name == "learn-db-replica").expect("new");
    assert_eq!(new.tier.as_deref(), Some("Gold"));
    assert_eq!(new.state, State::Outside);
    assert_eq!(
        new.why,
        "took over from learn-db, no replica now; no usable copy in \
         eu-central-1"
    );
}

#[test]
fn a_new_primary_without_a_tier_of_its_own_inherits_one_and_says_so() {
    let mut watch = aimed();
    let [gold, ..] = Objective::defaults();
    watch.rules.rules.push(Rule {
        matches: Match { name: Some("learn-db".into()), ..Match::default() },
        objective: gold,
    });
    let scene = promoted("none");
    let all = Derived::of(&scene.estate, &watch, Some(at(100)), at(100));
    let mut all = all.standings.iter();
    let new = all.find(|s| s.name == "learn-db-replica").expect("new");
    assert_eq!(new.tier.as_deref(), Some("Gold"));
    let notice = new.notice.as_deref().unwrap_or_default();
    assert!(notice.contains("Gold like learn-db"), "{notice}");
}

#[test]
fn what_a_promoted_replica_followed_is_kept_on_disk() {
    let place = Place::default();
    let saved = promoted("Gold").estate.save(place.clone(), at(100));
    let again = Estate::restore(saved, &place).expect("the same place");
    assert_eq!(again.promoted().count(), 1);
}
