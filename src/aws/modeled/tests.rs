use serde_json::json;

use super::*;
use crate::aws::canned::{ACCOUNT, Canned};
use crate::aws::session::Budget;
use crate::estate::ids::{Account, Region};
use crate::estate::part::Kind;
use crate::estate::{Source, What};

async fn asked(
    out: &Canned,
    service: &'static str,
    operation: &str,
    input: Value,
) -> Result<Value, Failure> {
    let source = Source::aws(
        &Account::new(ACCOUNT),
        &Region::new("eu-west-1"),
        What::Parts(Kind::Bucket),
    );
    let session = out.session();
    let reader = Box::pin(session.reader(&source, Budget::Read));
    let reader = reader.await.unwrap();
    Box::pin(reader.modeled(service)?.ask("try", operation, input)).await
}

const TAGS: &str = r#"{"ResourceTagMappingList":[]}"#;

#[tokio::test]
async fn a_request_is_signed_for_the_service_and_region() {
    let out = Canned::saying(200, TAGS);
    let input = json!({ "ResourcesPerPage": 7 });
    let said = asked(&out, "tagging", "GetResources", input).await;
    assert_eq!(said.unwrap()["ResourceTagMappingList"], json!([]));
    let sent = out.sent().remove(0);
    let at = "POST https://tagging.eu-west-1.amazonaws.com/ ";
    assert_eq!(sent, format!("{at}{{\"ResourcesPerPage\":7}}"));
    let heads = out.heads().remove(0);
    let signed = heads["authorization"].as_str();
    assert!(signed.contains("/eu-west-1/tagging/aws4_request"), "{signed}");
    assert!(heads["user-agent"].contains("aws-sdk-rust"));
    assert!(heads["x-amz-user-agent"].contains("api/tagging"));
    assert!(heads.contains_key("amz-sdk-invocation-id"));
}

#[tokio::test]
async fn a_bucket_stands_in_the_host_unless_its_name_has_dots() {
    let out = Canned::saying(200, "<VersioningConfiguration/>");
    for name in ["content", "www.content"] {
        let input = json!({ "Bucket": name });
        let said = asked(&out, "s3", "GetBucketVersioning", input).await;
        said.unwrap();
    }
    let sent = out.sent();
    let [plain, dotted] = &sent[..] else { panic!("{sent:?}") };
    let at = "https://content.s3.eu-west-1.amazonaws.com/?versioning";
    assert!(plain.contains(at), "{plain}");
    let at = "https://s3.eu-west-1.amazonaws.com/www.content?versioning";
    assert!(dotted.contains(at), "{dotted}");
    assert!(out.heads()[0].contains_key("x-amz-content-sha256"));
}

#[tokio::test]
async fn what_is_throttled_is_asked_again_and_told_by_its_code() {
    let out = Canned::saying(
        400,
        r#"{"__type":"ThrottledException","message":"slow down"}"#,
    );
    let said = asked(&out, "tagging", "GetResources", json!({})).await;
    let failure = said.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert_eq!(failure.code.as_deref(), Some("ThrottledException"));
    assert_eq!(failure.request_id.as_deref(), Some("6a8e0bb5"));
    assert_eq!(out.sent().len(), 2);
}

#[tokio::test]
async fn an_operation_that_no_look_reads_never_leaves() {
    let out = Canned::saying(200, "{}");
    let input = json!({ "service": "web", "desiredCount": 0 });
    let said = asked(&out, "ecs", "UpdateService", input).await;
    let failure = said.unwrap_err();
    assert!(failure.to_string().contains("not among"), "{failure}");
    assert!(out.sent().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_no_answer_is_garbled() {
    let out = Canned::saying(200, "<html>sign in</html>");
    let said = asked(&out, "tagging", "GetResources", json!({})).await;
    assert_eq!(said.unwrap_err().kind, FailureKind::Garbled);
}

#[test]
fn endpoints_follow_the_official_table() {
    let at = |service, region| {
        let service = Model::official().service(service).unwrap();
        let found = service.endpoint(region);
        found.map(|(url, signs)| (url, signs.to_owned()))
    };
    let is = |url: &str, signs: &str| Some((url.into(), signs.into()));
    let arc = "https://arc-region-switch.us-east-2.api.aws";
    assert_eq!(at("arc-region-switch", "us-east-2"), is(arc, "us-east-2"));
    let front = "https://cloudfront.amazonaws.com";
    assert_eq!(at("cloudfront", "eu-west-1"), is(front, "us-east-1"));
    let china = "https://ecs.cn-north-1.amazonaws.com.cn";
    assert_eq!(at("ecs", "cn-north-1"), is(china, "cn-north-1"));
    let gov = "https://kms.us-gov-east-1.amazonaws.com";
    assert_eq!(at("kms", "us-gov-east-1"), is(gov, "us-gov-east-1"));
    assert_eq!(at("kms", "us-iso-east-1"), None);
}
