//! Who sits here, on which machine, at which terminal.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process;

use crate::config::Env;
use crate::incident::entry::Author;

/// The person at the keyboard, by the name they are signed in with.
pub(super) fn user(env: &Env) -> String {
    let name = env.var("USER").or(env.var("LOGNAME"));
    name.map(str::to_owned)
        .or_else(account)
        .unwrap_or_else(|| "unknown".to_owned())
}

/// As whom the system knows the person at this console: the one who signed
/// in, which no later change of the user hides, else this process's user.
/// The environment is not asked: anybody can set it.
pub(super) fn login() -> String {
    /// What Linux tells of a process that nobody signed in for.
    const NOBODY: &str = "4294967295";
    let told = fs::read_to_string("/proc/self/loginuid").ok();
    let uid = told.map(|uid| uid.trim().to_owned());
    match uid.filter(|uid| !uid.is_empty() && uid != NOBODY) {
        Some(uid) => named(&uid).unwrap_or(uid),
        None => account().unwrap_or_default(),
    }
}

/// The name of this process's user in the system's list of users.
fn account() -> Option<String> {
    named(&fs::metadata("/proc/self").ok()?.uid().to_string())
}

fn named(uid: &str) -> Option<String> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

/// This machine's name.
pub(super) fn host(env: &Env) -> String {
    let told = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    told.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .or_else(|| env.var("HOSTNAME").map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Who writes the journal from this process.
pub(super) fn author(env: &Env) -> Author {
    Author {
        user: user(env),
        arn: None,
        host: host(env),
        pid: process::id(),
        console: terminal().unwrap_or_else(|| "cli".to_owned()),
        role: "driver".to_owned(),
    }
}

/// The terminal's name, such as `pts/3`: it tells consoles apart.
fn terminal() -> Option<String> {
    let path = fs::read_link("/proc/self/fd/0").ok()?;
    let name = path.strip_prefix("/dev").ok()?.to_str()?;
    (name.starts_with("pts/") || name.starts_with("tty"))
        .then(|| name.to_owned())
}
