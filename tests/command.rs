//! A program that a step started goes on when its console is killed with
//! SIGKILL; the next console says UNKNOWN, starts nothing, and finds out by
//! the probe what became of it.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test waits for a real program, and fails where it cannot"
)]

mod prompts;
mod seat;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::run::Happened;
use prompts::{READ, answers, question};
use seat::Seat;
use tempfile::TempDir;

/// What must not be found anywhere afterwards.
const CANARY: &str = "canary-hunter2";

/// A step whose program waits to be let go on.
const RUNBOOK: &str = r#"
schema = 1

[runbook]
id = "by-program"
title = "What a program of this machine does"

[[input]]
name = "account"
title = "Account"
type = "account"
default = "111122223333"

[[step]]
id = "apply"
kind = "command"
title = "Bring it up"
account = "{account}"
argv = [
  "sh", "-c",
  'echo one >> runs; touch up; read x < go; echo "$DB_PASSWORD"; touch there',
]
env = ["PATH", "DB_PASSWORD"]
dir = "HERE"
probe = ["test", "-e", "there"]
timeout = "10m"
"#;

/// The folder of a console, and the program's own.
struct Scene {
    home: TempDir,
}

impl Scene {
    fn new() -> Scene {
        Scene::of(RUNBOOK)
    }

    fn of(text: &str) -> Scene {
        let home = tempfile::tempdir().unwrap();
        let books = home.path().join("config/runbooks");
        fs::create_dir_all(&books).unwrap();
        let here = home.path().to_str().unwrap();
        let text = text.replace("HERE", here);
        fs::write(books.join("by-program.toml"), text).unwrap();
        let config = "regions = [\"eu-west-1\", \"eu-central-1\"]\n\
                      second_person = \"off\"\n\
                      [accounts.learn-prod]\n\
                      id = \"111122223333\"\n";
        fs::write(home.path().join("config/config.toml"), config).unwrap();
        let go = home.path().join("go");
        assert!(Command::new("mkfifo").arg(go).status().unwrap().success());
        Scene { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A console in plain mode on an AWS that does not answer.
    fn seat(&self, line: &[&str]) -> Seat {
        let vars = [
            ("AWS_ACCESS_KEY_ID", "AKIA111122223333READ"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("DB_PASSWORD", CANARY),
        ];
        let dark = ["--plain", "--endpoint-url", "http://127.0.0.1:9"];
        let line = [line, &dark].concat();
        Seat::new(self.home.path(), (48, 160), &vars, &line)
    }

    /// What happened to the step, by the journal below this folder.
    fn told(&self, below: &str) -> Vec<Happened> {
        let dirs = fs::read_dir(self.path(below)).into_iter().flatten();
        let journals =
            dirs.map(|dir| dir.unwrap().path().join("journal.jsonl"));
        let texts = journals.filter_map(|path| fs::read_to_string(path).ok());
        let mut told = Vec::new();
        for text in texts {
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            for line in whole.lines() {
                let entry = Entry::parse(line).unwrap().entry;
                if let Fact::Step(fact) = entry.fact {
                    told.push(fact.what);
                }
            }
        }
        told
    }

    fn count(&self, word: &str) -> usize {
        let told = self.told("state/incidents");
        told.iter().filter(|what| what.word() == word).count()
    }
}

/// All that lies below a folder, in one text.
fn all(below: &Path) -> String {
    let told = Command::new("grep").args(["-r", "", "--"]).arg(below).output();
    String::from_utf8_lossy(&told.unwrap().stdout).into_owned()
}

#[test]
fn a_program_outlives_its_console_and_the_probe_says_what_became_of_it() {
    let scene = Scene::new();
    let mut seat = scene.seat(&[]);
    let began =
        |_: &str| scene.path("up").exists() && scene.count("began") > 0;
    answers(&mut seat, "by-program", "the program runs", began);
    let raw = seat.raw();
    let wanted = "/sh -c";
    assert!(raw.contains(wanted), "what is executed is shown\n{raw}");
    seat.signal("KILL");
    seat.end();
    assert_eq!(scene.count("outcome"), 0);
    let mut seat = scene.seat(&["incident", "resume"]);
    seat.until("it is lost", |_| scene.count("lost") > 0);
    let told = scene.told("state/incidents");
    let pid = told.iter().find_map(|what| match what {
        Happened::Began { process } => Some(process.pid),
        _ => None,
    });
    let lost = told.iter().find_map(|what| match what {
        Happened::Lost { why } => Some(why.clone()),
        _ => None,
    });
    let (pid, lost) = (pid.unwrap(), lost.unwrap());
    assert!(lost.contains(&format!("pid {pid} on ")), "{lost}");
    // It lives, and is let go on only now.
    assert!(!scene.path("there").exists());
    fs::write(scene.path("go"), "on\n").unwrap();
    seat.until("the probe settles it", |_| scene.count("done") > 0);
    assert_eq!(scene.count("not applied"), 0);
    assert_eq!((scene.count("intended"), scene.count("outcome")), (1, 0));
    let runs = fs::read_to_string(scene.path("runs")).unwrap();
    assert_eq!(runs, "one\n", "it was started once");
    seat.signal("TERM");
    seat.end();
    assert!(!all(&scene.path("state")).contains(CANARY));
}

#[test]
fn what_a_program_printed_is_kept_without_its_secrets() {
    let scene = Scene::new();
    let mut seat = scene.seat(&[]);
    let began = |_: &str| scene.path("up").exists();
    answers(&mut seat, "by-program", "the program runs", began);
    fs::write(scene.path("go"), "on\n").unwrap();
    seat.until("the probe settles it", |_| scene.count("done") > 0);
    assert_eq!(scene.count("outcome"), 1);
    seat.signal("TERM");
    seat.end();
    let kept = all(&scene.path("state"));
    assert!(kept.contains("[redacted]") && !kept.contains(CANARY));
    assert!(!seat.raw().contains(CANARY));
}

#[test]
fn what_kills_its_console_at_once_finds_its_intent_on_disk() {
    let text = RUNBOOK.replace("'echo one", "'kill -9 $PPID; echo one");
    let scene = Scene::of(&text);
    let mut seat = scene.seat(&[]);
    let asked = |raw: &str| {
        question(raw).is_some_and(|asked| asked.starts_with("Type yes"))
    };
    answers(&mut seat, "by-program", "the plan is confirmed", asked);
    seat.pause(READ);
    seat.press(b"yes\n");
    let ended = seat.end();
    assert!(ended.signal().is_some(), "it was not killed: {ended:?}");
    let told = scene.told("state/incidents");
    let words: Vec<&str> = told.iter().map(Happened::word).collect();
    assert!(words.contains(&"intended"), "{words:?}");
    fs::write(scene.path("go"), "on\n").unwrap();
    let mut seat = scene.seat(&["incident", "resume"]);
    seat.until("it is lost", |_| scene.count("lost") > 0);
    seat.until("the probe settles it", |_| scene.count("done") > 0);
    assert_eq!(scene.count("intended"), 1, "it was started once");
    seat.signal("TERM");
    seat.end();
}
