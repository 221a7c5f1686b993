//! Endpoint: where a service is asked.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;

use super::lacking;
use crate::failure::Failure;
use crate::wire::Service;

/// Where a service is asked, and the Region that requests are signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) signs: String,
    /// Whether the config names it, and not the official table.
    pub(super) given: bool,
}

/// Where the config sends the service, or else the official table.
pub(super) fn endpoint(
    service: &Service,
    config: &SdkConfig,
) -> Result<Endpoint, Failure> {
    let region = config.region().map_or("us-east-1", AsRef::as_ref);
    let official = service.endpoint(region);
    if let Some(url) = given(service, config) {
        let signs = official.map_or(region, |(_, signs)| signs);
        let url = url.trim_end_matches('/').to_owned();
        return Ok(Endpoint { url, signs: signs.to_owned(), given: true });
    }
    let (url, signs) = official.ok_or_else(|| {
        lacking(&service.id, "no endpoint is known in that partition")
    })?;
    Ok(Endpoint { url, signs: signs.to_owned(), given: false })
}

/// Where the config, the environment or the profile sends the service
/// instead, in the SDK's own order.
fn given(service: &Service, config: &SdkConfig) -> Option<String> {
    if config.get_origin("endpoint_url").is_client_config() {
        return config.endpoint_url().map(str::to_owned);
    }
    let key = ServiceConfigKey::builder()
        .service_id(&service.id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all its fields are set");
    let own = config.service_config().and_then(|c| c.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// S3 wants the bucket in the host name. A name with dots would not fit the
/// certificate, and an endpoint of the config has no such hosts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
pub(super) fn hosted(
    service: &Service,
    endpoint: &Endpoint,
    input: &Value,
) -> (Endpoint, Option<String>) {
    let bucket = input.get("Bucket").and_then(Value::as_str);
    let bucket = bucket.filter(|name| {
        service.signing_name == "s3" && !endpoint.given && !name.contains('.')
    });
    let Some(name) = bucket else { return (endpoint.clone(), None) };
    let url = endpoint.url.replacen("://", &format!("://{name}."), 1);
    (Endpoint { url, ..endpoint.clone() }, Some(name.to_owned()))
}
