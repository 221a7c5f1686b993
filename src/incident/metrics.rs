//! What the incident is measured by: recovery time and loss, with evidence.
//!
//! Actual RTO is the time from impact to health. The ARC-comparable time
//! begins with the first change instead, as AWS's Region switch counts.
//! Actual RPO is the time from the data time of what was recovered to the
//! impact. Without an asserted impact both are unknown, never zero.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Incident;
use super::fact::Fact;
use super::pace::Spent;
use crate::runbook::call::Call;
use crate::runbook::run::{Happened, Run, Status};
use crate::runbook::{Milestone, StepSpec};

/// What an incident is measured by.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// When users began to be hurt, as asserted.
    pub impact: Option<Timestamp>,
    /// Who says so, and how it is known.
    pub impact_by: Option<String>,
    /// When the incident was opened.
    pub opened: Option<Timestamp>,
    /// When the first change was about to be sent.
    pub first_action: Option<Timestamp>,
    /// When data could be used again.
    pub data_recovered: Option<Timestamp>,
    /// When users were sent to the new place.
    pub traffic_shifted: Option<Timestamp>,
    /// When users were served again.
    pub healthy: Option<Timestamp>,
    /// From impact to health.
    #[serde(serialize_with = "seconds")]
    pub rto: Option<SignedDuration>,
    /// From the first action to health.
    #[serde(serialize_with = "seconds")]
    pub arc_comparable: Option<SignedDuration>,
    /// From impact to the opening of the incident.
    #[serde(serialize_with = "seconds")]
    pub detect: Option<SignedDuration>,
    /// From there to the first action.
    #[serde(serialize_with = "seconds")]
    pub decide: Option<SignedDuration>,
    /// From there until traffic was shifted.
    #[serde(serialize_with = "seconds")]
    pub act: Option<SignedDuration>,
    /// From there to health.
    #[serde(serialize_with = "seconds")]
    pub verify: Option<SignedDuration>,
    /// What the time was spent on, in seconds, up to health, to the end, or
    /// to the newest entry.
    pub spent: Vec<(Spent, i64)>,
    /// The objective for the recovery time, from the runbook.
    #[serde(serialize_with = "seconds")]
    pub rto_objective: Option<SignedDuration>,
    /// Whether it was met; none if that cannot be told.
    pub rto_met: Option<bool>,
    /// What was recovered, with its loss.
    pub recovered: Vec<Recovered>,
}

/// One resource that was recovered, with its loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recovered {
    /// The resource.
    pub resource: String,
    /// The step that recovered it.
    pub step: String,
    /// The moment up to which its data survived.
    pub data_time: Option<Timestamp>,
    /// The writes that are lost, as time: from data time to impact.
    #[serde(serialize_with = "seconds")]
    pub rpo: Option<SignedDuration>,
    /// The objective, from the runbook.
    #[serde(serialize_with = "seconds")]
    pub objective: Option<SignedDuration>,
    /// Whether it was met; none if that cannot be told.
    pub met: Option<bool>,
    /// How the data time is known.
    pub evidence: String,
}

#[expect(clippy::ref_option, reason = "serde gives the field by reference")]
fn seconds<S: serde::Serializer>(
    span: &Option<SignedDuration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serializer.serialize_some(&span.as_secs()),
        None => serializer.serialize_none(),
    }
}

impl Metrics {
    /// What an incident is measured by, as far as it has come.
    pub fn of(incident: &Incident) -> Metrics {
        let impact = incident.impact.as_ref();
        let milestones = incident.milestones();
        let reached = |milestone| milestones.get(&milestone).copied();
        let runs = incident.runs.iter();
        let rto_objective = runs.filter_map(|run| run.runbook().rto).min();
        let mut metrics = Metrics {
            impact: impact.map(|impact| impact.at),
            impact_by: impact.map(|impact| {
                format!("{}: {}", impact.asserted_by, impact.why)
            }),
            opened: incident.opening.as_ref().map(|opening| opening.at),
            first_action: first_action(incident),
            data_recovered: reached(Milestone::DataRecovered),
            traffic_shifted: reached(Milestone::TrafficShifted),
            healthy: reached(Milestone::ServiceHealthy),
            rto_objective,
            ..Metrics::default()
        };
        metrics.split();
        let newest = incident.entries.last().map(|entry| entry.at);
        metrics.spent = newest.map_or_else(Vec::new, |at| {
            let parts = incident.split(at).into_iter();
            parts.map(|(spent, took)| (spent, took.as_secs())).collect()
        });
        metrics.recovered = incident
            .runs
            .iter()
            .flat_map(|run| recovered(run, metrics.impact))
            .collect();
        metrics
    }

    fn split(&mut self) {
        let (opened, first) = (self.opened, self.first_action);
        self.rto = between(self.impact, self.healthy);
        self.arc_comparable = between(first, self.healthy);
        self.detect = between(self.impact, opened);
        self.decide = between(later(self.impact, opened), first);
        self.act = between(first, self.traffic_shifted);
        self.verify = between(self.traffic_shifted, self.healthy);
        self.rto_met = self
            .rto
            .zip(self.rto_objective)
            .map(|(actual, objective)| actual <= objective);
    }
}

/// From one moment to another; zero if they are the other way round.
fn between(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Option<SignedDuration> {
    Some(to?.duration_since(from?).max(SignedDuration::ZERO))
}

fn later(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    Some(b?.max(a.unwrap_or(b?)))
}

fn first_action(incident: &Incident) -> Option<Timestamp> {
    incident
        .entries
        .iter()
        .find(|entry| {
            matches!(
                &entry.fact,
                Fact::Step(step)
                    if matches!(step.what, Happened::Intended { .. })
            )
        })
        .map(|entry| entry.at)
}

fn recovered(run: &Run, impact: Option<Timestamp>) -> Vec<Recovered> {
    run.steps()
        .filter(|(_, state)| state.status == Status::Done && state.is_sent())
        .filter_map(|(spec, state)| {
            let plan = state.plan()?;
            let loss = plan.loss.as_ref()?;
            let told = data_time(run, spec).or(loss.data_time);
            let rpo = between(told, impact);
            let objective = run.runbook().rpo;
            Some(Recovered {
                resource: plan.calls.first().map(named)?,
                step: spec.id.clone(),
                data_time: told,
                rpo,
                objective,
                met: rpo.zip(objective).map(|(rpo, most)| rpo <= most),
                evidence: loss.evidence.clone(),
            })
        })
        .collect()
}

/// The data time the step itself told when it was done.
fn data_time(run: &Run, spec: &StepSpec) -> Option<Timestamp> {
    run.values().get(&format!("{}.data_time", spec.id))?.parse().ok()
}

fn named(call: &Call) -> String {
    format!("{} ({})", call.target(), call.region())
}
