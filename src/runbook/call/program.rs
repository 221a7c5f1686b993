//! A change that a program of this machine makes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Change, Survival};
use crate::estate::ids::{Account, Region};
use crate::estate::program::{Start, quoted};

/// Where it is sent to, in place of a Region: it goes to no endpoint.
pub const HERE: &str = "this-machine";

/// What stands for the value of a name of the console's own environment.
const OWN: &str = "(as in this console's environment)";

/// A program is started on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunProgram {
    /// The account that it acts on, by the runbook's word.
    pub account: Account,
    /// How it is started; the program by its absolute path.
    pub start: Start,
}

impl RunProgram {
    /// What it is called in place of an IAM action: it needs none.
    pub const ACTION: &str = "command";

    /// The line that does the same in a POSIX shell.
    pub fn shell(&self) -> String {
        let start = &self.start;
        let sets = start
            .sets
            .iter()
            .map(|(name, value)| format!("{name}={} ", quoted(value)));
        let sets: String = sets.collect();
        let line = format!("{sets}{}", start.line());
        match &start.dir {
            Some(dir) => format!("cd {} && {line}", quoted(dir)),
            None => line,
        }
    }
}

impl Change for RunProgram {
    fn place(&self) -> (&Account, Region) {
        (&self.account, Region::new(HERE))
    }

    fn action(&self) -> &'static str {
        Self::ACTION
    }

    fn operation(&self) -> (&'static str, &'static str) {
        (Self::ACTION, "run")
    }

    fn doing(&self) -> &'static str {
        "run the program"
    }

    /// The name of the program without its folder.
    fn target(&self) -> &str {
        let first = self.start.argv.first().map_or("", String::as_str);
        first.rsplit('/').next().unwrap_or(first)
    }

    fn survival(&self) -> Survival {
        Survival::LookFirst
    }

    fn resource(&self) -> Option<String> {
        None
    }

    fn request(&self) -> Value {
        let start = &self.start;
        let own = start.inherits.iter().map(|name| (name, json!(OWN)));
        let sets = start.sets.iter().map(|(name, value)| (name, json!(value)));
        let environment: Map<String, Value> =
            own.chain(sets).map(|(name, told)| (name.clone(), told)).collect();
        json!({
            "argv": start.line(),
            "dir": start.dir,
            "environment": environment,
            "limit": format!("{} s", start.limit_s),
        })
    }

    fn options(&self) -> String {
        self.start.line()
    }
}
