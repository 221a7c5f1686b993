//! What the environment says, read once, and the folders that follow.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

/// The beginnings of the variables that are kept: our own, those that AWS
/// and the terminal are reached by, and who and where the person is.
const KEPT: [&str; 14] = [
    "LIFEBOAT_",
    "AWS_",
    "NO_COLOR",
    "TERM",
    "SSH_",
    "COLORTERM",
    "HOSTNAME",
    "HTTPS_PROXY",
    "LANG",
    "LC_",
    "LOGNAME",
    "SSL_CERT_FILE",
    "TMUX",
    "USER",
];
/// Variables that hold secrets: only whether they are set is kept.
const SECRET: [&str; 4] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID",
    // A proxy's URL may hold a password.
    "HTTPS_PROXY",
];

/// The environment as far as it matters here, read once in `main`. It holds
/// no secrets: of those only that they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    vars: BTreeMap<String, String>,
    /// The person's home.
    pub home: Option<PathBuf>,
}

impl Env {
    /// The environment of this process.
    pub fn capture() -> Self {
        let vars = env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let home = BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        Env { home, ..Env::of(vars) }
    }

    /// An environment made of these variables.
    pub fn of<N: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let vars = vars
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| KEPT.iter().any(|kept| name.starts_with(kept)))
            .map(|(name, value)| {
                let secret = SECRET.contains(&name.as_str());
                let value = if secret { "(set)".to_owned() } else { value };
                (name, value)
            })
            .collect();
        Env { vars, home: None }
    }

    /// The same without anything that the AWS SDK takes notice of.
    #[must_use]
    pub fn without_aws(mut self) -> Self {
        self.vars.retain(|name, _| !name.starts_with("AWS_"));
        self
    }

    /// The value of a variable; one that is empty counts as not set.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The names of the variables that are set and begin like this.
    pub fn names<'a>(
        &'a self,
        beginning: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        self.vars
            .keys()
            .map(String::as_str)
            .filter(move |name| name.starts_with(beginning))
    }
}

/// Where things lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// Config file, keymaps, runbooks.
    pub config: PathBuf,
    /// Journals, the saved estate, logs.
    pub state: PathBuf,
    /// What may be deleted at any time.
    pub cache: PathBuf,
}

impl Paths {
    /// Where state of a simulated AWS is kept: never beside the real one.
    pub fn simulated(&self) -> PathBuf {
        self.state.join("simulated")
    }

    /// One's own keymaps.
    pub fn keymaps(&self) -> PathBuf {
        self.config.join("keymaps")
    }

    /// One's own runbooks.
    pub fn runbooks(&self) -> PathBuf {
        self.config.join("runbooks")
    }

    /// The platform's folders for this program; with `LIFEBOAT_HOME` all lie
    /// under that one.
    pub fn of(env: &Env) -> Self {
        if let Some(home) = env.var("LIFEBOAT_HOME") {
            return Paths::under(Path::new(home));
        }
        match ProjectDirs::from("", "", "lifeboat") {
            Some(dirs) => Paths {
                config: dirs.config_dir().to_owned(),
                state: dirs
                    .state_dir()
                    .unwrap_or(dirs.data_local_dir())
                    .to_owned(),
                cache: dirs.cache_dir().to_owned(),
            },
            None => Paths::under(Path::new(".lifeboat")),
        }
    }

    fn under(home: &Path) -> Self {
        Paths {
            config: home.join("config"),
            state: home.join("state"),
            cache: home.join("cache"),
        }
    }
}

/// The text of a file; none if there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_stay_in_what_is_kept_of_the_environment() {
        let env = Env::of([
            ("AWS_SECRET_ACCESS_KEY", "canary-1"),
            ("AWS_SESSION_TOKEN", "canary-2"),
            ("DATABASE_PASSWORD", "canary-3"),
        ]);
        assert!(!format!("{env:?}").contains("canary"));
        assert_eq!(env.var("AWS_SECRET_ACCESS_KEY"), Some("(set)"));
    }

    #[test]
    fn one_variable_moves_all_folders() {
        let env = Env::of([("LIFEBOAT_HOME", "/tmp/boat")]);
        let paths = Paths::of(&env);
        assert_eq!(paths.config, Path::new("/tmp/boat/config"));
        assert_eq!(paths.state, Path::new("/tmp/boat/state"));
        assert_eq!(paths.cache, Path::new("/tmp/boat/cache"));
    }
}
