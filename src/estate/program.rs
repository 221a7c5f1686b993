//! Programs of this machine: how one is started, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes of a value that is read from an output.
const VALUE_MAX: usize = 400;

/// How a program is started: word by word and never by a shell, with no more
/// of the environment than is named.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
)]
pub struct Start {
    /// The program and its arguments, as it gets them.
    pub argv: Vec<String>,
    /// The folder it is started in; none is the console's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// Names of the console's own environment that it is given; what they
    /// hold is written nowhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<String>,
    /// Names with the values that the runbook gives them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<(String, String)>,
    /// Seconds after which it is ended, with all that it started.
    pub limit_s: u64,
    /// What is read from its output, each under its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<(String, Pick)>,
}

/// Where in an output a value stands.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first group of a regular expression, or all that it matches.
    Pattern(String),
    /// A pointer into JSON, such as `/endpoint/value` (RFC 6901).
    Pointer(String),
}

/// A program as it lies on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its absolute path.
    pub path: String,
    /// Its size and when it was changed.
    pub file: String,
    /// The folder it would be started in; absolute.
    pub dir: String,
    /// Names it is to be given that the console's environment lacks.
    pub lacks: Vec<String>,
}

/// A process that was started, so that it is known again.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Process {
    /// Its id, and that of its group.
    pub pid: u32,
    /// When it was started, in the machine's own ticks; 0 where the machine
    /// does not tell.
    pub ticks: u64,
    /// The boot of the machine.
    pub boot: String,
    /// The machine.
    pub host: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {} on {}", self.pid, self.host)
    }
}

/// How a program ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The code it exited with.
    pub exit: Option<i32>,
    /// The signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Whether it took longer than its limit, and was ended for that.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
    /// Whether something that it started goes on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub leaves: bool,
    /// The end of what it printed, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// The end of what it complained of, without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// What was read from its output.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl End {
    /// Whether it says that it did its work.
    pub fn is_well(&self) -> bool {
        self.exit == Some(0) && !self.late
    }

    /// How it ended, in a few words that are the same each time.
    pub fn words(&self) -> String {
        let how = match (self.exit, self.signal) {
            (Some(code), _) => format!("exited with {code}"),
            (None, Some(9)) => "was ended by SIGKILL".to_owned(),
            (None, Some(15)) => "was ended by SIGTERM".to_owned(),
            (None, Some(signal)) => format!("was ended by signal {signal}"),
            (None, None) => "did not end".to_owned(),
        };
        match (self.late, self.leaves) {
            (true, false) => format!("took longer than allowed and {how}"),
            (true, true) => {
                format!("took longer than allowed, {how} and leaves others")
            }
            (false, true) => format!("{how} and leaves others running"),
            (false, false) => how,
        }
    }

    /// The last line that it complained of, or else printed.
    pub fn last_line(&self) -> Option<&str> {
        let mut lines = self.stdout.lines().chain(self.stderr.lines());
        lines.rfind(|line| !line.trim().is_empty())
    }
}

impl Start {
    /// The values that stand in an output; what is not there is left out.
    pub fn told(&self, stdout: &str) -> BTreeMap<String, String> {
        let json = serde_json::from_str::<Value>(stdout).ok();
        let told = self.picks.iter().filter_map(|(name, pick)| {
            let value = pick.of(stdout, json.as_ref())?;
            let value = value.trim();
            let fits = !value.is_empty() && value.len() <= VALUE_MAX;
            fits.then(|| (name.clone(), value.to_owned()))
        });
        told.collect()
    }

    /// The program with its arguments, for a POSIX shell.
    pub fn line(&self) -> String {
        let words: Vec<String> =
            self.argv.iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }
}

impl Pick {
    fn of(&self, stdout: &str, json: Option<&Value>) -> Option<String> {
        match self {
            Pick::Pattern(pattern) => {
                let found = Regex::new(pattern).ok()?.captures(stdout)?;
                let part = found.get(1).or_else(|| found.get(0))?;
                Some(part.as_str().to_owned())
            }
            Pick::Pointer(pointer) => match json?.pointer(pointer)? {
                Value::String(text) => Some(text.clone()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
                scalar => Some(scalar.to_string()),
            },
        }
    }
}

/// One word for a POSIX shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_cannot_leave_its_quotes() {
        assert_eq!(quoted("learn-db"), "learn-db");
        assert_eq!(quoted("a'; rm"), r"'a'\''; rm'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$HOME *"), "'$HOME *'");
    }

    #[test]
    fn what_is_not_in_the_output_is_not_told() {
        let pick = |name: &str, pick| (name.to_owned(), pick);
        let start = Start {
            picks: vec![
                pick("host", Pick::Pointer("/db/host".into())),
                pick("port", Pick::Pointer("/db/port".into())),
                pick("all", Pick::Pointer("/db".into())),
                pick("none", Pick::Pointer("/gone".into())),
                pick("name", Pick::Pattern(r#""host": "(\w+)"#.into())),
                pick("bad", Pick::Pattern("zzz".into())),
            ],
            ..Start::default()
        };
        let told = start.told(r#"{"db": {"host": "one", "port": 5432}}"#);
        let wanted = [("host", "one"), ("name", "one"), ("port", "5432")];
        let wanted = wanted.map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(told, BTreeMap::from(wanted));
    }

    #[test]
    fn only_an_exit_with_nothing_after_its_time_is_well() {
        let well = End { exit: Some(0), ..End::default() };
        assert!(well.is_well());
        assert!(!End { late: true, ..well.clone() }.is_well());
        assert!(!End { exit: Some(1), ..End::default() }.is_well());
        assert!(!End { signal: Some(9), ..End::default() }.is_well());
        assert!(!End::default().is_well());
    }
}
