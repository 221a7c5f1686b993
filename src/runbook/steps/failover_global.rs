//! `aurora.failover-global`: makes a secondary cluster the writer of its
//! Aurora global database.

use jiff::{SignedDuration, Timestamp};

use super::global::{self, State, Target, Unknown, place};
use super::lag::{loss, readings};
use super::seen::moment;
use super::{
    Answers, Blocked, Bound, Call, Fields, Level, LossStatement, Plan, Scene,
    Second, Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::Source;
use crate::estate::ids::{Account, Arn, Region};
use crate::runbook::call::rds;

pub(super) const TYPE: StepType = StepType {
    name: "aurora.failover-global",
    doc: "Makes a secondary cluster the writer of its Aurora global \
          database. `allow_data_loss` must be said. With `true` it is a \
          failover, asked in the cluster's own Region, for a writer that is \
          gone: what the cluster has not seen is given up for good. With \
          `false` it is a switchover, asked in the writer's Region: nothing \
          is lost, the two change their roles, and it waits for ever if the \
          writer does not answer. RDS takes no token, so after a lost answer \
          only a look at the global database tells what happened.",
    example: r#"
[[step]]
id = "failover"
kind = "aurora.failover-global"
title = "Make {cluster} the writer of {global}"
account = "{account}"
region = "{to}"
global = "{global}"
cluster = "{cluster}"
allow_data_loss = true
expect = "2m"
timeout = "20m"
milestone = "data-recovered"
"#,
    outputs: &["endpoint", "host", "port", "data_time"],
    parse,
};

/// A failover that was taken shows as another status within this time.
const PROPAGATION: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug)]
struct FailoverGlobal {
    fields: global::Fields,
    lossy: bool,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let own = global::Fields::parse(fields);
    fields.needed("allow_data_loss");
    let lossy = fields.flag("allow_data_loss");
    Some(Box::new(FailoverGlobal { fields: own?, lossy: lossy? }))
}

impl Step for FailoverGlobal {
    fn texts(&self) -> Vec<&Text> {
        self.fields.texts()
    }

    fn level(&self) -> Level {
        Level::Severe
    }

    fn calls(&self) -> &'static [&'static str] {
        if self.lossy {
            &[rds::FailoverGlobalCluster::ACTION]
        } else {
            &[rds::SwitchoverGlobalCluster::ACTION]
        }
    }

    fn is_irreversible(&self) -> bool {
        self.lossy
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.fields.target(scene).iter().flat_map(Target::looks).collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.looks(scene)
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let target = self.fields.target(scene)?;
        let state = target.state(scene, scene.since).map_err(|unknown| {
            let looks = match unknown {
                Unknown::Unseen(_) => target.looks().to_vec(),
                Unknown::Absent(_) => Vec::new(),
            };
            Blocked { why: unknown.why(), looks }
        })?;
        let writer = state.can_take_over().map_err(Blocked::because)?;
        let status = &state.global.status;
        if status.ends_with("-over") {
            let told = format!("{} is {status} already", target.global);
            return Err(Blocked::because(told));
        }
        Ok(Plan {
            step: String::new(),
            calls: vec![self.call(&target, &state, writer)?],
            effect: self.effect(&target, writer),
            loss: self.lossy.then(|| lost(scene, &target)),
            expect: None,
            undo: self.undo(&target, writer),
            level: Level::Severe,
            bound: bound(&state, writer),
            before: vec![
                format!(
                    "{} is available ({})",
                    target.cluster,
                    moment(state.at)
                ),
                format!("{writer} takes the writes of {}", target.global),
            ],
            after: vec![format!(
                "{} takes the writes of {} and is available in {}",
                target.cluster, target.global, target.region
            )],
            typed: Some(target.cluster.clone()),
            readback: None,
            second: Second::Off,
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let target = match self.fields.target(scene) {
            Ok(target) => target,
            Err(missing) => return Settled::from(missing),
        };
        let Some(sent) = answers.sent else {
            return Settled::CannotTell { why: "it was not sent".into() };
        };
        let state = match target.state(scene, sent) {
            Ok(state) => state,
            Err(unknown) => {
                return Settled::CannotTell { why: unknown.why() };
            }
        };
        if state.writes() {
            return arrived(scene, &target, &state, answers);
        }
        not_yet(&target, &state, sent)
    }
}

impl FailoverGlobal {
    /// A failover is asked where the cluster is, a switchover where the
    /// writer is (Amazon Aurora user guide, "Using switchover or failover in
    /// Aurora Global Database").
    fn call(
        &self,
        target: &Target,
        state: &State<'_>,
        writer: &Arn,
    ) -> Result<Call, Blocked> {
        let account = Account::new(&target.account);
        let (global, arn) = (target.global.clone(), state.cluster.arn.clone());
        let to =
            |region| rds::NewWriter { account, region, global, target: arn };
        if self.lossy {
            let to = to(Region::new(&target.region));
            let call = rds::FailoverGlobalCluster(to);
            return Ok(Call::RdsFailoverGlobalCluster(call));
        }
        let region = writer.region().ok_or_else(|| {
            Blocked::because(format!("{writer} names no Region"))
        })?;
        let call = rds::SwitchoverGlobalCluster(to(region));
        Ok(Call::RdsSwitchoverGlobalCluster(call))
    }

    fn effect(&self, target: &Target, writer: &Arn) -> String {
        let Target { cluster, global, region, .. } = target;
        let former = writer.tail();
        if self.lossy {
            format!(
                "{cluster} in {region} takes the writes of {global}. \
                 {former} is cut off and follows anew once its Region is \
                 well; what it alone has is given up."
            )
        } else {
            format!(
                "{cluster} in {region} takes the writes of {global} once it \
                 has all of them. {former} follows it then."
            )
        }
    }

    fn undo(&self, target: &Target, writer: &Arn) -> Undo {
        let former = writer.tail();
        if self.lossy {
            Undo::None(format!(
                "switch {} over to {former} once that follows again; what \
                 {former} alone had may be in a snapshot that RDS names \
                 rds:unplanned-global-failover",
                target.global
            ))
        } else {
            Undo::By(format!("switch {} over to {former}", target.global))
        }
    }
}

fn lost(scene: &Scene<'_>, target: &Target) -> LossStatement {
    let told =
        readings(scene, &target.account, &target.region, &target.cluster);
    loss(scene, told.last)
}

fn bound(state: &State<'_>, writer: &Arn) -> Vec<Bound> {
    let State { cluster, global, .. } = state;
    let bound =
        |field: String, value: &str| Bound { field, value: value.to_owned() };
    vec![
        bound(format!("status of {}", cluster.id), &cluster.status),
        bound(format!("writer of {}", global.id), writer),
        // The confirm stands only for a follower: a plan needs it to be one.
        bound(format!("role of {} in {}", cluster.id, global.id), "follows"),
        bound(format!("ARN of {}", cluster.id), &cluster.arn),
    ]
}

/// What is told once the cluster is the writer.
fn arrived(
    scene: &Scene<'_>,
    target: &Target,
    state: &State<'_>,
    answers: &Answers,
) -> Settled {
    let (id, status) = (&target.cluster, &state.cluster.status);
    let moving = &state.global.status;
    if status != "available" || moving.ends_with("-over") {
        let why = format!("{id} is the writer; it is {status}");
        return Settled::Running { why };
    }
    let Some((host, port)) = place(state.cluster) else {
        let why = format!("{id} has no endpoint yet");
        return Settled::Running { why };
    };
    // A writer is behind nobody: what was known at the confirm stays.
    let planned = answers.plan.as_ref().and_then(|plan| plan.loss.as_ref());
    let told =
        planned.cloned().unwrap_or_else(|| without_loss(scene, answers));
    let data_time = told.data_time.map_or_else(|| "unknown".into(), moment);
    let outputs = Values::from([
        ("endpoint".to_owned(), format!("{host}:{port}")),
        ("host".to_owned(), host),
        ("port".to_owned(), port.to_string()),
        ("data_time".to_owned(), data_time),
    ]);
    let evidence = vec![
        format!(
            "{id} takes the writes of {} and is available at {}",
            target.global,
            moment(state.at)
        ),
        told.evidence,
    ];
    Settled::Done { outputs, evidence }
}

/// A switchover has all writes up to when it was sent, at least.
fn without_loss(scene: &Scene<'_>, answers: &Answers) -> LossStatement {
    LossStatement {
        sentence: "Nothing is lost.".into(),
        data_time: Some(answers.sent.unwrap_or(scene.now)),
        evidence: "a switchover waits until all writes are copied".into(),
    }
}

/// What is told while another cluster is the writer.
fn not_yet(target: &Target, state: &State<'_>, sent: Timestamp) -> Settled {
    let Target { cluster, global, .. } = target;
    let (own, whole) = (&state.cluster.status, &state.global.status);
    let writer = state.writer().map_or("no cluster", Arn::tail);
    if own != "available" || whole.ends_with("-over") {
        let why = format!("{global} is {whole}, {cluster} is {own}");
        return Settled::Running { why };
    }
    let why = format!(
        "{writer} is still the writer of {global}, and {cluster} is available"
    );
    if state.begun >= sent + PROPAGATION {
        return Settled::NotDone { why };
    }
    // As it was before: that says nothing yet, in either direction.
    Settled::CannotTell { why }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, estate, scene, see, values};
    use super::*;
    use crate::estate::resource::{DbCluster, GlobalCluster};
    use crate::estate::{Estate, Found, What};
    use crate::runbook::Runbook;

    fn step(lossy: bool) -> (Runbook, usize) {
        let text = super::super::tests::around(&TYPE).replace(
            "allow_data_loss = true",
            &format!("allow_data_loss = {lossy}"),
        );
        let runbook = Runbook::parse(&text, "x.toml").expect("parses");
        let last = runbook.steps.len() - 1;
        (runbook, last)
    }

    fn plan(lossy: bool, estate: &Estate) -> Result<Plan, Blocked> {
        let (runbook, last) = step(lossy);
        let values = values();
        runbook.steps[last].does.plan(&scene(estate, &values, Some(-10)))
    }

    /// What is known once the looks that began at a second told this.
    fn told(second: i64, writes: bool, status: (&str, &str)) -> Estate {
        let mut estate = estate();
        let (mut cluster, mut global) = super::super::tests::aurora();
        status.0.clone_into(&mut cluster.status);
        status.1.clone_into(&mut global.status);
        for (arn, writer) in &mut global.members {
            *writer = (*arn == cluster.arn) == writes;
        }
        let DbCluster { id, .. } = &cluster;
        let GlobalCluster { id: whole, .. } = &global;
        let (one, all) =
            (What::Cluster(id.clone()), What::GlobalCluster(whole.clone()));
        let found = Found::Clusters([cluster].into());
        see(&mut estate, "eu-central-1", one, found, second);
        let found = Found::GlobalClusters([global].into());
        see(&mut estate, "eu-central-1", all, found, second);
        estate
    }

    fn settled(estate: &Estate, sent: i64, now: i64) -> Settled {
        let (runbook, last) = step(true);
        let values = values();
        let answers = Answers {
            sent: Some(at(sent)),
            plan: plan(true, &super::super::tests::estate()).ok(),
            ..Answers::default()
        };
        let scene =
            Scene { now: at(now), ..scene(estate, &values, Some(-10)) };
        runbook.steps[last].does.settled(&scene, &answers)
    }

    #[test]
    fn a_failover_is_asked_where_one_recovers_and_says_what_it_loses() {
        let plan = plan(true, &estate()).expect("plans");
        let Call::RdsFailoverGlobalCluster(rds::FailoverGlobalCluster(
            rds::NewWriter { region, target, .. },
        )) = &plan.calls[0]
        else {
            panic!("another call");
        };
        assert_eq!(&**region, "eu-central-1");
        assert_eq!(target.tail(), "learn-catalog-dr");
        assert_eq!(plan.calls[0].request()["AllowDataLoss"], true);
        let loss = plan.loss.expect("told");
        assert_eq!(loss.data_time, Some(at(-61)));
        assert!(matches!(plan.undo, Undo::None(_)));
    }

    #[test]
    fn a_switchover_is_asked_where_the_writer_is_and_can_be_taken_back() {
        let plan = plan(false, &estate()).expect("plans");
        let Call::RdsSwitchoverGlobalCluster(rds::SwitchoverGlobalCluster(
            rds::NewWriter { region, .. },
        )) = &plan.calls[0]
        else {
            panic!("another call");
        };
        assert_eq!(&**region, "eu-west-1");
        assert!(plan.calls[0].request().get("AllowDataLoss").is_none());
        assert!(plan.loss.is_none());
        assert!(matches!(plan.undo, Undo::By(_)));
        let (runbook, last) = step(false);
        assert!(!runbook.steps[last].is_irreversible());
    }

    #[test]
    fn nothing_is_planned_for_a_cluster_that_could_not_take_over() {
        for (writes, status, word) in [
            (false, ("modifying", "available"), "not available"),
            (true, ("available", "available"), "already takes the writes"),
            (false, ("available", "failing-over"), "failing-over already"),
        ] {
            let why = plan(true, &told(0, writes, status)).unwrap_err().why;
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn it_is_done_when_the_cluster_writes_and_is_available() {
        let done = settled(&told(60, true, ("available", "available")), 5, 61);
        let Settled::Done { outputs, evidence } = done else {
            panic!("{done:?}");
        };
        assert_eq!(outputs["endpoint"], "catalog-dr.example:5432");
        assert_eq!(outputs["data_time"], moment(at(-61)));
        assert!(evidence[1].contains("lag 1.0 s"), "{evidence:?}");
    }

    #[test]
    fn the_old_writer_says_nothing_until_a_failover_would_show() {
        let as_before = ("available", "available");
        let early = settled(&told(60, false, as_before), 5, 61);
        assert!(matches!(early, Settled::CannotTell { .. }), "{early:?}");
        let late = settled(&told(130, false, as_before), 5, 131);
        assert!(matches!(late, Settled::NotDone { .. }), "{late:?}");
        let moving = ("available", "failing-over");
        let moves = settled(&told(130, false, moving), 5, 131);
        assert!(matches!(moves, Settled::Running { .. }), "{moves:?}");
        let before = settled(&told(4, true, as_before), 5, 6);
        assert!(matches!(before, Settled::CannotTell { .. }), "{before:?}");
    }
}
