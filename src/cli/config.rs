//! `config`: checks the config file and prints an example.

use std::fs;

use anyhow::Context as _;

use super::args::Config as Args;
use super::setting::keys;
use super::{Ended, INVALID, Start, print, say};
use crate::config::{Config, EXAMPLE, Flags};

/// Runs the command.
pub(super) fn run(args: &Args, start: &Start) -> anyhow::Result<Ended> {
    let Args::Check { file } = args else {
        print(EXAMPLE.as_bytes());
        return Ok(Ended::Well);
    };
    let named;
    let (config, path) = if let Some(path) = file {
        let text = fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let mut config = Config::merged(
            &text,
            path,
            &start.env,
            &Flags::default(),
            start.config.paths.clone(),
        );
        config.read_prices();
        named = config;
        (&named, path)
    } else {
        (&start.config, &start.config.file)
    };
    let there = if path.exists() { "" } else { " (no such file)" };
    let mut problems: Vec<String> =
        config.problems.iter().map(ToString::to_string).collect();
    let warnings = config.problems.iter().filter(|p| p.is_warning).count();
    problems.extend(keys(config).1);
    for problem in &problems {
        say(problem);
    }
    say(&format!(
        "{}{there}: {} problems; {} accounts, {} Regions, {} objectives",
        path.display(),
        problems.len(),
        config.accounts.len(),
        config.regions.len(),
        config.rules.rules.len()
    ));
    let errors = problems.len() - warnings;
    Ok(if errors == 0 { Ended::Well } else { Ended::With(INVALID) })
}
