//! What the config makes of the console: its colours, keys and setting.

use jiff::tz::TimeZone;

use super::reach::Reach;
use super::{Start, keymap, person};
use crate::config::Config;
use crate::keymap::{Keymap, Problem, Severity};
use crate::screens::Setting;
use crate::ui::{GlyphSet, Theme, ThemeName};

/// The theme in use; one that does not exist is told among the problems of
/// the config.
pub(super) fn theme(config: &Config) -> Theme {
    let glyphs =
        if config.ascii { GlyphSet::Ascii } else { GlyphSet::Unicode };
    let named = config.theme.as_deref().unwrap_or_default();
    let name = named.parse().unwrap_or_default();
    Theme::new(if config.no_color { ThemeName::Mono } else { name }, glyphs)
}

/// The keymap in use, and what is wrong with the one that was named.
pub(super) fn keys(config: &Config) -> (Keymap, Vec<String>) {
    match keymap::text_of(config) {
        Ok((text, name)) => {
            let (keymap, problems) = Keymap::load(&text, &name);
            let mut told: Vec<String> =
                problems.iter().map(ToString::to_string).collect();
            let is_error = |p: &&Problem| p.severity == Severity::Error;
            let errors = problems.iter().filter(is_error).count();
            // Last, as the newest is what the status line shows.
            if errors > 0 {
                told.push(format!(
                    "keymap not used, the default keys hold: {errors} errors \
                     in {name}"
                ));
            }
            (keymap, told)
        }
        Err(error) => (Keymap::default(), vec![format!("{error:#}")]),
    }
}

/// The zone of this machine.
pub(super) fn zone() -> TimeZone {
    TimeZone::system()
}

/// What does not change while the console runs.
pub(super) fn setting(start: &Start, reach: &Reach, theme: Theme) -> Setting {
    let config = &start.config;
    Setting {
        accounts: reach.accounts.clone(),
        regions: reach.session.regions.clone(),
        source: reach.watch.source.clone(),
        target: reach.watch.target.clone(),
        simulated: reach.place.simulated.clone(),
        endpoint: reach.place.endpoint.clone(),
        user: person::user(&start.env),
        host: person::host(&start.env),
        zone: zone(),
        theme,
        read_only: config.read_only,
        app_tag: reach.app_tag.clone(),
        backup_success: reach.backup_success,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_keymap_with_an_error_is_told_to_be_not_used_last_of_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("own.toml");
        let text = "schema = 1\nname = \"own\"\n[global]\n\"b\" = \"no.such\"";
        File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        let keymap = Some(path.display().to_string());
        let (used, told) = keys(&Config { keymap, ..Config::default() });
        assert_eq!(used.name, "default");
        let last = told.last().unwrap();
        assert!(last.starts_with("keymap not used"), "{told:?}");
    }
}
