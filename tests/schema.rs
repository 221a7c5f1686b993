//! What `status`, `check`, `cost`, `readiness` and `runbook ready` print as
//! JSON, and config files, against the published schemas.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod python;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use lifeboat::config::{Config, EXAMPLE};
use serde_json::Value;
use tempfile::TempDir;

/// What a command of the simulated AWS prints.
fn printed(line: &[&str]) -> Vec<u8> {
    let (told, code) = ended(line);
    assert_eq!(code, Some(0), "{line:?}");
    told
}

/// The same, with the code it ends with.
fn ended(line: &[&str]) -> (Vec<u8>, Option<i32>) {
    let home = TempDir::new().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(line)
        .env("LIFEBOAT_HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.stdout.is_empty(), "{line:?}: {said}");
    (done.stdout, done.status.code())
}

/// What is wrong with a document by a schema; empty if nothing.
fn wrong(python: &Path, schema: &str, document: &[u8]) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut child = Command::new(python)
        .arg(format!("{root}/tests/python/validate.py"))
        .arg(format!("{root}/docs/schema/{schema}.schema.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(document).unwrap();
    let done = child.wait_with_output().unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[test]
fn what_is_printed_fits_its_schema_in_every_scenario() {
    let Some(python) = python::python() else { return };
    // They wait for what does not answer, side by side.
    thread::scope(|scope| {
        for schema in ["status", "check", "cost", "readiness"] {
            let python = &python;
            scope.spawn(move || fits(python, schema));
        }
    });
}

fn fits(python: &Path, schema: &str) {
    let mut quiet = Vec::new();
    for scenario in ["already-dark", "training-platform", "quiet"] {
        let line = [schema, "--demo", scenario, "--json"];
        quiet = printed(&line);
        assert_eq!(wrong(python, schema, &quiet), "", "{line:?}");
    }
    let mut document: Value = serde_json::from_slice(&quiet).unwrap();
    document["schema"] = Value::from("two");
    let said = wrong(python, schema, document.to_string().as_bytes());
    assert!(said.contains("schema"), "{said}");
}

#[test]
fn a_runbook_is_not_ready_while_something_fails_or_cannot_be_known() {
    let python = python::python();
    for (scenario, wanted) in [("quiet", 3), ("already-dark", 1)] {
        let name = "rds-replica-failover";
        let line = ["runbook", "ready", name, "--demo", scenario, "--json"];
        let (told, code) = ended(&line);
        assert_eq!(code, Some(wanted), "{}", String::from_utf8_lossy(&told));
        let document: Value = serde_json::from_slice(&told).unwrap();
        let items = document["items"].as_array().unwrap();
        let states = |kind: &str| -> BTreeSet<&str> {
            let of_kind = items.iter().filter(|item| item["kind"] == kind);
            of_kind.filter_map(|item| item["state"].as_str()).collect()
        };
        assert_eq!(states("call"), BTreeSet::from(["simulated"]));
        // A dark Region's own STS lets nobody sign in there.
        assert!(states("sign-in").contains("proven_by_use"));
        assert_eq!(states("sign-in").contains("fails"), wanted == 1);
        assert_eq!(states("region").contains("fails"), wanted == 1);
        assert!(states("input").contains("proven_by_use"));
        assert!(states("probe").contains("proven_by_use"), "{items:?}");
        if let Some(python) = &python {
            assert_eq!(wrong(python, "ready", &told), "", "{line:?}");
        }
    }
}

/// A config file as JSON; lines to try are taken in.
fn config(text: &str) -> Value {
    let text = text.replace("#: ", "");
    let table: toml::Table = text.parse().unwrap();
    serde_json::to_value(table).unwrap()
}

#[test]
fn configs_fit_their_schema_and_it_names_every_key_of_the_example() {
    let example = config(EXAMPLE);
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/docs/schema/config.schema.json");
    let schema: Value =
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let keys = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let named = keys(&schema["properties"]);
    let mut shown = keys(&example);
    // `plain` waits for the console without a full screen.
    shown.insert("plain".to_owned());
    assert_eq!(named, shown);
    // What the schema names, the program knows.
    let all = Config::check(&EXAMPLE.replace("#: ", ""), "example");
    assert!(all.is_empty(), "{all:?}");

    let Some(python) = python::python() else { return };
    let demo =
        format!("{root}/assets/scenarios/training-platform.config.toml");
    let demo = config(&fs::read_to_string(demo).unwrap());
    for document in [&example, &demo] {
        let text = document.to_string();
        assert_eq!(wrong(&python, "config", text.as_bytes()), "");
    }
    for (key, value) in [("profil", "x"), ("theme", "pink")] {
        let mut broken = example.clone();
        broken[key] = Value::from(value);
        let said = wrong(&python, "config", broken.to_string().as_bytes());
        assert!(said.contains(value) || said.contains(key), "{said}");
    }
}

#[test]
fn a_dark_region_makes_checks_unsure_and_none_of_them_passes() {
    let said = printed(&["check", "--demo", "already-dark", "--json"]);
    let said: Value = serde_json::from_slice(&said).unwrap();
    let unknown = said["counts"]["unknown"].as_u64().unwrap();
    assert!(unknown > 0);
    let passed = said["passed"].as_array().unwrap();
    for verdict in said["verdicts"].as_array().unwrap() {
        assert!(!passed.contains(&verdict["code"]), "{verdict}");
    }
}
