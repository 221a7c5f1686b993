//! Aurora global databases, whose secondary clusters follow the writer.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{By, Drafts, Replica};
use crate::estate::resource::GlobalCluster;
use crate::estate::{Estate, Found};

/// Gives every secondary cluster to its writer.
pub(super) fn follow_globals(
    globals: &[&GlobalCluster],
    drafts: &mut Drafts<'_>,
) {
    for global in globals {
        let Some((writer, _)) =
            global.members.iter().find(|(_, writer)| *writer)
        else {
            continue;
        };
        let Some(draft) = drafts.get_mut(writer) else { continue };
        draft.covered = true;
        for (arn, writes) in &global.members {
            let (Some(region), false) = (arn.region(), *writes) else {
                continue;
            };
            draft.replicas.push(Replica {
                account: arn.account().unwrap_or(draft.account.clone()),
                region,
                id: arn.tail().to_owned(),
                promoted: false,
                by: By::Lag,
            });
        }
    }
}

/// Each global database as the newest look at any Region tells it.
pub(super) fn newest_globals(estate: &Estate) -> Vec<&GlobalCluster> {
    let mut newest: BTreeMap<&str, (Option<Timestamp>, &GlobalCluster)> =
        BTreeMap::new();
    for (_, known) in estate.sources() {
        let Some(Found::GlobalClusters(list)) = &known.found else {
            continue;
        };
        let seen = known.begun();
        for global in list.iter() {
            let held = newest.entry(&global.id).or_insert((seen, global));
            if held.0 < seen {
                *held = (seen, global);
            }
        }
    }
    newest.into_values().map(|(_, global)| global).collect()
}
