//! What refuses every operation that a client was not made for.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::budget::Meter;
use super::services::is_read;

/// Stands in every client that is made here, and refuses an operation before
/// it is serialized or signed unless it is on a list: for pollers the reads
/// of `SERVICES`, by full name and never by prefix; for an approved call
/// that call's operation alone.
#[derive(Debug)]
pub(super) enum Guard {
    /// Lets through what `SERVICES` reads of this service, such as `rds`,
    /// once it has waited for its turn.
    Reads(&'static str, Meter),
    /// Lets through one operation, such as `PromoteReadReplica`.
    Only(&'static str),
    /// Lets through saving and opening the estate that a team shares: the
    /// one write that goes out without a confirm (`record.rs`).
    SharedEstate,
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

impl Error for Refused {}

impl Guard {
    fn admits(&self, operation: &str) -> bool {
        match self {
            Guard::Reads(service, _) => is_read(service, operation),
            Guard::Only(allowed) => *allowed == operation,
            Guard::SharedEstate => {
                ["GetObject", "PutObject"].contains(&operation)
            }
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
            if let Guard::Reads(_, meter) = self {
                let waited = meter.take(operation);
                debug_assert!(waited, "{operation} did not wait its turn");
            }
            return Ok(());
        }
        Err(Refused { operation: operation.to_owned() }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::aws::budget::Turns;
    use crate::aws::canned::{ACCOUNT, Canned};
    use crate::aws::failure::failure;
    use crate::aws::session::Budget;
    use crate::estate::ids::{Account, Region};
    use crate::estate::{Source, What};
    use crate::rates::Budgets;

    /// Tries to promote with a poller's own client; gives what was sent and
    /// what was said.
    async fn promoted(unguarded: bool) -> (usize, String) {
        let out = Canned::saying(200, "");
        let session = out.session();
        let source = Source::aws(
            &Account::new(ACCOUNT),
            &Region::new("eu-west-1"),
            What::Instances,
        );
        let mut reader = session.reader(&source, Budget::Read).await.unwrap();
        reader.unguarded = unguarded;
        let error = reader
            .rds()
            .promote_read_replica()
            .db_instance_identifier("learn-db-replica")
            .send()
            .await
            .unwrap_err();
        let failure = failure("promote", &error);
        (out.sent().len(), failure.to_string())
    }

    #[tokio::test]
    async fn a_pollers_client_cannot_change_anything() {
        let (sent, said) = promoted(false).await;
        assert_eq!(sent, 0);
        assert!(said.contains("PromoteReadReplica is not among"), "{said}");
    }

    #[tokio::test]
    async fn without_the_guard_the_change_would_go_out() {
        let (sent, _) = promoted(true).await;
        assert!(sent > 0);
    }

    #[test]
    fn a_client_made_for_one_call_sends_no_other() {
        let guard = Guard::Only("PromoteReadReplica");
        assert!(guard.admits("PromoteReadReplica"));
        assert!(!guard.admits("DeleteDBInstance"));
        assert!(!guard.admits("DescribeDBInstances"));
        let turns = Arc::new(Turns::new(Budgets::default()));
        let meter = Meter::new(turns, "here".to_owned());
        assert!(!Guard::Reads("rds", meter).admits(""));
        let shared = Guard::SharedEstate;
        assert!(shared.admits("PutObject") && !shared.admits("DeleteObject"));
    }
}
