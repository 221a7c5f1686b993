//! What we ask of the Resource Groups Tagging API, and what it means.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::modeled::into;
use super::pages::Pages;
use super::{Look, Reader, Seen};
use crate::estate::ids::Arn;
use crate::estate::part::automation::TAG;
use crate::estate::part::tags::Tagged;
use crate::failure::{Failure, cleaned};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    resource_tag_mapping_list: Vec<Mapping>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mapping {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

/// A tag in the form that most services give it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// Tags by key, cleaned.
pub(super) fn by_key(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter()
        .map(|tag| (cleaned(&tag.key), cleaned(&tag.value)))
        .collect()
}

/// Every tagged resource of a Region.
pub(super) async fn resources(reader: &Reader) -> Look {
    let doing = "list the tagged resources";
    // Pages hold 1 to 100 resources (API reference of GetResources).
    let input = json!({ "ResourcesPerPage": 100 });
    let found = reader.modeled("tagging")?;
    let found = found.list(doing, "GetResources", input, |page| {
        let listed: Listed = into(doing, page)?;
        Ok(listed.resource_tag_mapping_list.into_iter().map(tagged).collect())
    });
    let found = found.await?;
    Ok(Seen::parts(found.items, found.partial))
}

/// The ARNs of the resources of a kind, such as `lambda:function`, that are
/// tagged as automation of recovery: one call, for lists without tags.
pub(super) async fn marked(
    reader: &Reader,
    kind: &str,
    reasons: &mut Vec<String>,
) -> BTreeSet<String> {
    match all_marked(reader, kind).await {
        Ok(found) => {
            reasons.extend(found.partial);
            found.items.into_iter().collect()
        }
        Err(failure) => {
            reasons.push(failure.to_string());
            BTreeSet::new()
        }
    }
}

async fn all_marked(
    reader: &Reader,
    kind: &str,
) -> Result<Pages<String>, Failure> {
    let doing = "ask what is tagged as automation of recovery";
    let input = json!({
        "ResourceTypeFilters": [kind],
        "TagFilters": [{ "Key": TAG }],
        "ResourcesPerPage": 100,
    });
    let found = reader.modeled("tagging")?;
    let found = found.list(doing, "GetResources", input, |page| {
        let listed: Listed = into(doing, page)?;
        let all = listed.resource_tag_mapping_list.into_iter();
        Ok(all.map(|mapping| mapping.arn).collect())
    });
    found.await
}

fn tagged(mapping: Mapping) -> Tagged {
    Tagged { arn: Arn::new(cleaned(&mapping.arn)), tags: by_key(mapping.tags) }
}
