//! `[estate]`: what tells of applications and of recovery's automation, and
//! what is demanded of the jobs.

use super::super::file::RawEstate;
use super::{Merge, Said};
use crate::estate::part::automation::Names;
use crate::estate::pattern::APP_TAG;

impl Merge<'_> {
    pub(super) fn estate(&mut self, raw: RawEstate) {
        let tag = Said::at(raw.app_tag.as_ref());
        let tag = tag.filter(|said| self.says(said, !said.value.is_empty()));
        self.note("estate.app_tag", tag.as_ref(), Clone::clone);
        self.config.app_tag =
            tag.map_or_else(|| APP_TAG.to_owned(), |said| said.value);

        let names = Said::at(raw.automation.as_ref());
        let names = names.filter(|said| {
            let whole = said.value.iter().all(|word| is_word(word));
            self.is_automation(said, whole)
        });
        self.note("estate.automation", names.as_ref(), |all| all.join(","));
        self.config.automation =
            names.map_or_else(Names::default, |said| Names::new(said.value));

        let least = Said::at(raw.backup_success.as_ref());
        let least = least.filter(|said| {
            let fits = (1..=100).contains(&said.value);
            if !fits {
                let text = "backup_success is a percentage, 1 to 100";
                self.complain(said, text.to_owned());
            }
            fits
        });
        self.note("estate.backup_success", least.as_ref(), i64::to_string);
        self.config.backup_success =
            least.and_then(|said| u8::try_from(said.value).ok());
    }

    fn says(&mut self, said: &Said<String>, fits: bool) -> bool {
        if !fits {
            let text = "app_tag is the key of a tag, such as `app`";
            self.complain(said, text.to_owned());
        }
        fits
    }

    fn is_automation(&mut self, said: &Said<Vec<String>>, fits: bool) -> bool {
        if !fits {
            let text = "automation is a list of words of letters and \
                        digits, such as `dr`, or of beginnings, such as \
                        `failover*`";
            self.complain(said, text.to_owned());
        }
        fits
    }
}

/// Whether a text can be a word of a name: words end at punctuation.
fn is_word(text: &str) -> bool {
    let word = text.strip_suffix('*').unwrap_or(text);
    !word.is_empty() && word.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Config, Env, Flags, Paths};

    fn config(text: &str) -> Config {
        let (env, flags) = (Env::default(), Flags::default());
        let path = Path::new("config.toml");
        Config::merged(text, path, &env, &flags, Paths::default())
    }

    #[test]
    fn the_least_share_of_jobs_is_a_percentage_from_1_to_100() {
        let said = |least: i64| {
            config(&format!("[estate]\nbackup_success = {least}\n"))
        };
        for least in [1, 99, 100] {
            let config = said(i64::from(least));
            assert_eq!(config.problems, []);
            assert_eq!(config.backup_success, Some(least));
        }
        for wrong in [-1, 0, 101, 256 + 99] {
            let config = said(wrong);
            let [problem] = &config.problems[..] else {
                panic!("{:?}", config.problems)
            };
            let text = "backup_success is a percentage, 1 to 100";
            assert_eq!(problem.text, text);
            assert_eq!(problem.at, Some((2, 18)));
            assert_eq!(config.backup_success, None, "{wrong}");
        }
    }

    #[test]
    fn where_no_least_share_is_said_none_is_demanded() {
        let config = config("[estate]\napp_tag = \"team\"\n");
        assert_eq!(config.problems, []);
        assert_eq!(config.backup_success, None);
    }
}
