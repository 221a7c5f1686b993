//! That good files are read and bad ones told, with their places.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

const SHIPPED: &str =
    include_str!("../../../runbooks/rds-replica-failover.toml");

#[test]
fn every_broken_runbook_is_told_with_its_place() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken/runbooks");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        count += 1;
        assert_told(&path);
    }
    assert!(count >= 20, "only {count} files");
}

fn assert_told(path: &Path) {
    let name = path.file_name().expect("a file").to_string_lossy();
    let text = fs::read_to_string(path).expect("it can be read");
    let problems =
        parse(&text, &name).expect_err(&format!("{name} is not broken"));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let told = told.join("\n") + "\n";
    let expected = path.with_extension("expected");
    let wanted = fs::read_to_string(&expected).expect("it is there");
    assert_eq!(told, wanted, "{name}");
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_not_read() {
    let text = "#".repeat(FILE_MAX + 1);
    let problems = parse(&text, "x").expect_err("too big");
    assert_eq!(problems[0].code, "too-big");
}

#[test]
fn a_runbook_has_at_most_a_thousand_steps() {
    let mut text =
        "schema = 1\n[runbook]\nid = \"x\"\ntitle = \"x\"\n".to_owned();
    for step in 0..=STEPS_MAX {
        let _ = write!(
            text,
            "[[step]]\nid = \"s{step}\"\nkind = \"wait\"\n\
             title = \"x\"\nfor = \"1s\"\n"
        );
    }
    let problems = parse(&text, "x").expect_err("too many");
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["too-many-steps"]);
}

#[test]
fn the_shipped_runbook_reads_as_it_is_meant() {
    let runbook = parse(SHIPPED, "x").expect("it parses");
    assert_eq!(runbook.ponr(), runbook.place("promote"));
    let go = &runbook.steps[runbook.place("go").expect("there")];
    assert_eq!(go.needs, [0, 1]);
    assert_eq!(runbook.inputs.len(), 9);
}

/// Cutting a file anywhere, or taking a line out, never panics.
#[test]
fn a_mutilated_runbook_is_told_and_never_panics() {
    for cut in (0..SHIPPED.len()).step_by(7) {
        if SHIPPED.is_char_boundary(cut) {
            let _ = parse(&SHIPPED[..cut], "x");
        }
    }
    let lines: Vec<&str> = SHIPPED.lines().collect();
    for gone in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(gone);
        let _ = parse(&rest.join("\n"), "x");
    }
}
