//! The whole program without a terminal: the real loop, the real SDK and the
//! simulated AWS, on paused time. Keys in, screens out.

#![expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a harness of tests, of which each binary uses a part"
)]

pub mod hand;
pub mod person;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use futures_util::Stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lifeboat::app::approve::Demands;
use lifeboat::app::{Book, Model};
use lifeboat::estate::Estate;
use lifeboat::estate::derived::Watch;
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::objective::{Match, Objective, Rule, Rules};
use lifeboat::estate::saved::Place;
use lifeboat::incident::entry::Author;
use lifeboat::journal::disk::{Disk, MemoryDisk};
use lifeboat::journal::order::Keeper;
use lifeboat::journal::thread::Journal;
use lifeboat::keymap::{Chord, Keymap};
use lifeboat::runbook::Runbook;
use lifeboat::screens::{AccountInfo, Setting};
use lifeboat::shell::hands::Desk;
use lifeboat::shell::wiring::{Parts, wire};
use lifeboat::shell::{Console, simulated};
use lifeboat::sim::scenario::{CONFIG, Scenario};
use lifeboat::sim::{Sim, SimClock};
use lifeboat::ui::{GlyphSet, Theme, ThemeName};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, unbounded_channel,
};
use tokio::time::{Instant, sleep, sleep_until};

/// When the simulated world begins.
pub const START: &str = "2026-05-02T03:00:00Z";

/// How often a console that waits looks whether it still does.
const GLANCE: Duration = Duration::from_millis(5);

/// Where the state lies on the memory disk.
pub const STATE: &str = "/state";

/// The runbook that is drilled here.
pub const RUNBOOK: &str =
    include_str!("../../runbooks/rds-replica-failover.toml");

/// Keys that a test types.
struct Keys(UnboundedReceiver<Input>);

impl Stream for Keys {
    type Item = io::Result<Input>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|input| input.map(Ok))
    }
}

/// A console that a test drives.
pub struct Flow {
    /// The simulated AWS.
    pub sim: Sim,
    /// The disk the journal lies on.
    pub disk: MemoryDisk,
    /// The console.
    pub console: Console<TestBackend>,
    keys: Keys,
    typed: UnboundedSender<Input>,
    /// How many keys were pressed, free text aside.
    pub presses: usize,
    /// Looked at after every turn; once it says so the console stands still.
    pub trap: Option<Trap>,
    /// Whether the trap has sprung.
    pub trapped: bool,
    /// While it says so the console stands still: a loop that waits for
    /// something.
    pub waits: Option<Waits>,
    /// How many keys the console had not read at a person's next.
    pub late: usize,
    /// What a person says at a step, by its name.
    pub says: BTreeMap<&'static str, &'static str>,
}

/// Says whether a loop that waits would do so now.
pub type Waits = Box<dyn Fn() -> bool>;

/// Says at which moment the console is to stand still.
pub type Trap = Box<dyn FnMut(&Model) -> bool>;

/// A simulated AWS on paused time. Call it inside a paused runtime.
pub fn play(scenario: &str, speed: u32) -> Sim {
    let start: Timestamp = START.parse().unwrap();
    let scenario = Scenario::embedded(scenario).expect("an embedded one");
    Sim::play(&scenario, SimClock::paused(start), speed)
}

impl Flow {
    /// A console of 80x24 on a scenario, with nothing saved.
    pub fn new(scenario: &str) -> Flow {
        Flow::on(play(scenario, 1), MemoryDisk::new(), (80, 24), None)
    }

    /// A console on this AWS and this disk; with `resume` it takes up that
    /// incident again.
    pub fn on(
        sim: Sim,
        disk: MemoryDisk,
        (columns, rows): (u16, u16),
        resume: Option<String>,
    ) -> Flow {
        Flow::with(sim, disk, (columns, rows), resume, Estate::default())
    }

    /// The same with what an earlier console saved.
    pub fn with(
        sim: Sim,
        disk: MemoryDisk,
        (columns, rows): (u16, u16),
        resume: Option<String>,
        estate: Estate,
    ) -> Flow {
        let parts = parts(&sim, &disk, resume, estate);
        Flow::of(parts, sim, disk, (columns, rows))
    }

    /// The same of parts that a test has changed.
    pub fn of(
        parts: Parts,
        sim: Sim,
        disk: MemoryDisk,
        (columns, rows): (u16, u16),
    ) -> Flow {
        let terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let mut console = wire(parts, terminal);
        console.model.size = (columns, rows);
        let (typed, keys) = unbounded_channel();
        Flow {
            sim,
            disk,
            console,
            keys: Keys(keys),
            typed,
            presses: 0,
            trap: None,
            trapped: false,
            waits: None,
            late: 0,
            says: BTreeMap::new(),
        }
    }

    /// Types keys, split by blanks: `5 enter ctrl-r`. A person's pace: 60 ms
    /// lie between two.
    pub async fn keys(&mut self, keys: &str) {
        for key in keys.split(' ').filter(|key| !key.is_empty()) {
            let chord: Chord = key.parse().expect("a key name");
            self.presses += 1;
            self.press(chord.code(), chord.modifiers()).await;
        }
    }

    /// Types free text, then nothing.
    pub async fn text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(KeyCode::Char(c), KeyModifiers::NONE).await;
        }
    }

    async fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.input(Input::Key(KeyEvent::new_with_kind(
            code,
            modifiers,
            KeyEventKind::Press,
        )));
        self.wait(Duration::from_millis(60)).await;
        let stands = self.trapped || self.console.has_ended();
        self.late += usize::from(!stands && self.unread() > 0);
    }

    /// Gives the console an input as the terminal would.
    pub fn input(&mut self, input: Input) {
        self.typed.send(input).expect("the console reads");
    }

    /// How many inputs the console has not read yet.
    pub fn unread(&self) -> usize {
        self.keys.0.len()
    }

    /// Lets the console go on for this long.
    pub async fn wait(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while !self.trapped {
            let waits = self.waits.as_ref().is_some_and(|waits| waits());
            tokio::select! {
                biased;
                () = sleep_until(end) => break,
                () = sleep(GLANCE), if waits => continue,
                turned = self.console.turn(&mut self.keys), if !waits => {
                    turned.unwrap();
                }
            }
            if let Some(trap) = &mut self.trap {
                self.trapped = trap(&self.console.model);
            }
            if self.console.has_ended() {
                break;
            }
        }
    }

    /// Lets the console go on until the screen shows this, for at most ten
    /// minutes of its time.
    pub async fn until(&mut self, text: &str) {
        self.until_within(text, Duration::from_mins(10)).await;
    }

    /// The same with another limit.
    pub async fn until_within(&mut self, text: &str, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.screen().contains(text) {
            assert!(
                Instant::now() < end,
                "{text:?} did not come:\n{}",
                self.screen()
            );
            self.wait(Duration::from_millis(250)).await;
            self.console.draw().unwrap();
        }
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        let buffer = self.console.terminal.backend().buffer();
        let width = usize::from(buffer.area.width);
        let mut text = String::new();
        for row in buffer.content.chunks(width) {
            for cell in row {
                text += cell.symbol();
            }
            text += "\n";
        }
        text
    }

    /// Drops the console as a crash would: only what is on disk and in AWS
    /// is left.
    pub fn crash(self) -> (Sim, MemoryDisk) {
        let disk = self.disk.kill();
        (self.sim, disk)
    }

    /// The id of the open incident.
    pub fn incident(&self) -> String {
        let open = self.console.model.open.as_ref();
        open.expect("an incident is open").id.clone()
    }

    /// How often AWS applied an operation.
    pub fn applied(&self, operation: &str) -> usize {
        self.sim.applied(operation)
    }
}

/// What the console of a test is made of.
pub fn parts(
    sim: &Sim,
    disk: &MemoryDisk,
    resume: Option<String>,
    estate: Estate,
) -> Parts {
    parts_for(setting(), sim, disk, resume, estate)
}

/// The same for other accounts and Regions.
pub fn parts_for(
    setting: Setting,
    sim: &Sim,
    disk: &MemoryDisk,
    resume: Option<String>,
    estate: Estate,
) -> Parts {
    let session = simulated::session(
        sim,
        &setting.accounts,
        &setting.regions,
        &setting.user,
    );
    let author = author();
    let keeper = keeper(sim, Arc::new(disk.clone()), author.clone());
    let book = Book {
        path: "runbooks/rds-replica-failover.toml".into(),
        text: RUNBOOK.into(),
        runbook: Ok(Arc::new(
            Runbook::parse(RUNBOOK, "rds-replica-failover.toml").unwrap(),
        )),
    };
    let place = Place {
        account: "demo".into(),
        endpoint: None,
        simulated: setting.simulated.clone(),
    };
    let mut model = Model::new(
        setting,
        Keymap::default(),
        estate,
        watch(),
        vec![book],
        place,
    );
    // Who drives a test is alone, unless it says otherwise.
    model.demands = Demands::off();
    Parts {
        model,
        session,
        resolver: simulated::resolver(sim),
        hosts: BTreeMap::new(),
        journal: Journal::inline(keeper),
        author,
        clock: simulated::app_clock(sim),
        paces: BTreeMap::new(),
        estate_file: PathBuf::from("/state/estate.json"),
        desk: Desk::None,
        resume,
    }
}

/// Lets what no failover waits for be looked at seldom: what the runbook
/// looks at it looks at itself.
pub fn slow(parts: &mut Parts) {
    for name in [
        "backup/vaults",
        "backup/points",
        "backup/jobs",
        "backup/copy-jobs",
        "backup/restore-jobs",
        "backup/protected",
        "rds/clusters",
        "rds/global",
        "rds/snapshots",
        "rds/cluster-snapshots",
        "rds/automated-backups",
        "cloudwatch/alarms",
    ] {
        parts.paces.insert(name.to_owned(), Duration::from_mins(5));
    }
}

/// Who writes the journal of a test.
pub fn author() -> Author {
    Author {
        user: "ann".into(),
        arn: None,
        host: "bastion".into(),
        pid: 4711,
        console: "A".into(),
        role: "driver".into(),
    }
}

/// A journal's keeper on simulated time.
pub fn keeper(sim: &Sim, disk: Arc<dyn Disk>, author: Author) -> Keeper {
    keeper_at(sim, disk, author, Path::new(STATE))
}

/// The same of another place of the disk.
pub fn keeper_at(
    sim: &Sim,
    disk: Arc<dyn Disk>,
    author: Author,
    state: &Path,
) -> Keeper {
    let sim = sim.clone();
    Keeper::new(disk, state, author, move || simulated::journal_clock(&sim))
}

/// What does not change: the demo's accounts and Regions.
pub fn setting() -> Setting {
    let account = |id: &str, name: &str| AccountInfo {
        id: Account::new(id),
        name: Some(name.into()),
        environment: Some("PROD".into()),
    };
    Setting {
        accounts: vec![
            account("111122223333", "learn-prod"),
            account("444455556666", "learn-data"),
        ],
        regions: ["eu-west-1", "eu-central-1", "us-east-1"]
            .map(Region::new)
            .to_vec(),
        source: Some(Region::new("eu-west-1")),
        target: Some(Region::new("eu-central-1")),
        simulated: Some("training-platform".into()),
        endpoint: None,
        user: "ann".into(),
        host: "bastion".into(),
        zone: TimeZone::UTC,
        theme: Theme::new(ThemeName::Mono, GlyphSet::Unicode),
        read_only: false,
        app_tag: "app".into(),
        backup_success: None,
    }
}

/// How the estate is judged: by the demo's config.
pub fn watch() -> Watch {
    let config: toml::Table = CONFIG.parse().unwrap();
    let tiers = Objective::defaults();
    let rules = config["objective"].as_array().unwrap().iter().map(|rule| {
        let tier = rule["tier"].as_str().unwrap();
        let matched = rule["match"].as_table().unwrap();
        let name = matched.get("name").map(|n| n.as_str().unwrap());
        Rule {
            matches: Match {
                account: None,
                tag: None,
                name: name.map(ToOwned::to_owned),
                kind: None,
            },
            objective: tiers
                .iter()
                .find(|objective| objective.tier.name() == tier)
                .unwrap()
                .clone(),
        }
    });
    Watch {
        rules: Rules { rules: rules.collect(), ..Rules::default() },
        source: Some(Region::new("eu-west-1")),
        target: Some(Region::new("eu-central-1")),
        ..Watch::default()
    }
}
