//! `route53.health-check-green`: a Route 53 health check is healthy.

use super::seen::{moment, seen};
use super::{
    Answers, Fields, Missing, Scene, Settled, Step, StepType, Text, Values,
};
use crate::estate::ids::{Account, Region};
use crate::estate::{Found, Source, What};
use crate::runbook::call::ROUTE53_HOME;

pub(super) const TYPE: StepType = StepType {
    name: "route53.health-check-green",
    doc: "Holds until Route 53's own checkers call a health check healthy.",
    example: r#"
[[step]]
id = "green"
kind = "route53.health-check-green"
title = "Route 53 sees the standby healthy"
account = "{account}"
health_check = "{health_check}"
timeout = "10m"
"#,
    outputs: &[],
    parse,
};

#[derive(Debug)]
struct HealthCheckGreen {
    account: Text,
    health_check: Text,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let account = fields.needed_text("account");
    let health_check = fields.needed_text("health_check");
    Some(Box::new(HealthCheckGreen {
        account: account?,
        health_check: health_check?,
    }))
}

impl HealthCheckGreen {
    fn source(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let account = Account::new(scene.fill(&self.account)?);
        let what = What::HealthCheckOf(scene.fill(&self.health_check)?);
        Ok(Source::aws(&account, &Region::new(ROUTE53_HOME), what))
    }
}

impl Step for HealthCheckGreen {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.account, &self.health_check]
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.source(scene).into_iter().collect()
    }

    fn settled(&self, scene: &Scene<'_>, _: &Answers) -> Settled {
        let source = match self.source(scene) {
            Ok(source) => source,
            Err(missing) => return Settled::from(missing),
        };
        let told = match seen(scene, &source, scene.since) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let Found::HealthChecks(checks) = told.found else {
            let why = format!("{source} answered with something else");
            return Settled::CannotTell { why };
        };
        let Some(check) = checks.first() else {
            let why = format!("{source}: there is none");
            return Settled::NotDone { why };
        };
        match check.healthy() {
            Some(true) => Settled::Done {
                outputs: Values::new(),
                evidence: vec![format!(
                    "{} is healthy at {}",
                    check.target,
                    moment(told.at)
                )],
            },
            Some(false) => Settled::NotDone {
                why: format!("{} is unhealthy", check.target),
            },
            None => Settled::CannotTell {
                why: format!("no checker reports on {}", check.target),
            },
        }
    }
}
