//! The config file, the environment and the flags, merged into one checked
//! value.
//!
//! The order is flag, environment, file, default; [`Config::origins`] says
//! which one won. A broken file never stops the console from opening: what
//! is wrong is told as [`Problem`]s, and what is right holds.

pub mod aws_environment;
pub mod draft;
pub mod env;
pub mod file;
mod merge;
pub mod problem;
mod regions;
mod shared;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde::Serialize;

use crate::estate::Source;
use crate::estate::cost::Bill;
use crate::estate::ids::{Account, Region};
use crate::estate::objective::Rules;
use crate::estate::part::automation::Names;
use crate::rates::Budgets;
use crate::runbook::plan::Second;

pub use aws_environment::{AwsFiles, Trap, check_aws_environment};
pub use env::{Env, Paths};
pub use problem::Problem;
pub use shared::{NoPlace, Shared};

/// An example of the config file with every key in it.
pub const EXAMPLE: &str = include_str!("../assets/config.example.toml");

/// The names of the variables that are understood.
pub fn variables() -> impl Iterator<Item = &'static str> {
    merge::VARS.iter().map(|(name, _)| *name)
}

/// The themes that can be chosen.
pub const THEMES: [&str; 6] =
    ["terminal", "dark", "light", "cb-safe", "high-contrast", "mono"];

/// What the flags of the command line say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`, which may come many times.
    pub regions: Vec<String>,
    /// `--target-region`.
    pub target_region: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--keymap`.
    pub keymap: Option<String>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--no-color`.
    pub no_color: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// `--plain`.
    pub plain: bool,
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// A variable of the environment.
    Env(&'static str),
    /// The config file.
    File,
    /// The profile in `~/.aws`.
    Profile,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) | Origin::Env(name) => f.pad(name),
            Origin::File => f.pad("config file"),
            Origin::Profile => f.pad("AWS profile"),
            Origin::Default => f.pad("default"),
        }
    }
}

/// One setting as `lifeboat info` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key of the config file.
    pub name: &'static str,
    /// Its value as text; empty if there is none.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// A way to credentials: a profile, and a role assumed from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// A profile of `~/.aws/config`; none is the default chain.
    pub profile: Option<String>,
    /// The ARN of a role to assume with it.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

/// One account of the estate, and how it is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountConfig {
    /// The name the config gives it.
    pub name: String,
    /// Its twelve digits, where the config has them.
    pub id: Option<Account>,
    /// Its environment word, such as `PROD`.
    pub environment: Option<String>,
    /// Whether drills may change it with nobody at hand.
    pub drill: bool,
    /// How it is read.
    pub read: Option<Access>,
    /// How approved calls are sent.
    pub operate: Option<Access>,
    /// How approved calls are sent when the usual way is shut.
    pub break_glass: Option<Access>,
}

/// All settings, merged and checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The profile of `~/.aws/config` to read with.
    pub profile: Option<String>,
    /// The Regions to watch, the target among them; may be empty.
    pub regions: Vec<Region>,
    /// The Region the estate lives in: as said, else the first watched one
    /// that is not the target.
    pub source_region: Option<Region>,
    /// The Region one would recover in.
    pub target_region: Option<Region>,
    /// Where AWS is asked instead of its own endpoints.
    pub endpoint_url: Option<String>,
    /// The accounts by the order of their names; may be empty.
    pub accounts: Vec<AccountConfig>,
    /// What is demanded of which resource.
    pub rules: Rules,
    /// How recovery points are priced, and how long each tier needs them.
    pub bill: Bill,
    /// The file of an own price table.
    pub prices: Option<PathBuf>,
    /// The tag that names the application a resource belongs to.
    pub app_tag: String,
    /// Which names tell of the automation of recovery.
    pub automation: Names,
    /// The least share of backup jobs that must succeed, in percent.
    pub backup_success: Option<u8>,
    /// The keymap, by name or path.
    pub keymap: Option<String>,
    /// Where `observe --save` keeps the estate for all of a team.
    pub shared_estate: Option<Shared>,
    /// The theme, one of [`THEMES`].
    pub theme: Option<String>,
    /// Whether only ASCII characters are drawn.
    pub ascii: bool,
    /// Whether no colour is used.
    pub no_color: bool,
    /// Whether arming is impossible.
    pub read_only: bool,
    /// Whether lines are printed instead of screens.
    pub plain: bool,
    /// For how long ARMED lasts without a key.
    pub idle: SignedDuration,
    /// Whether a second person approves what cannot be undone, where it is
    /// said.
    pub second_person: Option<Second>,
    /// The same by the tier of what a run is about, where it is said.
    pub second_by_tier: BTreeMap<String, Second>,
    /// Queues in which EventBridge puts what speaks for an incident.
    pub queues: Vec<Source>,
    /// How often looks come, by their names, such as `backup/points`.
    pub paces: BTreeMap<String, SignedDuration>,
    /// How much of AWS's rates looks may use.
    pub budgets: Budgets,
    /// Name servers that DNS checks ask; none means the system's own.
    pub resolvers: Vec<SocketAddr>,
    /// Addresses to which HTTP probes of some hosts go, instead of the one
    /// that their name has; the names in lower case, without final dot.
    pub hosts: BTreeMap<String, SocketAddr>,
    /// Where config, state and cache lie.
    pub paths: Paths,
    /// The config file, whether it exists or not.
    pub file: PathBuf,
    /// What is wrong with the file, the environment or a flag.
    pub problems: Vec<Problem>,
    /// Every setting and where it came from.
    pub origins: Vec<Setting>,
}

impl Config {
    /// Reads the config file and merges it with environment and flags.
    pub fn load(env: &Env, flags: &Flags) -> Self {
        let paths = Paths::of(env);
        let (file, asked) = merge::file_path(env, flags, &paths);
        let mut problems = Vec::new();
        let text = match env::read(&file) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("could not be read: {error}");
                problems.push(Problem::of_file(&file, text));
                None
            }
        };
        if text.is_none() && asked && problems.is_empty() {
            let text = "there is no such file".to_owned();
            problems.push(Problem::of_file(&file, text));
        }
        let text = text.unwrap_or_default();
        let mut config = Config::merged(&text, &file, env, flags, paths);
        config.problems.splice(..0, problems);
        config.read_prices();
        config
    }

    /// Watches the Region that the profile in `~/.aws` names, where nobody
    /// else names one.
    pub fn fall_back(&mut self, aws: &AwsFiles) {
        if !self.regions.is_empty() {
            return;
        }
        let profile = self.profile.as_deref();
        let Some(name) = aws_environment::region_of_profile(aws, profile)
        else {
            return;
        };
        self.regions = vec![Region::new(&name)];
        for told in &mut self.origins {
            if told.name == "regions" {
                told.value.clone_from(&name);
                told.origin = Origin::Profile;
            }
        }
    }

    /// The same from the text of a config file; reads nothing.
    pub fn merged(
        text: &str,
        path: &Path,
        env: &Env,
        flags: &Flags,
        paths: Paths,
    ) -> Self {
        merge::merge(text, path, env, flags, paths)
    }

    /// What is wrong with the text of a config file, which messages call
    /// `name`.
    pub fn check(text: &str, name: &str) -> Vec<Problem> {
        let (env, flags) = (Env::default(), Flags::default());
        let path = Path::new(name);
        merge::merge(text, path, &env, &flags, Paths::default()).problems
    }
}
