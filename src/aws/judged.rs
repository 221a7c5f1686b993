//! What IAM says of calls that nobody sent.

use std::sync::Arc;

use aws_smithy_runtime::client::retries::RetryPartition;
use serde::Deserialize;
use serde_json::json;

use super::guard::Guard;
use super::modeled::{Client, into};
use super::session::{Budget, Session, Way};
use crate::estate::ids::Account;
use crate::failure::{Failure, FailureKind, cleaned};

/// The only operation that is asked for.
const OPERATION: &str = "SimulatePrincipalPolicy";

/// A call that might be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its IAM action.
    pub action: String,
    /// The ARN of what it changes; none for any.
    pub resource: Option<String>,
    /// The tags that are on it, or that it would put on what it makes.
    pub tags: Vec<(String, String)>,
}

/// What policies say of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// They allow it.
    Allowed,
    /// They deny it; how, in AWS's word.
    Denied(String),
    /// It hangs on something that was not told to IAM; on what.
    HangsOn(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Said {
    evaluation_results: Vec<Evaluation>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Evaluation {
    eval_decision: String,
    missing_context_values: Vec<String>,
}

/// The user or role whose policies count, by what `GetCallerIdentity` told:
/// an assumed role is told without the path of its own name, so one with a
/// path is not found. None where no policy tells, as of the root user.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
pub fn principal(caller: &str) -> Option<String> {
    let (head, rest) = caller
        .rsplit_once(":assumed-role/")
        .map_or((caller, None), |(head, rest)| (head, rest.split('/').next()));
    match rest {
        Some(role) => {
            let head = head.replacen(":sts:", ":iam:", 1);
            Some(format!("{head}:role/{role}"))
        }
        None if head.contains(":user/") => Some(head.to_owned()),
        None => None,
    }
}

/// What the policies of a principal say of a call. Neither service control
/// policies nor those of resources are in it (IAM API reference).
pub async fn judge(
    session: &Arc<Session>,
    account: &Account,
    principal: &str,
    asked: &Asked,
) -> Result<Judged, Failure> {
    let doing = "simulate the policies";
    let region = session.regions().first().cloned().ok_or_else(|| {
        Failure::new(doing, FailureKind::Other).because("no Region is watched")
    })?;
    let config =
        session.config(account, &region, Way::Read, Budget::Read).await?;
    let guard = (Guard::Only(OPERATION), session.meter(account, &region));
    let partition = format!("{account}/{region}/iam");
    let partition = RetryPartition::custom(partition).build();
    let client = Client::new("iam", &config, guard, partition)?;
    let tags = asked.tags.iter().flat_map(|(key, value)| {
        ["ResourceTag", "RequestTag"].map(|of| {
            json!({
                "ContextKeyName": format!("aws:{of}/{key}"),
                "ContextKeyValues": [value],
                "ContextKeyType": "string",
            })
        })
    });
    let mut input = json!({
        "PolicySourceArn": principal,
        "ActionNames": [asked.action],
        "ContextEntries": tags.collect::<Vec<_>>(),
    });
    if let Some(resource) = &asked.resource {
        input["ResourceArns"] = json!([resource]);
    }
    let operation = "SimulatePrincipalPolicy";
    let answer = client.ask(doing, operation, input).await?;
    let said: Said = into(doing, answer)?;
    let first = said.evaluation_results.into_iter().next();
    first.map(judged).ok_or_else(|| {
        Failure::new(doing, FailureKind::Garbled)
            .because("IAM told of no action")
    })
}

fn judged(said: Evaluation) -> Judged {
    let missing = said.missing_context_values;
    match said.eval_decision.as_str() {
        "allowed" => Judged::Allowed,
        _ if !missing.is_empty() => {
            Judged::HangsOn(missing.iter().map(|key| cleaned(key)).collect())
        }
        word => Judged::Denied(cleaned(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};

    /// In the shape of the answer printed in the API reference of
    /// `SimulatePrincipalPolicy`.
    const PRINTED: &str = "<SimulatePrincipalPolicyResponse \
        xmlns='https://iam.amazonaws.com/doc/2010-05-08/'>\
        <SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>\
        <EvaluationResults><member>\
        <MatchedStatements/><MissingContextValues/>\
        <EvalResourceName>arn:aws:s3:::teambucket</EvalResourceName>\
        <EvalDecision>implicitDeny</EvalDecision>\
        <EvalActionName>s3:ListBucket</EvalActionName>\
        </member></EvaluationResults></SimulatePrincipalPolicyResult>\
        <ResponseMetadata><RequestId>004d7059</RequestId>\
        </ResponseMetadata></SimulatePrincipalPolicyResponse>";

    fn asked() -> Asked {
        Asked {
            action: "s3:ListBucket".into(),
            resource: Some("arn:aws:s3:::teambucket".into()),
            tags: vec![("lifeboat:incident".into(), "INC-1".into())],
        }
    }

    #[tokio::test]
    async fn a_denial_is_read_and_the_question_names_resource_and_tags() {
        let out = Canned::saying(200, PRINTED);
        let account = Account::new(ACCOUNT);
        let role = "arn:aws:iam::1:role/x";
        let said = judge(&out.session(), &account, role, &asked()).await;
        assert_eq!(said.unwrap(), Judged::Denied("implicitDeny".into()));
        let [request] = &out.sent()[..] else { panic!("{:?}", out.sent()) };
        for part in [
            "iam.amazonaws.com",
            "Action=SimulatePrincipalPolicy",
            "ActionNames.member.1=s3%3AListBucket",
            "ResourceArns.member.1=arn%3Aaws%3As3%3A%3A%3Ateambucket",
            "aws%3AResourceTag%2Flifeboat%3Aincident",
        ] {
            assert!(request.contains(part), "{part}: {request}");
        }
    }

    #[test]
    fn what_hangs_on_something_untold_is_no_denial() {
        let said = |word: &str, missing: &[&str]| {
            judged(Evaluation {
                eval_decision: word.into(),
                missing_context_values: missing
                    .iter()
                    .map(|&key| key.to_owned())
                    .collect(),
            })
        };
        assert_eq!(said("allowed", &["aws:x"]), Judged::Allowed);
        let denied = Judged::Denied("explicitDeny".into());
        assert_eq!(said("explicitDeny", &[]), denied);
        let hangs = Judged::HangsOn(vec!["aws:x".into()]);
        assert_eq!(said("implicitDeny", &["aws:x"]), hangs);
    }

    #[test]
    fn a_session_counts_by_its_role_and_nobody_by_the_root_user() {
        let of = |arn: &str| principal(arn);
        assert_eq!(
            of("arn:aws:sts::1:assumed-role/operate/lifeboat-ann").as_deref(),
            Some("arn:aws:iam::1:role/operate")
        );
        let user = "arn:aws:iam::1:user/ops/ann";
        assert_eq!(of(user).as_deref(), Some(user));
        assert_eq!(of("arn:aws:iam::1:root"), None);
    }
}
