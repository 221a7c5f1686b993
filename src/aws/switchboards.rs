//! The clusters of routing controls that are known, and how each of their
//! endpoints answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::estate::ids::Account;
use crate::estate::part::Part;
use crate::estate::part::arc::{ArcCluster, Endpoint, Tried};
use crate::estate::{Found, Source};

/// What the look at the switches needs to know beforehand: their endpoints
/// are told by `us-west-2` alone, which may be the Region that is dark. Fill
/// it from a saved estate with [`Switchboards::learn`].
#[derive(Debug, Default)]
pub struct Switchboards(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    clusters: BTreeMap<Account, Vec<ArcCluster>>,
    /// How the endpoint of a URL answered, and since when.
    tried: BTreeMap<String, (Timestamp, Option<String>)>,
    /// Where the next look at a cluster begins.
    turns: BTreeMap<String, usize>,
}

impl Switchboards {
    /// Takes in the clusters of a list that was read earlier.
    pub fn learn(&self, source: &Source, found: &Found) {
        let Found::Parts(parts) = found else { return };
        let clusters = parts.iter().filter_map(|part| match part {
            Part::ArcCluster(cluster) => Some(cluster.clone()),
            _ => None,
        });
        let clusters: Vec<_> = clusters.collect();
        if !clusters.is_empty() {
            self.keep(source, &clusters);
        }
    }

    /// Takes in the clusters that the configuration tells now.
    pub(super) fn keep(&self, source: &Source, clusters: &[ArcCluster]) {
        let Some(account) = source.account() else { return };
        let mut all = self.all();
        all.clusters.insert(account.clone(), clusters.to_vec());
    }

    /// The clusters of an account; none if nobody has told of them yet.
    pub(super) fn known(&self, source: &Source) -> Option<Vec<ArcCluster>> {
        self.all().clusters.get(source.account()?).cloned()
    }

    /// Where of so many endpoints a look at a cluster begins: each time at
    /// another.
    pub(super) fn turn(&self, cluster: &str, count: usize) -> usize {
        let mut all = self.all();
        let turn = all.turns.entry(cluster.to_owned()).or_default();
        let now = *turn % count.max(1);
        *turn = now + 1;
        now
    }

    /// Takes in how an endpoint answered.
    pub(super) fn tried(
        &self,
        endpoint: &Endpoint,
        failure: Option<String>,
        now: Timestamp,
    ) {
        let mut all = self.all();
        let same = all
            .tried
            .get(&endpoint.url)
            .is_some_and(|(_, before)| before.is_some() == failure.is_some());
        // The first reason stands, so that the same answer stays the same.
        if !same {
            all.tried.insert(endpoint.url.clone(), (now, failure));
        }
    }

    /// How each endpoint of a cluster answered last.
    pub(super) fn endpoints(&self, cluster: &ArcCluster) -> Vec<Tried> {
        let all = self.all();
        let tried = cluster.endpoints.iter().map(|endpoint| {
            let known = all.tried.get(&endpoint.url).cloned();
            Tried {
                region: endpoint.region.clone(),
                since: known.as_ref().map(|(since, _)| *since),
                failure: known.and_then(|(_, failure)| failure),
            }
        });
        tried.collect()
    }

    fn all(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::What;
    use crate::estate::part::Kind;

    fn cluster() -> ArcCluster {
        let endpoint = |region: &str| Endpoint {
            region: region.into(),
            url: format!("https://one.{region}.example/v1"),
        };
        ArcCluster {
            arn: "arn:cluster".into(),
            name: "learn".into(),
            status: "DEPLOYED".into(),
            endpoints: ["us-east-1", "eu-west-1"].map(endpoint).into(),
            panels: None,
            unknown: Vec::new(),
        }
    }

    fn source() -> Source {
        let what = What::Parts(Kind::ArcCluster);
        Source::aws(&"111122223333".into(), &"us-west-2".into(), what)
    }

    #[test]
    fn a_saved_estate_tells_the_endpoints_when_the_configuration_cannot() {
        let boards = Switchboards::default();
        assert_eq!(boards.known(&source()), None);
        let saved = Found::Parts([Part::from(cluster())].into());
        boards.learn(&source(), &saved);
        assert_eq!(boards.known(&source()), Some(vec![cluster()]));
    }

    #[test]
    fn each_look_begins_at_another_endpoint_and_comes_round() {
        let boards = Switchboards::default();
        let turns = [(); 3].map(|()| boards.turn("arn:cluster", 2));
        assert_eq!(turns, [0, 1, 0]);
    }

    #[test]
    fn an_endpoint_is_silent_until_it_answers_again() {
        let boards = Switchboards::default();
        let cluster = cluster();
        let at = |second| Timestamp::from_second(second).unwrap();
        let silent = |second| {
            let why = Some("no answer".to_owned());
            boards.tried(&cluster.endpoints[0], why, at(second));
            boards.endpoints(&cluster)
        };
        let first = silent(1);
        assert_eq!(first[0].failure.as_deref(), Some("no answer"));
        assert_eq!(first[1].since, None);
        assert_eq!(silent(2), first);
        boards.tried(&cluster.endpoints[0], None, at(3));
        assert_eq!(boards.endpoints(&cluster)[0].failure, None);
    }
}
