//! `keymap`: checks keymap files and lists keys.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::args::{Keymap as Command, ListFormat};
use super::{Ended, INVALID, print, say};
use crate::config::Config;
use crate::keymap::{
    ACTIONS, CONTEXTS, Keymap, SHIPPED, Severity, check, markdown,
};

/// Runs the command.
pub(super) fn run(
    command: &Command,
    config: &Config,
) -> anyhow::Result<Ended> {
    match command {
        Command::Check { file } => {
            let (text, name) = match file {
                Some(path) if path.exists() => read(path)?,
                Some(name) => named(&name.to_string_lossy(), config)?,
                None => text_of(config)?,
            };
            Ok(report(&text, &name))
        }
        Command::Print => {
            print(SHIPPED[0].1.as_bytes());
            Ok(Ended::Well)
        }
        Command::List { format: ListFormat::Md } => {
            print(markdown().as_bytes());
            Ok(Ended::Well)
        }
        Command::List { format: ListFormat::Text } => {
            let (text, name) = text_of(config)?;
            let (keymap, _) = Keymap::load(&text, &name);
            for info in ACTIONS {
                let keys = keymap.keys_for(info.action, CONTEXTS).join("  ");
                let told =
                    format!("{:<26} {keys:<20} {}", info.name, info.sentence);
                say(&told);
            }
            Ok(Ended::Well)
        }
    }
}

fn report(text: &str, name: &str) -> Ended {
    let problems = check(text, name);
    for problem in &problems {
        say(&problem.to_string());
    }
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Ended::With(INVALID);
    }
    say(&format!("{name}: {} problems", problems.len()));
    Ended::Well
}

/// The text of the keymap in use, and where it came from.
pub(super) fn text_of(config: &Config) -> anyhow::Result<(String, String)> {
    named(config.keymap.as_deref().unwrap_or("default"), config)
}

/// The keymap of this name: one that comes with the program, a file of the
/// keymaps folder, or a path.
fn named(name: &str, config: &Config) -> anyhow::Result<(String, String)> {
    if let Some((known, text)) = SHIPPED.iter().find(|(n, _)| *n == name) {
        return Ok(((*text).to_owned(), format!("keymaps/{known}.toml")));
    }
    if name.contains(['/', '.']) {
        return read(Path::new(name));
    }
    read(&config.paths.keymaps().join(format!("{name}.toml"))).with_context(
        || {
            let known: Vec<&str> = SHIPPED.iter().map(|(n, _)| *n).collect();
            format!(
                "no keymap is named {name}; there are {}",
                known.join(", ")
            )
        },
    )
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    Ok((text, path.display().to_string()))
}
