//! HTTP, DNS and commands: what we ask of the world beside AWS.
//!
//! Both go through seams that the simulator fills: HTTP through the same
//! client as AWS, names through one [`dns::Resolver`].

pub mod dns;
pub mod http;

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

use self::dns::Resolver;
use crate::estate::{Found, Observation, Source};
use crate::failure::{Failure, FailureKind};

/// No probe takes longer.
pub const LIMIT: Duration = Duration::from_secs(3);

/// What probes are sent with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Probes {
    client: SharedHttpClient,
    resolver: Arc<dyn Resolver>,
    time: SharedTimeSource,
}

impl Probes {
    /// Probes that share the HTTP client of AWS.
    pub fn new(
        client: SharedHttpClient,
        resolver: Arc<dyn Resolver>,
        time: SharedTimeSource,
    ) -> Self {
        Probes { client, resolver, time }
    }

    /// Looks at a name or URL. Sources of AWS are not for probes and fail.
    pub async fn look(&self, source: &Source) -> Observation {
        let begun = self.now();
        let found = match source {
            Source::Http { url } => {
                http::get(&self.client, url).await.map(Found::Http)
            }
            Source::Dns { name, kind, resolver } => self
                .resolver
                .resolve(name, kind, resolver.as_deref())
                .await
                .map(Found::Dns),
            Source::Aws { .. } => Err(Failure::new(
                format!("probe {source}"),
                FailureKind::Other,
            )
            .because("it is asked of AWS, not probed")),
        };
        let source = source.clone();
        Observation { source, begun, at: self.now(), found, partial: None }
    }

    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.time.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
