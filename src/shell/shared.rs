//! Opens the estate that a team shares in S3.

use std::time::Duration;

use tokio::time::timeout;

use crate::aws::record::{self, Object};
use crate::aws::session::Session;
use crate::estate::saved::Place;
use crate::estate::shared::Opened;

/// No longer than this: what does not come by then is not waited for.
const LIMIT: Duration = Duration::from_secs(8);

/// Opens it, if it was seen at this place; what it tells helps later looks.
pub async fn open(
    session: &Session,
    object: &Object,
    place: &Place,
) -> Result<Opened, String> {
    let got = timeout(LIMIT, record::get(session, object)).await;
    let got =
        got.map_err(|_| format!("no answer in {} s", LIMIT.as_secs()))?;
    let bytes = got.map_err(|failure| failure.to_string())?;
    let saved = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    let opened = Opened::of(saved, place).map_err(|why| why.to_string())?;
    for (source, known) in opened.estate.sources() {
        if let Some(found) = &known.found {
            session.learn(source, found);
        }
    }
    Ok(opened)
}
