//! From `SdkError` to Failure, with the request id.

use std::error::Error;
use std::iter::successors;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use super::guard::Refused;
use crate::failure::{Failure, FailureKind, cleaned};

/// The most causes kept of one error.
const MOST_CAUSES: usize = 6;

/// What an SDK error means. `doing` is an infinitive: "list backup jobs".
pub(super) fn failure<E>(
    doing: &str,
    error: &SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let code = error.code().map(cleaned);
    let message = error.message().unwrap_or_default();
    Failure {
        doing: doing.to_owned(),
        kind: kind(error, code.as_deref(), message, status),
        causes: causes(error, message, status),
        request_id: request_id(error),
        maybe_applied: maybe_applied(error, code.as_deref(), status),
        code,
    }
}

fn kind<E: Error + 'static>(
    error: &SdkError<E, HttpResponse>,
    code: Option<&str>,
    message: &str,
    status: Option<u16>,
) -> FailureKind {
    if is_of_credentials(error) {
        return FailureKind::Expired;
    }
    match error {
        SdkError::TimeoutError(_) => FailureKind::TimedOut,
        SdkError::DispatchFailure(_) if never_connected(error) => {
            FailureKind::Unreachable
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            FailureKind::TimedOut
        }
        SdkError::DispatchFailure(_) => FailureKind::Unreachable,
        SdkError::ResponseError(_) if cut_off(error) => {
            FailureKind::Unreachable
        }
        SdkError::ResponseError(_) => FailureKind::Garbled,
        SdkError::ServiceError(_) => match code {
            Some(code) => of_code(code, message, status),
            None if status.is_some_and(|status| status >= 500) => {
                FailureKind::Faulted
            }
            None => FailureKind::Garbled,
        },
        _ => FailureKind::Other,
    }
}

/// The class of a service's error code; the throttling codes are those of
/// aws-runtime's own classifier.
fn of_code(code: &str, message: &str, status: Option<u16>) -> FailureKind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "ProvisionedThroughputExceededException"
        | "TransactionInProgressException"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "LimitExceededException"
        | "RequestThrottled"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "EC2ThrottledException" => FailureKind::Throttled,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "AuthorizationError"
        | "UnauthorizedException" => {
            FailureKind::Denied { action: denied_action(message) }
        }
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => FailureKind::Expired,
        code if code.contains("NotFound") || code.starts_with("NoSuch") => {
            FailureKind::NotFound
        }
        code if code.starts_with("Invalid")
            && (code.ends_with("State") || code.ends_with("StateFault")) =>
        {
            FailureKind::Conflict
        }
        code if code.contains("AlreadyExists")
            || code.starts_with("Conflict") =>
        {
            FailureKind::Conflict
        }
        _ if status.is_some_and(|status| status >= 500) => {
            FailureKind::Faulted
        }
        _ => FailureKind::Other,
    }
}

/// `... is not authorized to perform: rds:PromoteReadReplica on ...`
fn denied_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform: ")?;
    let action = rest.split_whitespace().next()?;
    action.contains(':').then(|| cleaned(action))
}

/// Only what is proven counts as not applied: it was never sent, or AWS
/// itself refused it with a 4xx and a code.
fn maybe_applied<E: Error + 'static>(
    error: &SdkError<E, HttpResponse>,
    code: Option<&str>,
    status: Option<u16>,
) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::DispatchFailure(_) => {
            !(never_connected(error) || is_of_credentials(error))
        }
        SdkError::ServiceError(_) => {
            // 408 is the answer to a request of which only a part came.
            let refused =
                status.is_some_and(|s| (400..500).contains(&s) && s != 408);
            !(refused && code.is_some())
        }
        _ => true,
    }
}

/// Whether no connection came about, so nothing can have been sent. The
/// client tells it in words only: hyper's `client error (Connect)` and the
/// SDK's connect time-out.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string();
        text.contains("client error (Connect)")
            || text.contains("HTTP connect timeout")
            || text.contains("dns error")
    })
}

/// Whether the connection ended before the answer was whole.
fn cut_off(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let text = cause.to_string();
        text.contains("reading a body from connection")
            || text.contains("minimum throughput")
    })
}

fn is_of_credentials(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(<dyn Error>::is::<CredentialsError>)
}

/// Every distinct text of the error, outermost first, with the service's own
/// words in front and the status of an answer that is not AWS's.
fn causes<E: Error + 'static>(
    error: &SdkError<E, HttpResponse>,
    message: &str,
    status: Option<u16>,
) -> Vec<String> {
    if chain(error).any(<dyn Error>::is::<Refused>) {
        return chain(error)
            .filter(|cause| cause.is::<Refused>())
            .map(|cause| cleaned(&cause.to_string()))
            .collect();
    }
    if !message.is_empty() {
        return vec![cleaned(message)];
    }
    let mut causes = told(error);
    if let (Some(status), SdkError::ServiceError(_)) = (status, error) {
        causes.push(format!("the answer had status {status}"));
    }
    causes
}

/// The texts of an error and its sources that say something new.
pub(super) fn told(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for cause in chain(error).take(MOST_CAUSES) {
        let text = cleaned(&cause.to_string());
        if !text.is_empty() && causes.last().is_none_or(|c| *c != text) {
            causes.push(text);
        }
    }
    causes
}

fn request_id<E: Error + 'static>(
    error: &SdkError<E, HttpResponse>,
) -> Option<String> {
    let raw = error.raw_response()?;
    let id = raw.headers().request_id().or_else(|| {
        // Some front ends answer with this header alone.
        raw.headers().get("x-amz-request-id")
    })?;
    Some(cleaned(id))
}

fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |error| (**error).source())
}
