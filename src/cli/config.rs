//! `config`: makes a first config file, checks it, and prints what holds.

mod init;
mod preview;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::Config as Args;
use super::setting::keys;
use super::{Ended, INVALID, Start, print, say};
use crate::config::{Config, EXAMPLE, Flags};

/// Runs the command.
pub(super) fn run(args: &Args, start: &Start) -> anyhow::Result<Ended> {
    match args {
        Args::Example => {
            print(EXAMPLE.as_bytes());
            Ok(Ended::Well)
        }
        Args::Init { force, print, offline } => {
            init::run(start, *force, *print, *offline)
        }
        Args::Print { origin } => {
            say(&printed(&start.config, *origin));
            Ok(Ended::Well)
        }
        Args::Check { file } => check(start, file.as_ref()),
    }
}

fn check(start: &Start, file: Option<&PathBuf>) -> anyhow::Result<Ended> {
    let named;
    let (start, path) = if let Some(path) = file {
        named = with_file(start, path)?;
        (&named, path)
    } else {
        (start, &start.config.file)
    };
    let config = &start.config;
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
    say(&preview::preview(start));
    let errors = problems.len() - warnings;
    Ok(if errors == 0 { Ended::Well } else { Ended::With(INVALID) })
}

/// The same start with another config file.
fn with_file(start: &Start, path: &Path) -> anyhow::Result<Start> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let paths = start.config.paths.clone();
    let flags = Flags::default();
    let mut config = Config::merged(&text, path, &start.env, &flags, paths);
    config.fall_back(&start.aws);
    Ok(Start {
        env: start.env.clone(),
        aws: start.aws.clone(),
        config,
        now: start.now,
        drill: None,
    })
}

/// Every setting with its value, and where it came from if that is asked.
fn printed(config: &Config, origin: bool) -> String {
    let mut out = String::new();
    for setting in &config.origins {
        let value = match setting.value.as_str() {
            "" => "-",
            value => value,
        };
        let _ = if origin {
            let from = &setting.origin;
            writeln!(out, "{:<14} {value:<40} {from}", setting.name)
        } else {
            writeln!(out, "{:<14} {value}", setting.name)
        };
    }
    let file = if origin { "config file" } else { "" };
    for account in &config.accounts {
        let id = account.id.as_deref().unwrap_or("no id");
        let name = format!("{} {id}", account.name);
        let _ = writeln!(out, "{:<14} {name:<40} {file}", "account");
    }
    for rule in &config.rules.rules {
        let told = preview::told(rule);
        let _ = writeln!(out, "{:<14} {told:<40} {file}", "objective");
    }
    let mut lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.push("");
    lines.join("\n")
}
