//! What an instance of RDS costs an hour, by its engine and class.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Entry, Raw, Wrong, entry};
use crate::estate::ids::Region;

/// `[[instance]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHourly {
    engine: String,
    class: Spanned<String>,
    page: Spanned<String>,
    as_of: Spanned<String>,
    usd: BTreeMap<Spanned<String>, Spanned<f64>>,
}

/// Prices of instances in one zone, by engine and class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hourly(BTreeMap<(String, String), Entry>);

impl Hourly {
    pub(super) fn read(raw: Vec<RawHourly>, wrong: &mut Vec<Wrong>) -> Self {
        let mut all = BTreeMap::new();
        for one in raw {
            let RawHourly { engine, class, page, as_of, usd } = one;
            let key = (engine, class.get_ref().clone());
            let at = class.span();
            let one = entry(Raw { class, page, as_of, usd }, wrong);
            let Some(one) = one else { continue };
            let text = format!("`{} {}` has two entries", key.0, key.1);
            if all.insert(key, one).is_some() {
                wrong.push(Wrong { at: Some(at), text });
            }
        }
        Hourly(all)
    }

    /// What an instance costs an hour, its storage not counted; with a
    /// standby in another zone, twice as much.
    // https://aws.amazon.com/rds/postgresql/pricing/
    pub(super) fn of(
        &self,
        (engine, class): (&str, &str),
        region: &Region,
        twice: bool,
    ) -> Option<f64> {
        let key = (engine.to_owned(), class.to_owned());
        let usd = self.0.get(&key)?.usd.get(region)?.dollars();
        Some(if twice { usd * 2.0 } else { usd })
    }
}

#[cfg(test)]
mod tests {
    use crate::estate::price::Prices;

    const TEXT: &str = r#"
[[instance]]
engine = "postgres"
class = "db.t4g.medium"
page = "https://aws.amazon.com/rds/postgresql/pricing/"
as_of = "2025-06-01"
usd = { us-east-1 = 0.065 }
"#;

    #[test]
    fn an_instance_costs_an_hour_what_the_table_says_and_else_unknown() {
        let prices = Prices::read(TEXT).unwrap();
        let of = |engine, class, region: &str, twice| {
            prices.hourly((engine, class), &region.into(), twice)
        };
        let (pg, medium, east) = ("postgres", "db.t4g.medium", "us-east-1");
        assert_eq!(of(pg, medium, east, false), Some(0.065));
        assert_eq!(of(pg, medium, east, true), Some(0.13));
        assert_eq!(of(pg, medium, "eu-west-1", false), None);
        assert_eq!(of("mysql", medium, east, false), None);
        assert_eq!(of(pg, "db.t4g.small", east, false), None);
        let twice = format!("{TEXT}{TEXT}");
        assert!(Prices::read(&twice).is_err());
        let shipped = Prices::shipped();
        let told = shipped.hourly((pg, medium), &east.into(), false);
        assert_eq!(told, Some(0.065));
    }
}
