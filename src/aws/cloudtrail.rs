//! What we ask of AWS CloudTrail, and what its answers mean.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::modeled::{Client, into};
use super::{Look, Reader, Seen};
use crate::estate::part::cloudtrail::Trail;
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Listed {
    trail_list: Vec<Told>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Told {
    name: String,
    #[serde(rename = "TrailARN")]
    arn: String,
    home_region: String,
    is_multi_region_trail: bool,
    log_file_validation_enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Status {
    is_logging: Option<bool>,
    latest_delivery_error: Option<String>,
    latest_delivery_time: Option<Timestamp>,
}

/// The trails that log a Region, wherever they are kept.
pub(super) async fn trails(reader: &Reader) -> Look {
    let doing = "list the trails";
    let found = reader.modeled("cloudtrail")?;
    let input = json!({ "includeShadowTrails": true });
    let said = found.ask(doing, "DescribeTrails", input).await?;
    let said: Listed = into(doing, said)?;
    let mut trails = Vec::new();
    for told in said.trail_list {
        let status = status(&found, &told.arn).await;
        trails.push(trail(told, status));
    }
    Ok(Seen::parts(trails, None))
}

async fn status(trails: &Client, arn: &str) -> Result<Status, Failure> {
    let doing = "ask whether the trail logs";
    let input = json!({ "Name": arn });
    into(doing, trails.ask(doing, "GetTrailStatus", input).await?)
}

fn trail(told: Told, status: Result<Status, Failure>) -> Trail {
    let (status, unknown) = match status {
        Ok(status) => (status, Vec::new()),
        Err(failure) => (Status::default(), vec![failure.to_string()]),
    };
    let error = status.latest_delivery_error.as_deref().map(cleaned);
    Trail {
        arn: cleaned(&told.arn),
        name: cleaned(&told.name),
        home: cleaned(&told.home_region),
        multi_region: told.is_multi_region_trail,
        validated: told.log_file_validation_enabled,
        logging: status.is_logging,
        delivered: status.latest_delivery_time,
        failed: error.filter(|error| !error.is_empty()),
        unknown,
    }
}
