//! What refuses every operation that a client was not made for.

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::is_read;

/// Stands in every client that is made here, and refuses an operation before
/// it is serialized or signed unless it is on a list: for pollers the reads
/// of `SERVICES`, by full name and never by prefix; for an approved call
/// that call's operation alone.
#[derive(Debug)]
pub(super) enum Guard {
    /// Lets through what `SERVICES` reads of this service, such as `rds`.
    Reads(&'static str),
    /// Lets through one action, such as `rds:PromoteReadReplica`.
    Only(&'static str),
    /// Lets everything through: shows in a test that it is the guard that
    /// holds the line.
    #[cfg(test)]
    Off,
}

/// An operation that the guard refused.
#[derive(Debug)]
pub(super) struct Refused {
    operation: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not among what this client may ask; nothing was sent",
            self.operation
        )
    }
}

impl std::error::Error for Refused {}

impl Guard {
    fn admits(&self, operation: &str) -> bool {
        match self {
            Guard::Reads(service) => is_read(service, operation),
            Guard::Only(action) => action
                .split_once(':')
                .is_some_and(|(_, allowed)| allowed == operation),
            #[cfg(test)]
            Guard::Off => true,
        }
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // An operation that does not tell its name is refused, too.
        let operation =
            config.load::<Metadata>().map_or("", |metadata| metadata.name());
        if self.admits(operation) {
            return Ok(());
        }
        Err(Refused { operation: operation.to_owned() }.into())
    }
}
