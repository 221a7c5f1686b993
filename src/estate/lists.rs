//! The estate read by kind: instances, recovery points, jobs and the rest.

use super::ids::{Account, Arn, Region};
use super::resource::{
    Alarm, AutomatedBackup, DbCluster, DbInstance, GlobalCluster, HealthCheck,
    Identity, Job, Lag, Protected, RecordSet, RecoveryPoint, Vault, Zone,
};
use super::{Estate, Found, Source, What};

/// A thing and the place whose answer holds it.
#[derive(Debug, PartialEq)]
pub struct Placed<'a, T> {
    /// The account that was asked.
    pub account: &'a Account,
    /// The Region that was asked.
    pub region: &'a Region,
    /// The thing.
    pub item: &'a T,
}

impl<T> Clone for Placed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Placed<'_, T> {}

impl<'a, T> Placed<'a, T> {
    /// Something of it, in the same place.
    pub fn with<U>(self, item: &'a U) -> Placed<'a, U> {
        Placed { account: self.account, region: self.region, item }
    }
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $slice:ident $found:ident $item:ident;)*) => {
        impl Found {$(
            fn $slice(&self) -> &[$item] {
                match self {
                    Found::$found(list) => list,
                    _ => &[],
                }
            }
        )*}

        impl Estate {$(
            $(#[$doc])*
            pub fn $name(&self) -> impl Iterator<Item = Placed<'_, $item>> {
                self.watched().flat_map(|(account, region, found)| {
                    found
                        .$slice()
                        .iter()
                        .map(move |item| Placed { account, region, item })
                })
            }
        )*}
    };
}

lists! {
    /// Vaults of every account and Region.
    vaults as_vaults Vaults Vault;
    /// Recovery points, native snapshots among them; those that AWS Backup
    /// made of databases are listed by both services.
    points as_points Points RecoveryPoint;
    /// Jobs of AWS Backup, of all three kinds.
    jobs as_jobs Jobs Job;
    /// Resources that AWS Backup protects.
    protected_resources as_protected Protected Protected;
    /// RDS instances of every account and Region.
    all_instances as_instances Instances DbInstance;
    /// Aurora clusters of every account and Region.
    clusters as_clusters Clusters DbCluster;
    /// Aurora global databases; each Region may list the same ones.
    global_clusters as_global_clusters GlobalClusters GlobalCluster;
    /// Continuous backups of RDS instances.
    automated_backups as_automated_backups AutomatedBackups AutomatedBackup;
    /// Lag readings of every replica.
    all_lags as_lags Lags Lag;
    /// Hosted zones.
    zones as_zones Zones Zone;
    /// Record sets of the hosted zones.
    records as_records Records RecordSet;
    /// Health checks.
    health_checks as_health_checks HealthChecks HealthCheck;
    /// Alarms of every account and Region.
    alarms as_alarms Alarms Alarm;
}

impl Estate {
    /// What the pollers' lists hold. Answers to targeted looks are left
    /// out, or the same thing would be counted twice.
    pub(super) fn watched(
        &self,
    ) -> impl Iterator<Item = (&Account, &Region, &Found)> {
        self.known.iter().filter_map(|(source, known)| match source {
            Source::Aws { account, region, what } if !what.is_targeted() => {
                Some((account, region, known.found.as_ref()?))
            }
            _ => None,
        })
    }

    /// The newest answer to some looks at the same place.
    fn newest<const N: usize>(
        &self,
        account: &Account,
        region: &Region,
        looks: [What; N],
    ) -> Option<&Found> {
        looks
            .into_iter()
            .filter_map(|what| {
                self.known.get(&Source::aws(account, region, what))
            })
            .filter(|known| known.found.is_some())
            .max_by_key(|known| known.seen)?
            .found
            .as_ref()
    }

    /// Instances that were seen to be promoted, with what each followed.
    pub fn promoted(&self) -> impl Iterator<Item = (&Arn, &Arn)> {
        self.promoted.iter()
    }

    /// Who we are in each account that answered.
    pub fn identities(&self) -> impl Iterator<Item = Placed<'_, Identity>> {
        self.watched().filter_map(|(account, region, found)| match found {
            Found::Identity(item) => Some(Placed { account, region, item }),
            _ => None,
        })
    }

    /// RDS instances of one account and Region.
    pub fn instances(
        &self,
        account: &Account,
        region: &Region,
    ) -> &[DbInstance] {
        let source = Source::aws(account, region, What::Instances);
        self.found(&source).map_or(&[], Found::as_instances)
    }

    /// An RDS instance by its ARN, from the newer of the list and a look at
    /// it alone.
    pub fn instance_of(&self, arn: &Arn) -> Option<&DbInstance> {
        let (account, region) = (arn.account()?, arn.region()?);
        let found = self.find_instance(&account, &region, arn.tail());
        found.filter(|instance| instance.arn == *arn)
    }

    /// An RDS instance by its identifier, from the newer of the list and a
    /// look at it alone. None if that answer does not have it, too.
    pub fn find_instance(
        &self,
        account: &Account,
        region: &Region,
        id: &str,
    ) -> Option<&DbInstance> {
        let looks = [What::Instances, What::Instance(id.to_owned())];
        self.newest(account, region, looks)?
            .as_instances()
            .iter()
            .find(|instance| instance.id == id)
    }

    /// An Aurora cluster by its identifier, from the newer of the list and a
    /// look at it alone. None if that answer does not have it, too.
    pub fn find_cluster(
        &self,
        account: &Account,
        region: &Region,
        id: &str,
    ) -> Option<&DbCluster> {
        let looks = [What::Clusters, What::Cluster(id.to_owned())];
        self.newest(account, region, looks)?
            .as_clusters()
            .iter()
            .find(|cluster| cluster.id == id)
    }

    /// An Aurora global database by its identifier, as a Region tells it:
    /// from the newer of the list and a look at it alone.
    pub fn find_global(
        &self,
        account: &Account,
        region: &Region,
        id: &str,
    ) -> Option<&GlobalCluster> {
        let looks = [What::GlobalClusters, What::GlobalCluster(id.to_owned())];
        self.newest(account, region, looks)?
            .as_global_clusters()
            .iter()
            .find(|global| global.id == id)
    }

    /// The lag readings of one replica, or of one cluster of an Aurora global
    /// database, from the newer of the list and a look at it alone.
    pub fn lags(
        &self,
        account: &Account,
        region: &Region,
        replica: &str,
    ) -> Option<&Lag> {
        let looks = [
            What::Lags,
            What::LagOf(replica.to_owned()),
            What::ClusterLagOf(replica.to_owned()),
        ];
        self.newest(account, region, looks)?
            .as_lags()
            .iter()
            .find(|lag| lag.replica == replica)
    }

    /// The newest good answer of a source.
    pub fn found(&self, source: &Source) -> Option<&Found> {
        self.known.get(source)?.found.as_ref()
    }

    /// Every Region that was asked anything, once each, in order.
    pub fn regions(&self) -> Vec<&Region> {
        let mut regions: Vec<&Region> =
            self.known.keys().filter_map(Source::region).collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }

    /// Every account that was asked anything, once each, in order.
    pub fn accounts(&self) -> Vec<&Account> {
        let mut accounts: Vec<&Account> =
            self.known.keys().filter_map(Source::account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}
