//! What can be done without the screens.
//!
//! One file a command. A command ends [`Ended::Well`], with a code of its
//! own, or with an error that [`run`] tells in one place. Codes are those of
//! the AWS CLI: 252 usage, 253 config or credentials, 254 service, 255 other;
//! beside them 1 for outside RPO and 3 for not all known.

pub mod args;
mod begin;
mod check;
mod config;
mod console;
mod cost;
mod doctor;
mod drill;
mod incident;
mod info;
mod keymap;
mod learn;
mod library;
mod lint;
mod log;
mod look;
mod manual;
mod observe;
mod past;
mod person;
mod plain;
mod policy;
mod reach;
mod readiness;
mod ready;
mod render;
mod resume;
mod runbook;
mod saved;
mod setting;
mod shared;
mod simulate;
mod status;
mod told;
mod traps;
mod unattended;

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use jiff::Timestamp;

use crate::app::Book;
use crate::config::{AwsFiles, Config, Env, Flags};
use crate::ui::clean;
use args::{Cli, Command, Global};

/// Something is outside its RPO.
pub const OUTSIDE: u8 = 1;
/// Not all is known.
pub const PARTIAL: u8 = 3;
/// The command line cannot be understood, or a terminal is missing.
pub const USAGE: u8 = 252;
/// Config, keymap, runbook or credentials are not in order.
pub const INVALID: u8 = 253;
/// AWS did not answer, or not as hoped.
pub const SERVICE: u8 = 254;
/// Anything else.
pub const OTHER: u8 = 255;

/// How a command ended that told what there was to tell itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As wished.
    Well,
    /// With this code.
    With(u8),
}

/// An error with a code of its own.
#[derive(Debug)]
pub struct Stop {
    /// The code.
    pub code: u8,
    /// What to tell, in sentences.
    pub text: String,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Stop {}

/// An error that ends the program with this code.
pub fn stop(code: u8, text: impl Into<String>) -> anyhow::Error {
    Stop { code, text: text.into() }.into()
}

/// What every command starts from.
#[derive(Debug)]
pub struct Start {
    /// The environment.
    pub env: Env,
    /// What `~/.aws` holds.
    pub aws: AwsFiles,
    /// The config.
    pub config: Config,
    /// When the program began.
    pub now: Timestamp,
    /// The runbook that is to be drilled, if one is.
    pub drill: Option<Book>,
}

impl Start {
    /// Reads config and environment. One that `is_simulated` reads nothing
    /// of `~/.aws` and takes no notice of variables for AWS.
    fn read(global: &Global, is_simulated: bool) -> Self {
        let env = Env::capture();
        let env = if is_simulated { env.without_aws() } else { env };
        let aws = if is_simulated {
            AwsFiles::default()
        } else {
            AwsFiles::read(&env)
        };
        let mut config = Config::load(&env, &flags(global));
        config.fall_back(&aws);
        Start { env, aws, config, now: now(), drill: None }
    }
}

fn flags(global: &Global) -> Flags {
    Flags {
        profile: global.profile.clone(),
        regions: global.regions.clone(),
        target_region: global.target_region.clone(),
        endpoint_url: global.endpoint_url.clone(),
        keymap: global.keymap.clone(),
        theme: global.theme.clone(),
        ascii: global.ascii,
        no_color: global.no_color,
        read_only: global.read_only,
        config: global.config.clone(),
        plain: global.plain,
    }
}

/// The time, once: commands pass it on.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is an edge: here its clock is read"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Runs the command line and gives its code.
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(line) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads any more is no failure.
            let _ = error.print();
            let code = if error.use_stderr() { USAGE } else { 0 };
            return ExitCode::from(code);
        }
    };
    match carry_out(cli) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::With(code)) => ExitCode::from(code),
        Err(error) => {
            complain(&format!("lifeboat: {error:#}"));
            let stop = error.downcast_ref::<Stop>();
            ExitCode::from(stop.map_or(OTHER, |stop| stop.code))
        }
    }
}

fn carry_out(cli: Cli) -> anyhow::Result<Ended> {
    let Cli { global, command } = cli;
    let Some(command) = command else {
        return console::open(&Start::read(&global, false), None, None);
    };
    let is_simulated = match &command {
        Command::Demo(_) | Command::Simulate(_) => true,
        Command::Status(args::Status { asking, .. })
        | Command::Check(args::Check { asking, .. })
        | Command::Cost(args::Cost { asking, .. })
        | Command::Readiness(args::Readiness { asking, .. })
        | Command::Observe(args::Observe { asking, .. }) => {
            asking.demo.is_some()
        }
        Command::Runbook(args::Runbook::Resume { demo, .. })
        | Command::Incident(args::Incident::Resume { demo, .. }) => {
            demo.is_some()
        }
        Command::Drill(args::Drill::Run { real, .. }) => !real,
        Command::Runbook(args::Runbook::Ready(args::Ready {
            asking, ..
        })) => asking.demo.is_some(),
        _ => false,
    };
    let start = Start::read(&global, is_simulated);
    match command {
        Command::Demo(demo) => console::open(&start, Some(&demo), None),
        Command::Simulate(args) => simulate::run(&args),
        Command::Status(args) => status::run(&start, &args),
        Command::Check(args) => check::run(&start, &args),
        Command::Cost(args) => cost::run(&start, &args),
        Command::Readiness(args) => readiness::run(&start, &args),
        Command::Observe(args) => observe::run(&start, &args),
        Command::Policy(args) => policy::run(&start, &args),
        Command::Runbook(args) => runbook::run(&start, &args),
        Command::Incident(args) => incident::run(&start, &args),
        Command::Drill(args) => drill::run(start, &args),
        Command::Keymap(args) => keymap::run(&args, &start.config),
        Command::Config(args) => config::run(&args, &start),
        Command::Doctor => doctor::run(&start),
        Command::Info { json } => info::run(&start, json),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            let mut command = Cli::command();
            clap_complete::generate(
                shell,
                &mut command,
                "lifeboat",
                &mut text,
            );
            print(&text);
            Ok(Ended::Well)
        }
        Command::Man => manual::run(),
    }
}

/// Prints lines. What a terminal could obey in them is made visible.
pub fn say(text: &str) {
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        out.push_str(clean(line).as_str());
        out.push('\n');
    }
    print(out.as_bytes());
}

/// Prints bytes of our own. A reader that has gone away, such as `head`, is
/// no failure.
pub fn print(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}

/// Prints lines to the person, not to the reader of the output.
pub fn complain(text: &str) {
    let mut out = io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(out, "{}", clean(line));
    }
}
