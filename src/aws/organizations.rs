//! What we ask of AWS Organizations, and what its answers mean.

use serde::Deserialize;
use serde_json::json;

use super::modeled::into;
use super::{Look, Reader, Seen};
use crate::estate::part::organizations::Member;
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    accounts: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    id: String,
    name: String,
    state: String,
    status: String,
}

/// The accounts of the organisation; only its management account and
/// delegated administrators may ask.
pub(super) async fn accounts(reader: &Reader) -> Look {
    let doing = "list the accounts of the organisation";
    // Pages hold at most 20 (API reference of ListAccounts).
    let input = json!({ "MaxResults": 20 });
    let found = reader.modeled("organizations")?;
    let found = found.list(doing, "ListAccounts", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.accounts.into_iter().map(member).collect())
    });
    let found = found.await?;
    Ok(Seen::parts(found.items, found.partial))
}

/// `Status` is being replaced by `State` (API reference of `Account`).
fn member(told: Told) -> Member {
    let status = [told.state, told.status];
    let status = status.into_iter().find(|word| !word.is_empty());
    Member {
        id: cleaned(&told.id),
        name: cleaned(&told.name),
        status: cleaned(&status.unwrap_or_default()),
    }
}
