//! `route53.health-check-green`: a Route 53 health check is healthy.

use super::checking::{Checking, Checks};
use super::seen::{Seen, moment};
use super::{Fields, Missing, Scene, Settled, Step, StepType, Text, Values};
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
    let (account, health_check) = (account?, health_check?);
    Some(Box::new(Checks(HealthCheckGreen { account, health_check })))
}

impl Checking for HealthCheckGreen {
    fn texts(&self) -> Vec<&Text> {
        vec![&self.account, &self.health_check]
    }

    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let account = Account::new(scene.fill(&self.account)?);
        let what = What::HealthCheckOf(scene.fill(&self.health_check)?);
        Ok(vec![Source::aws(&account, &Region::new(ROUTE53_HOME), what)])
    }

    fn verdict(&self, _: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let [Seen { found: Found::HealthChecks(checks), at, .. }] = told
        else {
            let why = "Route 53 answered with something else".into();
            return Settled::CannotTell { why };
        };
        let Some(check) = checks.first() else {
            let why = "there is no such health check".into();
            return Settled::NotDone { why };
        };
        let target = &check.target;
        match check.healthy() {
            Some(true) => Settled::Done {
                outputs: Values::new(),
                evidence: vec![format!(
                    "{target} is healthy at {}",
                    moment(*at)
                )],
            },
            Some(false) => {
                Settled::NotDone { why: format!("{target} is unhealthy") }
            }
            None => Settled::CannotTell {
                why: format!("no checker reports on {target}"),
            },
        }
    }
}
