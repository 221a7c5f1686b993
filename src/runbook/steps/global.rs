//! What is seen of an Aurora global database from the Region one recovers in.

use jiff::Timestamp;

use super::seen::{Seen, seen};
use super::{Missing, Scene, Text};
use crate::estate::ids::{Account, Arn, Region};
use crate::estate::resource::{DbCluster, GlobalCluster};
use crate::estate::{Found, Source, What};

/// A cluster of a global database, as a step's fields name it.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) account: Text,
    pub(super) region: Text,
    pub(super) global: Text,
    pub(super) cluster: Text,
}

impl Fields {
    pub(super) fn parse(fields: &mut super::Fields<'_>) -> Option<Self> {
        let account = fields.needed_text("account");
        let region = fields.needed_text("region");
        let global = fields.needed_text("global");
        let cluster = fields.needed_text("cluster");
        Some(Fields {
            account: account?,
            region: region?,
            global: global?,
            cluster: cluster?,
        })
    }

    pub(super) fn texts(&self) -> Vec<&Text> {
        vec![&self.account, &self.region, &self.global, &self.cluster]
    }

    pub(super) fn target(&self, scene: &Scene<'_>) -> Result<Target, Missing> {
        Ok(Target {
            account: scene.fill(&self.account)?,
            region: scene.fill(&self.region)?,
            global: scene.fill(&self.global)?,
            cluster: scene.fill(&self.cluster)?,
        })
    }
}

/// A cluster of a global database.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) global: String,
    pub(super) cluster: String,
}

/// What was seen of it late enough.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    pub(super) cluster: &'a DbCluster,
    pub(super) global: &'a GlobalCluster,
    /// When the earlier of the looks began.
    pub(super) begun: Timestamp,
    /// When the later of them ended.
    pub(super) at: Timestamp,
}

/// Why a state is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A look is missing.
    Unseen(String),
    /// AWS has no such thing.
    Absent(String),
}

impl Unknown {
    pub(super) fn why(self) -> String {
        match self {
            Unknown::Unseen(why) | Unknown::Absent(why) => why,
        }
    }
}

impl Target {
    /// The looks at the cluster and at the global database, both asked where
    /// the cluster is: the writer's Region need not answer.
    pub(super) fn looks(&self) -> [Source; 2] {
        let account = Account::new(&self.account);
        let region = Region::new(&self.region);
        let at = |what| Source::aws(&account, &region, what);
        [
            at(What::Cluster(self.cluster.clone())),
            at(What::GlobalCluster(self.global.clone())),
        ]
    }

    pub(super) fn state<'a>(
        &self,
        scene: &Scene<'a>,
        since: Timestamp,
    ) -> Result<State<'a>, Unknown> {
        let [at_cluster, at_global] = self.looks();
        let clusters =
            seen(scene, &at_cluster, since).map_err(Unknown::Unseen)?;
        let globals =
            seen(scene, &at_global, since).map_err(Unknown::Unseen)?;
        let absent = |source: &Source| {
            Unknown::Absent(format!("{source}: there is none"))
        };
        let Seen { begun, at, .. } = clusters;
        let Found::Clusters(found) = clusters.found else {
            return Err(absent(&at_cluster));
        };
        let Found::GlobalClusters(all) = globals.found else {
            return Err(absent(&at_global));
        };
        Ok(State {
            cluster: found.first().ok_or_else(|| absent(&at_cluster))?,
            global: all.first().ok_or_else(|| absent(&at_global))?,
            begun: begun.min(globals.begun),
            at: at.max(globals.at),
        })
    }
}

impl<'a> State<'a> {
    /// The ARN of the cluster that takes the writes, where RDS tells one.
    pub(super) fn writer(&self) -> Option<&'a Arn> {
        let mut members = self.global.members.iter();
        members.find(|(_, writes)| *writes).map(|(arn, _)| arn)
    }

    /// Whether the cluster itself takes them.
    pub(super) fn writes(&self) -> bool {
        self.writer() == Some(&self.cluster.arn)
    }

    /// The writer it follows, if it could take over now; else why not.
    pub(super) fn can_take_over(&self) -> Result<&'a Arn, String> {
        let State { cluster, global, .. } = self;
        let id = &cluster.id;
        if cluster.status != "available" {
            return Err(format!("{id} is {}, not available", cluster.status));
        }
        let mut members = global.members.iter();
        if !members.any(|(arn, _)| *arn == cluster.arn) {
            return Err(format!("{id} is no member of {}", global.id));
        }
        if cluster.members.is_empty() {
            return Err(format!(
                "{id} has no instance: nothing in it could write"
            ));
        }
        if self.writes() {
            return Err(format!("{id} already takes the writes"));
        }
        self.writer().ok_or_else(|| {
            format!("RDS tells no cluster of {} that takes writes", global.id)
        })
    }
}

/// The source that is one Aurora cluster.
pub(super) fn cluster_source(account: &str, region: &str, id: &str) -> Source {
    let what = What::Cluster(id.to_owned());
    Source::aws(&Account::new(account), &Region::new(region), what)
}

/// Where a cluster takes connections, as outputs of a step.
pub(super) fn place(cluster: &DbCluster) -> Option<(String, u16)> {
    // The port of Aurora PostgreSQL and of Aurora MySQL where none is told.
    let usual = if cluster.engine.contains("mysql") { 3306 } else { 5432 };
    let host = cluster.endpoint.clone()?;
    Some((host, cluster.port.unwrap_or(usual)))
}
