//! `aurora.global-ready`: a cluster of an Aurora global database could take
//! over, as a check.

use super::global::{self, Target, Unknown, place};
use super::seen::moment;
use super::{Answers, Fields, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "aurora.global-ready",
    doc: "Holds until a secondary cluster of an Aurora global database could \
          become its writer: it is available, a member, follows the writer \
          and has at least one instance. All is asked in the cluster's own \
          Region.",
    example: r#"
[[step]]
id = "ready"
kind = "aurora.global-ready"
title = "{cluster} could take over {global}"
account = "{account}"
region = "{to}"
global = "{global}"
cluster = "{cluster}"
fresh = "3m"
"#,
    outputs: &["host", "port", "writer"],
    parse,
};

#[derive(Debug)]
struct GlobalReady(global::Fields);

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    Some(Box::new(GlobalReady(global::Fields::parse(fields)?)))
}

impl Step for GlobalReady {
    fn texts(&self) -> Vec<&Text> {
        self.0.texts()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.0.target(scene).iter().flat_map(Target::looks).collect()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let target = match self.0.target(scene) {
            Ok(target) => target,
            Err(missing) => return Settled::from(missing),
        };
        let state = match target.state(scene, scene.since) {
            Ok(state) => state,
            Err(Unknown::Unseen(why)) => return Settled::CannotTell { why },
            Err(Unknown::Absent(why)) => return Settled::NotDone { why },
        };
        let writer = match state.can_take_over() {
            Ok(writer) => writer,
            Err(why) => return Settled::NotDone { why },
        };
        let mut outputs = Values::new();
        outputs.insert("writer".into(), writer.to_string());
        if let Some((host, port)) = place(state.cluster) {
            outputs.insert("host".into(), host);
            outputs.insert("port".into(), port.to_string());
        }
        let evidence = vec![format!(
            "{} is available and follows {} at {}",
            state.cluster.id,
            writer.tail(),
            moment(state.at)
        )];
        Settled::Done { outputs, evidence }
    }
}
