//! What we ask of AWS STS, and what its answers mean.

use std::time::Duration;

use aws_sdk_sts::Client;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;

use super::failure::failure;
use super::reader::Reader;
use super::{Look, Seen};
use crate::estate::Found;
use crate::estate::ids::{Account, Arn};
use crate::estate::resource::Identity;
use crate::failure::{Failure, FailureKind};

/// What is asked of STS, as failures say it.
pub(super) const DOING: &str = "ask who we are";

/// How long one Region may take before the next is asked, too.
const NEXT: Duration = Duration::from_secs(1);

/// Who we are. Any Region can tell, so the next is asked as well when one
/// takes long: a dark Region must not hide the account.
pub(super) async fn identity(reader: &Reader) -> Look {
    let regions = reader.session().regions().iter();
    let mut asked: FuturesUnordered<_> = regions
        .zip(0..)
        .map(|(region, place)| async move {
            sleep(NEXT * place).await;
            reader.turn("sts", "GetCallerIdentity").await;
            asked(reader.sts(region)).await
        })
        .collect();
    let mut last = Failure::new(DOING, FailureKind::Other);
    while let Some(told) = asked.next().await {
        match told {
            Ok(identity) => {
                return Ok(Seen::whole(Found::Identity(identity)));
            }
            Err(failure) => last = failure,
        }
        let elsewhere = matches!(
            last.kind,
            FailureKind::Unreachable
                | FailureKind::TimedOut
                | FailureKind::Faulted
        );
        if !elsewhere {
            break;
        }
    }
    Err(last)
}

/// Who we are, as one Region tells.
pub(super) async fn asked(client: Client) -> Result<Identity, Failure> {
    let told = client.get_caller_identity().send().await;
    let told = told.map_err(|error| failure(DOING, &error))?;
    Ok(Identity {
        account: Account::from(told.account.unwrap_or_default()),
        arn: Arn::from(told.arn.unwrap_or_default()),
    })
}
