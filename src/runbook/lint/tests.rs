//! That each rule finds what breaks it, and nothing else does; and that what
//! is shipped breaks none.

mod ground;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::*;
use ground::{Grounds, seen};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(text: &str) -> Runbook {
    Runbook::parse(text, "x.toml")
        .unwrap_or_else(|problems| panic!("{}", problems[0]))
}

fn by_all<'l>(
    lints: impl Iterator<Item = &'l Lint>,
    file: &str,
    text: &str,
    ground: &Ground<'_>,
) -> Judged {
    let runbook = Runbook::parse(text, file)
        .unwrap_or_else(|problems| panic!("{}", problems[0]));
    judge(lints, &Script::new(&runbook, text, file), ground)
}

/// Each rule has a runbook that breaks it and no other; with the rule off,
/// nothing is found.
#[test]
fn every_rule_is_broken_by_a_file_of_its_own() {
    let folder = folder("tests/broken/runbooks/lint");
    let grounds = Grounds::new();
    let mut wrong = Vec::new();
    for lint in LINTS {
        let name = format!("{}.toml", lint.code);
        let path = folder.join(&name);
        let text = fs::read_to_string(&path).expect(&name);
        let runbook = read(&text);
        let past = ground::past(&runbook, &text);
        let ground = grounds.with(&past);
        let judged = by_all(LINTS.iter(), &name, &text, &ground);
        let told: Vec<String> =
            judged.found.iter().map(ToString::to_string).collect();
        let told = told.join("\n") + "\n";
        let wanted = path.with_extension("expected");
        let wanted = fs::read_to_string(wanted).unwrap_or_default();
        if told != wanted {
            wrong.push(format!("=== {}\n{told}", lint.code));
        }
        let codes: BTreeSet<_> = judged.found.iter().map(|p| p.code).collect();
        assert_eq!(codes, BTreeSet::from([lint.code]), "{name}");
        let others = LINTS.iter().filter(|other| other.code != lint.code);
        let without = by_all(others, &name, &text, &ground);
        assert_eq!(without.found, [], "{name} without its rule");
    }
    assert!(wrong.is_empty(), "{}", wrong.join(""));
}

#[test]
fn no_file_lies_there_for_a_rule_that_is_gone() {
    let files = fs::read_dir(folder("tests/broken/runbooks/lint")).unwrap();
    for path in files.map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let known = LINTS.iter().any(|lint| lint.code == stem);
        assert!(known, "{}", path.display());
    }
}

#[test]
fn what_ships_breaks_no_rule_that_it_does_not_accept() {
    let mut accepted = BTreeSet::new();
    for entry in fs::read_dir(folder("runbooks")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        let ground = Ground::default();
        let judged = by_all(LINTS.iter(), &name, &text, &ground);
        assert_eq!(judged.found, [], "{name}");
        accepted.extend(judged.accepted.iter().map(|(p, _)| p.code));
    }
    assert!(accepted.contains("home-region"), "{accepted:?}");
}

#[test]
fn what_a_rule_lacks_is_told_and_is_no_pass() {
    let text = fs::read_to_string(
        folder("tests/broken/runbooks/lint").join("name-gone.toml"),
    )
    .unwrap();
    let bare = Ground::default();
    let judged = by_all(LINTS.iter(), "x", &text, &bare);
    assert_eq!(judged.found, []);
    let lacking = |why: &str| {
        let of = judged.unjudged.iter().filter(|one| one.why == why);
        of.map(|one| one.code).collect::<Vec<_>>()
    };
    let of = |is: fn(&Check) -> bool| {
        let lints = LINTS.iter().filter(|lint| is(&lint.check));
        lints.map(|lint| lint.code).collect::<Vec<_>>()
    };
    let (by_estate, by_past) = (
        of(|check| matches!(check, Check::Estate(_))),
        of(|check| matches!(check, Check::Past(_))),
    );
    assert_eq!(lacking(NO_ESTATE), by_estate);
    assert_eq!(lacking(NO_JOURNAL), by_past);
    assert!(by_estate.contains(&"name-gone") && by_past.len() >= 5);
}

/// Lists that were not seen, or not whole, tell nothing of what is not in
/// them.
#[test]
fn a_list_that_was_cut_is_no_evidence() {
    let text = fs::read_to_string(
        folder("tests/broken/runbooks/lint").join("name-gone.toml"),
    )
    .unwrap();
    for estate in [ground::cut(), ground::elsewhere()] {
        let derived = ground::derived(&estate);
        let ground = Ground {
            seen: Some(seen(&estate, &derived)),
            ..Ground::default()
        };
        let judged = by_all(LINTS.iter(), "x", &text, &ground);
        assert_eq!(judged.found, []);
        let mut unsure = judged.unjudged.iter();
        assert!(unsure.any(|one| one.code == "name-gone"));
    }
}

#[test]
fn an_estate_of_which_nothing_was_seen_is_none() {
    let (estate, now) = Default::default();
    let derived = ground::derived(&estate);
    let ground = Ground::of(&estate, &derived, &[], now);
    assert!(ground.seen.is_none() && ground.past.is_none());
}

const ACCEPTS: &str = "owner = \"the platform on-call\"\naccept = [\n  \
                       { lint = \"long-title\", why = \"it is read \
                       aloud\" },\n]\n";

#[test]
fn what_is_accepted_is_no_finding_and_is_shown_with_its_reason() {
    let file = folder("tests/broken/runbooks/lint").join("long-title.toml");
    let text = fs::read_to_string(file).unwrap();
    let owner = "owner = \"the platform on-call\"\n";
    let accepting = text.replace(owner, ACCEPTS);
    assert_ne!(accepting, text);
    let ground = Ground::default();
    let judged = by_all(LINTS.iter(), "x", &accepting, &ground);
    assert_eq!(judged.found, []);
    let [(problem, why)] = judged.accepted.as_slice() else {
        panic!("{:?}", judged.accepted);
    };
    assert_eq!(
        (problem.code, why.as_str()),
        ("long-title", "it is read aloud")
    );
    let other = accepting.replace("long-title", "no-timeout");
    let judged = by_all(LINTS.iter(), "x", &other, &ground);
    let codes: Vec<_> = judged.found.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["idle-accept", "long-title"]);
}

/// What is accepted of the estate is not in vain where there is none.
#[test]
fn an_acceptance_that_could_not_be_judged_is_not_idle() {
    let file = folder("tests/broken/runbooks/lint").join("long-title.toml");
    let text = fs::read_to_string(file).unwrap();
    let owner = "owner = \"the platform on-call\"\n";
    let text = text.replace(
        owner,
        &ACCEPTS.replace(
            "]\n",
            "  { lint = \"quota-unknown\", why = \"x\" },\n]\n",
        ),
    );
    let judged = by_all(LINTS.iter(), "x", &text, &Ground::default());
    assert_eq!(judged.found, []);
}

#[test]
fn every_rule_has_its_own_name_and_stands_on_the_page() {
    let page = include_str!("../../../docs/runbooks.md");
    let mut codes: Vec<_> = LINTS.iter().map(|lint| lint.code).collect();
    for lint in LINTS {
        let row = format!("| `{}` | {} |", lint.code, lint.severity.word());
        assert!(page.contains(&row), "{row}");
        assert!(lint.doc.ends_with('.'), "{}", lint.code);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), LINTS.len());
}
