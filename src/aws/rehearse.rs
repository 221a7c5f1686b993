//! Tries a way to credentials, without asking for anything else by it.

use std::sync::Arc;

use aws_config::Region as SdkRegion;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use jiff::SignedDuration;

use super::guard::Guard;
use super::session::{Budget, Session, Way};
use super::sts;
use crate::estate::ids::{Account, Region};
use crate::estate::resource::Identity;
use crate::failure::Failure;

/// Who an account is to one of its ways, as the STS of a Region tells, and
/// how long that took. A way over a role is assumed for it.
pub async fn who(
    session: &Arc<Session>,
    account: &Account,
    way: Way,
    region: &Region,
) -> Result<(Identity, SignedDuration), Failure> {
    let begun = session.now();
    let config = session.config(account, region, way, Budget::Read).await?;
    let meter = session.meter(account, region);
    meter.turn("sts", "GetCallerIdentity").await;
    let config = Builder::from(&config)
        .region(SdkRegion::new(region.to_string()))
        .interceptor(Guard::Reads("sts", meter));
    let identity = sts::asked(Client::from_conf(config.build())).await?;
    Ok((identity, session.now().duration_since(begun)))
}
