//! What a simulated service says when a fault makes it refuse.

use serde_json::Value;

use super::faults::Asked;
use crate::wire::{Fault, Reason, Unrecognised};

/// The service's own answer when it is asked too often.
///
/// Codes and statuses as the services send them; all are on the SDK's list of
/// throttling codes (aws-runtime, `retries/classifiers.rs`).
pub(super) fn throttled(service: &str) -> Fault {
    let (code, status) = match service {
        "ec2" => ("RequestLimitExceeded", 503),
        "s3" => ("SlowDown", 503),
        "lambda" => ("TooManyRequestsException", 429),
        "rds" | "route53" | "sts" | "monitoring" | "cloudformation" => {
            ("Throttling", 400)
        }
        _ => ("ThrottlingException", 400),
    };
    fault(code, "Rate exceeded", status)
}

/// A server's failure, as every service may answer it.
pub(super) fn server_error() -> Fault {
    let mut fault = fault(
        "ServiceUnavailable",
        "The service is unavailable. Please try again shortly.",
        503,
    );
    fault.sender = false;
    fault
}

/// The answer to a request that cannot be read.
pub(super) fn not_understood(error: &Unrecognised) -> Fault {
    match &error.reason {
        Reason::Service | Reason::Operation => not_simulated(
            &error.service,
            error.operation.as_deref().unwrap_or("this operation"),
        ),
        Reason::Input(why) => Fault {
            code: "SerializationException".to_owned(),
            message: why.to_string(),
            status: 400,
            fields: Value::Null,
            sender: true,
        },
    }
}

/// The answer to an operation that no handler answers.
pub(super) fn not_simulated(service: &str, operation: &str) -> Fault {
    Fault {
        code: "NotSimulated".to_owned(),
        message: format!("{service}:{operation} is not simulated"),
        status: 501,
        fields: Value::Null,
        sender: false,
    }
}

/// The answer to a call signed with a token that is no longer valid.
pub(super) fn expired_token(service: &str) -> Fault {
    let code = match service {
        "rds" | "route53" | "sts" | "monitoring" | "s3" => "ExpiredToken",
        _ => "ExpiredTokenException",
    };
    fault(code, "The security token included in the request is expired", 403)
}

/// IAM's refusal, with the text that names the action and the resource.
pub(super) fn denied(asked: &Asked<'_>, caller: &str, input: &Value) -> Fault {
    let prefix = iam_prefix(asked.service);
    let code = match asked.service {
        "rds" | "route53" | "sts" | "monitoring" | "s3" => "AccessDenied",
        "ec2" => "UnauthorizedOperation",
        _ => "AccessDeniedException",
    };
    let message = format!(
        "User: {caller} is not authorized to perform: {prefix}:{} on \
         resource: {} because no identity-based policy allows the {prefix}:{} \
         action",
        asked.operation,
        resource(asked, input),
        asked.operation,
    );
    fault(code, &message, 403)
}

/// The prefix of a service's IAM actions, where it is not its signing name.
fn iam_prefix(service: &str) -> &str {
    match service {
        "monitoring" => "cloudwatch",
        other => other,
    }
}

/// The resource a refusal names: the first ARN among the inputs, the database
/// that an RDS call is about, else `*`.
fn resource(asked: &Asked<'_>, input: &Value) -> String {
    let members = input.as_object();
    let arn = members
        .into_iter()
        .flat_map(|members| members.values())
        .filter_map(Value::as_str)
        .find(|text| text.starts_with("arn:"));
    if let Some(arn) = arn {
        return arn.to_owned();
    }
    let Asked { account, region, .. } = asked;
    if let Some(name) = input["DBInstanceIdentifier"].as_str() {
        return format!("arn:aws:rds:{region}:{account}:db:{name}");
    }
    if let Some(zone) = input["HostedZoneId"].as_str() {
        let zone = zone.trim_start_matches("/hostedzone/");
        return format!("arn:aws:route53:::hostedzone/{zone}");
    }
    "*".to_owned()
}

fn fault(code: &str, message: &str, status: u16) -> Fault {
    Fault {
        code: code.to_owned(),
        message: message.to_owned(),
        status,
        fields: Value::Null,
        sender: true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROMOTE: Asked<'_> = Asked {
        account: "111122223333",
        region: "eu-central-1",
        service: "rds",
        operation: "PromoteReadReplica",
        page: 1,
    };

    #[test]
    fn a_denial_names_caller_action_and_resource() {
        let fault = denied(
            &PROMOTE,
            "arn:aws:sts::111122223333:assumed-role/read/lifeboat",
            &json!({ "DBInstanceIdentifier": "learn-db-replica" }),
        );
        assert_eq!((fault.code.as_str(), fault.status), ("AccessDenied", 403));
        assert_eq!(
            fault.message,
            "User: arn:aws:sts::111122223333:assumed-role/read/lifeboat is \
             not authorized to perform: rds:PromoteReadReplica on resource: \
             arn:aws:rds:eu-central-1:111122223333:db:learn-db-replica \
             because no identity-based policy allows the \
             rds:PromoteReadReplica action"
        );
    }
}
