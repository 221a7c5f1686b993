//! What the Tagging API tells of protected resources: their tags, and that
//! there are some that ask for a backup and have none.

use std::collections::HashSet;

use super::{Draft, Drafts};
use crate::estate::ids::Arn;
use crate::estate::objective::asks_for_backup;
use crate::estate::resource::ResourceType;
use crate::estate::{Estate, Placed};

/// Gives every draft its tags, and drafts what asks for a backup by tag
/// without any service having listed it.
pub(super) fn take_in<'a>(
    estate: &'a Estate,
    dependent: &HashSet<Arn>,
    drafts: &mut Drafts<'a>,
) {
    for Placed { account, region, item } in estate.tagged() {
        let Some(kind) = ResourceType::from_arn(&item.arn) else { continue };
        if let Some(draft) = drafts.get_mut(&item.arn) {
            draft.tags.get_or_insert(&item.tags);
            continue;
        }
        if !asks_for_backup(&item.tags) || dependent.contains(&item.arn) {
            continue;
        }
        let owner = item.arn.account();
        let owner = owner.as_ref().unwrap_or(account);
        let name = item.tags.get("Name").map_or(item.arn.tail(), |n| n);
        let mut draft = Draft::new(kind, name, owner);
        draft.tags = Some(&item.tags);
        draft.covered = true;
        draft.regions.push(region.clone());
        drafts.insert(item.arn.clone(), draft);
    }
}
