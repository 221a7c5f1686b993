//! What `status`, `check` and `cost` print as JSON, against the published schemas.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod python;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a command of the simulated AWS prints.
fn printed(line: &[&str]) -> Vec<u8> {
    let home = TempDir::new().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(line)
        .env("LIFEBOAT_HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{line:?}: {said}");
    done.stdout
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
    for schema in ["status", "check", "cost"] {
        for scenario in ["quiet", "already-dark", "training-platform"] {
            let line = [schema, "--demo", scenario, "--json"];
            let said = wrong(&python, schema, &printed(&line));
            assert_eq!(said, "", "{line:?}");
        }
        let mut document: Value = serde_json::from_slice(&printed(&[
            schema, "--demo", "quiet", "--json",
        ]))
        .unwrap();
        document["schema"] = Value::from("two");
        let said = wrong(&python, schema, document.to_string().as_bytes());
        assert!(said.contains("schema"), "{said}");
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
