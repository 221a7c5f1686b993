//! Filled: a list that was cut short, with what the whole one before it had
//! beyond the cut.
//!
//! What is not in such an answer is not gone: a database beyond the cut must
//! not leave the screen while it may be the one to be saved.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use super::Found;
use super::part::Part;
use super::resource::{
    Alarm, AutomatedBackup, DbCluster, DbInstance, GlobalCluster, HealthCheck,
    Job, Lag, Protected, RecordSet, RecoveryPoint, Vault, Zone,
};

impl Found {
    /// What was found, and behind it what only the whole answer before had.
    pub(super) fn filled(self, whole: &Found) -> Found {
        macro_rules! fill {
            ($($list:ident)*) => {
                match (self, whole) {
                    $((Found::$list(now), Found::$list(before)) => {
                        Found::$list(filled(now, before))
                    })*
                    (now, _) => now,
                }
            };
        }
        fill! {
            Points Vaults Jobs Protected Instances Clusters GlobalClusters
            AutomatedBackups Lags Zones Records HealthChecks Alarms Parts
        }
    }
}

fn filled<T: Named + Clone>(now: Arc<[T]>, before: &[T]) -> Arc<[T]> {
    let there: HashSet<_> = now.iter().map(Named::name).collect();
    let more: Vec<T> = before
        .iter()
        .filter(|thing| !there.contains(&thing.name()))
        .cloned()
        .collect();
    drop(there);
    if more.is_empty() {
        return now;
    }
    now.iter().cloned().chain(more).collect()
}

/// What no two things of one list share.
trait Named {
    fn name(&self) -> Cow<'_, str>;
}

macro_rules! named {
    ($($thing:ident: $field:ident),* $(,)?) => {$(
        impl Named for $thing {
            fn name(&self) -> Cow<'_, str> {
                Cow::Borrowed(&self.$field)
            }
        }
    )*};
}

named! {
    Vault: arn,
    Job: id,
    Protected: arn,
    DbInstance: arn,
    DbCluster: arn,
    GlobalCluster: id,
    AutomatedBackup: arn,
    Zone: id,
    HealthCheck: id,
    Alarm: arn,
}

impl Named for RecoveryPoint {
    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.arn())
    }
}

impl Named for Lag {
    fn name(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{} {}", self.replica, self.metric))
    }
}

impl Named for RecordSet {
    fn name(&self) -> Cow<'_, str> {
        let identifier = self.identifier.as_deref().unwrap_or_default();
        let RecordSet { zone, name, kind, .. } = self;
        Cow::Owned(format!("{zone} {name} {kind} {identifier}"))
    }
}

impl Named for Part {
    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.told().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(name: &str, points: i64) -> Vault {
        let arn = format!("arn:aws:backup:eu-west-1:1:backup-vault:{name}");
        Vault {
            name: name.into(),
            arn: arn.as_str().into(),
            points,
            locked: false,
        }
    }

    #[test]
    fn what_lies_beyond_the_cut_is_as_it_was_last_seen() {
        let before = Found::Vaults([vault("a", 1), vault("b", 2)].into());
        let now = Found::Vaults([vault("a", 3)].into());
        let both = Found::Vaults([vault("a", 3), vault("b", 2)].into());
        assert_eq!(now.filled(&before), both);
    }

    #[test]
    fn a_list_that_lacks_nothing_stays_the_very_same() {
        let now: Arc<[Vault]> = [vault("a", 1), vault("b", 2)].into();
        let before = Found::Vaults([vault("b", 2)].into());
        let Found::Vaults(filled) =
            Found::Vaults(Arc::clone(&now)).filled(&before)
        else {
            panic!("vaults stay vaults");
        };
        assert!(Arc::ptr_eq(&now, &filled));
    }
}
