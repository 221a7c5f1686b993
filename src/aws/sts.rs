//! What we ask of AWS STS, and what its answers mean.

use super::failure::failure;
use super::reader::Reader;
use super::{Look, Seen};
use crate::estate::Found;
use crate::estate::ids::{Account, Arn};
use crate::estate::resource::Identity;
use crate::failure::{Failure, FailureKind};

/// Who we are. Any Region can tell, so the next is asked when one does not
/// answer.
pub(super) async fn identity(reader: &Reader) -> Look {
    let doing = "ask who we are";
    let mut last = Failure::new(doing, FailureKind::Other);
    for region in reader.session().regions() {
        match reader.sts(region).get_caller_identity().send().await {
            Ok(told) => {
                let account = told.account.unwrap_or_default();
                let arn = told.arn.unwrap_or_default();
                return Ok(Seen::whole(Found::Identity(Identity {
                    account: Account::from(account),
                    arn: Arn::from(arn),
                })));
            }
            Err(error) => last = failure(doing, &error),
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
