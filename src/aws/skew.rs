//! How far this machine's clock is from AWS's.
//!
//! The SDK corrects its signatures by the `Date` of AWS's answers, so a wrong
//! clock does not stop it. But every age, loss and RTO is told by this
//! machine's clock.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::session::{AccountSpec, Budget, Session};
use super::sts;
use crate::estate::ids::Region;
use crate::estate::resource::Identity;
use crate::estate::{Source, What};
use crate::failure::Failure;

/// A `Date` tells whole seconds: on average half of one has passed since.
const HALF: SignedDuration = SignedDuration::from_millis(500);

/// What one Region's STS tells.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Who we are to it.
    pub identity: Result<Identity, Failure>,
    /// How long that took.
    pub took: SignedDuration,
    /// By how much AWS's clock is ahead of ours, to the second; an answer
    /// that refuses us tells it as well. None if no answer came.
    pub ahead: Option<SignedDuration>,
}

/// Asks one Region who we are, and by its answer what time it is there.
pub async fn hear(
    session: &Arc<Session>,
    spec: &AccountSpec,
    region: &Region,
) -> Heard {
    let source =
        Source::aws(&session.account_of(spec), region, What::Identity);
    let begun = session.now();
    let clock = Clock::new(session.time_source().clone());
    let identity = match session.reader(&source, Budget::Read).await {
        Ok(reader) => {
            reader.turn("sts", "GetCallerIdentity").await;
            let client = reader.sts_by(region, clock.clone());
            sts::asked(client).await
        }
        Err(failure) => Err(failure),
    };
    let took = session.now().duration_since(begun);
    Heard { identity, took, ahead: clock.ahead() }
}

/// When a request left, and how far AWS's clock was ahead by its answer.
#[derive(Clone, Copy, Debug, Default)]
struct Read {
    left: Option<Timestamp>,
    ahead: Option<SignedDuration>,
}

/// Reads the clock behind the newest answer.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    time: SharedTimeSource,
    read: Arc<Mutex<Read>>,
}

impl Clock {
    fn new(time: SharedTimeSource) -> Self {
        Clock { time, read: Arc::default() }
    }

    fn ahead(&self) -> Option<SignedDuration> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).ahead
    }

    fn now(&self) -> Option<Timestamp> {
        Timestamp::try_from(self.time.now()).ok()
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let now = self.now();
        let mut read =
            self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.left = now;
        Ok(())
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let mut read =
            self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(date), Some(left), Some(now)) =
            (date, read.left, self.now())
        {
            read.ahead = ahead(date, left, now).or(read.ahead);
        }
        Ok(())
    }
}

/// How far the clock that wrote `date` is ahead of ours, on which the request
/// left and came back at these times.
fn ahead(
    date: &str,
    left: Timestamp,
    back: Timestamp,
) -> Option<SignedDuration> {
    let there = rfc2822::parse(date).ok()?.timestamp();
    let here = left.checked_add(back.duration_since(left) / 2).ok()?;
    Some(there.checked_add(HALF).ok()?.duration_since(here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_held_against_the_middle_of_its_way() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let left = at("2026-11-23T06:00:00Z");
        let back = at("2026-11-23T06:00:03Z");
        let date = "Mon, 23 Nov 2026 06:10:01 GMT";
        let found = ahead(date, left, back).unwrap();
        assert_eq!(found, SignedDuration::from_mins(10));
        assert_eq!(ahead("yesterday", left, back), None);
    }
}
