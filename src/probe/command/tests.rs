use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};

use tempfile::TempDir;

use super::output::Output;
use super::*;
use crate::estate::program::Pick;

fn start(argv: &[&str]) -> Start {
    Start {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        limit_s: 600,
        ..Start::default()
    }
}

fn ended(start: &Start) -> End {
    Child::start(start).unwrap().wait(GRACE).0
}

/// A program on trial in a folder with a pipe, `up`, by which it says that
/// it is where the test wants it.
fn staged(script: &str, limit_s: u64) -> (Child, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let up = dir.path().join("up");
    assert!(Command::new("mkfifo").arg(&up).status().unwrap().success());
    let start = Start {
        dir: dir.path().to_str().map(str::to_owned),
        inherits: vec!["PATH".into()],
        limit_s,
        ..start(&["/bin/sh", "-c", script])
    };
    let child = Child::start(&start).unwrap();
    fs::read_to_string(up).unwrap();
    (child, dir)
}

#[test]
fn words_reach_a_program_as_they_are_and_no_shell_reads_them() {
    let words = ["/usr/bin/printf", "%s|", "$HOME", "*", "a b", ";true", "~"];
    let end = ended(&start(&words));
    assert_eq!(end.stdout, "$HOME|*|a b|;true|~|");
    assert!(end.is_well());
}

#[test]
fn a_program_gets_what_is_listed_of_the_environment_and_nothing_else() {
    let start = Start {
        inherits: vec!["PATH".into()],
        sets: vec![("ONLY".into(), "this".into())],
        ..start(&["/usr/bin/env"])
    };
    let end = ended(&start);
    let names = end.stdout.lines().map(|l| l.split('=').next().unwrap());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    assert_eq!(names, ["ONLY", "PATH"]);
    assert!(end.stdout.contains("ONLY=this"));
}

#[test]
fn it_is_told_how_a_program_ended() {
    let script = |script: &str| ended(&start(&["/bin/sh", "-c", script]));
    assert_eq!(script("exit 7").exit, Some(7));
    assert_eq!(script("kill -9 $$").signal, Some(9));
    assert_eq!(script("read x || exit 3").exit, Some(3), "nothing to read");
}

#[test]
fn what_takes_too_long_is_ended_with_all_that_it_started() {
    for (script, signal) in [
        ("sleep 600 & echo > up; wait", 15),
        // One that does not listen is made to end.
        ("trap '' TERM; sleep 600 & echo > up; wait", 9),
    ] {
        let (child, _dir) = staged(script, 0);
        let group = child.process().pid;
        assert!(process::has_members(group));
        let (end, _) = child.wait(Duration::from_millis(50));
        assert_eq!((end.signal, end.late), (Some(signal), true), "{script}");
        assert!(!end.leaves && !process::has_members(group), "{script}");
        assert!(!end.is_well());
    }
}

#[test]
fn what_a_program_leaves_running_is_told_and_left() {
    let (child, _dir) = staged("sleep 600 & echo > up", 600);
    let group = child.process().pid;
    let (end, _) = child.wait(GRACE);
    assert!(end.is_well() && end.leaves);
    let group = format!("-{group}");
    Command::new("kill").args(["-9", "--", &group]).status().unwrap();
}

#[test]
fn what_is_kept_of_an_output_is_bounded_and_its_values_are_read_from_all() {
    let pick = |name: &str, it: &str| (name.into(), Pick::Pattern(it.into()));
    let start = Start {
        picks: vec![pick("early", "(?m)^(70[0-9])$"), pick("no", "zzz")],
        ..start(&["/usr/bin/seq", "1", "20000"])
    };
    let end = ended(&start);
    assert!(end.stdout.len() <= 4096, "{}", end.stdout.len());
    assert!(end.stdout.ends_with("\n20000"));
    assert_eq!(end.told.len(), 1);
    assert_eq!(end.told["early"], "700");
}

#[test]
fn an_output_without_end_does_not_fill_the_disk() {
    let output = Output::new().unwrap();
    let mut writer = output.writer().unwrap();
    let much = vec![b'x'; 1 << 20];
    for _ in 0..9 {
        writer.write_all(&much).unwrap();
    }
    output.trim();
    writer.write_all(b"end").unwrap();
    assert_eq!(output.newest(), "end");
    assert_eq!(writer.metadata().unwrap().len(), 3);
}

#[test]
fn no_secret_is_kept_of_what_a_program_prints() {
    let canary = "canary-4711";
    let start = Start {
        sets: vec![("DB_PASSWORD".into(), canary.into())],
        picks: vec![("it".into(), Pick::Pattern("canary-[0-9]+".into()))],
        ..start(&["/usr/bin/printenv", "DB_PASSWORD"])
    };
    let end = ended(&start);
    assert!(end.is_well());
    assert!(!format!("{end:?}").contains(canary), "{end:?}");
    let script = "echo token: canary-abc >&2; echo password=canary-def";
    let end = ended(&super::tests::start(&["/bin/sh", "-c", script]));
    assert!(!format!("{end:?}").contains("canary"), "{end:?}");
    assert!(end.stderr.contains("token: [redacted]"), "{end:?}");
}

/// What was heard of a program.
#[derive(Debug, PartialEq)]
enum Said {
    Began(u32),
    Ended(Outcome),
}

struct Ear(Sender<Said>);

impl Heard for Ear {
    fn began(&mut self, process: Process) {
        self.0.send(Said::Began(process.pid)).unwrap();
    }

    fn ended(self, outcome: Outcome, _: u64) {
        self.0.send(Said::Ended(outcome)).unwrap();
    }
}

#[test]
fn what_cannot_be_started_never_began() {
    let (ear, heard) = channel();
    run(&start(&["/nowhere/terraform", "apply"]), Ear(ear));
    let told: Vec<Said> = heard.iter().collect();
    let [Said::Ended(Outcome::NotSent { why })] = &told[..] else {
        panic!("{told:?}")
    };
    assert!(why.contains("could not be started"), "{why}");
}

#[test]
fn a_program_begins_once_and_ends_once() {
    let (ear, heard) = channel();
    run(&start(&["/bin/sh", "-c", "echo $$"]), Ear(ear));
    let told: Vec<Said> = heard.iter().collect();
    let [Said::Began(pid), Said::Ended(Outcome::Ended { end })] = &told[..]
    else {
        panic!("{told:?}")
    };
    assert_eq!(end.stdout, pid.to_string(), "it is the process that is known");
}

#[tokio::test]
async fn a_look_waits_until_the_program_it_judges_has_ended() {
    let (child, _dir) = staged("echo > up; sleep 600", 0);
    let known = child.process().clone();
    let probe = start(&["true"]);
    let failed = look(&probe, Some(&known)).await.unwrap_err();
    assert!(failed.to_string().contains("still runs"), "{failed}");
    child.wait(GRACE);
    let found = look(&probe, Some(&known)).await.unwrap();
    let Found::Command(end) = found else { panic!("{found:?}") };
    assert_eq!(end.exit, Some(0));
    let found = look(&start(&["false"]), None).await.unwrap();
    let Found::Command(end) = found else { panic!("{found:?}") };
    assert_eq!(end.exit, Some(1));
}

#[tokio::test]
async fn a_look_is_not_taken_without_what_it_is_to_be_given() {
    let inherits = vec!["LIFEBOAT_NEVER_SET".to_owned()];
    let probe = Start { inherits, ..start(&["true"]) };
    let failed = look(&probe, None).await.unwrap_err();
    assert!(failed.to_string().contains("LIFEBOAT_NEVER_SET"), "{failed}");
}

fn found(name: &str, dir: &Path) -> Result<Installed, String> {
    let told = find(name, dir.to_str(), &["NOT_SET_HERE".to_owned()]);
    told.map_err(|(_, why)| why)
}

#[test]
fn a_program_is_known_by_its_path_and_by_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tool");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"one").unwrap();
    let why = found("./tool", dir.path()).unwrap_err();
    assert!(why.contains("is no program"), "{why}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let before = found("./tool", dir.path()).unwrap();
    assert!(before.path.ends_with("/tool") && before.path.starts_with('/'));
    assert_eq!(before.lacks, ["NOT_SET_HERE"]);
    file.write_all(b"two").unwrap();
    let after = found("./tool", dir.path()).unwrap();
    assert_ne!(before.file, after.file);
    let why = found("./tool", &dir.path().join("gone")).unwrap_err();
    assert!(why.contains("is no folder"), "{why}");
    let env = found("env", dir.path()).unwrap();
    assert!(env.path.starts_with('/') && env.path.ends_with("/env"));
    assert!(found("no-such-program", dir.path()).is_err());
}
