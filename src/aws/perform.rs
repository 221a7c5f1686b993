//! Sends an approved and recorded call and reports the answer.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_types::timeout::TimeoutConfig;
use jiff::{SignedDuration, Timestamp};

use super::credentials::failure as sign_in_failure;
use super::guard::Guard;
use super::modeled::{Client, Told};
use super::session::{Budget, WriteAccess};
use crate::failure::{Failure, FailureKind};
use crate::journal::recorded::Recorded;
use crate::runbook::call::Call;
use crate::runbook::plan::Intent;
use crate::runbook::run::Outcome;

/// A call recorded longer ago is not sent: what was looked at before the
/// confirm may no longer hold.
const OLDEST: SignedDuration = SignedDuration::from_secs(5);

/// How long one endpoint of a cluster of routing controls may take before
/// the next is asked.
const ENDPOINT_TAKES: Duration = Duration::from_secs(5);

/// What an endpoint says that cannot serve; another one may.
// https://docs.aws.amazon.com/routing-control/latest/APIReference/API_UpdateRoutingControlStates.html
const UNAVAILABLE: &str = "EndpointTemporarilyUnavailableException";

/// What came of one call, and to which intent it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The run.
    pub run: String,
    /// The step.
    pub step: String,
    /// Which try of the step, from 1.
    pub attempt: u32,
    /// The call's place in the plan, from 0.
    pub position: usize,
    /// What came of it.
    pub outcome: Outcome,
    /// When it was sent, or was not.
    pub sent_at: Timestamp,
    /// When that was known.
    pub at: Timestamp,
}

/// Sends one call, once, and tells what came of it. The proof that it was
/// recorded is used up.
pub async fn perform(
    access: &WriteAccess,
    intent: Recorded<Intent>,
) -> Answered {
    let session = &access.session;
    let sent_at = session.now();
    let stale = is_stale(intent.at(), sent_at);
    let intent = intent.into_value();
    let outcome = if let Some(why) =
        kept_back(access, intent.call(), intent.incident())
    {
        Outcome::NotSent { why }
    } else if stale {
        let why = format!(
            "it was recorded more than {} s ago; look and confirm again",
            OLDEST.as_secs()
        );
        Outcome::NotSent { why }
    } else {
        Box::pin(outcome(access, intent.call())).await
    };
    Answered {
        run: intent.run().to_owned(),
        step: intent.step().to_owned(),
        attempt: intent.attempt(),
        position: intent.position(),
        outcome,
        sent_at,
        at: session.now(),
    }
}

/// Why a call is not sent while nobody is at hand.
fn kept_back(
    access: &WriteAccess,
    call: &Call,
    incident: &str,
) -> Option<String> {
    let only = access.only.as_ref()?;
    only.admits(call, incident).err()
}

fn is_stale(recorded: Timestamp, now: Timestamp) -> bool {
    now.duration_since(recorded) > OLDEST
}

async fn outcome(access: &WriteAccess, call: &Call) -> Outcome {
    let config = match signed_in(access, call).await {
        Ok(config) => config,
        Err(why) => return Outcome::NotSent { why },
    };
    let sent = if call.endpoints().is_empty() {
        send(&config, call).await
    } else {
        send_around(&config, call).await
    };
    match sent {
        Ok(Told { request_id, output }) => {
            let answer = call.answer(&output);
            Outcome::Accepted { request_id, answer }
        }
        Err(failure) if failure.maybe_applied => Outcome::Unknown { failure },
        // Without AWS's own code nobody there has seen it.
        Err(failure) if failure.code.is_none() => {
            Outcome::NotSent { why: failure.to_string() }
        }
        Err(failure) => Outcome::Refused { failure },
    }
}

/// The config to send with, once it is known that there are credentials and
/// that they are of the account that the call names.
async fn signed_in(
    access: &WriteAccess,
    call: &Call,
) -> Result<SdkConfig, String> {
    let account = call.account();
    let config = access
        .session
        .config(account, &call.region(), access.way, Budget::Mutation)
        .await
        .map_err(|failure| failure.to_string())?;
    let provider = config
        .credentials_provider()
        .ok_or_else(|| format!("no credentials for account {account}"))?;
    let held = provider.provide_credentials().await.map_err(|error| {
        sign_in_failure(&format!("sign in to {account}"), &error).to_string()
    })?;
    match held.account_id() {
        Some(id) if id.as_str() != account.as_str() => Err(format!(
            "the credentials are of account {}, the call is for {account}",
            id.as_str()
        )),
        _ => Ok(config),
    }
}

/// Nothing in common with any poller's retry quota.
fn partition(call: &Call) -> RetryPartition {
    let name =
        format!("{}/{}/{}", call.account(), call.region(), call.action());
    RetryPartition::custom(name).build()
}

/// What is sent is the request that was shown and recorded, and nothing
/// else. It waits for no budget: a person has confirmed it.
async fn send(config: &SdkConfig, call: &Call) -> Result<Told, Failure> {
    let client = client(config, call)?;
    let (_, operation) = call.operation();
    Box::pin(client.told(call.doing(), operation, call.request())).await
}

fn client(config: &SdkConfig, call: &Call) -> Result<Client, Failure> {
    let (service, operation) = call.operation();
    let guard = (Guard::Only(operation), None);
    Client::new(service, config, guard, partition(call))
}

/// Asks the endpoints of a call in turn until one takes it: to set the same
/// states again at another changes nothing. A refusal ends it, but what an
/// endpoint before it may have done stays unknown.
// https://docs.aws.amazon.com/r53recovery/latest/dg/route53-arc-best-practices.regional.html
async fn send_around(
    config: &SdkConfig,
    call: &Call,
) -> Result<Told, Failure> {
    let times = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(1500))
        .operation_timeout(ENDPOINT_TAKES)
        .build();
    let config = config.to_builder().timeout_config(times).build();
    let client = client(&config, call)?;
    let (_, operation) = call.operation();
    let mut last: Option<Failure> = None;
    for endpoint in call.endpoints() {
        let at = (endpoint.url.as_str(), endpoint.region.as_str());
        let doing = format!("{} in {}", call.doing(), endpoint.region);
        let request = call.request();
        let sent = client.told_elsewhere(at, &doing, operation, request);
        let mut failure = match Box::pin(sent).await {
            Ok(told) => return Ok(told),
            Err(failure) => failure,
        };
        let ends = failure.code.is_some()
            && !failure.maybe_applied
            && failure.code.as_deref() != Some(UNAVAILABLE);
        failure.maybe_applied |=
            last.as_ref().is_some_and(|before| before.maybe_applied);
        if ends {
            return Err(failure);
        }
        last = Some(failure);
    }
    Err(last.unwrap_or_else(|| {
        Failure::new(call.doing(), FailureKind::NotFound)
            .because("no endpoint of the cluster is known")
    }))
}

#[cfg(test)]
mod tests;
