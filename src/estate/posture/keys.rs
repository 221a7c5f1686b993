//! Checks of the keys without which no copy can be read.

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::ids::Arn;
use crate::estate::part::kms::KeyState;

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
        let state = match key.state.as_ref()? {
            KeyState::Enabled | KeyState::Other(_) => return None,
            KeyState::PendingDeletion => match key.deleted {
                None => "is pending deletion".to_owned(),
                Some(at) => {
                    format!("will be deleted on {}", at.strftime("%F"))
                }
            },
            KeyState::Disabled => "is disabled".to_owned(),
            KeyState::Missing => "does not exist".to_owned(),
        };
        let used = first_names(key.used_by.iter().map(String::as_str));
        let what = format!(
            "key {} in {} {state}; it encrypts {used}",
            key.name, placed.region
        );
        Some(Mistake::of(&Arn::new(&*key.arn), what).seen_at(&placed))
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
