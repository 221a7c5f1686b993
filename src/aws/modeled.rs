//! Operations without an SDK crate, sent by the SDK's own runtime.
//!
//! Input and output are values in the official member names, encoded and
//! read by [`wire`](crate::wire). Signing, credentials, timeouts, retries,
//! user agent, request ids and the guard are those of any other client.
//! `aws-runtime` disclaims direct use, so it is pinned and named here alone.

mod endpoint;

use std::error::Error;
use std::fmt;

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{self, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{
    ServiceClockSkewClassifier, ServiceClockSkewInterceptor,
};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme,
    SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{
    Order, SharedRuntimePlugin, StaticRuntimePlugin,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SigningName;
use aws_types::region::{Region as SdkRegion, SigningRegion};
use aws_types::request_id::RequestId;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value};

use self::endpoint::{Endpoint, endpoint, hosted};
use super::budget::Meter;
use super::failure::failure;
use super::guard::Guard;
use super::pages::{Page, Pages, all};
use crate::failure::{Failure, FailureKind};
use crate::wire::{
    Fault, Model, Operation as Modeled, Protocol, Request, Response, Service,
    decode_response, encode_request,
};

/// A client of one service, made from its official model. It keeps the
/// clock skew and the retry quota of its source, as an SDK client does.
#[derive(Debug)]
pub struct Client {
    service: &'static Service,
    config: SdkConfig,
    endpoint: Endpoint,
    plugin: SharedRuntimePlugin,
    meter: Option<Meter>,
}

/// An answer of AWS, and the id under which it knows the request.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) output: Value,
    pub(super) request_id: Option<String>,
}

/// An error that AWS answered.
#[derive(Debug)]
pub struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let builder = ErrorMetadata::builder();
        Refusal(builder.code(fault.code).message(fault.message).build())
    }
}

impl Client {
    /// A client of the service with this signing name, such as `ecs`, in the
    /// Region of the config.
    pub(super) fn new(
        service: &'static str,
        config: &SdkConfig,
        (guard, meter): (Guard, impl Into<Option<Meter>>),
        partition: RetryPartition,
    ) -> Result<Self, Failure> {
        let service = Model::official().service(service).ok_or_else(|| {
            lacking(service, "this program has no model of the service")
        })?;
        let endpoint = endpoint(service, config)?;
        let plugin = plugin(service, config, &endpoint, guard, partition);
        let (config, meter) = (config.clone(), meter.into());
        Ok(Client { service, config, endpoint, plugin, meter })
    }

    /// Sends one operation and gives its output. `doing` is an infinitive
    /// for the failure, such as "list the file systems".
    pub async fn ask(
        &self,
        doing: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, Failure> {
        let told = self.ask_at(&self.endpoint, doing, operation, input);
        Ok(told.await?.output)
    }

    /// The same, with the id of the request.
    pub(super) async fn told(
        &self,
        doing: &str,
        operation: &str,
        input: Value,
    ) -> Result<Told, Failure> {
        self.ask_at(&self.endpoint, doing, operation, input).await
    }

    /// The same at an endpoint of its own, as the data plane of ARC routing
    /// controls has five of (Amazon ARC developer guide, "Routing control
    /// API"). `signs` is the Region that the endpoint lies in.
    pub(super) async fn told_elsewhere(
        &self,
        (url, signs): (&str, &str),
        doing: &str,
        operation: &str,
        input: Value,
    ) -> Result<Told, Failure> {
        let at = self.elsewhere(url, signs);
        self.ask_at(&at, doing, operation, input).await
    }

    fn elsewhere(&self, url: &str, signs: &str) -> Endpoint {
        // An endpoint that the config names stands for all of AWS.
        if self.endpoint.given {
            return self.endpoint.clone();
        }
        Endpoint {
            url: url.trim_end_matches('/').to_owned(),
            signs: signs.to_owned(),
            given: false,
        }
    }

    /// The same for a list, as [`Client::list`] reads it.
    pub(super) async fn list_elsewhere<T>(
        &self,
        (url, signs): (&str, &str),
        doing: &str,
        operation: &str,
        input: Value,
        project: impl Fn(Value) -> Result<Vec<T>, Failure>,
    ) -> Result<Pages<T>, Failure> {
        let at = self.elsewhere(url, signs);
        self.pages(&at, doing, operation, input, project).await
    }

    /// Reads a list page by page as its official paginator says, and projects
    /// each page before the next is asked for. A list cut short is partial.
    pub(super) async fn list<T>(
        &self,
        doing: &str,
        operation: &str,
        input: Value,
        project: impl Fn(Value) -> Result<Vec<T>, Failure>,
    ) -> Result<Pages<T>, Failure> {
        self.pages(&self.endpoint, doing, operation, input, project).await
    }

    async fn pages<T>(
        &self,
        endpoint: &Endpoint,
        doing: &str,
        operation: &str,
        input: Value,
        project: impl Fn(Value) -> Result<Vec<T>, Failure>,
    ) -> Result<Pages<T>, Failure> {
        let paginator = self
            .service
            .operation(operation)
            .and_then(|modeled| modeled.paginator().cloned())
            .unwrap_or_default();
        let token_in = paginator.input_token.first().cloned();
        let token_out = paginator.output_token.first().cloned();
        let more = paginator.more_results.clone();
        all(async |token: Option<String>| {
            let mut input = input.clone();
            if let (Some(name), Some(token)) = (&token_in, token) {
                input[name.as_str()] = Value::from(token);
            }
            let asked = self.ask_at(endpoint, doing, operation, input);
            let output = asked.await?.output;
            let ended = more.as_ref().is_some_and(|name| {
                at(&output, name).and_then(Value::as_bool) == Some(false)
            });
            let next = token_out.as_ref().filter(|_| !ended);
            let next = next.and_then(|name| at(&output, name)?.as_str());
            let next = next.map(str::to_owned);
            Ok(Page { items: project(output)?, next })
        })
        .await
    }

    async fn ask_at(
        &self,
        endpoint: &Endpoint,
        doing: &str,
        operation: &str,
        input: Value,
    ) -> Result<Told, Failure> {
        let modeled = self.service.operation(operation).ok_or_else(|| {
            lacking(operation, "this program has no model of the operation")
        })?;
        let name = &self.service.signing_name;
        if let Some(meter) = &self.meter {
            meter.turn(name, modeled.name()).await;
        }
        let (endpoint, bucket) = hosted(self.service, endpoint, &input);
        let operation = self.operation(modeled, &endpoint, bucket);
        let sent = operation.invoke(input).await;
        sent.map_err(|error: SdkError<Refusal, _>| failure(doing, &error))
    }

    fn operation(
        &self,
        modeled: Modeled<'static>,
        endpoint: &Endpoint,
        bucket: Option<String>,
    ) -> Operation<Value, Told, Refusal> {
        let protocol = protocol(&modeled);
        let config = &self.config;
        let mut builder = Operation::builder()
            .service_name(self.service.id.clone())
            .operation_name(modeled.name())
            .endpoint_url(&endpoint.url)
            .runtime_plugin(self.plugin.clone());
        if endpoint.signs != self.endpoint.signs {
            builder = builder.runtime_plugin(signed_for(&endpoint.signs));
        }
        if let Some(version) = config.behavior_version() {
            builder = builder.behavior_version(version);
        }
        if let Some(http) = config.http_client() {
            builder = builder.http_client(http);
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        if let Some(timeouts) = config.timeout_config() {
            builder = builder.timeout_config(timeouts.clone());
        }
        let once = RetryConfig::disabled();
        let retries = config.retry_config().unwrap_or(&once);
        builder
            .standard_retry(retries)
            .serializer(move |input: Value| {
                written(&modeled, protocol, bucket.as_deref(), &input)
            })
            .deserializer(move |response| read(&modeled, protocol, response))
            .build()
    }
}

/// The value at a path of member names with dots between them.
fn at<'v>(output: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(output, |value, name| value.get(name))
}

/// Reads an output into what is used of it; a value of another kind than
/// the model promises is an answer that cannot be read.
pub(super) fn into<T: DeserializeOwned>(
    doing: &str,
    output: Value,
) -> Result<T, Failure> {
    from_value(output).map_err(|error| {
        Failure::new(doing, FailureKind::Garbled).because(error.to_string())
    })
}

fn lacking(what: &str, why: &str) -> Failure {
    Failure::new(format!("ask {what}"), FailureKind::Other).because(why)
}

/// The service's first choice, but for CBOR, which other servers that speak
/// AWS's protocols lack most often.
fn protocol(modeled: &Modeled<'_>) -> Protocol {
    let plain = |protocol: &&Protocol| **protocol != Protocol::RpcV2Cbor;
    let plain = modeled.protocols().iter().find(plain);
    plain.copied().unwrap_or_else(|| modeled.protocol())
}

/// Another Region to sign for than the client's own.
fn signed_for(region: &str) -> SharedRuntimePlugin {
    let mut layer = Layer::new("signed elsewhere");
    let signs = SdkRegion::new(region.to_owned());
    layer.store_put(SigningRegion::from(signs));
    let plugin = StaticRuntimePlugin::new()
        .with_order(Order::NestedComponents)
        .with_config(layer.freeze());
    SharedRuntimePlugin::new(plugin)
}

/// What is the same for all operations of a client.
fn plugin(
    service: &'static Service,
    config: &SdkConfig,
    endpoint: &Endpoint,
    guard: Guard,
    partition: RetryPartition,
) -> SharedRuntimePlugin {
    let mut layer = Layer::new("modeled");
    let signs = SdkRegion::new(endpoint.signs.clone());
    layer.store_put(SigningRegion::from(signs));
    layer.store_put(SigningName::from(service.signing_name.clone()));
    layer.store_put(SigV4OperationSigningConfig {
        signing_options: signing(&service.signing_name),
        ..SigV4OperationSigningConfig::default()
    });
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    let own = env!("CARGO_PKG_VERSION");
    layer.store_put(ApiMetadata::new(&service.signing_name, own));
    layer.store_put(partition);
    if let Some(region) = config.region() {
        layer.store_put(region.clone());
    }
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    let plugin = StaticRuntimePlugin::new()
        .with_order(Order::Overrides)
        .with_config(layer.freeze())
        .with_runtime_components(components(config, guard));
    SharedRuntimePlugin::new(plugin)
}

fn components(config: &SdkConfig, guard: Guard) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("modeled")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(
            SharedAuthSchemeOptionResolver::new(
                StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID]),
            ),
        ))
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<Refusal>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<Refusal>::new())
        .with_interceptor(SharedInterceptor::permanent(guard))
        .with_interceptor(SharedInterceptor::permanent(
            ServiceClockSkewInterceptor::new(),
        ))
        .with_interceptor(SharedInterceptor::permanent(
            RequestInfoInterceptor::new(),
        ))
        .with_interceptor(SharedInterceptor::permanent(
            UserAgentInterceptor::new(),
        ))
        .with_interceptor(SharedInterceptor::permanent(
            InvocationIdInterceptor::new(),
        ));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(sigv4::SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    components
}

/// S3 signs its paths as they are, and every payload.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
fn signing(service: &str) -> SigningOptions {
    let mut options = SigningOptions::default();
    if service == "s3" {
        options.double_uri_encode = false;
        options.normalize_uri_path = false;
        options.content_sha256_header = true;
    }
    options
}

fn written(
    modeled: &Modeled<'_>,
    protocol: Protocol,
    bucket: Option<&str>,
    input: &Value,
) -> Result<HttpRequest, BoxError> {
    let request = encode_request(modeled, protocol, input)?;
    let Request { method, uri, headers, body } = request;
    let mut sent = HttpRequest::new(SdkBody::from(body));
    sent.set_method(&method)?;
    let below =
        bucket.and_then(|name| uri.strip_prefix('/')?.strip_prefix(name));
    let path = below.unwrap_or(&uri);
    let root = if path.starts_with('/') { "" } else { "/" };
    sent.set_uri(format!("{root}{path}"))?;
    for (name, value) in headers {
        sent.headers_mut().try_insert(name.to_lowercase(), value)?;
    }
    Ok(sent)
}

fn read(
    modeled: &Modeled<'_>,
    protocol: Protocol,
    response: &HttpResponse,
) -> Result<Told, OrchestratorError<Refusal>> {
    let request_id = response.headers().request_id().map(str::to_owned);
    let headers = response.headers().iter();
    let response = Response {
        status: response.status().as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: response.body().bytes().unwrap_or_default().to_vec(),
    };
    match decode_response(modeled, protocol, &response) {
        Ok(Ok(output)) => Ok(Told { output, request_id }),
        Ok(Err(fault)) => Err(OrchestratorError::operation(fault.into())),
        Err(garbled) => Err(OrchestratorError::response(garbled.into())),
    }
}

#[cfg(test)]
mod tests;
