//! The architecture, as a table: which module may name which.
//!
//! Editing the table is the architecture review. Tests inside `src` are
//! free: they may set a scene with anything.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree};

/// A module, and what of ours it may name: modules or parts of modules.
const LAYERS: &[(&str, &[&str])] = &[
    ("failure", &[]),
    ("keymap", &[]),
    ("ui", &[]),
    ("wire", &[]),
    ("rates", &[]),
    ("estate", &["failure"]),
    ("runbook", &["estate", "failure"]),
    ("incident", &["runbook", "estate", "failure"]),
    ("restore", &["runbook", "estate", "failure"]),
    ("event", EVENT),
    ("screens", SCREENS),
    ("app", APP),
    ("config", &["estate", "failure", "rates", "runbook::plan"]),
    ("journal", &["incident", "runbook", "failure"]),
    ("sim", &["wire", "rates"]),
    (
        "aws",
        &[
            "estate",
            "runbook",
            "journal::recorded",
            "failure",
            "wire",
            "rates",
        ],
    ),
    // What a program prints is kept, and so it is redacted first.
    (
        "probe",
        &[
            "estate",
            "runbook",
            "journal::recorded",
            "incident::redact",
            "failure",
        ],
    ),
    ("shell", SHELL),
    ("cli", &["*"]),
];

const EVENT: &[&str] = &[
    "estate",
    "runbook",
    "incident",
    "keymap",
    "journal::recorded",
    "failure",
];
const SCREENS: &[&str] = &[
    "event", "keymap", "incident", "restore", "runbook", "estate", "ui",
    "failure",
];
const APP: &[&str] = &[
    "screens", "event", "keymap", "incident", "restore", "runbook", "estate",
    "ui", "failure",
];
/// The shell carries values of the pure modules between app and edges; it
/// reads none of them.
const SHELL: &[&str] = &[
    "app", "event", "aws", "probe", "journal", "sim", "config", "failure",
    "estate", "incident", "keymap", "rates", "runbook", "screens",
];

/// Modules that do no I/O and have no clock, no threads and no runtime.
const PURE: &[&str] = &[
    "failure", "keymap", "ui", "wire", "rates", "estate", "runbook",
    "incident", "restore", "event", "screens", "app",
];

/// What pure modules may not name.
const IMPURE: &[&str] = &[
    "tokio",
    "hyper",
    "hyper_util",
    "hickory_resolver",
    "tempfile",
    "libc",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
];

/// How the names of the AWS SDK's crates begin.
const SDK: &[&str] = &[
    "aws_config",
    "aws_credential_types",
    "aws_runtime",
    "aws_sdk_",
    "aws_sigv4",
    "aws_smithy_",
    "aws_types",
];

/// Who may name the crates of the AWS SDK, and which of them. The simulator
/// stands below the SDK: it knows the seam and the sleep that goes with it.
const AWS: &[(&str, &[&str])] = &[
    ("aws", SDK),
    (
        "sim",
        &["aws_smithy_async", "aws_smithy_runtime_api", "aws_smithy_types"],
    ),
    // An HTTP probe goes out by the same runtime as a call to AWS, so that the
    // simulator answers both.
    ("probe", &["aws_smithy_"]),
];

/// One file's walk: where it stands, and what it names against the table.
struct Walk<'a> {
    file: PathBuf,
    module: Vec<String>,
    /// The modules that `LAYERS` allows, and their files.
    known: &'a [&'a str],
    below: Vec<(PathBuf, Vec<String>)>,
    wrong: Vec<String>,
}

impl Walk<'_> {
    fn top(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// Judges one path that is named here.
    fn named(&mut self, path: &[String], span: Span) {
        let Some(why) = self.forbidden(path) else { return };
        let line = span.start().line;
        let file = self.file.display();
        self.wrong.push(format!("{file}:{line}: {why}"));
    }

    fn forbidden(&self, path: &[String]) -> Option<String> {
        let (top, first) = (self.top(), path.first()?.as_str());
        if top == "lib" {
            return None;
        }
        let said = path.join("::");
        if let Some(ours) = self.ours(path) {
            let target = ours.first().map_or("", String::as_str);
            let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == top)?;
            let full = ours.join("::");
            let fits = |rule: &&str| {
                *rule == "*"
                    || full == **rule
                    || full.starts_with(&format!("{rule}::"))
            };
            let known = self.known.contains(&target);
            let ok = target == top || !known || allowed.iter().any(fits);
            return (!ok).then(|| format!("{top} may not name {full}"));
        }
        if SDK.iter().any(|start| first.starts_with(start)) {
            let rule = AWS.iter().find(|(name, _)| *name == top);
            let ok = rule.is_some_and(|(_, crates)| {
                crates.iter().any(|start| first.starts_with(start))
            });
            return (!ok).then(|| format!("{top} may not name {said}"));
        }
        let impure = IMPURE.iter().any(|rule| {
            said == **rule || said.starts_with(&format!("{rule}::"))
        });
        (impure && PURE.contains(&top))
            .then(|| format!("{top} is pure and may not name {said}"))
    }

    /// The path from the root of this crate, if it leads into it.
    fn ours(&self, path: &[String]) -> Option<Vec<String>> {
        let mut at = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "super" | "self" => self.module.clone(),
            _ => return None,
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                name => at.push(name.to_owned()),
            }
        }
        Some(at)
    }

    /// Every leaf of a `use`, as a path from its root.
    fn leaves(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => {
                self.leaves(&path.tree, &with(path.ident.to_string()));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.leaves(tree, before);
                }
            }
            UseTree::Name(name) => {
                self.named(&with(name.ident.to_string()), name.span());
            }
            UseTree::Rename(name) => {
                self.named(&with(name.ident.to_string()), name.span());
            }
            UseTree::Glob(glob) => self.named(before, glob.span()),
        }
    }
}

fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|what| what == "test")
    })
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if only_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        if item.content.is_some() {
            visit::visit_item_mod(self, item);
        } else {
            let module = self.module.clone();
            self.below.push((file_of(&module), module));
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !only_for_tests(&item.attrs) {
            self.leaves(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> =
            path.segments.iter().map(|s| s.ident.to_string()).collect();
        if names.len() > 1 {
            self.named(&names, path.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast Macro) {
        let tokens = invoked.tokens.to_string();
        for (at, _) in tokens.match_indices("crate :: ") {
            let name = tokens[at + "crate :: ".len()..]
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next();
            let path = ["crate".to_owned(), name.unwrap_or("").to_owned()];
            self.named(&path, invoked.span());
        }
        visit::visit_macro(self, invoked);
    }
}

/// `src/a/b.rs` or `src/a/b/mod.rs`.
fn file_of(module: &[String]) -> PathBuf {
    let stem = Path::new("src").join(module.join("/"));
    let flat = stem.with_extension("rs");
    if flat.exists() { flat } else { stem.join("mod.rs") }
}

/// Walks a source text, and answers what is wrong and which files it opens.
fn walk(
    (file, module): (PathBuf, Vec<String>),
    text: &str,
) -> (Vec<String>, Vec<(PathBuf, Vec<String>)>) {
    let parsed = syn::parse_file(text)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let known: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    let (below, wrong) = (Vec::new(), Vec::new());
    let mut walk = Walk { file, module, known: &known, below, wrong };
    walk.visit_file(&parsed);
    walk.wrong.dedup();
    (walk.wrong, walk.below)
}

#[test]
fn every_module_names_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    let mut open = vec![(PathBuf::from("src/lib.rs"), Vec::new())];
    let mut walked = 0;
    while let Some(next) = open.pop() {
        let text = fs::read_to_string(&next.0).unwrap();
        let (found, below) = walk(next, &text);
        wrong.extend(found);
        open.extend(below);
        walked += 1;
    }
    assert!(walked > 50, "only {walked} files were found");
    wrong.sort();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_at_the_top_has_its_line() {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    for item in syn::parse_file(&text).unwrap().items {
        let Item::Mod(item) = item else { continue };
        let name = item.ident.to_string();
        let lines = LAYERS.iter().filter(|(line, _)| *line == name).count();
        assert_eq!(lines, 1, "{name} has {lines} lines in the table");
    }
}

#[test]
fn the_program_itself_names_the_command_line_alone() {
    let text = fs::read_to_string("src/main.rs").unwrap();
    for (at, _) in text.match_indices("lifeboat::") {
        assert!(text[at..].starts_with("lifeboat::cli"), "byte {at}");
    }
}

#[test]
fn a_breach_is_found_wherever_it_stands() {
    let found = |module: &str, text: &str| {
        let module = module.split("::").map(str::to_owned).collect();
        walk((PathBuf::from("f.rs"), module), text).0
    };
    for (module, text, told) in [
        (
            "estate",
            "use crate::aws::poll;",
            "f.rs:1: estate may not name aws::poll",
        ),
        (
            "aws::poll",
            "use super::super::sim::Sim;",
            "f.rs:1: aws may not name sim::Sim",
        ),
        (
            "aws",
            "use crate::journal::Writer;",
            "f.rs:1: aws may not name journal::Writer",
        ),
        (
            "ui",
            "\n\nuse {std::fmt, tokio::time};",
            "f.rs:3: ui is pure and may not name tokio::time",
        ),
        (
            "app",
            "fn f() { std::fs::read(\"\"); }",
            "f.rs:1: app is pure and may not name std::fs::read",
        ),
        (
            "runbook",
            "fn f() { g!(crate::shell::run()); }",
            "f.rs:1: runbook may not name shell",
        ),
        (
            "sim",
            "use aws_sdk_rds::Client;",
            "f.rs:1: sim may not name aws_sdk_rds::Client",
        ),
        (
            "keymap",
            "use crate::{failure::Failure};",
            "f.rs:1: keymap may not name failure::Failure",
        ),
    ] {
        assert_eq!(found(module, text), [told], "{text}");
    }
    for (module, text) in [
        ("aws", "use crate::journal::recorded::Recorded;"),
        ("sim", "use aws_smithy_types::body::SdkBody;"),
        ("estate", "use super::failure::Failure; use std::fmt;"),
        ("estate", "#[cfg(test)] mod tests { use crate::sim::Sim; }"),
        ("cli", "use crate::sim::Sim;"),
    ] {
        assert_eq!(found(module, text), [""; 0], "{text}");
    }
}
