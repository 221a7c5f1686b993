//! HTTP, DNS and commands: what we ask of the world beside AWS.
//!
//! The first two go through seams that the simulator fills: HTTP through the
//! same client as AWS, names through one [`dns::Resolver`]. Programs are
//! those of this machine; where AWS is embedded, the steps ask for none.

pub mod command;
pub mod dns;
pub mod http;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

use self::dns::Resolver;
use crate::estate::{Found, Observation, Source};
use crate::failure::{Failure, FailureKind};

/// No probe by HTTP or DNS takes longer.
pub const LIMIT: Duration = Duration::from_secs(3);

/// Addresses to which requests for some hosts go instead of the one that
/// their name has; the names in lower case, without final dot.
pub type Hosts = BTreeMap<String, SocketAddr>;

/// What probes are sent with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Probes {
    client: SharedHttpClient,
    resolver: Arc<dyn Resolver>,
    time: SharedTimeSource,
    hosts: Hosts,
}

impl Probes {
    /// Probes that share the HTTP client of AWS.
    pub fn new(
        client: SharedHttpClient,
        resolver: Arc<dyn Resolver>,
        time: SharedTimeSource,
    ) -> Self {
        Probes { client, resolver, time, hosts: Hosts::new() }
    }

    /// The same, with requests for some hosts sent elsewhere.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// Looks at a name, a URL or a program. Sources of AWS are not for probes and fail.
    pub async fn look(&self, source: &Source) -> Observation {
        let begun = self.now();
        let found = match source {
            Source::Http { url } => {
                let got = http::get(&self.client, url, &self.hosts).await;
                got.map(Found::Http)
            }
            Source::Dns { name, kind, resolver } => self
                .resolver
                .resolve(name, kind, resolver.as_deref())
                .await
                .map(Found::Dns),
            Source::Program { name, dir, inherits } => {
                command::installed(name, dir.as_deref(), inherits).await
            }
            Source::Command { start, after } => {
                command::look(start, after.as_deref()).await
            }
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
