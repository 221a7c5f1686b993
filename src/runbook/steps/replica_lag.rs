//! `rds.replica-lag`: how far a replica is behind, as a check.

use jiff::SignedDuration;

use super::global::cluster_source;
use super::lag::readings;
use super::seen::{instance_source, is_out_of_reach, moment, seen, span};
use super::{
    Answers, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::ids::{Account, Region};
use crate::estate::lag::Reading;
use crate::estate::{Source, What};

pub(super) const TYPE: StepType = StepType {
    name: "rds.replica-lag",
    doc: "Reads how far an RDS replica is behind its source. While the \
          source can be reached, a lag above `max`, a reading of -1 and a \
          missing reading hold the run. While it cannot, the last known \
          data time is told instead and goes to the decision: it never \
          blocks the failover it is for.",
    example: r#"
[[step]]
id = "lag"
kind = "rds.replica-lag"
title = "How far {replica} is behind"
account = "{account}"
region = "{to}"
replica = "{replica}"
source = "{primary}"
source_region = "{from}"
max = "5m"
fresh = "3m"
"#,
    outputs: &["data_time", "lag", "sampled"],
    parse,
};

/// A sample older than this does not tell the lag of now.
const SAMPLE_LIVES: SignedDuration = SignedDuration::from_mins(5);

/// What follows: an instance, or a cluster of a global database.
#[derive(Clone, Copy, Debug)]
pub(super) enum Follower {
    Instance,
    Cluster,
}

#[derive(Debug)]
struct ReplicaLag {
    follower: Follower,
    account: Text,
    region: Text,
    replica: Text,
    source: Option<(Text, Text)>,
    max: Option<SignedDuration>,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    parse_for(Follower::Instance, fields)
}

/// The step for either follower.
pub(super) fn parse_for(
    follower: Follower,
    fields: &mut Fields<'_>,
) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let region = fields.needed_text("region");
    let replica = fields.needed_text(match follower {
        Follower::Instance => "replica",
        Follower::Cluster => "cluster",
    });
    let source = fields.text("source");
    let source_region = fields.text("source_region");
    if source.is_some() != source_region.is_some() {
        let told = "`source` and `source_region` go together";
        fields.wrong(fields.span(), "missing-key", told, "");
    }
    Some(Box::new(ReplicaLag {
        follower,
        account: account?,
        region: region?,
        replica: replica?,
        source: source.zip(source_region),
        max: fields.duration("max"),
    }))
}

impl ReplicaLag {
    fn lag_source(&self, scene: &Scene<'_>) -> Option<Source> {
        let replica = scene.fill(&self.replica).ok()?;
        Some(Source::aws(
            &Account::new(scene.fill(&self.account).ok()?),
            &Region::new(scene.fill(&self.region).ok()?),
            match self.follower {
                Follower::Instance => What::LagOf(replica),
                Follower::Cluster => What::ClusterLagOf(replica),
            },
        ))
    }

    fn origin(&self, scene: &Scene<'_>) -> Option<Source> {
        let (id, region) = self.source.as_ref()?;
        let source = match self.follower {
            Follower::Instance => instance_source,
            Follower::Cluster => cluster_source,
        };
        Some(source(
            &scene.fill(&self.account).ok()?,
            &scene.fill(region).ok()?,
            &scene.fill(id).ok()?,
        ))
    }
}

impl Step for ReplicaLag {
    fn texts(&self) -> Vec<&Text> {
        let mut texts = vec![&self.account, &self.region, &self.replica];
        if let Some((id, region)) = &self.source {
            texts.extend([id, region]);
        }
        texts
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.lag_source(scene).into_iter().chain(self.origin(scene)).collect()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let filled = || {
            Ok::<_, Missing>((
                scene.fill(&self.account)?,
                scene.fill(&self.region)?,
                scene.fill(&self.replica)?,
            ))
        };
        let (account, region, replica) = match filled() {
            Ok(filled) => filled,
            Err(missing) => return Settled::from(missing),
        };
        let told = readings(scene, &account, &region, &replica);
        let Some(source) = self.lag_source(scene) else {
            return Settled::CannotTell { why: "no source to look at".into() };
        };
        let lag_seen = seen(scene, &source, scene.since);
        let lost = self
            .origin(scene)
            .is_some_and(|origin| is_out_of_reach(scene, &origin));
        if lost && (lag_seen.is_ok() || is_out_of_reach(scene, &source)) {
            return last_known(told.last);
        }
        if let Err(why) = lag_seen {
            return Settled::CannotTell { why };
        }
        if let Some(origin) = self.origin(scene)
            && let Err(why) = seen(scene, &origin, scene.since)
        {
            return Settled::CannotTell { why };
        }
        self.judge(scene, told.newest, told.live)
    }
}

impl ReplicaLag {
    /// The verdict while the source can be reached.
    fn judge(
        &self,
        scene: &Scene<'_>,
        newest: Option<(jiff::Timestamp, f64)>,
        live: Option<Reading>,
    ) -> Settled {
        let Some((sampled, seconds)) = newest else {
            let why = "there is no reading of the lag".into();
            return Settled::CannotTell { why };
        };
        if scene.now.duration_since(sampled) > SAMPLE_LIVES {
            let told = moment(sampled);
            let why = format!("the newest reading is of {told}");
            return Settled::CannotTell { why };
        }
        if seconds < 0.0 {
            let why = "the lag reads -1: replication is not running".into();
            return Settled::NotDone { why };
        }
        let lag = SignedDuration::try_from_secs_f64(seconds)
            .unwrap_or(SignedDuration::MAX);
        if let Some(max) = self.max.filter(|max| lag > *max) {
            let why = format!("the lag is above {}", span(max));
            return Settled::NotDone { why };
        }
        let told = live.map_or_else(String::new, |read| read.words());
        done(live, told)
    }
}

/// What is told while the source cannot be reached.
fn last_known(best: Option<Reading>) -> Settled {
    let told = match best {
        Some(reading) => format!(
            "the source cannot be reached; last known: {}",
            reading.words()
        ),
        None => "the source cannot be reached and the lag was never read: \
                 the loss is not known"
            .to_owned(),
    };
    done(best, told)
}

fn done(best: Option<Reading>, told: String) -> Settled {
    let unknown = || "unknown".to_owned();
    let mut outputs = Values::new();
    let value = |of: fn(Reading) -> String| best.map_or_else(unknown, of);
    outputs.insert("data_time".into(), value(|r| moment(r.data_time)));
    outputs.insert("lag".into(), value(|r| r.lag_words()));
    outputs.insert("sampled".into(), value(|r| moment(r.sampled)));
    Settled::Done { outputs, evidence: vec![told] }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{around, at, estate, scene, values};
    use super::*;
    use crate::estate::{Estate, fixture};
    use crate::failure::FailureKind;
    use crate::runbook::Runbook;
    use crate::runbook::steps::step_type;

    /// How the lag stands when the look at its source ended so.
    fn lag_when_the_source(is: FailureKind) -> Settled {
        let mut estate: Estate = estate();
        let west = instance_source("111122223333", "eu-west-1", "learn-db");
        estate.apply(fixture::failed(west, at(2), is));
        let kind = step_type("rds.replica-lag").unwrap();
        let runbook = Runbook::parse(&around(kind), "x").unwrap();
        let values = values();
        let scene = Scene { now: at(3), ..scene(&estate, &values, None) };
        runbook.steps.last().unwrap().does.settled(&scene, &Answers::default())
    }

    #[test]
    fn only_a_source_that_is_out_of_reach_lets_the_last_reading_count() {
        for (is, counts) in [
            (FailureKind::Unreachable, true),
            (FailureKind::TimedOut, true),
            (FailureKind::Faulted, true),
            (FailureKind::Throttled, false),
            (FailureKind::Denied { action: None }, false),
        ] {
            let settled = lag_when_the_source(is.clone());
            let done = matches!(&settled, Settled::Done { evidence, .. }
                if evidence[0].starts_with("the source cannot be reached"));
            assert_eq!(done, counts, "{is:?}: {settled:?}");
            let waits = matches!(settled, Settled::CannotTell { .. });
            assert_eq!(waits, !counts, "{is:?}: {settled:?}");
        }
    }
}
