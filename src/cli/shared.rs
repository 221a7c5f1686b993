//! The estate that a team shares, as the config names it.

use super::reach::Reach;
use crate::aws::record::Object;
use crate::aws::session::Session;
use crate::config::Shared;
use crate::estate::Estate;
use crate::estate::ids::Account;
use crate::estate::shared::{Opened, Shared as Noted};
use crate::shell::shared::open as open_object;

use super::saved::read_shared;

/// The object of a place in S3: in the first account, in the Region one
/// would recover in. None for a file.
pub(super) fn object(shared: &Shared, reach: &Reach) -> Option<Object> {
    let Shared::S3 { bucket, prefix } = shared else { return None };
    let first = reach.session.accounts.first()?;
    let own = || Account::new(&first.name);
    let target = reach.watch.target.clone();
    let region = target.or_else(|| reach.session.regions.first().cloned())?;
    Some(Object {
        account: first.id.clone().unwrap_or_else(own),
        region,
        bucket: bucket.clone(),
        key: Shared::key(prefix),
    })
}

/// Opens it and takes in what is newer there; notes what came of that.
pub(super) async fn take_in(
    estate: &mut Estate,
    shared: &Shared,
    reach: &Reach,
    session: &Session,
) {
    let opened: Result<Opened, String> = match object(shared, reach) {
        Some(object) => open_object(session, &object, &reach.place).await,
        None => read_shared(shared, &reach.place),
    };
    let saved = opened.map(|opened| {
        estate.adopt(opened.estate, session.now());
        opened.at
    });
    estate.share(Noted { name: shared.to_string(), saved });
}
