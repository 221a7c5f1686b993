//! Calls of operations as values: what a handler takes and gives, with the
//! same faults and the same log, and no wire between. For those who make very
//! many.

use std::time::Duration;

use serde_json::Value;

use super::faults::Effect;
use super::scope::Scope;
use super::{Sim, access_key};
use crate::wire::{Decoded, Fault, Model};

/// Who asks whom for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking<'a> {
    /// Twelve-digit id of the account that asks.
    pub account: &'a str,
    /// The Region that is asked.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
    /// The operation, one of the official models.
    pub operation: &'a str,
}

/// What came of such a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// How long the answer takes. What was asked for is done at once.
    pub delay: Duration,
    /// The answer, or how it was lost.
    pub end: Result<Result<Value, Fault>, Lost>,
}

/// How an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The connection is never made.
    Unreachable,
    /// The connection is made, and nothing comes back.
    Unanswered,
    /// The connection breaks before an answer.
    Broken,
}

impl Sim {
    /// Asks for an operation of the official models by its values. Nothing
    /// is given for one that the models do not know.
    pub fn ask(&self, asking: &Asking<'_>, input: Value) -> Option<Given> {
        let model = Model::official();
        let operation = model.operation(asking.service, asking.operation)?;
        let protocol = operation.protocol();
        let decoded =
            Decoded { operation, protocol, input, unknown: Vec::new() };
        let key = access_key(asking.account);
        let scope = Scope::new(&key, asking.region, asking.service);
        let (_, verdict, outcome) = self.carry_out(&scope, Ok(decoded));
        let end = match (verdict.effect, outcome) {
            (Some(Effect::Dark), _) => Err(Lost::Unreachable),
            (Some(Effect::LostReset), _) => Err(Lost::Broken),
            (Some(Effect::Silent | Effect::LostSilent), _) | (_, None) => {
                Err(Lost::Unanswered)
            }
            (_, Some(outcome)) => Ok(outcome),
        };
        Some(Given { delay: verdict.delay, end })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sim::SimClock;
    use crate::sim::faults::{Rule, When};
    use crate::sim::world::fixture::{ACCOUNT, CENTRAL, Lab, REPLICA};

    fn promote(sim: &Sim) -> Given {
        let asking = Asking {
            account: ACCOUNT,
            region: CENTRAL,
            service: "rds",
            operation: "PromoteReadReplica",
        };
        let input = json!({ "DBInstanceIdentifier": REPLICA });
        sim.ask(&asking, input).expect("an official operation")
    }

    #[test]
    fn a_call_by_its_values_meets_the_same_faults_and_is_counted() {
        let Lab { world, now, .. } = Lab::new();
        let sim = Sim::new(world, SimClock::manual(now));
        let lost = Rule::every(Effect::LostReset).when(When::First(1));
        sim.inject(lost);
        assert_eq!(promote(&sim).end, Err(Lost::Broken));
        assert_eq!(sim.applied("PromoteReadReplica"), 1, "done all the same");
        let again = promote(&sim).end.expect("an answer");
        assert!(again.is_err(), "it is no replica any more: {again:?}");
    }
}
