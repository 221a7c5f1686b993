//! Vanished: what was there, and is gone before its time.
//!
//! A good look after a deletion must not wipe the only list of what there
//! was. Recovery points and snapshots are kept here that were gone before
//! their retention was over, and vaults and plans, which have none. Only two
//! whole looks can tell that something is gone.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::{Account, Arn, Region};
use super::part::Part;
use super::part::backup::BackupPlan;
use super::resource::{PointStatus, RecoveryPoint, Vault};
use super::{Estate, Found};

/// What vanished longer ago than this is forgotten.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The most that are kept with their details; of more, the newest.
pub const MOST: usize = 10_000;
/// No retention that AWS offers is shorter, so a native snapshot younger
/// than this did not go by itself.
const SHORTEST_RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// Something that was there, and is gone before its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vanished {
    /// The thing as it was last seen.
    pub gone: Gone,
    /// The account it lay in.
    pub account: Account,
    /// The Region it lay in.
    pub region: Region,
    /// When the look that missed it ended.
    pub noticed: Timestamp,
}

/// What can vanish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// A recovery point, or a native snapshot.
    Point(RecoveryPoint),
    /// A vault.
    Vault(Vault),
    /// A backup plan.
    Plan(Box<BackupPlan>),
}

/// All that vanished.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Oldest first; at most [`MOST`].
    pub list: Vec<Vanished>,
    /// How many more there were than are kept.
    pub left_out: usize,
}

impl Gone {
    /// Its ARN.
    pub fn arn(&self) -> &str {
        match self {
            Gone::Point(point) => point.arn(),
            Gone::Vault(vault) => &vault.arn,
            Gone::Plan(plan) => &plan.arn,
        }
    }

    /// What it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Gone::Point(point) if point.vault().is_none() => "snapshot",
            Gone::Point(_) => "recovery point",
            Gone::Vault(_) => "vault",
            Gone::Plan(_) => "backup plan",
        }
    }

    /// The recovery point, if it is one.
    pub fn point(&self) -> Option<&RecoveryPoint> {
        match self {
            Gone::Point(point) => Some(point),
            Gone::Vault(_) | Gone::Plan(_) => None,
        }
    }
}

impl Missing {
    /// Takes in what is gone, unless it is known to be.
    pub(super) fn add(&mut self, gone: Vec<Vanished>, at: Timestamp) {
        let list = &mut self.list;
        let arns = list.iter().map(|known| known.gone.arn().to_owned());
        let known: HashSet<String> = arns.collect();
        let new = gone.into_iter().filter(|v| !known.contains(v.gone.arn()));
        list.extend(new);
        list.retain(|old| at.duration_since(old.noticed) <= KEPT);
        let surplus = list.len().saturating_sub(MOST);
        list.drain(..surplus);
        self.left_out += surplus;
        if list.is_empty() {
            self.left_out = 0;
        }
    }

    /// Forgets what is there again.
    fn found_again(&mut self, after: &Found) {
        if self.list.is_empty() {
            return;
        }
        let there = arns(after);
        self.list.retain(|known| !there.contains(known.gone.arn()));
    }
}

impl Estate {
    /// What vanished in the last 90 days, oldest first; the newest 10,000.
    pub fn vanished(&self) -> &[Vanished] {
        &self.missing.list
    }

    /// How many more vanished than are kept.
    pub fn vanished_left_out(&self) -> usize {
        self.missing.left_out
    }

    /// Compares two whole answers of one place. Gives what is gone that was
    /// not known to be.
    pub(super) fn notice_vanished(
        &mut self,
        (account, region): (&Account, &Region),
        before: &Found,
        after: &Found,
        at: Timestamp,
    ) -> Vec<Arn> {
        self.missing.found_again(after);
        let gone: Vec<_> = gone(before, after, at)
            .into_iter()
            .map(|gone| Vanished {
                gone,
                account: account.clone(),
                region: region.clone(),
                noticed: at,
            })
            .collect();
        let arns = gone.iter().map(|v| Arn::new(v.gone.arn())).collect();
        if !gone.is_empty() {
            self.missing.add(gone, at);
        }
        arns
    }
}

/// What a later whole answer lacks before its time.
fn gone(before: &Found, after: &Found, at: Timestamp) -> Vec<Gone> {
    let there = arns(after);
    let lacks = |arn: &str| !there.contains(arn);
    match (before, after) {
        (Found::Points(before), Found::Points(_)) => before
            .iter()
            .filter(|p| lacks(p.arn()) && before_its_time(p, at))
            .map(|point| Gone::Point(point.clone()))
            .collect(),
        (Found::Vaults(before), Found::Vaults(_)) => before
            .iter()
            .filter(|vault| lacks(&vault.arn))
            .map(|vault| Gone::Vault(vault.clone()))
            .collect(),
        (Found::Parts(before), Found::Parts(_)) => before
            .iter()
            .filter_map(|part| match part {
                Part::BackupPlan(plan) if lacks(&plan.arn) => {
                    Some(Gone::Plan(Box::new(plan.clone())))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn arns(found: &Found) -> HashSet<&str> {
    match found {
        Found::Points(list) => list.iter().map(|p| &**p.arn()).collect(),
        Found::Vaults(list) => list.iter().map(|v| &*v.arn).collect(),
        Found::Parts(list) => list
            .iter()
            .filter_map(|part| match part {
                Part::BackupPlan(plan) => Some(plan.arn.as_str()),
                _ => None,
            })
            .collect(),
        _ => HashSet::new(),
    }
}

fn before_its_time(point: &RecoveryPoint, at: Timestamp) -> bool {
    if point.status() != PointStatus::Usable {
        return false;
    }
    match (point.expires(), point.vault(), point.created()) {
        (Some(expires), _, _) => at < expires,
        (None, Some(_), _) => true,
        (None, None, Some(created)) => {
            at.duration_since(created) < SHORTEST_RETENTION
        }
        (None, None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, WEST, cut, parts_of, source, vault};
    use super::super::recovery_point::Fields;
    use super::super::saved::Place;
    use super::super::{Observation, What};
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).expect("in range")
    }

    fn point(name: &str, expires: i64) -> RecoveryPoint {
        RecoveryPoint::from(Fields {
            arn: name.into(),
            expires: Some(at(expires)),
            ..fixture::point()
        })
    }

    fn seen(second: i64, what: What, found: Found) -> Observation {
        fixture::seen(source(WEST, what), at(second), found)
    }

    fn points(second: i64, points: Vec<RecoveryPoint>) -> Observation {
        seen(second, What::Points, Found::Points(points.into()))
    }

    fn names(estate: &Estate) -> Vec<&str> {
        estate.vanished().iter().map(|v| v.gone.arn()).collect()
    }

    #[test]
    fn a_point_gone_before_its_time_is_kept_as_vanished() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 100), point("b", 5)]));
        estate.apply(points(10, vec![]));
        assert_eq!(names(&estate), ["a"], "b was past its retention");
    }

    #[test]
    fn a_point_missing_from_a_list_cut_short_has_not_vanished() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 100)]));
        estate.apply(cut(points(10, vec![])));
        assert_eq!(names(&estate), [] as [&str; 0]);
        estate.apply(points(20, vec![point("a", 100)]));
        assert_eq!(names(&estate), [] as [&str; 0]);
    }

    #[test]
    fn what_went_while_lists_were_cut_is_noticed_by_the_next_whole_one() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 100), point("b", 100)]));
        estate.apply(cut(points(10, vec![point("a", 100)])));
        estate.apply(cut(points(20, vec![])));
        estate.apply(points(30, vec![point("a", 100)]));
        assert_eq!(names(&estate), ["b"]);
    }

    #[test]
    fn a_vanished_point_that_is_back_is_no_longer_vanished() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 100)]));
        estate.apply(points(10, vec![]));
        estate.apply(points(20, vec![point("a", 100)]));
        assert_eq!(names(&estate), [] as [&str; 0]);
    }

    fn plan(name: &str) -> Part {
        let arn = name.to_owned();
        Part::BackupPlan(BackupPlan { arn, ..fixture::plan() })
    }

    #[test]
    fn a_vault_or_a_plan_that_is_gone_has_vanished() {
        use super::super::part::Kind;
        let mut estate = Estate::default();
        let plans = What::Parts(Kind::BackupPlan);
        let both = Found::Vaults([vault("v", true), vault("w", true)].into());
        estate.apply(seen(0, What::Vaults, both));
        let both = parts_of([plan("p"), plan("q")]);
        estate.apply(seen(0, plans.clone(), both));
        let one = Found::Vaults([vault("w", true)].into());
        estate.apply(seen(9, What::Vaults, one));
        let one = parts_of([plan("q")]);
        estate.apply(seen(9, plans, one));
        assert_eq!(names(&estate), ["v", "p"]);
        let kinds = estate.vanished().iter().map(|v| v.gone.kind());
        assert_eq!(kinds.collect::<Vec<_>>(), ["vault", "backup plan"]);
    }

    #[test]
    fn a_restart_keeps_what_vanished_and_notices_what_went_meanwhile() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 900), point("b", 900)]));
        estate.apply(points(10, vec![point("b", 900)]));
        let place = Place::default();
        let saved = estate.save(place.clone(), at(11));
        let text = serde_json::to_string(&saved).expect("plain data");
        let saved = serde_json::from_str(&text).expect("just written");
        let mut opened = Estate::restore(saved, &place).expect("the same");
        assert_eq!(opened.vanished(), estate.vanished());
        opened.apply(points(500, vec![]));
        assert_eq!(names(&opened), ["a", "b"]);
        let left = opened.vanished()[0].gone.point().expect("a point");
        assert_eq!(left.expires(), Some(at(900)), "with its details");
    }

    #[test]
    fn a_restart_keeps_a_whole_list_that_a_cut_one_stands_before() {
        let mut estate = Estate::default();
        estate.apply(points(0, vec![point("a", 900), point("b", 900)]));
        estate.apply(cut(points(10, vec![])));
        let place = Place::default();
        let saved = estate.save(place.clone(), at(11));
        let mut opened = Estate::restore(saved, &place).expect("the same");
        opened.apply(points(20, vec![point("a", 900)]));
        assert_eq!(names(&opened), ["b"]);
    }

    #[test]
    fn after_90_days_it_is_forgotten() {
        let mut estate = Estate::default();
        let day = 24 * 3600;
        estate.apply(points(0, vec![point("a", 99), point("b", 400 * day)]));
        estate.apply(points(10, vec![point("b", 400 * day)]));
        assert_eq!(names(&estate), ["a"]);
        estate.apply(points(91 * day, vec![]));
        assert_eq!(names(&estate), ["b"]);
    }

    #[test]
    fn of_more_than_are_kept_the_newest_stay_and_the_rest_is_counted() {
        let mut estate = Estate::default();
        let many = MOST + 7;
        let all = (0..many).map(|n| point(&n.to_string(), 100)).collect();
        estate.apply(points(0, all));
        estate.apply(points(10, vec![]));
        assert_eq!(estate.vanished().len(), MOST);
        assert_eq!(estate.vanished_left_out(), 7);
    }
}
