//! What we ask of Amazon CloudFront, and what its answers mean.

use serde::Deserialize;
use serde_json::json;

use super::modeled::into;
use super::{Look, Reader, Seen};
use crate::estate::part::edge::{Distribution, OriginGroup};
use crate::failure::cleaned;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    distribution_list: List<Summary>,
}

/// A list as CloudFront writes them all.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct List<T> {
    items: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new() }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Summary {
    id: String,
    #[serde(rename = "ARN")]
    arn: String,
    status: String,
    domain_name: String,
    aliases: List<String>,
    enabled: bool,
    origins: List<Origin>,
    origin_groups: List<Group>,
    default_cache_behavior: Behaviour,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Origin {
    id: String,
    domain_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Group {
    id: String,
    failover_criteria: Criteria,
    members: List<Member>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Criteria {
    status_codes: List<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Member {
    origin_id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Behaviour {
    target_origin_id: String,
}

/// The distributions of an account.
pub(super) async fn distributions(reader: &Reader) -> Look {
    let front = reader.modeled("cloudfront")?;
    let doing = "list the distributions";
    let found = front.list(doing, "ListDistributions", json!({}), |page| {
        let listed: Listed = into(doing, page)?;
        let items = listed.distribution_list.items.into_iter();
        Ok(items.map(distribution).collect())
    });
    let found = found.await?;
    Ok(Seen::parts(found.items, found.partial))
}

fn distribution(said: Summary) -> Distribution {
    let origins = said.origins.items.iter();
    let groups = said.origin_groups.items.into_iter().map(|group| {
        let members = group.members.items.iter();
        OriginGroup {
            id: cleaned(&group.id),
            members: members.map(|m| cleaned(&m.origin_id)).collect(),
            codes: group.failover_criteria.status_codes.items,
        }
    });
    let aliases = said.aliases.items.iter();
    Distribution {
        arn: cleaned(&said.arn),
        id: cleaned(&said.id),
        domain: cleaned(&said.domain_name),
        aliases: aliases.map(|alias| cleaned(alias)).collect(),
        enabled: said.enabled,
        status: cleaned(&said.status),
        origins: origins
            .map(|o| (cleaned(&o.id), cleaned(&o.domain_name)))
            .collect(),
        groups: groups.collect(),
        target: cleaned(&said.default_cache_behavior.target_origin_id),
    }
}
