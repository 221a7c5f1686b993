//! `keymap`: checks keymap files and lists keys.

use std::fs;

use anyhow::Context as _;

use super::args::{Keymap as Command, ListFormat};
use super::{Ended, INVALID};
use crate::config::Config;
use crate::keymap::{ACTIONS, CONTEXTS, Keymap, SHIPPED, Severity, check};
use crate::keymap::markdown;

/// Runs the command.
pub fn run(command: &Command, config: &Config) -> anyhow::Result<Ended> {
    match command {
        Command::Check { file } => {
            let (text, name) = match file {
                Some(path) => {
                    let text = fs::read_to_string(path).with_context(|| {
                        format!("could not read {}", path.display())
                    })?;
                    (text, path.display().to_string())
                }
                None => text_of(config)?,
            };
            Ok(report(&text, &name))
        }
        Command::Print => {
            print!("{}", SHIPPED[0].1);
            Ok(Ended::Well)
        }
        Command::List { format: ListFormat::Md } => {
            print!("{}", markdown());
            Ok(Ended::Well)
        }
        Command::List { format: ListFormat::Text } => {
            let (text, name) = text_of(config)?;
            let (keymap, _) = Keymap::load(&text, &name);
            for info in ACTIONS {
                let keys = keymap.keys_for(info.action, CONTEXTS).join("  ");
                println!("{:<26} {keys:<20} {}", info.name, info.sentence);
            }
            Ok(Ended::Well)
        }
    }
}

fn report(text: &str, name: &str) -> Ended {
    let problems = check(text, name);
    for problem in &problems {
        println!("{problem}");
    }
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Ended::With(INVALID);
    }
    println!("{name}: {} problems", problems.len());
    Ended::Well
}

/// The text of the keymap in use, and where it came from.
pub fn text_of(config: &Config) -> anyhow::Result<(String, String)> {
    let name = config.keymap.clone().unwrap_or_else(|| "default".into());
    if let Some((known, text)) = SHIPPED.iter().find(|(n, _)| *n == name) {
        return Ok(((*text).to_owned(), format!("keymaps/{known}.toml")));
    }
    let path = if name.contains(['/', '.']) {
        name.clone().into()
    } else {
        config.paths.config.join("keymaps").join(format!("{name}.toml"))
    };
    let text = fs::read_to_string(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    Ok((text, path.display().to_string()))
}
