//! `man`: the manual page, with every command, variable and key.

use std::fmt::Write as _;

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::Cli;
use super::{Ended, print};
use crate::config::variables;
use crate::keymap::{ACTIONS, CONTEXTS, Keymap};

/// Prints the page as roff.
pub(super) fn run() -> anyhow::Result<Ended> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = sub.get_name().to_owned();
        if name != "help" {
            let title = format!(".SH \"LIFEBOAT {}\"\n", name.to_uppercase());
            page.extend(title.as_bytes());
            let man = Man::new(sub.clone());
            man.render_description_section(&mut page)?;
            man.render_options_section(&mut page)?;
        }
    }
    page.extend(rest().as_bytes());
    print(&page);
    Ok(Ended::Well)
}

fn rest() -> String {
    let mut out = String::from(".SH KEYS\n");
    let keymap = Keymap::default();
    for info in ACTIONS {
        let keys = keymap.keys_for(info.action, CONTEXTS).join("  ");
        let keys = if keys.is_empty() { "palette".to_owned() } else { keys };
        let _ = writeln!(
            out,
            ".TP\n\\fB{}\\fR ({})\n{}",
            roff(&keys),
            roff(info.name),
            roff(info.sentence)
        );
    }
    out.push_str(".SH ENVIRONMENT\n");
    for name in variables() {
        let _ = writeln!(out, ".TP\n{name}");
    }
    out.push_str(CODES);
    out
}

const CODES: &str = "\
.SH EXIT STATUS
.TP
0
as wished
.TP
1
status --exit-code: something is outside its RPO
.TP
3
status --exit-code: not all is known
.TP
130
interrupted
.TP
252
the command line cannot be understood, or a terminal is missing
.TP
253
config, keymap, runbook or credentials are not in order
.TP
254
AWS did not answer, or not as hoped
.TP
255
anything else
";

/// Text that roff takes as it is.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.chars().next() {
        Some('.' | '\'') => format!("\\&{text}"),
        _ => text,
    }
}
