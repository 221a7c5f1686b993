//! What a name server answers, as a client of the service would ask it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::{BoxFuture, ready};
use hickory_proto::rr::{RData, RecordType};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig,
    ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use tokio::time::timeout;

use super::LIMIT;
use crate::estate::resource::DnsAnswer;
use crate::failure::{Failure, FailureKind, cleaned};

/// Whoever answers names: the network's resolvers, or the simulator's.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// Asks for the values of one type that a name has. `server` is an
    /// address with or without a port; none is the system's own resolver. A
    /// name that does not exist is an answer without values.
    fn resolve<'a>(
        &'a self,
        name: &'a str,
        kind: &'a str,
        server: Option<&'a str>,
    ) -> BoxFuture<'a, Result<DnsAnswer, Failure>>;
}

/// Asks over the network and keeps nothing: a cached answer would hide that
/// traffic has moved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network;

impl Resolver for Network {
    fn resolve<'a>(
        &'a self,
        name: &'a str,
        kind: &'a str,
        server: Option<&'a str>,
    ) -> BoxFuture<'a, Result<DnsAnswer, Failure>> {
        Box::pin(async move {
            let doing = format!("ask for {} {}", kind, cleaned(name));
            match timeout(LIMIT, asked(name, kind, server)).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err((kind, cause))) => {
                    Err(Failure::new(doing, kind).because(cleaned(&cause)))
                }
                Err(_) => {
                    Err(Failure::new(doing, FailureKind::TimedOut).because(
                        format!("no answer within {} s", LIMIT.as_secs()),
                    ))
                }
            }
        })
    }
}

/// Answers by a function of name and type, in process.
pub struct InProcess<F>(pub F);

impl<F> fmt::Debug for InProcess<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

impl<F> Resolver for InProcess<F>
where
    F: Fn(&str, &str) -> Result<DnsAnswer, Failure> + Send + Sync,
{
    fn resolve<'a>(
        &'a self,
        name: &'a str,
        kind: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<DnsAnswer, Failure>> {
        Box::pin(ready((self.0)(name, kind)))
    }
}

async fn asked(
    name: &str,
    kind: &str,
    server: Option<&str>,
) -> Result<DnsAnswer, (FailureKind, String)> {
    let wrong = |cause: String| (FailureKind::Other, cause);
    let wanted: RecordType = kind
        .parse()
        .map_err(|_| wrong(format!("{kind} is no record type")))?;
    let resolver = resolver(server).map_err(wrong)?;
    // With its final dot no search domain of the system is tried.
    let name = format!("{}.", name.trim_end_matches('.'));
    match resolver.lookup(name, wanted).await {
        Ok(lookup) => {
            let answers = lookup.answers();
            let mut values: Vec<_> = answers
                .iter()
                .filter(|record| record.record_type() == wanted)
                .map(|record| value(&record.data))
                .collect();
            values.sort();
            let ttl = answers.iter().map(|record| record.ttl).min();
            Ok(DnsAnswer { values, ttl })
        }
        Err(NetError::Dns(DnsError::NoRecordsFound(_))) => {
            Ok(DnsAnswer { values: Vec::new(), ttl: None })
        }
        Err(NetError::Timeout) => {
            Err((FailureKind::TimedOut, "no answer came".to_owned()))
        }
        Err(NetError::Dns(DnsError::ResponseCode(code))) => {
            Err((FailureKind::Faulted, format!("the answer is {code}")))
        }
        Err(error) => Err((FailureKind::Unreachable, error.to_string())),
    }
}

fn resolver(server: Option<&str>) -> Result<TokioResolver, String> {
    let mut builder = match server {
        Some(server) => TokioResolver::builder_with_config(
            ResolverConfig::from_name_servers(vec![name_server(server)?]),
            TokioRuntimeProvider::default(),
        ),
        None => TokioResolver::builder_tokio()
            .map_err(|error| format!("the system's resolver: {error}"))?,
    };
    let options: &mut ResolverOpts = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = LIMIT / 2;
    options.attempts = 1;
    builder.build().map_err(|error| error.to_string())
}

fn name_server(server: &str) -> Result<NameServerConfig, String> {
    let (ip, port) = match server.parse::<SocketAddr>() {
        Ok(address) => (address.ip(), address.port()),
        Err(_) => match server.parse::<IpAddr>() {
            Ok(ip) => (ip, 53),
            Err(_) => {
                return Err(format!(
                    "{server} is no address of a name server"
                ));
            }
        },
    };
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()]
        .into_iter()
        .map(|mut connection| {
            connection.port = port;
            connection
        })
        .collect();
    Ok(NameServerConfig::new(ip, true, connections))
}

/// A value as a zone file writes it, names without their final dot.
fn value(data: &RData) -> String {
    let text = match data {
        RData::TXT(text) => {
            let parts = text.txt_data.iter();
            parts.map(|part| String::from_utf8_lossy(part)).collect()
        }
        data => data.to_string(),
    };
    cleaned(text.trim_end_matches('.'))
}
