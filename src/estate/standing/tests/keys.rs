use super::*;
use crate::estate::part::kms::{Key, KeyState};
use crate::estate::part::{Kind, Part};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/k";

fn key(arn: &str, state: Option<KeyState>) -> Key {
    Key {
        arn: arn.to_owned(),
        name: "copies".to_owned(),
        unknown: match &state {
            None => vec!["not allowed".to_owned()],
            Some(_) => Vec::new(),
        },
        state,
        deleted: None,
        aws_managed: Some(false),
        also_in: Vec::new(),
        multi_region: Some(false),
        used_by: Vec::new(),
    }
}

fn keys(list: Vec<Key>) -> Found {
    Found::Parts(list.into_iter().map(Part::from).collect())
}

fn locked(data: i64) -> Fields {
    Fields { key: Some(KEY.into()), ..point(DB, Some(data), data + 1) }
}

/// A Silver database, a copy of minute 70 without a key of its own and those
/// given, at minute 100.
fn held(newer: &[Fields]) -> Scene {
    let all: Vec<Fields> = [point(DB, Some(70), 71)]
        .into_iter()
        .chain(newer.iter().cloned())
        .collect();
    copied("Silver", 0, 100).saw(CENTRAL, What::Points, points(&all))
}

impl Scene {
    fn key(self, state: Option<KeyState>) -> Self {
        let found = keys(vec![key(KEY, state)]);
        self.saw(CENTRAL, What::Parts(Kind::Key), found)
    }
}

#[test]
fn a_copy_whose_key_is_off_going_or_gone_is_no_copy() {
    for (state, why) in [
        (KeyState::Disabled, "is disabled"),
        (KeyState::PendingDeletion, "is pending deletion"),
        (KeyState::Missing, "does not exist"),
    ] {
        let one = held(&[locked(95)]).key(Some(state)).only();
        assert_eq!(one.loss, Some(SignedDuration::from_mins(30)));
        let words = format!("cannot be read: key copies {why}");
        assert!(one.why.ends_with(&words), "{}", one.why);
        let locked = one.locked.expect("it is told");
        assert_eq!(locked.data_time, at(95));
    }
    let works = held(&[locked(95)]).key(Some(KeyState::Enabled)).only();
    assert_eq!(works.loss, Some(SignedDuration::from_mins(5)));
    assert_eq!((works.state, works.locked), (State::Inside, None));
}

#[test]
fn with_no_copy_but_one_that_its_key_locks_there_is_nothing_to_recover_from() {
    let one = copied("Silver", 0, 100)
        .saw(CENTRAL, What::Points, points(&[locked(95)]))
        .saw(CENTRAL, What::Snapshots, points(&[]))
        .saw(CENTRAL, What::Instances, instances(&[]))
        .key(Some(KeyState::Disabled))
        .only();
    assert_eq!((one.state, one.loss), (State::Outside, None));
    let words = "no usable copy in eu-central-1; that of ";
    assert!(one.why.starts_with(words), "{}", one.why);
}

#[test]
fn a_copy_older_than_the_best_is_not_missed() {
    let one = held(&[locked(60)]).key(Some(KeyState::Disabled)).only();
    assert_eq!((one.state, one.locked), (State::Inside, None));
}

#[test]
fn a_copy_whose_key_is_not_known_counts_but_bears_no_good_verdict() {
    let never = held(&[locked(95)]).only();
    let denied = held(&[locked(95)]).key(None).only();
    let other = KeyState::Other("Unavailable".to_owned());
    let other = held(&[locked(95)]).key(Some(other)).only();
    for (one, why) in [
        (never, "key k is not known to work; "),
        (denied, "key copies is not known to work: not allowed; "),
        (other, "key copies is not known to work: Unavailable; "),
    ] {
        assert_eq!(one.state, State::Unknown);
        assert_eq!(one.loss, Some(SignedDuration::from_mins(5)));
        assert!(one.why.starts_with(why), "{}", one.why);
    }
    let late = copied("Gold", 0, 500)
        .saw(CENTRAL, What::Points, points(&[locked(95)]))
        .only();
    assert_eq!(late.state, State::Outside, "with or without the key");
}

#[test]
fn what_was_known_of_a_key_long_ago_is_not_known_now() {
    let seen = held(&[locked(99)]).key(Some(KeyState::Enabled));
    let later = |scene: Scene| {
        let all = [point(DB, Some(70), 71), locked(129)];
        scene.at(at(131)).saw(CENTRAL, What::Points, points(&all)).only()
    };
    let one = later(seen);
    assert_eq!(one.state, State::Unknown);
    let words = "key copies was last seen 31m 00s ago";
    assert!(one.why.starts_with(words), "{}", one.why);
    let one = later(held(&[locked(99)]).key(Some(KeyState::Disabled)));
    assert_eq!((one.state, one.locked), (State::Unknown, None));
    let words = "key copies is disabled, as seen 31m 00s ago";
    assert!(one.why.starts_with(words), "{}", one.why);
}

#[test]
fn a_key_that_a_whole_list_does_not_have_is_gone() {
    let list = |region| {
        let keys = keys(vec![key("arn:another", Some(KeyState::Enabled))]);
        held(&[locked(95)]).saw(region, What::Parts(Kind::Key), keys)
    };
    let one = list(CENTRAL).only();
    assert_eq!(one.loss, Some(SignedDuration::from_mins(30)));
    assert!(one.why.ends_with("key k does not exist"), "{}", one.why);
    assert_eq!(list(WEST).only().state, State::Unknown, "not asked there");

    let mut cut = list(CENTRAL);
    let what = What::Parts(Kind::Key);
    let none = keys(Vec::new());
    let none = fixture::seen(fixture::source(CENTRAL, what), at(100), none);
    cut.estate.apply(fixture::cut(none));
    assert_eq!(cut.only().state, State::Unknown);

    let newer = list(CENTRAL).at(at(102));
    let all = [Fields { created: Some(at(101)), ..locked(101) }];
    let newer = newer.saw(CENTRAL, What::Points, points(&all)).only();
    assert_eq!(newer.state, State::Unknown, "made after the keys were asked");
}

#[test]
fn a_key_that_works_again_gives_its_copies_back() {
    let scene = held(&[locked(95)]).key(Some(KeyState::Disabled));
    let watch = aimed();
    let first = Derived::of(&scene.estate, &watch, None, at(100));
    let scene = scene.at(at(101)).key(Some(KeyState::Enabled));
    assert!(!first.points.is_of(&scene.estate));
    let then = first.next(&scene.estate, &watch, None, at(101));
    let loss = then.standings[0].loss;
    assert_eq!(loss, Some(SignedDuration::from_mins(6)));
    let scene = scene.at(at(102)).key(Some(KeyState::Enabled));
    let third = then.next(&scene.estate, &watch, None, at(102));
    assert!(Arc::ptr_eq(&then.points, &third.points));
}
