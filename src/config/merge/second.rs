//! `second_person`: whether a second person approves what cannot be undone.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{Merge, Said};
use crate::config::problem::did_you_mean;
use crate::runbook::plan::Second;

impl Merge<'_> {
    pub(super) fn second_person(&mut self, said: Option<&Spanned<String>>) {
        let second = said.and_then(|said| self.second(said));
        let shown = Said::at(said).filter(|_| second.is_some());
        self.note("second_person", shown.as_ref(), Clone::clone);
        self.config.second_person = second;
    }

    /// A tier may ask for more than the rest, or for less. It is a tier that
    /// is known: a name that is not would silently demand nothing.
    pub(super) fn second_by_tier(
        &mut self,
        said: BTreeMap<String, Spanned<String>>,
    ) {
        let tiers = &self.config.rules.tiers;
        let known: Vec<String> =
            tiers.iter().map(|o| o.tier.name().to_owned()).collect();
        for (name, word) in said {
            let fits = |one: &&String| one.eq_ignore_ascii_case(&name);
            let Some(tier) = known.iter().find(fits) else {
                let names = known.iter().map(String::as_str);
                let hint = did_you_mean(&name, names);
                let text = format!("tier `{name}` is not known{hint}");
                self.complain_at(&word, text);
                continue;
            };
            if let Some(second) = self.second(&word) {
                self.config.second_by_tier.insert(tier.clone(), second);
            }
        }
    }

    fn second(&mut self, said: &Spanned<String>) -> Option<Second> {
        let word = said.get_ref();
        let mut all = Second::ALL.into_iter();
        let found = all.find(|(name, _)| name == word);
        if found.is_none() {
            let names = Second::ALL.map(|(name, _)| name);
            let hint = did_you_mean(word, names);
            let text =
                format!("`{word}` is none of off, preferred, required{hint}");
            self.complain_at(said, text);
        }
        found.map(|(_, second)| second)
    }
}
