//! `[cost]`: by which prices recovery points are priced, and how long each
//! tier needs them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::file::RawCost;
use super::super::problem::did_you_mean;
use super::super::{Config, Origin, Problem, Setting, env};
use super::Merge;
use crate::estate::price::Prices;

impl Merge<'_> {
    pub(super) fn cost(&mut self, cost: RawCost) {
        let RawCost { prices, keep } = cost;
        let file = |is_said| {
            if is_said { Origin::File } else { Origin::Default }
        };
        let origin = file(prices.is_some());
        let value = prices.clone().unwrap_or_default();
        let told = Setting { name: "cost.prices", value, origin };
        self.config.origins.push(told);
        self.config.prices = prices.map(|said| beside(self.path, &said));
        let mut told = Vec::new();
        for (tier, said) in keep {
            let tiers = &self.config.rules.tiers;
            let names: Vec<String> =
                tiers.iter().map(|o| o.tier.name().to_owned()).collect();
            let Some(name) = names.iter().find(|name| *name == tier.get_ref())
            else {
                let names = names.iter().map(String::as_str);
                let hint = did_you_mean(tier.get_ref(), names);
                let text = format!("unknown tier `{}`{hint}", tier.get_ref());
                self.complain_at(&tier, text);
                continue;
            };
            let Some(span) = self.span(&said) else { continue };
            told.push(format!("{name}={}", said.get_ref()));
            self.config.bill.keep.insert(name.clone(), span);
        }
        let origin = file(!told.is_empty());
        let value = told.join(",");
        self.config.origins.push(Setting { name: "cost.keep", value, origin });
    }
}

/// A path as the config file says it: from where that file lies.
fn beside(config: &Path, said: &str) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(said)
}

impl Config {
    /// Reads the own price table, if the config names one. One with a
    /// mistake is left out, and the program's own is taken.
    pub fn read_prices(&mut self) {
        let Some(path) = self.prices.clone() else { return };
        let mut complain = |text: String| {
            self.problems.push(Problem::of_file(&path, text));
        };
        let text = match env::read(&path) {
            Ok(Some(text)) => text,
            Ok(None) => return complain("there is no such file".to_owned()),
            Err(error) => {
                return complain(format!("could not be read: {error}"));
            }
        };
        match Prices::read(&text) {
            Ok(prices) => {
                let file = path.display().to_string();
                self.bill.prices = Arc::new(prices.named(file));
            }
            Err(wrong) => {
                let told = wrong.into_iter().map(|wrong| match wrong.at {
                    Some(at) => {
                        Problem::in_text(&path, &text, &at, wrong.text)
                    }
                    None => Problem::of_file(&path, wrong.text),
                });
                self.problems.extend(told);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use tempfile::TempDir;

    use super::*;
    use crate::config::{Env, Flags, Paths};
    use crate::estate::price::{Class, Usd};

    fn config(folder: &Path, table: Option<&str>) -> Config {
        if let Some(table) = table {
            let mut file = File::create(folder.join("mine.toml")).unwrap();
            file.write_all(table.as_bytes()).unwrap();
        }
        let text = "[cost]\nprices = \"mine.toml\"\n";
        let path = folder.join("config.toml");
        let (env, flags) = (Env::default(), Flags::default());
        let paths = Paths::default();
        let mut config = Config::merged(text, &path, &env, &flags, paths);
        config.read_prices();
        config
    }

    const TABLE: &str = "[[price]]\nclass = \"efs-warm\"\n\
         page = \"https://aws.amazon.com/backup/pricing/\"\n\
         as_of = \"2026-01-31\"\nusd = { eu-west-1 = 0.02 }\n";

    #[test]
    fn an_own_price_table_lies_beside_the_config_and_takes_over() {
        let folder = TempDir::new().unwrap();
        let config = config(folder.path(), Some(TABLE));
        assert_eq!(config.problems, []);
        let prices = &config.bill.prices;
        let price = prices.of(Class::EfsWarm, &"eu-west-1".into());
        assert_eq!(price, Some(Usd(20_000)));
        assert_eq!(prices.label(), "estimate, own prices of 2026-01-31");
    }

    #[test]
    fn a_broken_price_table_is_told_with_its_place_and_left_out() {
        let folder = TempDir::new().unwrap();
        let broken = TABLE.replace("0.02", "-0.02");
        let config = config(folder.path(), Some(&broken));
        let [problem] = &config.problems[..] else {
            panic!("{:?}", config.problems)
        };
        assert_eq!(problem.at, Some((5, 21)));
        assert!(problem.place.ends_with("mine.toml"), "{problem}");
        assert_eq!(config.bill.prices, *Prices::shipped());
    }

    #[test]
    fn a_price_table_that_is_not_there_is_said_to_be_missing() {
        let folder = TempDir::new().unwrap();
        let config = config(folder.path(), None);
        assert!(config.problems[0].text.contains("no such file"));
    }
}
