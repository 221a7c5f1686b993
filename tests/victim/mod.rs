//! Consoles that are killed with SIGKILL in the middle of a failover, the
//! simulated AWS beside them, and the person who starts the next console.

#![expect(
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a harness of tests, which are a binary of their own"
)]

pub mod aws;
pub mod person;
pub mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use tempfile::TempDir;

use crate::seat::Seat;
use aws::Aws;
use verdict::{Line, Told};

/// The size of the terminal: all hints are seen whole.
const SIZE: (u16, u16) = (48, 160);

/// The hosts that are asked for health.
const HOSTS: [&str; 4] = [
    "www.learn.example",
    "reports.learn.example",
    "learn-reports-b81e05.eu-central-1.elb.amazonaws.com",
    "learn-catalog-3f6b20.eu-central-1.elb.amazonaws.com",
];

/// By when the next console must have said what it knows of a change that
/// was under way.
const TOLD_WITHIN: Duration = Duration::from_mins(1);

/// A change of the failover: its step, its operation, what it looks at
/// before it is sent, and the name that its confirm asks for.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub step: &'static str,
    pub operation: &'static str,
    pub looks: &'static str,
    pub name: &'static str,
}

pub const PROMOTE: Change = Change {
    step: "promote",
    operation: "PromoteReadReplica",
    looks: "DescribeDBInstances",
    name: "learn-db-replica",
};

pub const TRAFFIC: Change = Change {
    step: "traffic",
    operation: "ChangeResourceRecordSets",
    looks: "ListResourceRecordSets",
    name: "db.learn.example",
};

/// A runbook as it is run here.
#[derive(Debug)]
pub struct Play {
    /// Its id.
    pub runbook: &'static str,
    /// Its place in the list of runbooks.
    pub place: usize,
    /// How many inputs it asks for.
    pub inputs: usize,
    /// Its changes, in order.
    pub changes: &'static [Change],
    /// The steps that must be done.
    pub steps: &'static [&'static str],
    /// How many steps are over in the end, of how many.
    pub over: &'static str,
    /// Whether it asks in the end whether all stays like this.
    pub trial: bool,
}

/// The failover of a database.
pub const RDS: Play = Play {
    runbook: "rds-replica-failover",
    place: 0,
    inputs: 9,
    changes: &[PROMOTE, TRAFFIC],
    steps: &[
        "standby",
        "lag",
        "go",
        "promote",
        "traffic",
        "resolve",
        "green",
        "healthy",
        "follow-up",
    ],
    over: "9/9",
    trial: false,
};

/// The failover of a global database.
pub const AURORA: Play = Play {
    runbook: "aurora-global-failover",
    place: 1,
    inputs: 9,
    changes: &[FAILOVER, CATALOG],
    steps: &[
        "ready",
        "behind",
        "go",
        "failover",
        "traffic",
        "resolve",
        "healthy",
        "follow-up",
    ],
    over: "9/9",
    trial: false,
};

/// The switch of the users of a service.
pub const SWITCH: Play = Play {
    runbook: "traffic-switch",
    place: 2,
    inputs: 8,
    changes: &[SHIFT],
    steps: &[
        "serves",
        "reads",
        "lag",
        "go",
        "shift",
        "resolve",
        "healthy",
        "keep",
        "follow-up",
    ],
    over: "11/13",
    trial: true,
};

pub const FAILOVER: Change = Change {
    step: "failover",
    operation: "FailoverGlobalCluster",
    looks: "DescribeGlobalClusters",
    name: "learn-catalog-dr",
};

const CATALOG: Change = Change {
    step: "traffic",
    operation: "ChangeResourceRecordSets",
    looks: "ListResourceRecordSets",
    name: "catalog.learn.example",
};

pub const SHIFT: Change = Change {
    step: "shift",
    operation: "ChangeResourceRecordSets",
    looks: "ListResourceRecordSets",
    name: "reports.learn.example",
};

/// Where in the life of a change the console dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Its confirm is durable; the look before the intent is held.
    Confirmed,
    /// Its intent is durable and the call is out; AWS never applies it.
    Intended,
    /// AWS has applied it; the answer is held, so no outcome is written.
    Applied,
    /// Its outcome is durable.
    Answered,
}

/// A failover over several consoles: the files and the AWS they share.
pub struct Scene {
    pub play: &'static Play,
    home: TempDir,
    pub aws: Aws,
    /// The whole lines of the journal that were on disk at the last kill.
    kept: Vec<u8>,
    /// How many entries that were.
    entries: usize,
    /// What was lost by a kill.
    lost: Vec<String>,
}

impl Scene {
    pub fn new() -> Scene {
        Scene::of(&RDS)
    }

    /// The scene of another runbook, in a world that has what it needs.
    pub fn of(play: &'static Play) -> Scene {
        let home = tempfile::tempdir().unwrap();
        let world = home.path().join("world.toml");
        let small = include_str!("../scenarios/small.toml");
        let more = include_str!("../library/more.toml");
        fs::write(&world, format!("{small}\n{more}")).unwrap();
        let aws = Aws::start(&world);
        let config = home.path().join("config");
        fs::create_dir_all(&config).unwrap();
        let text = format!(
            "regions = [\"eu-west-1\", \"eu-central-1\", \"us-east-1\"]\n\
             target_region = \"eu-central-1\"\n\
             second_person = \"off\"\n\
             resolvers = [\"{}\"]\n\
             [hosts]\n\
             {}\
             [accounts.learn-prod]\n\
             id = \"111122223333\"\n\
             environment = \"PROD\"\n",
            aws.dns,
            HOSTS
                .map(|host| format!("\"{host}\" = \"{}\"\n", aws.addr))
                .concat()
        );
        fs::write(config.join("config.toml"), text).unwrap();
        let (kept, lost) = (Vec::new(), Vec::new());
        Scene { play, home, aws, kept, entries: 0, lost }
    }

    /// A console with this command line.
    pub fn seat(&self, line: &[&str]) -> Seat {
        let vars = [
            ("AWS_ACCESS_KEY_ID", "AKIA111122223333READ"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        Seat::new(self.home.path(), SIZE, &vars, line)
    }

    /// The first console, which starts the runbook.
    pub fn open(&self) -> Seat {
        self.seat(&["--endpoint-url", &self.aws.endpoint()])
    }

    /// The next console, by the command that `incident show` tells.
    pub fn resume(&self) -> Seat {
        let told = self.run(&["incident", "show", &self.incident()]);
        let told = String::from_utf8(told.stdout).unwrap();
        let command = told.lines().find_map(|line| {
            line.strip_prefix("open; take it up again with: lifeboat ")
        });
        let command = command.expect("the command is told");
        self.seat(&command.split(' ').collect::<Vec<_>>())
    }

    /// The next console, without saying of which incident.
    pub fn resume_newest(&self) -> Seat {
        let endpoint = self.aws.endpoint();
        self.seat(&["runbook", "resume", "--endpoint-url", &endpoint])
    }

    /// A command that needs no terminal.
    pub fn run(&self, line: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(line)
            .env_clear()
            .env("HOME", self.home.path())
            .env("LIFEBOAT_HOME", self.home.path())
            .output()
            .unwrap()
    }

    /// The id of the only incident.
    pub fn incident(&self) -> String {
        let dir = self.dir().expect("an incident is open");
        dir.file_name().unwrap().to_str().unwrap().to_owned()
    }

    fn dir(&self) -> Option<PathBuf> {
        let root = self.home.path().join("state/incidents");
        let mut dirs = fs::read_dir(root).ok()?.map(|dir| dir.unwrap().path());
        dirs.find(|dir| dir.extension().is_none())
    }

    pub fn export(&self) -> PathBuf {
        self.dir().unwrap().join("export")
    }

    /// The bytes of the journal, as far as they are whole lines.
    fn lines(&self) -> Vec<u8> {
        let path = self.dir().map(|dir| dir.join("journal.jsonl"));
        let bytes = path.and_then(|path| fs::read(path).ok());
        let mut bytes = bytes.unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(whole.map_or(0, |last| last + 1));
        bytes
    }

    fn facts(&self) -> Vec<Fact> {
        let bytes = self.lines();
        let text = str::from_utf8(&bytes).unwrap().lines();
        text.map(|line| Entry::parse(line).unwrap().entry.fact).collect()
    }

    /// How often this happened to a step, by the journal.
    pub fn happened(&self, step: &str, word: &str) -> usize {
        count(&self.facts(), step, word)
    }

    /// The same since the last kill.
    fn since_kill(&self, step: &str, word: &str) -> usize {
        count(&self.facts()[self.entries..], step, word)
    }

    /// How many facts of this kind the journal has, steps aside.
    pub fn said(&self, fits: impl Fn(&Fact) -> bool) -> usize {
        self.facts().iter().filter(|fact| fits(fact)).count()
    }

    /// Confirms a change in this console and kills it at this place; then
    /// looks that the place was met.
    pub fn kill(&mut self, mut seat: Seat, change: Change, place: Place) {
        let Change { step, operation, .. } = change;
        let (words, fault) = match place {
            Place::Confirmed => ("confirmed", Some((change.looks, "silent"))),
            Place::Intended => ("intended", Some((operation, "dark"))),
            Place::Applied => ("intended", Some((operation, "lost-silent"))),
            Place::Answered => ("outcome", None),
        };
        let before = self.happened(step, words);
        let came = self.aws.came(operation);
        person::ask(&mut seat, self, change);
        let fault = fault.map(|(what, how)| self.aws.befall(what, how));
        person::yes(&mut seat);
        seat.until(words, |_| {
            self.happened(step, words) > before
                && match place {
                    Place::Confirmed | Place::Answered => true,
                    Place::Intended => self.aws.came(operation) > came,
                    Place::Applied => {
                        self.aws.applied().contains_key(operation)
                    }
                }
        });
        self.strike(&mut seat);
        if let Some(fault) = fault {
            self.aws.lift(&fault);
        }
        let sent = matches!(place, Place::Applied | Place::Answered);
        let applied = self.aws.applied().contains_key(operation);
        assert_eq!(applied, sent, "{step} {place:?}");
        if place != Place::Answered {
            let facts = self.facts();
            let mut lines = facts.iter().filter_map(Line::of);
            let last = lines.rfind(|line| line.step == step);
            let last = last.map(|line| line.word);
            assert_eq!(last.as_deref(), Some(words), "nothing came after it");
        }
    }

    /// SIGKILL, and what is left of what was on disk a moment before.
    pub fn strike(&mut self, seat: &mut Seat) {
        let seen = self.lines();
        self.compare(&seen);
        seat.signal("KILL");
        let ended = seat.end();
        assert!(ended.signal().is_some(), "it was not killed: {ended:?}");
        self.compare(&seen);
        let left = self.lines();
        self.lost.extend(verdict::lost(&seen, &left));
        self.kept = left;
        self.entries = self.facts().len();
    }

    fn compare(&mut self, now: &[u8]) {
        self.lost.extend(verdict::lost(&self.kept, now));
    }

    /// The next console says within a minute what it knows of the change:
    /// UNKNOWN where no answer is on disk. A look at AWS settles it, or the
    /// person does where AWS cannot tell for a while: for two minutes that a
    /// promotion was not applied, and for one minute, without the id of a
    /// change that was in the lost answer, that Route 53 is in sync.
    pub fn settle(&self, seat: &mut Seat, change: Change, place: Place) {
        let begun = Instant::now();
        let Change { step, operation, .. } = change;
        let word = match place {
            Place::Confirmed => "voided",
            Place::Intended | Place::Applied => "lost",
            Place::Answered => "done",
        };
        seat.until(word, |_| self.since_kill(step, word) > 0);
        assert!(begun.elapsed() < TOLD_WITHIN, "{:?}", begun.elapsed());
        match place {
            Place::Confirmed => {
                assert_eq!(self.happened(step, "intended"), 0);
            }
            Place::Intended => {
                seat.shows("UNKNOWN: ");
                assert!(!self.aws.applied().contains_key(operation));
                person::state(seat, self, step, false);
                person::retry(seat, self, step);
            }
            Place::Applied if operation == TRAFFIC.operation => {
                seat.shows("UNKNOWN: ");
                person::state(seat, self, step, true);
            }
            Place::Applied => {
                seat.until("done", |_| self.since_kill(step, "done") > 0);
                assert_eq!(self.happened(step, "outcome"), 0);
            }
            Place::Answered => {
                assert_eq!(self.happened(step, "lost"), 0);
            }
        }
    }

    /// What there is to judge when all is over.
    pub fn told(mut self) -> Told {
        let now = self.lines();
        self.compare(&now);
        let verified = self.run(&["incident", "verify", &self.incident()]);
        Told {
            play: self.play,
            applied: self.aws.applied(),
            received: self.aws.received(),
            journal: self.facts().iter().filter_map(Line::of).collect(),
            lost: self.lost,
            verified: verified.status.success(),
            via: self.aws.addr.clone(),
        }
    }
}

/// How often this happened to a step.
fn count(facts: &[Fact], step: &str, word: &str) -> usize {
    let of = |fact: &&Fact| match fact {
        Fact::Step(fact) => fact.step == step && fact.what.word() == word,
        _ => false,
    };
    facts.iter().filter(of).count()
}

/// Whether a file is there.
pub fn is_there(path: &Path) -> bool {
    path.is_file()
}
