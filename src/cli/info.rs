//! `info`: every path and setting in use, and where it came from.

use std::env::consts::{ARCH, OS};
use std::fmt::Write as _;

use crossterm::terminal::size;
use serde::Serialize;

use super::setting::{keys, theme};
use super::{Ended, Start, reach, say, told, traps};
use crate::config::{Setting, Trap};
use crate::shell::terminal;

/// Variables that change how AWS and the terminal are reached. None of them
/// holds a secret; those that do are told by their names alone.
const SHOWN: &[&str] = &[
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_RETRY_MODE",
    "AWS_MAX_ATTEMPTS",
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "LC_ALL",
    "TMUX",
    "SSH_CONNECTION",
];

/// Variables of which only the presence is told: they hold keys, or URLs
/// that may hold a password.
const PRESENT: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "HTTPS_PROXY",
];

#[derive(Debug, Serialize)]
struct Info<'a> {
    version: &'static str,
    target: String,
    paths: Vec<(&'static str, String)>,
    settings: &'a [Setting],
    accounts: Vec<Account>,
    objectives: usize,
    keymap: String,
    theme: String,
    terminal: Terminal,
    environment: Vec<(&'static str, String)>,
    endpoint: Option<String>,
    problems: Vec<String>,
    traps: Vec<Trap>,
}

#[derive(Debug, Serialize)]
struct Account {
    name: String,
    id: Option<String>,
    environment: Option<String>,
    profiles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Terminal {
    present: bool,
    columns: Option<u16>,
    rows: Option<u16>,
}

/// Runs the command.
pub(super) fn run(start: &Start, is_json: bool) -> anyhow::Result<Ended> {
    let info = gather(start);
    if is_json {
        told::json(&info)?;
    } else {
        say(&text(&info));
    }
    Ok(Ended::Well)
}

fn gather(start: &Start) -> Info<'_> {
    let config = &start.config;
    let theme = theme(config);
    let (keymap, bad_keys) = keys(config);
    let mut problems: Vec<String> =
        config.problems.iter().map(ToString::to_string).collect();
    problems.extend(bad_keys);
    Info {
        version: env!("CARGO_PKG_VERSION"),
        target: format!("{ARCH}-{OS}"),
        paths: paths(start),
        settings: &config.origins,
        accounts: accounts(start),
        objectives: config.rules.rules.len(),
        keymap: keymap.name,
        theme: theme.name.to_string(),
        terminal: terminal_facts(),
        environment: environment(start),
        endpoint: reach::endpoint(start),
        problems,
        traps: traps::all(start),
    }
}

fn paths(start: &Start) -> Vec<(&'static str, String)> {
    let paths = &start.config.paths;
    let aws = &start.aws;
    let file = &start.config.file;
    [
        ("config file", file),
        ("state", &paths.state),
        ("simulated state", &paths.simulated()),
        ("cache", &paths.cache),
        ("runbooks", &paths.runbooks()),
        ("keymaps", &paths.keymaps()),
        ("log", &paths.state.join("log").join("lifeboat.log")),
        ("AWS config file", &aws.config_path),
    ]
    .map(|(name, path)| (name, path.display().to_string()))
    .to_vec()
}

fn accounts(start: &Start) -> Vec<Account> {
    let accounts = start.config.accounts.iter();
    accounts
        .map(|account| Account {
            name: account.name.clone(),
            id: account.id.as_ref().map(ToString::to_string),
            environment: account.environment.clone(),
            profiles: [&account.read, &account.operate, &account.break_glass]
                .into_iter()
                .flatten()
                .filter_map(|way| way.profile.clone())
                .collect(),
        })
        .collect()
}

fn terminal_facts() -> Terminal {
    let present = terminal::present();
    let found = present.then(|| size().ok()).flatten();
    Terminal {
        present,
        columns: found.map(|(columns, _)| columns),
        rows: found.map(|(_, rows)| rows),
    }
}

fn environment(start: &Start) -> Vec<(&'static str, String)> {
    let shown = SHOWN.iter().filter_map(|name| {
        start.env.var(name).map(|value| (*name, value.to_owned()))
    });
    let present = PRESENT
        .iter()
        .filter(|name| start.env.var(name).is_some())
        .map(|name| (*name, "(set)".to_owned()));
    shown.chain(present).collect()
}

fn text(info: &Info<'_>) -> String {
    let mut out = format!("lifeboat {} ({})\n", info.version, info.target);
    let mut head = |name: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{name}");
        for (name, value) in rows {
            let _ = writeln!(out, "  {name:<21} {value}");
        }
    };
    let own = |rows: &[(&'static str, String)]| {
        let rows = rows.iter();
        rows.map(|(n, v)| ((*n).to_owned(), v.clone())).collect::<Vec<_>>()
    };
    head("Paths", own(&info.paths));
    let settings = info.settings.iter().map(|told| {
        (told.name.to_owned(), format!("{} ({})", told.value, told.origin))
    });
    head("Settings", settings.collect());
    let accounts = info.accounts.iter().map(|account| {
        let id = account.id.as_deref().unwrap_or("id asked of AWS");
        let word = account.environment.as_deref().unwrap_or("ENV?");
        let profiles = account.profiles.join(", ");
        (account.name.clone(), format!("{id} {word} {profiles}"))
    });
    head("Accounts", accounts.collect());
    head("Environment", own(&info.environment));
    let terminal = &info.terminal;
    let size = match (terminal.columns, terminal.rows) {
        (Some(columns), Some(rows)) => format!("{columns}x{rows}"),
        _ => "none".to_owned(),
    };
    let in_use = [
        ("terminal", size),
        ("keymap", info.keymap.clone()),
        ("theme", info.theme.clone()),
        ("objectives", info.objectives.to_string()),
        (
            "endpoint",
            info.endpoint.clone().unwrap_or_else(|| "AWS's own".to_owned()),
        ),
    ];
    head("In use", own(&in_use));
    let problems = info.problems.iter().cloned();
    let wrong = problems.chain(info.traps.iter().map(ToString::to_string));
    head("Problems", wrong.map(|told| ("!".to_owned(), told)).collect());
    out
}
