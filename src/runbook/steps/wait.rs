//! `wait`: lets some time pass.

use jiff::SignedDuration;

use super::seen::{moment, span};
use super::{Answers, Fields, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::Source;

pub(super) const TYPE: StepType = StepType {
    name: "wait",
    doc: "Lets some time pass from its turn on.",
    example: r#"
[[step]]
id = "ttl"
kind = "wait"
title = "Let old answers run out"
for = "60s"
"#,
    outputs: &[],
    parse,
};

#[derive(Debug)]
struct Wait {
    hold: SignedDuration,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    fields.needed("for");
    let hold = fields.duration("for");
    Some(Box::new(Wait { hold: hold? }))
}

impl Step for Wait {
    fn texts(&self) -> Vec<&Text> {
        Vec::new()
    }

    fn looks(&self, _: &Scene<'_>) -> Vec<Source> {
        Vec::new()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let until = scene.since + self.hold;
        if scene.now < until {
            let why = format!("waits until {}", moment(until));
            return Settled::Running { why };
        }
        let evidence = vec![format!("{} have passed", span(self.hold))];
        Settled::Done { outputs: Values::new(), evidence }
    }
}
