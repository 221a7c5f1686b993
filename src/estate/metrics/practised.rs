//! What drills and incidents tell: failover completion, actual RPO and RTO.

use jiff::{SignedDuration, Timestamp};

use super::super::part::Kind;
use super::super::span::Span;
use super::super::{Source, What};
use super::{Evidence, Measure, Metric, Rehearsal, Scene, Stand, Value};

/// As many earlier ones are told.
const FEW: usize = 5;

/// A drill or an incident, as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Practice {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was opened.
    pub at: Timestamp,
    /// Whether it was practice.
    pub drill: bool,
    /// The scenario, if AWS was simulated.
    pub simulated: Option<String>,
    /// The endpoint that stood in for AWS's own.
    pub endpoint: Option<String>,
    /// From impact to users served again.
    pub rto: Option<SignedDuration>,
    /// From the first change to users served again.
    pub completion: Option<SignedDuration>,
    /// The recovery time that its runbook aims at.
    pub objective: Option<SignedDuration>,
    /// What was recovered.
    pub regained: Vec<Regained>,
    /// Its runs of runbooks.
    pub runs: Vec<Rehearsal>,
}

/// One resource that was recovered.
#[derive(Clone, Debug, PartialEq)]
pub struct Regained {
    /// The resource.
    pub name: String,
    /// What was lost of it.
    pub loss: Option<SignedDuration>,
    /// What may be lost of it.
    pub objective: Option<SignedDuration>,
    /// How the data time is known.
    pub evidence: String,
}

impl Practice {
    fn words(&self) -> String {
        let kind = if self.drill { "drill" } else { "incident" };
        format!("{kind} \"{}\"", self.title)
    }

    fn source(&self) -> String {
        format!("journal of {}", self.id)
    }

    /// What was lost at worst, with the resource.
    fn worst(&self) -> Option<&Regained> {
        let known = self.regained.iter().filter(|one| one.loss.is_some());
        known.max_by_key(|one| one.loss)
    }
}

/// Those that were worked through in AWS itself, newest first, where this
/// is AWS itself: what was measured in an embedded AWS or at another endpoint
/// proves nothing, not even of that.
fn here<'a>(scene: &Scene<'a>) -> Vec<&'a Practice> {
    let in_aws = scene.simulated.is_none() && scene.endpoint.is_none();
    let past = scene.past.iter();
    let mut here: Vec<&Practice> =
        past.filter(|one| in_aws && one.counts()).collect();
    here.sort_by_key(|one| -one.at.as_second());
    here
}

/// Why nothing was measured.
fn nothing(scene: &Scene<'_>, measure: Measure, lacks: &str) -> Metric {
    let here = here(scene);
    let elsewhere = scene.past.len() - here.len();
    let why = match here.first() {
        None => "no drill and no incident is in the journals".to_owned(),
        Some(newest) => format!("{} {lacks}", newest.words()),
    };
    let others = match elsewhere {
        0 => String::new(),
        n => format!("; {n} in an embedded or other AWS do not count"),
    };
    Metric::unknown(measure, why + &others)
}

/// A length of time that the newest of these measured.
fn measured(
    scene: &Scene<'_>,
    measure: Measure,
    lacks: &str,
    of: impl Fn(&Practice) -> Option<SignedDuration>,
) -> Metric {
    let all: Vec<(&Practice, SignedDuration)> = here(scene)
        .into_iter()
        .filter_map(|one| Some((one, of(one)?)))
        .collect();
    let Some((newest, took)) = all.first() else {
        return nothing(scene, measure, lacks);
    };
    let mut metric = Metric::of(measure, Value::Span(*took));
    if let Some(most) = newest.objective {
        metric.objective = Some(format!("at most {}", Span(most)));
        metric.stand = held(*took, most);
    }
    metric.evidence = all
        .iter()
        .take(FEW)
        .map(|(one, took)| Evidence {
            what: format!("{}: {}", one.words(), Span(*took)),
            source: one.source(),
            at: one.at,
        })
        .collect();
    metric
}

fn held(took: SignedDuration, most: SignedDuration) -> Stand {
    if took <= most { Stand::Met } else { Stand::Missed }
}

/// How long it took from the impact on.
pub(super) fn rto(scene: &Scene<'_>) -> Metric {
    let lacks = "has no impact time, or came to no end";
    measured(scene, Measure::ActualRto, lacks, |one| one.rto)
}

/// How long it took from the first change on; also what AWS measured.
pub(super) fn completion(scene: &Scene<'_>) -> Metric {
    let measure = Measure::FailoverCompletion;
    let lacks = "sent no change, or came to no end";
    let own = measured(scene, measure, lacks, |one| one.completion);
    let at = |metric: &Metric| metric.evidence.first().map(|seen| seen.at);
    match switched(scene) {
        Some(mut switch) if at(&switch) > at(&own) => {
            switch.evidence.extend(own.evidence);
            switch
        }
        Some(switch) => {
            let mut own = own;
            own.evidence.extend(switch.evidence);
            own
        }
        None => own,
    }
}

/// The newest Region switch that AWS measured; only what bears is believed.
fn switched(scene: &Scene<'_>) -> Option<Metric> {
    let plans = scene.estate.switch_plans().filter_map(|placed| {
        let what = What::Parts(Kind::SwitchPlan);
        let source = Source::aws(placed.account, placed.region, what);
        let known = scene.estate.known(&source)?;
        let bears = known.bears(scene.now, scene.estate.pace(&source));
        let last = placed.item.last.as_ref().filter(|_| bears)?;
        let done = last.state == "completed" && last.action == "activate";
        let took = last.recovery_time.as_deref().filter(|_| done)?;
        let took: SignedDuration = took.parse().ok()?;
        Some((last.started?, took, placed.item, source))
    });
    let (at, took, plan, source) = plans.max_by_key(|(at, ..)| *at)?;
    let mut metric =
        Metric::of(Measure::FailoverCompletion, Value::Span(took));
    if let Some(minutes) = plan.rto_minutes {
        let most = SignedDuration::from_mins(minutes);
        metric.objective = Some(format!("at most {}", Span(most)));
        metric.stand = held(took, most);
    }
    metric.simulated = scene.simulated.map(str::to_owned);
    let what = format!("Region switch {}: {}", plan.name, Span(took));
    let source = source.to_string();
    metric.evidence.push(Evidence { what, source, at });
    Some(metric)
}

/// What was lost.
pub(super) fn rpo(scene: &Scene<'_>) -> Metric {
    let measure = Measure::ActualRpo;
    let all = here(scene);
    let mut known = all.iter().filter_map(|one| Some((*one, one.worst()?)));
    let Some((newest, worst)) = known.next() else {
        let lacks = "recovered nothing whose data time is known";
        return nothing(scene, measure, lacks);
    };
    let loss = worst.loss.unwrap_or_default();
    let mut metric = Metric::of(measure, Value::Span(loss));
    metric.objective =
        worst.objective.map(|most| format!("at most {}", Span(most)));
    let stands = newest
        .regained
        .iter()
        .filter_map(|one| Some(held(one.loss?, one.objective?)));
    metric.stand = stands.min().unwrap_or(Stand::NoObjective);
    metric.evidence = newest
        .regained
        .iter()
        .map(|one| {
            let loss = match one.loss {
                Some(loss) => Span(loss).to_string(),
                None => "loss unknown".to_owned(),
            };
            let (name, how) = (&one.name, &one.evidence);
            let what = format!("{name}: {loss} ({how})");
            Evidence { what, source: newest.source(), at: newest.at }
        })
        .collect();
    let before = known.take(FEW).map(|(one, worst)| {
        let loss = Span(worst.loss.unwrap_or_default());
        let what = format!("before, {}: {loss}", one.words());
        Evidence { what, source: one.source(), at: one.at }
    });
    let before: Vec<Evidence> = before.collect();
    metric.evidence.extend(before);
    metric
}
