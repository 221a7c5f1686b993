//! Checks of the keys without which no copy can be read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::ids::Arn;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "key-unusable",
        severity: Severity::Bad,
        system: "KMS",
        doc: "Keys of vaults and databases that are off, going or gone",
        fix: "Cancel its deletion or enable it: data without key is lost.",
        rests_on: &["kms/keys"],
        find: unusable,
    },
    Check {
        code: "points-locked",
        severity: Severity::Bad,
        system: "KMS",
        doc: "Recovery points whose key is off, going or gone",
        fix: "Cancel its deletion or enable it: data without key is lost.",
        rests_on: &["kms/keys", "backup/points"],
        find: points_locked,
    },
    Check {
        code: "key-not-in-target",
        severity: Severity::Warn,
        system: "KMS",
        doc: "Multi-Region keys that the recovery Region does not have",
        fix: "Replicate the key to the recovery Region.",
        rests_on: &["kms/keys"],
        find: not_in_target,
    },
];

fn unusable(scene: &Scene<'_>) -> Vec<Mistake> {
    let used = scene.estate.keys().filter(|k| !k.item.used_by.is_empty());
    used.filter_map(|placed| {
        let key = placed.item;
        let state = key.trouble()?;
        let used = first_names(key.used_by.iter().map(String::as_str));
        let what = format!(
            "key {} in {} {state}; it encrypts {used}",
            key.name, placed.region
        );
        Some(Mistake::of(&Arn::new(&*key.arn), what).seen_at(&placed))
    })
    .collect()
}

/// One line a key, with the resources whose points hang on it.
fn points_locked(scene: &Scene<'_>) -> Vec<Mistake> {
    let broken: HashMap<&str, _> = scene
        .estate
        .keys()
        .filter_map(|placed| {
            let why = placed.item.trouble()?;
            Some((placed.item.arn.as_str(), (placed, why)))
        })
        .collect();
    if broken.is_empty() {
        return Vec::new();
    }
    let mut locked: BTreeMap<&str, (usize, BTreeSet<&Arn>)> = BTreeMap::new();
    for point in scene.estate.points() {
        let key = point.item.key().map(Arn::as_str);
        let key = key.and_then(|key| broken.get_key_value(key));
        let Some((key, _)) = key else { continue };
        let (count, of) = locked.entry(key).or_default();
        *count += 1;
        of.insert(point.item.resource());
    }
    let names: HashMap<&Arn, &str> = scene
        .standings
        .iter()
        .map(|s| (&s.resource, s.name.as_str()))
        .collect();
    let locked = locked.into_iter();
    locked
        .filter_map(|(arn, (count, of))| {
            let (placed, why) = broken.get(arn)?;
            let names = of.into_iter().map(|resource| {
                names.get(resource).copied().unwrap_or(resource.tail())
            });
            let noun = if count == 1 { "point" } else { "points" };
            let what = format!(
                "{count} recovery {noun} in {} of {} cannot be restored: \
                 key {} {why}",
                placed.region,
                first_names(names),
                placed.item.name
            );
            Some(Mistake::of(&Arn::new(arn), what).seen_at(placed))
        })
        .collect()
}

fn not_in_target(scene: &Scene<'_>) -> Vec<Mistake> {
    let Some(target) = scene.target else { return Vec::new() };
    let keys = scene.estate.keys().filter(|placed| {
        let key = placed.item;
        placed.region != target
            && key.multi_region == Some(true)
            && !key.used_by.is_empty()
            && !key.also_in.iter().any(|region| **region == **target)
    });
    keys.map(|placed| {
        let what = format!(
            "multi-Region key {} of {} has no replica in {target}",
            placed.item.name, placed.region
        );
        Mistake::of(&Arn::new(&*placed.item.arn), what).seen_at(&placed)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::estate::fixture::{CENTRAL, has, point, points, said_by, saw};
    use crate::estate::part::kms::{Key, KeyState};
    use crate::estate::recovery_point::Fields;
    use crate::estate::{Estate, What};

    const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/k";

    /// What is said of two points, one of them encrypted with the key.
    fn said(state: Option<KeyState>) -> Vec<String> {
        let point = |arn: &str, key: Option<&str>| Fields {
            arn: arn.into(),
            resource: "arn:aws:rds:eu-west-1:111122223333:db:orders".into(),
            key: key.map(Into::into),
            ..point()
        };
        let key = Key {
            arn: KEY.to_owned(),
            name: "copies".to_owned(),
            state,
            deleted: None,
            aws_managed: Some(false),
            also_in: Vec::new(),
            multi_region: Some(false),
            used_by: Vec::new(),
            unknown: Vec::new(),
        };
        let mut estate = Estate::default();
        let both = points(&[point("a", Some(KEY)), point("b", None)]);
        saw(&mut estate, CENTRAL, What::Points, both);
        has(&mut estate, CENTRAL, key);
        said_by(&estate, "points-locked")
    }

    #[test]
    fn points_whose_key_is_off_or_gone_cannot_be_restored() {
        for (state, why) in [
            (KeyState::PendingDeletion, "is pending deletion"),
            (KeyState::Disabled, "is disabled"),
            (KeyState::Missing, "does not exist"),
        ] {
            let what = format!(
                "1 recovery point in eu-central-1 of orders cannot be \
                 restored: key copies {why}"
            );
            assert_eq!(said(Some(state)), [what]);
        }
    }

    #[test]
    fn a_key_that_works_or_tells_nothing_locks_nothing() {
        assert!(said(Some(KeyState::Enabled)).is_empty());
        assert!(said(None).is_empty());
    }
}
