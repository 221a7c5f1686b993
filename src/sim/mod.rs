//! An AWS in this process, below the SDK.
//!
//! [`Sim`] takes HTTP requests, finds who asks whom for what, and lets the
//! service's handler answer over the [`World`]. The SDK reaches it as an
//! HTTP client without a socket ([`Sim::http_client`]), other clients over
//! loopback ([`listen`]). What it does not simulate it refuses with 501;
//! nothing is ever passed on to a real endpoint.

pub mod accelerator;
mod answer;
pub mod arc;
pub mod autoscaling;
pub mod backup;
mod clock;
pub mod cloudformation;
pub mod cloudfront;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod config;
mod connector;
pub mod direct;
mod dns;
pub mod dynamodb;
pub mod ec2;
pub mod ecs;
pub mod efs;
pub mod events;
pub mod faults;
mod fork;
pub mod fsx;
pub mod health;
pub mod iam;
pub mod kms;
pub mod lambda;
mod limits;
pub mod listen;
pub mod organizations;
mod pages;
pub mod rds;
mod received;
mod refusal;
pub mod region_switch;
pub mod route53;
pub mod s3;
pub mod scenario;
mod scope;
pub mod sqs;
pub mod states;
pub mod sts;
pub mod tagging;
pub mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    SharedHttpClient, SharedHttpConnector,
};
use jiff::Timestamp;
use serde_json::Value;

pub use self::answer::{Answer, End};
pub use self::clock::SimClock;
use self::connector::{SimClient, SimConnector};
use self::faults::{Asked, Effect, Faults, Rule, RuleId, Verdict};
pub use self::fork::Moment;
use self::limits::Limits;
use self::pages::Paging;
use self::received::Log;
pub use self::received::Received;
use self::scenario::Scenario;
use self::scope::{Scope, bucket_first, caller};
use self::world::site::HttpAnswer;
use self::world::{Caller, Condition, Service, World, dns as names, hex};
use crate::wire::{
    Decoded, Fault, Model, Request, Response, Unrecognised, check,
    decode_request, encode_fault, encode_response,
};

/// Every simulated service.
pub const SERVICES: &[&Service] = &[
    &accelerator::SERVICE,
    &arc::CONFIG,
    &arc::DATA,
    &backup::SERVICE,
    &cloudfront::SERVICE,
    &autoscaling::SERVICE,
    &cloudformation::SERVICE,
    &cloudtrail::SERVICE,
    &cloudwatch::SERVICE,
    &config::SERVICE,
    &dynamodb::SERVICE,
    &ec2::SERVICE,
    &ecs::SERVICE,
    &efs::SERVICE,
    &events::SERVICE,
    &fsx::SERVICE,
    &health::SERVICE,
    &iam::SERVICE,
    &kms::SERVICE,
    &lambda::SERVICE,
    &organizations::SERVICE,
    &rds::SERVICE,
    &region_switch::SERVICE,
    &route53::SERVICE,
    &s3::SERVICE,
    &sqs::SERVICE,
    &states::SERVICE,
    &sts::SERVICE,
    &tagging::SERVICE,
];

/// The access key that acts in an account of the simulated AWS. Any secret
/// goes with it; signatures are not checked.
pub fn access_key(account: &str) -> String {
    format!("AKIA{account}READ")
}

/// A simulated AWS. Clones are handles of the same one.
#[derive(Clone)]
pub struct Sim(Arc<Inner>);

struct Inner {
    clock: SimClock,
    state: Mutex<State>,
}

#[derive(Clone)]
struct State {
    world: World,
    faults: Faults,
    limits: Limits,
    log: Log,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("clock", &self.0.clock).finish()
    }
}

impl Sim {
    /// A simulated AWS around a world, on a clock.
    pub fn new(world: World, clock: SimClock) -> Sim {
        Self::with(world, Faults::default(), clock)
    }

    /// The world of a scenario, its story beginning now on the clock.
    pub fn play(scenario: &Scenario, clock: SimClock, speed: u32) -> Sim {
        let start = clock.now();
        let world = scenario.world(start, speed);
        let sim = Self::with(world, scenario.faults(start, speed), clock);
        sim.limit(scenario.limits());
        sim
    }

    fn with(world: World, faults: Faults, clock: SimClock) -> Sim {
        let (limits, log) = (Limits::default(), Log::default());
        let state = State { world, faults, limits, log };
        Self(Arc::new(Inner { clock, state: Mutex::new(state) }))
    }

    /// The SDK's way to this AWS: for `SdkConfig::builder().http_client`.
    /// It opens no socket.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(SimClient(self.clone()))
    }

    /// The same for one who needs no SDK: an HTTP probe of the world's names,
    /// with the limits it gives itself.
    pub fn http_connector(
        &self,
        connect: Duration,
        read: Duration,
    ) -> SharedHttpConnector {
        let connector = SimConnector::new(self.clone(), connect, read);
        SharedHttpConnector::new(connector)
    }

    /// The time in the simulated world.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Looks at the world, or changes it, at the present.
    pub fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let mut state = self.state();
        let now = self.now();
        state.world.advance(now);
        with(&mut state.world)
    }

    /// Puts a fault in force from now on.
    pub fn inject(&self, rule: Rule) -> RuleId {
        let now = self.now();
        self.state().faults.add(rule, now)
    }

    /// Takes a fault away. Says whether it was there.
    pub fn lift(&self, id: RuleId) -> bool {
        self.state().faults.remove(id)
    }

    /// Enforces the rates that AWS publishes ([`RATES`](crate::rates::RATES)) from now on, or no
    /// longer: who asks more often gets the service's throttling error.
    pub fn limit(&self, on: bool) {
        self.state().limits.switch(on);
    }

    /// The latest requests, oldest first; at most 20,000 are kept.
    pub fn received(&self) -> Vec<Received> {
        self.state().log.received()
    }

    /// How many requests of an operation were carried out, of all services.
    pub fn applied(&self, operation: &str) -> usize {
        self.state().log.applied(operation)
    }

    /// How many requests of each operation were carried out.
    pub fn applications(&self) -> BTreeMap<String, usize> {
        self.state().log.applications()
    }

    /// What the name servers answer now.
    pub fn resolve(&self, name: &str, kind: &str) -> names::Answer {
        let now = self.now();
        self.state().world.resolve(name, kind, now)
    }

    /// Answers a request: of an AWS client when it is signed, else of a
    /// visitor to one of the world's HTTP names.
    pub fn answer(&self, request: &Request) -> Answer {
        match Scope::of(request) {
            Some(scope) => self.serve(request, &scope),
            None => self.visit(request).into(),
        }
    }

    fn visit(&self, request: &Request) -> End {
        let host = request.header("host").unwrap_or_default();
        let url = format!("http://{host}{}", request.uri);
        let now = self.now();
        let mut state = self.state();
        if state.faults.cut_off(now) {
            return End::Unreachable;
        }
        match state.world.http(&url, now) {
            HttpAnswer::Answer { status, body } => End::Response(Response {
                status,
                headers: vec![(
                    "content-type".to_owned(),
                    "application/json".to_owned(),
                )],
                body: body.into_bytes(),
            }),
            HttpAnswer::Timeout => End::Unreachable,
            HttpAnswer::NoName => End::Nowhere(host.to_owned()),
        }
    }

    fn serve(&self, request: &Request, scope: &Scope<'_>) -> Answer {
        let below = bucket_first(request, scope);
        let request = below.as_ref().unwrap_or(request);
        let model = Model::official();
        let decoded = decode_request(model, scope.service, request);
        let (call, verdict, outcome) = self.carry_out(scope, decoded);
        Answer { delay: verdict.delay, end: call.end(verdict.effect, outcome) }
    }

    /// Lets a call happen or fail; it has no outcome if it never arrives.
    fn carry_out<'s>(
        &self,
        scope: &Scope<'s>,
        decoded: Result<Decoded<'static>, Unrecognised>,
    ) -> (Call<'s>, Verdict, Option<Result<Value, Fault>>) {
        let now = self.now();
        let mut state = self.state();
        state.world.advance(now);
        let call = Call {
            caller: caller(&state.world, scope),
            service: scope.service,
            request_id: state.log.next_id(),
            decoded,
            now,
        };
        let verdict = state.judge(&call);
        let throttled = verdict.effect == Some(Effect::Throttled);
        let (outcome, reached) = match verdict.effect {
            Some(Effect::Dark | Effect::Silent) => (None, false),
            Some(Effect::LostReset | Effect::LostSilent) | None => {
                (Some(state.act(&call, verdict.paging)), true)
            }
            Some(effect) => (Some(Err(refusal(effect, &call))), true),
        };
        let applied = matches!(outcome, Some(Ok(_)));
        let received = call.received(reached, applied);
        if let Some(told) = &outcome {
            let refused = told.as_ref().err().map(|f| f.code.as_str());
            cloudtrail::record(&mut state.world, &received, refused);
        }
        state.log.push(Received { throttled, ..received });
        (call, verdict, outcome)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What befalls a call, by its Region's condition and the faults.
    fn judge(&mut self, call: &Call<'_>) -> Verdict {
        let asked = call.asked();
        let mut verdict = self.faults.decide(&asked, call.now);
        let region = asked.region;
        match self.world.condition(region) {
            Condition::Healthy => {}
            Condition::Dark => verdict.effect = Some(Effect::Dark),
            Condition::Degraded { error_rate } => {
                if self.faults.fails(region, error_rate) {
                    verdict.effect.get_or_insert(Effect::ServerError);
                }
            }
        }
        // A call that never reaches AWS takes nothing from its buckets.
        if verdict.effect.is_none() && !self.limits.take(&asked, call.now) {
            verdict.effect = Some(Effect::Throttled);
        }
        verdict
    }

    fn act(
        &mut self,
        call: &Call<'_>,
        paging: Option<Paging>,
    ) -> Result<Value, Fault> {
        let decoded = match &call.decoded {
            Ok(decoded) => decoded,
            Err(error) => return Err(refusal::not_understood(error)),
        };
        let name = decoded.operation.name();
        let service = SERVICES.iter().find(|s| s.signing_name == call.service);
        let Some(handler) = service.and_then(|s| s.handler(name)) else {
            return Err(refusal::not_simulated(call.service, name));
        };
        let world = &mut self.world;
        let ask =
            |input: &Value| handler(world, &call.caller, input, call.now);
        pages::cut(&decoded.operation, paging, &decoded.input, ask)
    }
}

/// One request to a service, understood or not.
struct Call<'c> {
    caller: Caller,
    service: &'c str,
    request_id: String,
    decoded: Result<Decoded<'static>, Unrecognised>,
    now: Timestamp,
}

impl Call<'_> {
    fn operation(&self) -> &str {
        match &self.decoded {
            Ok(decoded) => decoded.operation.name(),
            Err(error) => error.operation.as_deref().unwrap_or("?"),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            account: &self.caller.account,
            region: &self.caller.region,
            service: self.service,
            operation: self.operation(),
            page: self.decoded.as_ref().map_or(1, |decoded| {
                pages::number(&decoded.operation, &decoded.input)
            }),
        }
    }

    fn input(&self) -> &Value {
        self.decoded.as_ref().map_or(&Value::Null, |decoded| &decoded.input)
    }

    fn received(&self, reached: bool, applied: bool) -> Received {
        Received {
            service: self.service.to_owned(),
            operation: self.operation().to_owned(),
            account: self.caller.account.clone(),
            principal: self.caller.principal.clone(),
            region: self.caller.region.clone(),
            request_id: self.request_id.clone(),
            at: self.now,
            input: self.input().clone(),
            reached,
            applied,
            throttled: false,
        }
    }

    fn end(
        &self,
        effect: Option<Effect>,
        outcome: Option<Result<Value, Fault>>,
    ) -> End {
        match (effect, outcome) {
            (Some(Effect::Dark), _) => End::Unreachable,
            (Some(Effect::LostReset), _) => End::Broken,
            (Some(Effect::Silent | Effect::LostSilent), _) | (_, None) => {
                End::Unanswered
            }
            (_, Some(outcome)) => End::Response(self.respond(&outcome)),
        }
    }

    fn respond(&self, outcome: &Result<Value, Fault>) -> Response {
        let id = &self.request_id;
        match (&self.decoded, outcome) {
            (Ok(of), Ok(output)) => {
                if cfg!(debug_assertions) {
                    let findings = check(&of.operation, output);
                    let told = "answers what AWS would not";
                    let operation = &of.operation;
                    assert!(
                        findings.is_empty(),
                        "{operation:?} {told}: {findings:#?}"
                    );
                }
                encode_response(&of.operation, of.protocol, output, id)
            }
            (Ok(of), Err(fault)) => {
                encode_fault(Some(&of.operation), of.protocol, fault, id)
            }
            (Err(error), outcome) => {
                let fault = outcome.as_ref().err().cloned();
                let fault =
                    fault.unwrap_or_else(|| refusal::not_understood(error));
                encode_fault(None, error.protocol, &fault, id)
            }
        }
    }
}

fn refusal(effect: Effect, call: &Call<'_>) -> Fault {
    match effect {
        Effect::Throttled => refusal::throttled(call.service),
        Effect::Denied => refusal::denied(
            &call.asked(),
            &call.caller.principal,
            call.input(),
        ),
        Effect::ExpiredToken => refusal::expired_token(call.service),
        _ => refusal::server_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_simulated_operation_is_an_official_one() {
        for service in SERVICES {
            for (operation, _) in service.handlers {
                let name = service.signing_name;
                let official = Model::official().operation(name, operation);
                assert!(official.is_some(), "{name}:{operation}");
            }
        }
    }
}
