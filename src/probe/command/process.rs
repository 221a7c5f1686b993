//! Processes of this machine, as far as `/proc` tells of them.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, test_kill_process_group};

use crate::estate::program::Process;

/// What the machine says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    /// Whether it has ended, and nobody has asked how.
    ended: bool,
    /// Its group.
    group: u32,
    /// When it was started, in ticks since the boot.
    ticks: u64,
}

/// The process of this id, so that it is known again.
pub(super) fn known(pid: u32) -> Process {
    let ticks = stat(pid).map_or(0, |stat| stat.ticks);
    Process { pid, ticks, boot: kernel("random/boot_id"), host: host() }
}

/// Why a process, or one of its group, may still run; none if none does.
pub(super) fn may_run(process: &Process) -> Option<String> {
    if process.host != host() {
        return Some(format!(
            "{process} may still run; this is another machine"
        ));
    }
    if process.boot != kernel("random/boot_id") {
        return None;
    }
    // Another process has its id by now: its group is gone, too.
    let other = stat(process.pid).is_some_and(|s| s.ticks != process.ticks);
    (!other && has_members(process.pid))
        .then(|| format!("{process}, or what it started, still runs"))
}

/// Whether any process of a group has not ended.
pub(super) fn has_members(group: u32) -> bool {
    if !Path::new("/proc/self/stat").exists() {
        let group = i32::try_from(group).ok().and_then(Pid::from_raw);
        return group.is_some_and(|g| test_kill_process_group(g).is_ok());
    }
    let Ok(all) = fs::read_dir("/proc") else { return true };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .any(|stat| stat.group == group && !stat.ended)
}

fn stat(pid: u32) -> Option<Stat> {
    read(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads a line of `/proc/PID/stat` (proc(5)); the name in brackets may hold
/// anything.
fn read(line: &str) -> Option<Stat> {
    let (_, rest) = line.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let group = fields.nth(1)?.parse().ok()?;
    let ticks = fields.nth(16)?.parse().ok()?;
    Some(Stat { ended: matches!(state, "Z" | "X"), group, ticks })
}

fn host() -> String {
    kernel("hostname")
}

/// What the kernel says of itself; nothing elsewhere than on Linux.
fn kernel(name: &str) -> String {
    let told = fs::read_to_string(format!("/proc/sys/kernel/{name}"));
    told.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    #[test]
    fn a_line_is_read_whatever_the_program_is_called() {
        let line = "7 (a ) b) Z 1 42 9 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 \
                    8812 1 2";
        let wanted = Stat { ended: true, group: 42, ticks: 8812 };
        assert_eq!(read(line), Some(wanted));
    }

    #[test]
    fn this_process_is_known_again_and_another_of_its_id_is_not() {
        let own = known(process::id());
        let other = Process { ticks: own.ticks + 1, ..own.clone() };
        assert_eq!(may_run(&other), None, "its id was given anew");
        let before = Process { boot: "before".into(), ..own.clone() };
        assert_eq!(may_run(&before), None, "the machine was started");
        let host = "elsewhere".to_owned();
        let far = Process { host, ..own };
        assert!(may_run(&far).is_some(), "nobody can look there");
    }
}
