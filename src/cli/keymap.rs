//! `keymap`: checks keymap files and lists keys.

use std::fs;

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
                Some(path) => {
                    let text =
                        fs::read_to_string(path).with_context(|| {
                            format!("could not read {}", path.display())
                        })?;
                    (text, path.display().to_string())
                }
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
    let name = config.keymap.clone().unwrap_or_else(|| "default".into());
    if let Some((known, text)) = SHIPPED.iter().find(|(n, _)| *n == name) {
        return Ok(((*text).to_owned(), format!("keymaps/{known}.toml")));
    }
    let path = if name.contains(['/', '.']) {
        name.clone().into()
    } else {
        config.paths.keymaps().join(format!("{name}.toml"))
    };
    let text = fs::read_to_string(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    Ok((text, path.display().to_string()))
}
