//! Clients that can only look, for one source.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::{Region as SdkRegion, SdkConfig};
use aws_sdk_backup as backup;
use aws_sdk_cloudwatch as cloudwatch;
use aws_sdk_rds as rds;
use aws_sdk_route53 as route53;
use aws_sdk_sts as sts;
use aws_sdk_sts::config::Builder as StsConfig;
use aws_smithy_runtime::client::retries::RetryPartition;
use jiff::Timestamp;

use super::budget::Meter;
use super::guard::Guard;
use super::modeled::Client;
use super::session::Session;
use super::skew::Clock;
use crate::estate::Source;
use crate::estate::ids::Region;
use crate::estate::part::automation::Names;
use crate::failure::Failure;

/// The clients of one source, each made when first asked for and kept, so
/// that a client's clock-skew correction and retry quota are the source's
/// own: the SDK would share the quota over all accounts of a Region.
#[derive(Debug)]
pub struct Reader {
    session: Arc<Session>,
    source: Source,
    config: SdkConfig,
    partition: String,
    meter: Meter,
    #[cfg(test)]
    pub(super) unguarded: bool,
    backup: OnceLock<backup::Client>,
    cloudwatch: OnceLock<cloudwatch::Client>,
    rds: OnceLock<rds::Client>,
    route53: OnceLock<route53::Client>,
    modeled: Mutex<BTreeMap<&'static str, Arc<Client>>>,
}

macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> &$name::Client {
            self.$name.get_or_init(|| {
                let config = $name::config::Builder::from(&self.config)
                    .interceptor(self.guard(stringify!($name)))
                    .retry_partition(self.retry_partition())
                    .build();
                $name::Client::from_conf(config)
            })
        }
    )*};
}

impl Reader {
    pub(super) fn new(
        session: Arc<Session>,
        source: Source,
        config: SdkConfig,
        partition: String,
        meter: Meter,
    ) -> Self {
        Reader {
            session,
            source,
            config,
            partition,
            meter,
            #[cfg(test)]
            unguarded: false,
            backup: OnceLock::new(),
            cloudwatch: OnceLock::new(),
            rds: OnceLock::new(),
            route53: OnceLock::new(),
            modeled: Mutex::default(),
        }
    }

    clients! {
        /// AWS Backup.
        backup
        /// Amazon CloudWatch.
        cloudwatch
        /// Amazon RDS.
        rds
        /// Amazon Route 53.
        route53
    }

    /// A service without an SDK crate, by its signing name, such as `ecs`.
    pub fn modeled(
        &self,
        service: &'static str,
    ) -> Result<Arc<Client>, Failure> {
        let mut made =
            self.modeled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(service) {
            return Ok(Arc::clone(client));
        }
        let guard = self.guard(service);
        let partition = self.retry_partition();
        let meter = self.meter.clone();
        let client =
            Client::new(service, &self.config, (guard, meter), partition)?;
        let client = Arc::new(client);
        made.insert(service, Arc::clone(&client));
        Ok(client)
    }

    /// AWS STS in a Region: who we are is told by any of them.
    pub fn sts(&self, region: &Region) -> sts::Client {
        sts::Client::from_conf(self.sts_config(region).build())
    }

    /// The same, with a look at the clock of who answers.
    pub(super) fn sts_by(&self, region: &Region, clock: Clock) -> sts::Client {
        let config = self.sts_config(region).interceptor(clock);
        sts::Client::from_conf(config.build())
    }

    fn sts_config(&self, region: &Region) -> StsConfig {
        StsConfig::from(&self.config)
            .region(SdkRegion::new(region.to_string()))
            .interceptor(self.guard("sts"))
            .retry_partition(self.retry_partition())
    }

    /// Waits until an operation of a service, as `SERVICES` names both, may
    /// be asked. Every request of a look comes after a turn of its own; a
    /// client of a modeled service sees to that itself.
    pub(super) async fn turn(&self, service: &str, operation: &str) {
        self.meter.turn(service, operation).await;
    }

    /// The session it belongs to.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Which names tell of the automation of recovery.
    pub fn names(&self) -> &Names {
        &self.session.spec().automation
    }

    /// What it looks at.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The Region it asks; `us-east-1` for what has none.
    pub fn region(&self) -> Region {
        let region = self.config.region();
        Region::new(region.map_or("us-east-1", AsRef::as_ref))
    }

    /// The time by the session's clock.
    pub fn now(&self) -> Timestamp {
        self.session.now()
    }

    fn guard(&self, service: &'static str) -> Guard {
        #[cfg(test)]
        if self.unguarded {
            return Guard::Off;
        }
        Guard::Reads(service, self.meter.clone())
    }

    fn retry_partition(&self) -> RetryPartition {
        RetryPartition::custom(self.partition.clone()).build()
    }
}
