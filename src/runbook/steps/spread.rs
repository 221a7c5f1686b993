//! How changes of records are looked for, and when they are everywhere.

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, seen};
use super::{Answers, Scene};
use crate::estate::ids::{Account, Region, ZoneId};
use crate::estate::{Found, Source, What};
use crate::runbook::call::ROUTE53_HOME;

/// Route 53 usually brings a change to its servers within 60 seconds
/// (Amazon Route 53 API reference, `GetChange`).
pub(super) const PROPAGATION: SignedDuration = SignedDuration::from_secs(60);

/// The look at the records of one name.
pub(super) fn records_source(
    account: &Account,
    zone: &ZoneId,
    name: &str,
) -> Source {
    let what = What::RecordsOf { zone: zone.clone(), name: plain(name) };
    Source::aws(account, &Region::new(ROUTE53_HOME), what)
}

/// The look at one change.
pub(super) fn change_source(account: &Account, change: &str) -> Source {
    let what = What::ChangeOf(change.to_owned());
    Source::aws(account, &Region::new(ROUTE53_HOME), what)
}

/// The id of the change, if the answer that named it came.
pub(super) fn change_of(answers: &Answers) -> Option<&str> {
    answers.named.iter().flatten().next().map(String::as_str)
}

/// That a change has reached all name servers, or why that is not known.
pub(super) fn spread(
    scene: &Scene<'_>,
    account: &Account,
    change: &str,
    sent: Timestamp,
) -> Result<String, String> {
    let told = seen(scene, &change_source(account, change), sent)?;
    match told.found {
        Found::Change(change) if change.in_sync => {
            let at = moment(told.at);
            Ok(format!("change {} is INSYNC at {at}", change.id))
        }
        _ => Err("the change is PENDING".into()),
    }
}

/// A DNS name as it is compared: lower case, without its final dot.
pub(super) fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
