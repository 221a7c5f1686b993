//! The file of a run changes while the run is under way: from the keys over
//! the journal to a console that takes the incident up again.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test sets a scene with files, and fails where it cannot"
)]

mod flow;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow::Flow;
use lifeboat::app::{Book, Overlay};
use lifeboat::estate::Estate;
use lifeboat::incident::Incident;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::{Fact, pin_file};
use lifeboat::journal::disk::MemoryDisk;
use lifeboat::journal::read::{read, verify};
use lifeboat::runbook::Runbook;
use lifeboat::runbook::run::RunHappened;
use lifeboat::screens::Open;

use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use tempfile::TempDir;

const FIRST: &str = r#"
schema = 1

[runbook]
id = "calls"
title = "Who is to be called"

[[step]]
id = "owner"
kind = "note"
title = "Call the owner"
ask = "Who answered?"

[[step]]
id = "support"
kind = "note"
title = "Call support"
needs = []
ask = "Which case is it?"

[[step]]
id = "press"
kind = "note"
title = "Call the press"
ask = "Whom?"

[[step]]
id = "end"
kind = "note"
title = "Tell all that it is over"
ask = "Who was told?"
"#;

/// The owner's step reads otherwise, the press is not called, and the board
/// is.
fn second() -> String {
    let owner = FIRST.replace("Call the owner", "Call the owner and a deputy");
    let (before, after) =
        owner.split_once("[[step]]\nid = \"press\"").unwrap();
    let (_, end) = after.split_once("[[step]]").unwrap();
    let board = "[[step]]\nid = \"board\"\nkind = \"note\"\n\
                 title = \"Call the board\"\nask = \"Who came?\"\n\n";
    format!("{before}{board}[[step]]{end}")
}

/// A runbook in a file, and the console that has it.
struct Stage {
    dir: TempDir,
    file: PathBuf,
    flow: Flow,
}

fn sim() -> Sim {
    let text = include_str!("scenarios/small.toml");
    let scenario = Scenario::parse(text, "small.toml").unwrap();
    let start = flow::START.parse().unwrap();
    Sim::play(&scenario, SimClock::paused(start), 1)
}

fn console(
    sim: Sim,
    disk: MemoryDisk,
    resume: Option<String>,
    library: Vec<Book>,
) -> Flow {
    let mut parts = flow::parts(&sim, &disk, resume, Estate::default());
    parts.model.library = library;
    flow::slow(&mut parts);
    Flow::of(parts, sim, disk, (120, 40))
}

impl Stage {
    /// The run is started, its first two steps answered.
    async fn new() -> Stage {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("calls.toml");
        fs::write(&file, FIRST).unwrap();
        let path = file.display().to_string();
        let runbook = Runbook::parse(FIRST, &path).unwrap();
        let (text, runbook) = (FIRST.to_owned(), Ok(Arc::new(runbook)));
        let library = vec![Book { path, text, runbook }];
        let flow = console(sim(), MemoryDisk::new(), None, library);
        let mut stage = Stage { dir, file, flow };
        stage.flow.keys("5 o enter").await;
        stage.flow.wait(Duration::from_millis(500)).await;
        stage.flow.keys("enter").await;
        stage.flow.until("Call the owner").await;
        for word in ["ben", "case 7"] {
            stage.answer(word).await;
        }
        assert_eq!(
            stage.states(),
            ["owner done", "support done", "press ready", "end pending"]
        );
        stage
    }

    async fn answer(&mut self, words: &str) {
        self.flow.keys("x").await;
        self.flow.wait(Duration::from_millis(500)).await;
        self.flow.text(words).await;
        self.flow.keys("enter").await;
        self.flow.wait(Duration::from_millis(500)).await;
    }

    /// Presses the key that reads the file anew, until something is told.
    async fn reads(&mut self) {
        let said = self.flow.console.model.notices.len();
        self.flow.keys("R").await;
        for _ in 0..100 {
            self.flow.wait(Duration::from_millis(100)).await;
            let model = &self.flow.console.model;
            if model.overlay.is_some() || model.notices.len() > said {
                self.flow.console.draw().unwrap();
                return;
            }
        }
        panic!("nothing was told of the file:\n{}", self.flow.screen());
    }

    fn states(&self) -> Vec<String> {
        let open = self.flow.console.model.open.as_ref();
        let run = open.and_then(Open::run).unwrap();
        let told = run.steps().map(|(spec, state)| {
            format!("{} {}", spec.id, state.status.word())
        });
        told.collect()
    }

    fn entries(&self) -> Vec<Entry> {
        let root = Path::new(flow::STATE).join("incidents");
        let journal = root.join(self.flow.incident());
        let told = verify(&self.flow.disk, &journal).unwrap();
        assert!(told.is_sound(), "{told:?}");
        read(&self.flow.disk, &journal).unwrap().entries
    }

    /// How often the run went on by another version.
    fn repins(&self) -> usize {
        let is = |entry: &Entry| {
            matches!(&entry.fact, Fact::Run(fact)
                if matches!(fact.what, RunHappened::Repinned { .. }))
        };
        self.entries().iter().filter(|entry| is(entry)).count()
    }

    /// Goes on by what stands in the file.
    async fn repin(&mut self) {
        self.reads().await;
        self.flow.text("the deputy has the key").await;
        self.flow.keys("enter").await;
        self.flow.wait(Duration::from_millis(500)).await;
        assert_eq!(self.repins(), 1, "{}", self.flow.screen());
    }
}

const REPINNED: [&str; 4] =
    ["owner superseded", "support done", "board ready", "end pending"];

#[tokio::test(start_paused = true)]
async fn a_file_that_changed_is_shown_pinned_and_gone_by_after_a_crash_too() {
    let mut stage = Stage::new().await;
    fs::write(&stage.file, second()).unwrap();
    stage.reads().await;
    let shown = stage.flow.screen();
    for words in [
        "Go on by the new calls?",
        "changed   owner",
        "was done: superseded",
        "new       board",
        "gone      press",
        "2 of 4 steps read as before",
    ] {
        assert!(shown.contains(words), "{words} is not in\n{shown}");
    }
    // Nothing is kept of it before a person says why.
    stage.flow.keys("esc").await;
    assert_eq!(stage.repins(), 0);
    stage.repin().await;
    assert_eq!(stage.states(), REPINNED);

    // Only the journal knows the new version: the file is gone.
    let entries = stage.entries();
    fs::remove_file(&stage.file).unwrap();
    let id = stage.flow.incident();
    let Stage { dir, file, flow } = stage;
    let (sim, disk) = flow.crash();
    let flow = console(sim, disk, Some(id), Vec::new());
    let mut stage = Stage { dir, file, flow };
    stage.flow.until("Call the board").await;
    assert_eq!(stage.states(), REPINNED);
    let open = stage.flow.console.model.open.as_ref().unwrap();
    assert!(open.incident.oddities.is_empty());
    let kept = open.run().unwrap().values().get("support.value");
    assert_eq!(kept.map(String::as_str), Some("case 7"));
    stage.reads().await;
    let notice = stage.flow.console.model.notices.back().unwrap();
    assert!(notice.text.contains("could not read"), "{}", notice.text);
    for word in ["all of them", "everybody"] {
        stage.answer(word).await;
    }
    let open = stage.flow.console.model.open.as_ref().unwrap();
    assert!(open.run().unwrap().is_over(), "{:?}", stage.states());

    // Without its parts the new version is not gone by, and that is told.
    let (_, sha256) = pin_file(&second());
    let lacks = entries.into_iter().filter(|entry| {
        !matches!(&entry.fact, Fact::File { sha256: of, .. } if *of == sha256)
    });
    let folded = Incident::fold("INC-1", lacks);
    assert_eq!(folded.oddities.len(), 1, "{:?}", folded.oddities);
    let told = folded.oddities[0].to_string();
    assert!(told.contains("its parts are not whole"), "{told}");
    assert!(folded.runs[0].step("press").is_some(), "the version before");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_no_longer_reads_says_where_and_changes_nothing() {
    let mut stage = Stage::new().await;
    let broken = second().replace("kind = \"note\"", "kind = \"nothing\"");
    for (text, told) in [
        (broken.as_str(), "nothing"),
        ("schema = 1\n[runbook", "calls.toml"),
        ("", "calls.toml"),
    ] {
        fs::write(&stage.file, text).unwrap();
        stage.reads().await;
        let shown = stage.flow.screen();
        let front = matches!(
            stage.flow.console.model.overlay,
            Some(Overlay::Reading(_))
        );
        assert!(front, "{shown}");
        assert!(shown.contains("cannot be gone by now"), "{shown}");
        assert!(shown.contains(told), "{told}:\n{shown}");
        stage.flow.keys("esc").await;
        stage.flow.wait(Duration::from_millis(500)).await;
    }
    assert_eq!(stage.repins(), 0);
    // As it was pinned, it is the file of the run again.
    fs::write(&stage.file, FIRST).unwrap();
    stage.reads().await;
    let notice = stage.flow.console.model.notices.back().unwrap();
    assert!(notice.text.ends_with("is as the run has it"), "{}", notice.text);
    for word in ["nobody", "everybody"] {
        stage.answer(word).await;
    }
    let open = stage.flow.console.model.open.as_ref().unwrap();
    assert!(open.run().unwrap().is_over(), "{:?}", stage.states());
}
