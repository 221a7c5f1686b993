//! The built program without a terminal: what it prints and how it ends.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test sets a scene of files, and fails where it cannot"
)]

mod shelf;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program with a home of its own and nothing of this machine's AWS.
struct Home(TempDir);

struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Home(tempfile::tempdir().unwrap())
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn put(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn run_with(&self, variables: &[(&str, &str)], line: &[&str]) -> Said {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(line)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.0.path())
            .env("LIFEBOAT_HOME", self.0.path())
            .env("USER", "ann")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let said = Said {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        for text in [&said.out, &said.err] {
            assert!(!text.contains('\u{1b}'), "an escape code: {text:?}");
        }
        said
    }

    fn run(&self, line: &[&str]) -> Said {
        self.run_with(&[], line)
    }

    fn well(&self, line: &[&str]) -> String {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line:?}: {}{}", said.out, said.err);
        said.out
    }

    fn json(&self, line: &[&str]) -> Value {
        serde_json::from_str(&self.well(line)).unwrap()
    }
}

#[test]
fn every_command_explains_itself() {
    let home = Home::new();
    let commands: &[&[&str]] = &[
        &[],
        &["demo"],
        &["simulate"],
        &["status"],
        &["runbook"],
        &["runbook", "resume"],
        &["incident"],
        &["incident", "open"],
        &["keymap"],
        &["config"],
        &["doctor"],
        &["info"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let line = [command, ["--help"].as_slice()].concat();
        let help = home.well(&line);
        assert!(help.contains("Usage: lifeboat"), "{command:?}: {help}");
        assert!(help.contains("--region"), "{command:?}");
    }
    assert_eq!(fs::read_dir(home.0.path()).unwrap().count(), 0);
}

#[test]
fn without_a_terminal_the_console_says_what_to_use_instead() {
    let home = Home::new();
    for line in [&[][..], &["demo"], &["runbook", "resume", "--demo", "quiet"]]
    {
        let said = home.run(line);
        assert_eq!(said.code, 252, "{line:?}");
        assert!(said.err.contains("lifeboat status"), "{}", said.err);
        assert_eq!(said.out, "");
    }
}

#[test]
fn a_line_that_cannot_be_understood_ends_with_252() {
    let home = Home::new();
    let said = home.run(&["stauts"]);
    assert_eq!(said.code, 252);
    assert!(said.err.contains("status"), "{}", said.err);
}

#[test]
fn an_unknown_scenario_is_a_wrong_word_of_the_line_everywhere() {
    let home = Home::new();
    for line in [
        &["simulate", "--scenario", "no-such"][..],
        &["status", "--demo", "no-such"],
        &["status", "--demo", "no-such.toml"],
    ] {
        let said = home.run(line);
        assert_eq!(said.code, 252, "{line:?}: {}", said.err);
        assert!(said.err.contains("no-such"), "{}", said.err);
    }
    let broken = home.put("broken.toml", "titel = 1\n");
    let said = home.run(&["status", "--demo", broken.to_str().unwrap()]);
    assert_eq!(said.code, 253, "{}", said.err);
    assert!(said.err.contains("broken.toml:1:1:"), "{}", said.err);
}

#[test]
fn the_simulator_serves_other_machines_only_when_it_is_told_to() {
    let home = Home::new();
    for line in [
        &["simulate", "--listen", "0.0.0.0:0"][..],
        &["simulate", "--dns", "[::]:0"],
    ] {
        let said = home.run(line);
        assert_eq!(said.code, 252, "{line:?}");
        assert!(said.err.contains("no credentials"), "{}", said.err);
        assert!(said.err.contains("--allow-remote"), "{}", said.err);
        assert_eq!(said.out, "");
    }
}

#[test]
fn the_command_that_takes_an_incident_up_again_is_told() {
    let home = Home::new();
    let url = "http://127.0.0.1:4599";
    let id = home.well(&["incident", "open", "dark", "--endpoint-url", url]);
    let id = id.trim();
    let told = home.well(&["incident", "show", id]);
    let command = format!("runbook resume {id} --endpoint-url {url}");
    assert!(told.contains(&command), "{told}");
    let told = home.well(&["incident", "list"]);
    assert!(told.contains(&command), "{told}");
}

#[test]
fn a_keymap_with_an_error_ends_with_253_and_tells_the_place() {
    let home = Home::new();
    assert!(home.well(&["keymap", "check"]).contains("0 problems"));
    let broken = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/broken/keymaps/unknown-action.toml");
    let said = home.run(&["keymap", "check", broken.to_str().unwrap()]);
    assert_eq!(said.code, 253);
    assert!(said.out.contains("unknown-action.toml:"), "{}", said.out);
    let by_name = home.well(&["keymap", "check", "emacs"]);
    assert!(by_name.contains("keymaps/emacs.toml: 0 problems"), "{by_name}");
    let said = home.run(&["keymap", "check", "emax"]);
    assert!(said.err.contains("no keymap is named emax"), "{}", said.err);
    let own = home.well(&["keymap", "print"]);
    let own = home.put("own.toml", &own);
    home.well(&["keymap", "check", own.to_str().unwrap()]);
    assert!(home.well(&["keymap", "list"]).contains("confirm.accept"));
}

#[test]
fn runbooks_are_listed_shown_and_checked() {
    let home = Home::new();
    let list = home.well(&["runbook", "list"]);
    assert!(list.contains("rds-replica-failover"), "{list}");
    let shown = home.well(&["runbook", "show", "rds-replica-failover"]);
    assert!(shown.contains("NO WAY BACK"), "{shown}");
    assert!(home.well(&["runbook", "steps"]).contains("rds.promote-replica"));
    home.put("config/runbooks/bad.toml", "schema = 1\n[runbok]\n");
    let list = home.well(&["runbook", "list"]);
    assert!(list.contains("cannot be used"), "{list}");
    let said = home.run(&["runbook", "lint"]);
    assert_eq!(said.code, 253, "{}", said.out);
    assert!(said.out.contains("bad.toml:2:"), "{}", said.out);
    let said = home.run(&["runbook", "show", "no-such"]);
    assert!(said.err.contains("rds-replica-failover"), "{}", said.err);
}

#[test]
fn an_incident_goes_from_its_opening_to_its_close() {
    let home = Home::new();
    let impact = "2026-11-23T03:10:00Z";
    let title = "Region dark, password=hunter2";
    let line = ["incident", "open", title, "--external-id", "INC-241"];
    let id = home.well(&[&line[..], &["--impact", impact]].concat());
    let id = id.trim();
    let list = home.well(&["incident", "list"]);
    assert!(list.contains(id) && list.contains("Region dark"), "{list}");
    let shown = home.well(&["incident", "show"]);
    assert!(shown.contains("INC-241") && shown.contains(impact), "{shown}");
    let told = home.well(&["incident", "verify", id]);
    assert!(told.contains("sound"), "{told}");
    let to = home.path("out");
    home.well(&["incident", "export", id, "--to", to.to_str().unwrap()]);
    let files = ["report.md", "timeline.csv", "timeline.json"];
    for name in files {
        let text = fs::read_to_string(to.join(name)).unwrap();
        assert!(text.contains("Region dark"), "{name}");
    }
    let shown = home.well(&["incident", "show", id]);
    assert!(shown.contains("timeline.json"), "the export is journaled");
    home.well(&["incident", "close", id, "moved, password=hunter2"]);
    let told = home.well(&["incident", "show", id]);
    assert!(told.contains("moved, password=[redacted]"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    assert!(home.well(&["incident", "list"]).contains("closed"));
    home.well(&["incident", "export", id]);
    assert!(home.well(&["incident", "list"]).contains("closed"));
    assert!(home.well(&["incident", "verify"]).contains("sound"));
    assert_eq!(home.run(&["incident", "close", id, "again"]).code, 252);
    assert_eq!(home.run(&["incident", "show", "INC-0"]).code, 252);
}

#[test]
fn a_changed_journal_is_told_and_ends_with_255() {
    let home = Home::new();
    let id = home.well(&["incident", "open", "Region dark"]);
    let file = format!("state/incidents/{}/journal.jsonl", id.trim());
    let text = fs::read_to_string(home.path(&file)).unwrap();
    home.put(&file, &text.replace("Region dark", "Region fine"));
    let said = home.run(&["incident", "verify"]);
    assert_eq!(said.code, 255);
    assert!(said.out.contains("journal.jsonl, line 1"), "{}", said.out);
    assert!(said.out.contains("NOT SOUND"), "{}", said.out);
}

#[cfg(unix)]
#[test]
fn what_is_written_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let id = home.well(&["incident", "open", "Region dark"]);
    home.well(&["incident", "export"]);
    let dir = home.path(&format!("state/incidents/{}", id.trim()));
    let mut walk = vec![home.path("state")];
    let mut seen = 0;
    while let Some(path) = walk.pop() {
        let found = fs::metadata(&path).unwrap();
        seen += 1;
        assert_eq!(found.permissions().mode() & 0o077, 0, "{path:?}");
        if found.is_dir() {
            let entries = fs::read_dir(&path).unwrap();
            walk.extend(entries.map(|entry| entry.unwrap().path()));
        }
    }
    assert!(seen > 7 && dir.is_dir());
}

#[test]
fn info_tells_each_value_with_its_origin_and_no_secret() {
    let home = Home::new();
    home.put("config/config.toml", "theme = \"dark\"\n");
    let secret = "wJalrXUtnFEMI";
    let said = home.run_with(
        &[
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_REGION", "eu-west-1"),
            ("HTTPS_PROXY", "http://user:hush@proxy"),
        ],
        &["info", "--json", "--keymap", "k9s"],
    );
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.out.contains(secret) && !said.out.contains("hush"));
    let info: Value = serde_json::from_str(&said.out).unwrap();
    let settings = info["settings"].as_array().unwrap();
    let origin = |key: &str| {
        let found = settings.iter().find(|told| told["name"] == key);
        found.unwrap()["origin"].clone()
    };
    assert_eq!(origin("keymap")["flag"], "--keymap");
    assert_eq!(origin("theme"), "file");
    assert_eq!(origin("regions")["env"], "AWS_REGION");
    assert_eq!(origin("ascii"), "default");
    assert_eq!(info["problems"], Value::Array(Vec::new()));
}

#[test]
fn a_broken_config_stops_neither_info_nor_the_demos_status() {
    let home = Home::new();
    home.put("config/config.toml", "targt_region = \"x-1\"\ntheme = \"drak\"");
    let said = home.run_with(&[("AWS_REGION", "r-1")], &["info"]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("config.toml:1:1"), "{}", said.out);
    assert!(said.out.contains("did you mean `target_region`?"));
    assert!(said.out.contains("did you mean `dark`?"), "{}", said.out);
    home.well(&["status", "--demo", "quiet"]);
    let said = home.run(&["config", "check"]);
    assert_eq!(said.code, 253);
    let example = home.well(&["config", "example"]);
    let example = home.put("example.toml", &example);
    home.well(&["config", "check", example.to_str().unwrap()]);
}

#[test]
fn the_status_of_a_dark_region_is_not_good_and_says_what_is_not_seen() {
    let home = Home::new();
    let line = ["status", "--demo", "already-dark", "--json"];
    let report = home.json(&line);
    assert_eq!(report["simulated"], "already-dark");
    assert_ne!(report["answer"], "yes");
    let resources = report["resources"].as_array().unwrap();
    let db = resources.iter().find(|of| of["name"] == "learn-db").unwrap();
    assert!(db["loss_s"].as_i64().unwrap() >= 20 * 60, "{db}");
    let sources = report["sources"].as_array().unwrap();
    let dark = sources.iter().filter(|of| of["fresh"] != "live");
    let told = dark.map(|of| of["source"].as_str().unwrap().to_owned());
    let told: Vec<String> = told.collect();
    assert!(!told.is_empty());
    // Copies of snapshots and images need the dark Region's list.
    let mut elsewhere = told.iter().filter(|of| !of.contains("eu-west-1"));
    let lists = ["ec2/snapshots", "ec2/host-images"];
    let is_copied = |of: &&String| lists.iter().any(|l| of.starts_with(l));
    assert!(elsewhere.all(|of| is_copied(&of)), "{told:?}");
    let said = home.run(&[&line[..], &["--exit-code"]].concat());
    assert_eq!(said.code, 1);
}

const AWS_CONFIG: &str = "\
[profile noscope]
region = eu-west-1
[profile corp]
sso_session = corp
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[profile vaulted]
region = eu-west-1
credential_process = /bin/false
[profile ops]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/ops
source_profile = noscope
mfa_serial = arn:aws:iam::111122223333:mfa/ann
";

#[test]
fn each_trap_of_an_aws_environment_prints_its_sentence() {
    let home = Home::new();
    home.put(".aws/config", AWS_CONFIG);
    let traps: &[(&[(&str, &str)], &str)] = &[
        (&[("AWS_PROFILE", "noscop")], "Did you mean `noscope`?"),
        (&[("AWS_PROFILE", "corp")], "aws sso login --sso-session corp"),
        (&[("AWS_PROFILE", "vaulted")], "run without a terminal"),
        (&[("AWS_PROFILE", "ops")], "which the SDK does not send"),
        (&[("AWS_RETRY_MODE", "legacy")], "`standard` is used here"),
        (&[("AWS_MAX_ATTEMPTS", "0")], "own limits are used"),
        (&[("AWS_CA_BUNDLE", "/ca.pem")], "AWS_CA_BUNDLE=/ca.pem cannot"),
        (&[], "No Region is said to be watched"),
    ];
    for (variables, sentence) in traps {
        let said = home.run_with(variables, &["info"]);
        assert_eq!(said.code, 0, "{sentence}");
        assert!(said.out.contains(sentence), "{sentence}: {}", said.out);
    }
}

#[test]
fn what_would_see_nothing_ends_with_253_before_anything_is_asked() {
    let home = Home::new();
    home.put(".aws/config", AWS_CONFIG);
    let said = home.run_with(&[("AWS_PROFILE", "noscop")], &["status"]);
    assert_eq!(said.code, 253);
    assert!(said.err.contains("Did you mean `noscope`?"), "{}", said.err);
    let said = home.run(&["status"]);
    assert_eq!(said.code, 253);
    assert!(said.err.contains("--region"), "{}", said.err);
}

#[test]
fn status_survives_legacy_retries_and_says_that_nothing_answers() {
    let home = Home::new();
    let said = home.run_with(
        &[
            ("AWS_RETRY_MODE", "legacy"),
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-west-1"),
        ],
        &["status", "--endpoint-url", "http://127.0.0.1:9"],
    );
    assert_eq!(said.code, 254, "{}{}", said.out, said.err);
    assert!(said.out.contains("ENDPOINT http://127.0.0.1:9"), "{}", said.out);
    assert!(!said.err.contains("panicked"), "{}", said.err);
}

#[test]
fn status_ends_by_its_timeout_and_what_did_not_answer_is_unknown() {
    let home = Home::new();
    // Connections come about, and nobody ever answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
    ];
    let line = ["status", "--endpoint-url", &url, "--timeout", "2"];
    let said = home.run_with(&keys, &line);
    assert_eq!(said.code, 254, "{}{}", said.out, said.err);
    let why = "no answer within 2 s; --timeout gives it longer";
    assert!(said.out.contains(why), "{}", said.out);
    assert!(said.out.contains("Can we recover? UNKNOWN"), "{}", said.out);
    assert_eq!(said.err, "", "nothing is told where nobody looks");
}

#[test]
fn doctor_works_without_aws_and_names_what_is_in_the_way() {
    let home = Home::new();
    let said = home.run(&["doctor"]);
    assert_eq!(said.code, 253);
    for about in ["ok    config", "ok    keymap", "ok    disk", "terminal"] {
        assert!(said.out.contains(about), "{about}: {}", said.out);
    }
    assert!(said.out.contains("fail  AWS settings"), "{}", said.out);
}

#[test]
fn completions_and_the_manual_page_are_printed() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(home.well(&["completions", shell]).contains("lifeboat"));
    }
    let page = home.well(&["man"]);
    for part in [".TH lifeboat", ".SH KEYS", "LIFEBOAT_HOME", "INCIDENT"] {
        assert!(page.contains(part), "{part}");
    }
}
