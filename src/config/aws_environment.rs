//! The traps in the AWS environment, found before the SDK is loaded.
//!
//! Some of them make the SDK panic or hang, others fail with a sentence that
//! names nothing one could act on. All facts are of aws-config 1.13, by
//! running it.

mod ini;
mod profiles;

use std::cmp::Reverse;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use super::env::{Env, read};
use super::problem::did_you_mean;
use ini::{Ini, Section};

pub use profiles::Profile;

/// How bad a trap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It works, but otherwise than one may think.
    Notice,
    /// AWS will not answer before it is mended.
    Stops,
}

/// One trap, in plain words, and the way out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trap {
    /// Its code; stable.
    pub code: &'static str,
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong, as a sentence.
    pub what: String,
    /// What to do, as a sentence.
    pub fix: String,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.fix)
    }
}

/// The files the AWS tools share, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsFiles {
    /// Where the config file is, whether it exists or not.
    pub config_path: PathBuf,
    /// Its text; none if there is no such file.
    pub config: Option<String>,
    /// The text of the credentials file: only the names of its profiles and
    /// what kind of settings they have are looked at.
    pub credentials: Option<String>,
    /// The texts of the files of the SSO token cache.
    pub sso_cache: Vec<String>,
}

impl AwsFiles {
    /// Reads them. What cannot be read counts as not there; the SDK will say
    /// more.
    pub fn read(env: &Env) -> Self {
        let home = env.home.clone().unwrap_or_default();
        let place = |var: &str, name: &str| {
            let said = env.var(var).map(PathBuf::from);
            said.unwrap_or_else(|| home.join(".aws").join(name))
        };
        let config_path = place("AWS_CONFIG_FILE", "config");
        let credentials = place("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        AwsFiles {
            config: read(&config_path).ok().flatten(),
            credentials: read(&credentials).ok().flatten(),
            sso_cache: read_all(&home.join(".aws/sso/cache")),
            config_path,
        }
    }
}

fn read_all(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect()
}

/// A file of the SSO token cache, without the tokens.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedToken {
    start_url: Option<String>,
    expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "is_there")]
    refresh_token: bool,
    #[serde(default, deserialize_with = "is_there")]
    access_token: bool,
}

/// Whether a value is there; the value itself is not kept.
fn is_there<'de, D>(deserializer: D) -> Result<bool, D::Error>
where
    D: Deserializer<'de>,
{
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// The traps on the way to credentials by this profile (none is that of
/// `AWS_PROFILE`, else `default`), the worst first. `knows_region` tells
/// whether a flag or the console's own config names a Region.
pub fn check_aws_environment(
    env: &Env,
    files: &AwsFiles,
    profile: Option<&str>,
    knows_region: bool,
    now: Timestamp,
) -> Vec<Trap> {
    let config = Ini::parse(files.config.as_deref().unwrap_or_default());
    let credentials =
        Ini::parse(files.credentials.as_deref().unwrap_or_default());
    let check = Check { env, files, config, credentials, now };
    let name = profile.or(env.var("AWS_PROFILE"));
    let mut traps = Vec::new();
    check.retries(name, &mut traps);
    check.profile(name, &mut traps);
    check.region(name, knows_region, &mut traps);
    traps.sort_by_key(|trap| Reverse(trap.weight));
    traps
}

struct Check<'a> {
    env: &'a Env,
    files: &'a AwsFiles,
    config: Ini<'a>,
    credentials: Ini<'a>,
    now: Timestamp,
}

impl Check<'_> {
    fn retries(&self, name: Option<&str>, traps: &mut Vec<Trap>) {
        let section = self.config.profile(name.unwrap_or("default"));
        let of = |var: &str, key: &str| {
            let said = self.env.var(var).map(|v| (var.to_owned(), v));
            said.or_else(|| {
                let place = format!("{key} of the profile");
                section.and_then(|s| s.get(key)).map(|v| (place, v))
            })
        };
        let modes = ["standard", "adaptive"];
        if let Some((place, mode)) = of("AWS_RETRY_MODE", "retry_mode")
            && !modes.contains(&mode.to_lowercase().as_str())
        {
            traps.push(Trap {
                code: "retry-mode",
                weight: Weight::Notice,
                what: format!(
                    "{place} is `{mode}`, which the SDK does not \
                    know and would panic on."
                ),
                fix: "`standard` is used here; set that.".into(),
            });
        }
        if let Some((place, text)) = of("AWS_MAX_ATTEMPTS", "max_attempts")
            && text.trim().parse::<u32>().unwrap_or(0) == 0
        {
            traps.push(Trap {
                code: "max-attempts",
                weight: Weight::Notice,
                what: format!(
                    "{place} is `{text}`, which the SDK would \
                    panic on."
                ),
                fix: "The console's own limits are used; set it to 1 or \
                    more."
                    .into(),
            });
        }
    }

    fn profile(&self, name: Option<&str>, traps: &mut Vec<Trap>) {
        let wanted = name.unwrap_or("default");
        let section = self.config.profile(wanted);
        let kept = self.credentials.profile(wanted);
        if section.is_none() && kept.is_none() {
            if name.is_some() {
                traps.push(self.missing(wanted));
            }
            return;
        }
        let mut seen = vec![wanted.to_owned()];
        let mut next = section;
        while let Some(section) = next {
            self.credentials_of(section, &seen, traps);
            let Some(source) = section.get("source_profile") else { return };
            if seen.iter().any(|name| name == source) {
                return;
            }
            seen.push(source.to_owned());
            next = self.config.profile(source);
            let kept = self.credentials.profile(source);
            if next.is_none() && kept.is_none() {
                traps.push(self.missing(source));
            }
        }
    }

    fn missing(&self, wanted: &str) -> Trap {
        let names: Vec<&str> = self
            .config
            .profiles()
            .chain(self.credentials.profiles())
            .collect();
        let path = self.files.config_path.display();
        let hint = did_you_mean(wanted, names.iter().copied());
        let fix = match (hint.is_empty(), names.is_empty()) {
            (false, _) => {
                let hint = hint.trim_start_matches(", ").replace("did", "Did");
                format!("{hint} Take it with --profile.")
            }
            (true, false) => {
                format!("There are: {}.", names.join(", "))
            }
            (true, true) => "Make one with `aws configure sso`.".to_owned(),
        };
        Trap {
            code: "profile",
            weight: Weight::Stops,
            what: format!("Profile `{wanted}` is not in {path}."),
            fix,
        }
    }

    /// The traps of one profile of the chain that `names` came by.
    fn credentials_of(
        &self,
        section: &Section<'_>,
        names: &[String],
        traps: &mut Vec<Trap>,
    ) {
        let name = names.last().map_or("default", String::as_str);
        if let Some(serial) = section.get("mfa_serial") {
            traps.push(Trap {
                code: "mfa",
                weight: Weight::Stops,
                what: format!(
                    "Profile `{name}` asks for MFA ({serial}), \
                    which the SDK does not send."
                ),
                fix: format!(
                    "Run `aws configure export-credentials --profile {} \
                    --format env` in a shell, which asks for the code, set \
                    what it prints, and start without --profile.",
                    names.first().map_or(name, String::as_str)
                ),
            });
        }
        if let Some(command) = section.get("credential_process") {
            let program = command.split_whitespace().next().unwrap_or("");
            traps.push(Trap {
                code: "credential-process",
                weight: Weight::Notice,
                what: format!(
                    "Profile `{name}` runs {program} for \
                    credentials."
                ),
                fix: "It is run without a terminal: unlock it beforehand if \
                    it asks for a password."
                    .into(),
            });
        }
        self.sso(section, name, traps);
    }

    fn sso(&self, section: &Section<'_>, name: &str, traps: &mut Vec<Trap>) {
        let (url, login) = if let Some(session) = section.get("sso_session") {
            let Some(of) = self.config.section("sso-session", session) else {
                let path = self.files.config_path.display();
                traps.push(Trap {
                    code: "sso-session",
                    weight: Weight::Stops,
                    what: format!(
                        "Profile `{name}` names the SSO session \
                        `{session}`, which is not in {path}."
                    ),
                    fix: format!("Add [sso-session {session}] to it."),
                });
                return;
            };
            let login = format!("aws sso login --sso-session {session}");
            (of.get("sso_start_url"), login)
        } else {
            let login = format!("aws sso login --profile {name}");
            (section.get("sso_start_url"), login)
        };
        let Some(url) = url else { return };
        let remote = self.env.var("SSH_CONNECTION").is_some();
        let login =
            if remote { format!("{login} --use-device-code") } else { login };
        if let Some(why) = self.not_signed_in(url) {
            traps.push(Trap {
                code: "sso",
                weight: Weight::Stops,
                what: format!("Profile `{name}` {why}."),
                fix: format!(
                    "Run `{login}` in another shell; it will be \
                    noticed."
                ),
            });
        }
    }

    fn not_signed_in(&self, url: &str) -> Option<String> {
        let same = |token: &CachedToken| {
            let of = token.start_url.as_deref().unwrap_or_default();
            of.trim_end_matches(['/', '#']) == url.trim_end_matches(['/', '#'])
        };
        let tokens = self
            .files
            .sso_cache
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .filter(|token: &CachedToken| token.access_token && same(token));
        let mut expired = None;
        for token in tokens {
            match token.expires_at {
                Some(end) if end <= self.now && !token.refresh_token => {
                    expired = expired.max(Some(end));
                }
                _ => return None,
            }
        }
        Some(match expired {
            Some(end) => format!("was signed in by SSO until {end}"),
            None => "is not signed in by SSO".to_owned(),
        })
    }

    fn region(&self, name: Option<&str>, known: bool, traps: &mut Vec<Trap>) {
        let by_env = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .any(|var| self.env.var(var).is_some());
        let section = self.config.profile(name.unwrap_or("default"));
        let by_profile = section.is_some_and(|s| s.get("region").is_some());
        if !known && !by_env && !by_profile {
            traps.push(Trap {
                code: "region",
                weight: Weight::Stops,
                what: "No Region is said to be watched.".into(),
                fix: "Name them: --region eu-west-1,eu-central-1, or \
                    `regions` in the config file."
                    .into(),
            });
        }
    }
}

/// The Region that a profile names, to be watched where nothing else says
/// one.
pub fn region_of_profile(
    files: &AwsFiles,
    profile: Option<&str>,
) -> Option<String> {
    let config = Ini::parse(files.config.as_deref().unwrap_or_default());
    let section = config.profile(profile.unwrap_or("default"))?;
    section.get("region").map(str::to_owned)
}

#[cfg(test)]
mod tests;
