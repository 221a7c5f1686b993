mod world;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::estate::derived::{Derived, Watch};
use crate::estate::fixture::{
    CENTRAL, WEST, accelerator, failed, now, parts, points, seen, source,
};
use crate::estate::part::edge::{
    AcceleratedEndpoint, Accelerator, EndpointGroup,
};
use crate::estate::part::{Kind, Part};
use crate::estate::resource::RecordSet;
use crate::estate::{Found, Observation, What};
use crate::failure::FailureKind;
use world::{World, backup, database, group, image, record, service, stack};

/// What the application lacks for a pattern.
fn lacks(one: &Application, pattern: Pattern) -> String {
    let level = one.levels.iter().find(|level| level.pattern == pattern);
    level.and_then(Level::lacks).unwrap_or_default()
}

#[test]
fn without_a_backup_there_is_no_pattern() {
    let world = World::with_db();
    assert_eq!(world.words(), "none");
    let web = world.web();
    let told = lacks(&web, Pattern::InRegion);
    assert_eq!(told, "learn-db has no backup in eu-west-1");
    assert_eq!(web.next().map(|l| l.pattern), Some(Pattern::InRegion));
}

#[test]
fn a_backup_in_its_own_region_is_the_first_pattern() {
    let mut world = World::with_db();
    world.saw(WEST, What::Points, backup());
    let web = world.web();
    assert_eq!(web.words(), "in-Region backups");
    let told = lacks(&web, Pattern::CrossRegion);
    assert_eq!(told, "learn-db has no backup in eu-central-1");
    let proof = &web.levels[0].evidence[0];
    assert!(proof.what.starts_with("learn-db: backup in eu-west-1"));
    assert_eq!(
        proof.source.to_string(),
        "backup/points eu-west-1 111122223333"
    );
    assert_eq!(proof.at, now());
}

#[test]
fn a_usable_copy_in_the_recovery_region_is_the_second() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    let web = world.web();
    // What is below is told as missing, too: nothing here is a matter of
    // course.
    assert_eq!(web.words(), "cross-Region backups");
    assert_eq!(web.levels[0].met(), Met::Missing);
    assert_eq!(web.next().map(|l| l.pattern), Some(Pattern::Rebuild));
    assert_eq!(web.keeps_rto(), Some(true), "Silver has four hours");
}

#[test]
fn one_resource_that_lags_behind_holds_the_application_down() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    let bucket = json!({ "tagged": {
        "arn": "arn:aws:s3:::web-uploads", "tags": { "app": "web" },
    } });
    world.saw(WEST, What::Parts(Kind::Tagged), parts(&[bucket]));
    let web = world.web();
    assert_eq!(web.words(), "none");
    let told = lacks(&web, Pattern::CrossRegion);
    assert_eq!(told, "web-uploads is neither backed up nor copied");
}

#[test]
fn stacks_and_images_there_make_an_immutable_rebuild() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    world.saw(WEST, What::Parts(Kind::ScalingGroup), parts(&[group(4, 8)]));
    let whole = parts(&[stack("UPDATE_COMPLETE")]);
    world.saw(WEST, What::Parts(Kind::Stack), whole.clone());
    let (image, tags) = image();
    world.saw(CENTRAL, What::Parts(Kind::Image), parts(&[image]));
    assert_eq!(
        lacks(&world.web(), Pattern::Rebuild),
        "stack web is not in eu-central-1, and 1 more"
    );
    world.saw(CENTRAL, What::Parts(Kind::Tagged), parts(&[tags]));
    let broken = parts(&[stack("UPDATE_ROLLBACK_FAILED")]);
    world.saw(CENTRAL, What::Parts(Kind::Stack), broken);
    assert_eq!(
        lacks(&world.web(), Pattern::Rebuild),
        "stack web in eu-central-1 is broken"
    );
    world.saw(CENTRAL, What::Parts(Kind::Stack), whole);
    assert_eq!(world.words(), "immutable rebuild");
}

#[test]
fn container_images_that_nobody_watches_leave_a_rebuild_unknown() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    world.runs(WEST, &[service("web", 4, 4)]);
    let whole = parts(&[stack("UPDATE_COMPLETE")]);
    world.saw(WEST, What::Parts(Kind::Stack), whole.clone());
    world.saw(CENTRAL, What::Parts(Kind::Stack), whole);
    assert_eq!(world.words(), "at least cross-Region backups");
    let told = lacks(&world.web(), Pattern::Rebuild);
    assert!(told.contains("whether its container images"), "{told}");
}

#[test]
fn data_that_follows_beside_an_empty_standby_is_a_pilot_light() {
    let mut world = World::followed(2.0);
    world.runs(WEST, &[service("web", 4, 4)]);
    assert_eq!(world.words(), "none", "nothing stands by");
    world.runs(CENTRAL, &[service("web", 0, 0)]);
    let web = world.web();
    assert_eq!(web.words(), "pilot light");
    let told = lacks(&web, Pattern::WarmStandby);
    assert_eq!(told, "service web: its standby does not run in eu-central-1");
    let seen = &web.levels[3].evidence[0].what;
    assert!(seen.starts_with("learn-db: replica replica in"), "{seen}");
}

#[test]
fn a_replica_hours_behind_does_not_follow() {
    let mut world = World::followed(7200.0);
    world.runs(WEST, &[service("web", 4, 4)]);
    world.runs(CENTRAL, &[service("web", 0, 0)]);
    assert_eq!(world.words(), "none");
    let told = lacks(&world.web(), Pattern::PilotLight);
    assert!(told.contains("behind: it does not follow"), "{told}");
}

#[test]
fn a_group_that_may_have_no_instance_is_no_standby() {
    let mut world = World::followed(2.0);
    world.saw(WEST, What::Parts(Kind::ScalingGroup), parts(&[group(4, 8)]));
    let empty = parts(&[group(0, 0)]);
    world.saw(CENTRAL, What::Parts(Kind::ScalingGroup), empty);
    assert_eq!(
        lacks(&world.web(), Pattern::PilotLight),
        "group render in eu-central-1 may have no instance"
    );
    let room = parts(&[group(0, 8)]);
    world.saw(CENTRAL, What::Parts(Kind::ScalingGroup), room);
    assert_eq!(world.words(), "pilot light");
}

#[test]
fn a_smaller_copy_that_runs_is_a_warm_standby() {
    let mut world = World::followed(2.0);
    world.runs(WEST, &[service("web", 4, 4)]);
    // It has another name; it is the only one of its kind there.
    world.runs(CENTRAL, &[service("frontend", 1, 1)]);
    let web = world.web();
    assert_eq!(web.words(), "warm standby");
    assert_eq!(web.keeps_rto(), Some(true));
    let lacking = lacks(&web, Pattern::ActiveActive);
    let told = "service web: 1 of the 4 needed run in eu-central-1";
    assert!(lacking.starts_with(told), "{lacking}");
}

#[test]
fn both_regions_at_full_size_with_traffic_are_active_active() {
    let records = |to_central: RecordSet| {
        let mut world = World::followed(2.0);
        world.runs(WEST, &[service("web", 4, 4)]);
        world.runs(CENTRAL, &[service("web", 4, 4)]);
        let west = RecordSet {
            failover: to_central.failover.clone().map(|_| "PRIMARY".into()),
            weight: to_central.weight.map(|_| 100),
            ..record(WEST, None, None)
        };
        let found = Found::Records([west, to_central].into());
        world.saw("us-east-1", What::Records, found);
        world
    };
    let half = records(record(CENTRAL, Some(50), None));
    assert_eq!(half.words(), "active-active");
    assert!(half.web().next().is_none());
    let latency = records(record(CENTRAL, None, None));
    assert_eq!(latency.words(), "active-active");
    for passive in [
        record(CENTRAL, Some(0), None),
        record(CENTRAL, None, Some("SECONDARY")),
    ] {
        let world = records(passive);
        assert_eq!(world.words(), "warm standby");
        let told = lacks(&world.web(), Pattern::ActiveActive);
        assert!(told.contains("one Region at a time"), "{told}");
    }
}

#[test]
fn an_accelerator_open_to_both_regions_shares_the_traffic() {
    let world = |there: f64| {
        let mut world = World::followed(2.0);
        world.runs(WEST, &[service("web", 4, 4)]);
        world.runs(CENTRAL, &[service("web", 4, 4)]);
        let live = accelerator(100.0, "HEALTHY");
        let group = live.groups.clone().into_iter().flatten().next();
        let group = group.expect("it has one");
        let open = |region: &str, dial: f64| EndpointGroup {
            region: region.into(),
            dial: Some(dial),
            endpoints: vec![AcceleratedEndpoint {
                id: format!(
                    "arn:aws:elasticloadbalancing:{region}:111122223333:\
                     loadbalancer/app/web-live/50dc6c495c0c9188"
                ),
                ..group.endpoints[0].clone()
            }],
            ..group.clone()
        };
        let groups = Some(vec![open(WEST, 100.0), open(CENTRAL, there)]);
        let live = Part::Accelerator(Accelerator { groups, ..live });
        let what = What::Parts(Kind::Accelerator);
        world.saw("us-west-2", what, Found::Parts([live].into()));
        world
    };
    assert_eq!(world(50.0).words(), "active-active");
    let shut = world(0.0);
    assert_eq!(shut.words(), "warm standby");
    let told = lacks(&shut.web(), Pattern::ActiveActive);
    assert_eq!(told, "accelerator live sends users to one Region at a time");
}

#[test]
fn where_no_record_is_known_active_active_is_unknown() {
    let mut world = World::followed(2.0);
    world.runs(WEST, &[service("web", 4, 4)]);
    world.runs(CENTRAL, &[service("web", 4, 4)]);
    assert_eq!(world.words(), "at least warm standby");
}

#[test]
fn a_denied_list_of_members_makes_every_pattern_unknown() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    // The same list of another account was never told.
    let (other, what) = ("444455556666", What::Parts(Kind::Tagged));
    let source = Source::aws(&other.into(), &WEST.into(), what);
    let why = FailureKind::Denied { action: None };
    world.0.apply(failed(source, now(), why));
    let web = world.web();
    assert_eq!(web.words(), "unknown");
    assert_eq!(web.proven(), None);
    let told = lacks(&web, Pattern::CrossRegion);
    assert!(told.starts_with("what it is: tagging/resources"), "{told}");
}

#[test]
fn old_answers_prove_nothing_and_are_told_as_last_seen() {
    let mut world = World::with_db();
    world.saw(CENTRAL, What::Points, backup());
    let later = now() + SignedDuration::from_hours(5);
    let all = world.all_at(later, "app");
    let web = &all[0];
    assert_eq!(web.words(), "unknown");
    assert_eq!(web.seen, Some(Pattern::CrossRegion));
}

#[test]
fn a_list_of_copies_that_was_cut_leaves_what_it_lacks_unknown() {
    let mut world = World::with_db();
    world.saw(WEST, What::Points, backup());
    let source = source(CENTRAL, What::Points);
    world.0.apply(Observation {
        partial: Some("page 3 of ?".to_owned()),
        ..seen(source, now(), points(&[]))
    });
    let web = world.web();
    assert_eq!(web.words(), "at least in-Region backups");
    let told = lacks(&web, Pattern::CrossRegion);
    assert!(told.contains("cut: page 3"), "{told}");
}

#[test]
fn a_standby_that_cannot_be_seen_is_not_told_as_none() {
    let mut world = World::followed(2.0);
    world.runs(WEST, &[service("web", 4, 4)]);
    let standby = source(CENTRAL, What::Parts(Kind::EcsService));
    let mut unseen = Estate::default();
    for (source, known) in world.0.sources() {
        if *source == standby {
            unseen.expect(standby.clone());
        } else if let Some(found) = &known.found {
            unseen.apply(seen(source.clone(), now(), found.clone()));
        }
    }
    let web = World(unseen).web();
    assert_eq!(web.words(), "unknown");
}

#[test]
fn what_has_no_tag_is_gathered_at_the_end_and_the_tag_can_be_another() {
    let mut world = World::new();
    let tags = BTreeMap::from([
        ("team".to_owned(), "search".to_owned()),
        ("Backup".to_owned(), "Enabled".to_owned()),
    ]);
    world.saw(
        WEST,
        What::Instances,
        Found::Instances([database(tags)].into()),
    );
    let names = |tag: &str| -> Vec<Option<String>> {
        world.all_at(now(), tag).into_iter().map(|one| one.name).collect()
    };
    assert_eq!(names("app"), [None]);
    assert_eq!(names("team"), [Some("search".to_owned())]);
    assert_eq!(names("Team"), [Some("search".to_owned())]);
}

#[test]
fn without_a_recovery_region_nothing_beyond_the_own_one_is_told() {
    let mut world = World::with_db();
    world.saw(WEST, What::Points, backup());
    let watch = Watch { source: Some(WEST.into()), ..Watch::default() };
    let derived = Derived::of(&world.0, &watch, None, now());
    let aim = Aim { tag: "app", target: None, now: now() };
    let all = applications(&world.0, &derived.standings, aim);
    assert_eq!(all[0].words(), "at least in-Region backups");
    let told = lacks(&all[0], Pattern::CrossRegion);
    assert_eq!(told, "no Region to recover in is configured");
}

#[test]
fn patterns_come_from_the_slowest_to_the_fastest() {
    let mut sorted = Pattern::ALL;
    sorted.sort();
    assert_eq!(sorted, Pattern::ALL);
    for pair in Pattern::ALL.windows(2) {
        assert!(pair[0].shortest() >= pair[1].shortest(), "{pair:?}");
    }
}
