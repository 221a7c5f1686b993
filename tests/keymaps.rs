//! Every keymap that comes with the program is clean, and every broken one
//! is told exactly.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat::keymap::{
    ACTIONS, Action, CONTEXTS, Chord, Context, Keymap, Lookup, Reachable,
    SHIPPED, Severity, check, markdown,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn files(name: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder(name))
        .expect("the folder is part of the project")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_file_in_the_folder_is_shipped_and_clean() {
    let files = files("keymaps", "toml");
    assert_eq!(files.len(), SHIPPED.len());
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = read(&path);
        let (_, shipped) =
            SHIPPED.iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(*shipped, text, "{name}");
        assert_eq!(check(&text, name), [], "{name}");
    }
}

#[test]
fn every_action_has_a_key_or_is_meant_for_the_palette() {
    for (name, _) in SHIPPED {
        let keymap = Keymap::shipped(name).unwrap();
        for info in ACTIONS {
            let reached = CONTEXTS.iter().any(|context| {
                !keymap.keys_for(info.action, context.stack()).is_empty()
            });
            let palette = info.reachable == Reachable::ByPalette;
            assert!(reached || palette, "{} in {name}", info.name);
        }
    }
}

#[test]
fn the_page_of_actions_is_up_to_date() {
    assert_eq!(read(&folder("keymaps/README.md")), markdown());
}

#[test]
fn every_broken_keymap_is_told_with_its_place() {
    let files = files("tests/broken/keymaps", "toml");
    assert!(files.len() >= 30, "only {} broken files", files.len());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let problems = check(&read(&path), name);
        let mut told = String::new();
        for problem in &problems {
            writeln!(told, "{problem}").expect("memory takes it");
        }
        let expected = read(&path.with_extension("expected"));
        assert_eq!(told, expected, "{name}");
        assert!(!told.is_empty(), "{name} is not broken");
        let (keymap, _) = Keymap::load(&read(&path), name);
        let fatal = problems.iter().any(|p| p.severity == Severity::Error);
        assert_eq!(keymap == Keymap::default(), fatal, "{name}");
    }
}

/// Presses keys one by one as the console does: a found action or a dead
/// end starts over.
fn accepts(keymap: &Keymap, context: Context, keys: &[Chord]) -> bool {
    let mut pressed = Vec::new();
    for key in keys {
        pressed.push(*key);
        match keymap.look_up(context.stack(), &pressed) {
            Lookup::Found(b) if b.action == Action::ConfirmAccept => {
                return true;
            }
            Lookup::Found(_) | Lookup::None => pressed.clear(),
            Lookup::Pending(_) => {}
        }
    }
    false
}

fn any_key() -> impl Strategy<Value = String> {
    let letter = prop::sample::select(vec![
        "a", "c", "e", "s", "u", "x", "y", "Y", "1", "-", "?",
    ]);
    let named = prop::sample::select(vec![
        "enter",
        "space",
        "esc",
        "f2",
        "f8",
        "up",
        "ctrl-j",
        "ctrl-m",
        "ctrl-y",
        "alt-y",
        "shift-tab",
        "shift-enter",
    ]);
    prop_oneof![3 => letter, 2 => named].prop_map(str::to_owned)
}

fn any_line() -> impl Strategy<Value = (usize, Vec<String>, usize)> {
    let keys = prop::collection::vec(any_key(), 1..=3);
    let confirm = CONTEXTS.iter().position(|c| *c == Context::Confirm);
    let confirm = confirm.expect("there is such a context");
    let context = prop_oneof![Just(confirm), 0..CONTEXTS.len()];
    (context, keys, 0..ACTIONS.len() + 30)
}

fn written(lines: &[(usize, Vec<String>, usize)]) -> String {
    let mut text = "schema = 1\ninherits = \"default\"\n".to_owned();
    for (at, context) in CONTEXTS.iter().enumerate() {
        let mut seen = BTreeSet::new();
        writeln!(text, "[{context}]").expect("memory takes it");
        for (_, keys, action) in lines.iter().filter(|l| l.0 == at) {
            let keys = keys.join(" ");
            let name =
                ACTIONS.get(*action).map_or("confirm.accept", |i| i.name);
            if seen.insert(keys.clone()) {
                writeln!(text, "{keys:?} = {name:?}")
                    .expect("memory takes it");
            }
        }
    }
    text.replace("[typed]\n", "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_single_key_ever_accepts_in_a_keymap_that_is_used(
        lines in prop::collection::vec(any_line(), 0..4),
        key in any_key(),
    ) {
        let (keymap, _) = Keymap::load(&written(&lines), "any.toml");
        let mut keys = vec![key];
        for (_, sequence, binding) in keymap.bindings() {
            if binding.action == Action::ConfirmAccept {
                keys.extend(sequence.split(' ').map(str::to_owned));
            }
        }
        keys.sort();
        keys.dedup();
        for key in keys {
            let key: Chord = key.parse().unwrap();
            for context in CONTEXTS {
                prop_assert!(!accepts(&keymap, *context, &[key; 6]), "{key}");
            }
        }
    }

    #[test]
    fn enter_and_space_take_part_in_no_accept(
        lines in prop::collection::vec(any_line(), 0..4),
    ) {
        let (keymap, _) = Keymap::load(&written(&lines), "any.toml");
        for (context, keys, binding) in keymap.bindings() {
            if binding.action == Action::ConfirmAccept {
                prop_assert_eq!(context, Context::Confirm);
                for key in keys.split(' ') {
                    prop_assert!(key != "enter" && key != "space");
                }
            }
        }
    }
}

#[test]
fn the_generated_keymaps_are_often_used_and_often_accept_anew() {
    let mut runner = TestRunner::deterministic();
    let any = prop::collection::vec(any_line(), 0..4);
    let (mut used, mut anew) = (0, 0);
    for _ in 0..200 {
        let lines = any.new_tree(&mut runner).unwrap().current();
        let (keymap, problems) = Keymap::load(&written(&lines), "any.toml");
        let fine = problems.iter().all(|p| p.severity != Severity::Error);
        let keys = keymap.keys_for(Action::ConfirmAccept, &[Context::Confirm]);
        used += usize::from(fine);
        anew += usize::from(keys.len() > 1);
    }
    assert!(used > 40 && anew > 4, "{used} used, {anew} accept anew");
}

#[test]
fn a_keymap_may_accept_with_two_keys_of_its_own() {
    let mine = [(1, vec!["u".to_owned(), "x".to_owned()], ACTIONS.len())];
    let (keymap, problems) = Keymap::load(&written(&mine), "any.toml");
    assert_eq!(problems, []);
    let keys = keymap.keys_for(Action::ConfirmAccept, &[Context::Confirm]);
    assert_eq!(keys, ["u x", "y e s"]);
}
