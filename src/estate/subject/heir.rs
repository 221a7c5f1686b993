//! Heirs: replicas that were promoted, and what they take over.

use std::collections::HashMap;

use super::{Draft, Drafts, replica, source_arn};
use crate::estate::ids::Arn;
use crate::estate::objective::{Demand, Rules};
use crate::estate::resource::ResourceType;
use crate::estate::{Estate, Found, Placed};

impl Estate {
    /// Keeps what a replica followed once it stands on its own: AWS tells it
    /// of a replica only.
    pub(in crate::estate) fn note_promoted(
        &mut self,
        before: Option<&Found>,
        after: &Found,
    ) {
        let (Some(Found::Instances(before)), Found::Instances(after)) =
            (before, after)
        else {
            return;
        };
        for was in before.iter() {
            let Some(of) = &was.replica_of else { continue };
            let now = after.iter().find(|now| now.arn == was.arn);
            if now.is_some_and(|now| now.replica_of.is_none()) {
                let source = source_arn(of, &was.arn);
                self.promoted.insert(was.arn.clone(), source);
            }
        }
        let promoted = &mut self.promoted;
        let follows = after.iter().filter(|now| now.replica_of.is_some());
        follows.for_each(|now| {
            promoted.remove(&now.arn);
        });
    }
}

/// What a promoted replica takes over: the name of the database it followed,
/// and what was demanded of that.
pub(super) type Bequest = (String, Demand);

/// What each promoted replica takes over.
pub(super) fn bequests(
    drafts: &Drafts<'_>,
    rules: &Rules,
) -> HashMap<Arn, Bequest> {
    let heirs = drafts.iter().filter_map(|(arn, draft)| {
        let source = drafts.get(draft.heir_of.as_ref()?)?;
        let bequest = (source.name.clone(), source.demand(rules));
        Some((arn.clone(), bequest))
    });
    heirs.collect()
}

/// Links a database that was seen to be promoted with the one that it
/// followed, of which AWS tells nothing any more.
pub(super) fn heirs<'a>(estate: &'a Estate, drafts: &mut Drafts<'a>) {
    for (arn, source) in estate.promoted() {
        let mut all = estate.all_instances();
        let Some(placed) = all.find(|placed| placed.item.arn == *arn) else {
            continue;
        };
        let Placed { account, region, item } = placed;
        let draft = drafts.entry(source.clone()).or_insert_with(|| {
            let owner = source.account();
            let owner = owner.as_ref().unwrap_or(account);
            Draft::new(ResourceType::Rds, source.tail(), owner)
        });
        draft.covered = true;
        draft.tags = draft.tags.or(Some(&item.tags));
        let promoted = replica(account, region, item, true);
        if !draft.replicas.contains(&promoted) {
            draft.replicas.push(promoted);
        }
        if let Some(heir) = drafts.get_mut(arn) {
            heir.covered = true;
            heir.heir_of = Some(source.clone());
        }
    }
}

/// What is demanded of a promoted replica: what its own tag or a rule says,
/// else what was demanded of the database whose place it took.
pub(super) fn inherited(own: Demand, (of, theirs): &Bequest) -> Demand {
    match (&own.objective, &theirs.objective) {
        (None, Some(objective)) => Demand {
            notice: Some(format!(
                "no rule or tag of its own: {} like {of}, whose replica it \
                 was",
                objective.tier
            )),
            objective: Some(objective.clone()),
        },
        (Some(_), _) | (None, None) => own,
    }
}
