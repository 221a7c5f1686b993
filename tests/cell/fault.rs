//! What goes wrong beside what the runbook is for, and the worlds of it.

use lifeboat::aws::session::Access;
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::runbook::Fault as Declared;
use lifeboat::runbook::run::{Happened, Outcome};
use lifeboat::sim::faults::{Effect, Rule, When};
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Received, Sim, SimClock};

use super::Book;
use crate::flow::START;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing else than the Region being left, dark from the start; in a
    /// graceful run not even that.
    Plain,
    /// The Region one recovers in is dark, too.
    TargetDark,
    /// us-east-1 is dark, too.
    Home,
    /// STS does not answer, from the start; the keys at hand last.
    SignIn,
    /// All goes by roles, and STS goes dark once they are assumed.
    SignInLater,
    /// AWS turns every third call away, and enforces its rates.
    Throttled,
    /// The answer to a change is lost, the first being 0.
    Lost(Effect, usize),
}

/// All that does not depend on the changes a runbook makes.
pub const FAULTS: [Fault; 6] = [
    Fault::Plain,
    Fault::TargetDark,
    Fault::Home,
    Fault::SignIn,
    Fault::SignInLater,
    Fault::Throttled,
];

/// The faults of a runbook: the answer to each of its changes is lost, too.
pub fn faults(book: &Book) -> Vec<Fault> {
    let lost = [Effect::LostReset, Effect::LostSilent].into_iter();
    let lost = lost.flat_map(|effect| {
        (0..book.changes.len()).map(move |nth| Fault::Lost(effect, nth))
    });
    FAULTS.into_iter().chain(lost).collect()
}

/// Whether a fault is among those of a shorter round: the answers to a
/// runbook's changes are lost in turns by a reset and by silence, and of a
/// graceful run only what is not met by the other one.
pub fn is_of_round(book: &Book, fault: Fault) -> bool {
    match fault {
        Fault::Plain | Fault::TargetDark | Fault::Home => true,
        Fault::SignIn | Fault::SignInLater | Fault::Throttled => {
            !book.graceful
        }
        Fault::Lost(effect, nth) => {
            (effect == Effect::LostReset) == (nth % 2 == 0)
        }
    }
}

/// What follows `extends` in an embedded scenario: what stands before
/// tables, and the tables.
fn body(text: &'static str) -> (&'static str, &'static str) {
    let (_, rest) = text.split_once("extends = ").unwrap();
    let (_, body) = rest.split_once('\n').unwrap();
    body.split_at(body.find("[[").unwrap())
}

/// The stories of a scenario. In a graceful run the Region being left does
/// well.
fn stories(text: &'static str, book: &Book) -> String {
    let all = body(text).1.split("[[story]]").skip(1);
    let kept = all.filter(|one| !book.graceful || !one.contains("eu-west-1"));
    kept.flat_map(|one| ["[[story]]", one]).collect()
}

const ALREADY_DARK: &str =
    include_str!("../../assets/scenarios/already-dark.toml");
const TARGET_DARK: &str =
    include_str!("../../assets/scenarios/target-dark.toml");
const HOME: &str = include_str!("../../assets/scenarios/us-east-1-dark.toml");
const SIGN_IN: &str = include_str!("../../assets/scenarios/sign-in-dark.toml");
const THROTTLED: &str = include_str!("../../assets/scenarios/throttled.toml");

impl Fault {
    /// The word for it in runbooks, where they have one.
    pub fn declared(self) -> Option<Declared> {
        match self {
            Fault::TargetDark => Some(Declared::TargetDark),
            Fault::Home => Some(Declared::Home),
            Fault::SignIn | Fault::SignInLater => Some(Declared::SignIn),
            Fault::Throttled => Some(Declared::Throttled),
            Fault::Plain | Fault::Lost(..) => None,
        }
    }

    /// What it is called in what is printed.
    pub fn name(self, book: &Book) -> String {
        match self {
            Fault::Plain if book.graceful => "all well".into(),
            Fault::Plain => "its Region dark".into(),
            Fault::TargetDark => "target-dark".into(),
            Fault::Home => "us-east-1-dark".into(),
            Fault::SignIn => "sign-in-dark".into(),
            Fault::SignInLater => "sign-in-dark, roles held".into(),
            Fault::Throttled => "throttled".into(),
            Fault::Lost(effect, nth) => {
                let change = book.changes[nth];
                format!("{effect:?} {change} ({})", nth + 1)
            }
        }
    }

    /// What the embedded scenario of it adds to a world where all is well:
    /// what stands before tables, and the tables.
    fn scenario(self, book: &Book) -> (&'static str, String) {
        let dark = stories(ALREADY_DARK, book);
        match self {
            Fault::Plain | Fault::SignInLater | Fault::Lost(..) => ("", dark),
            Fault::TargetDark => ("", stories(TARGET_DARK, book)),
            Fault::Home => ("", stories(HOME, book)),
            Fault::SignIn => ("", format!("{dark}\n{}", body(SIGN_IN).1)),
            Fault::Throttled => {
                let (keys, tables) = body(THROTTLED);
                (keys, format!("{dark}\n{tables}"))
            }
        }
    }

    /// The least of worlds that the runbooks need, with this fault. Its jobs
    /// are sixty times as fast. Call it inside a paused runtime.
    pub fn world(self, book: &Book) -> Sim {
        let small = include_str!("../fuzz/small.toml");
        let (well, _) = small.split_once("[[story]]").unwrap();
        let (title, well) = well.split_once("[[account]]").unwrap();
        let more = include_str!("../library/more.toml");
        let (keys, tables) = self.scenario(book);
        let text = format!("{title}{keys}[[account]]{well}{more}\n{tables}");
        let scenario = Scenario::parse(&text, "cell").unwrap();
        let start = START.parse().unwrap();
        let sim = Sim::play(&scenario, SimClock::paused(start), 60);
        if let Fault::Lost(effect, nth) = self {
            let change = book.changes[nth];
            let before = &book.changes[..nth];
            let same = before.iter().filter(|one| **one == change).count();
            let nth = u64::try_from(same + 1).unwrap();
            let lost = Rule::every(effect).of_operation(change);
            sim.inject(lost.when(When::Nth(nth)));
        }
        sim
    }

    /// That it did not befall the run, if it did not.
    pub fn missed(
        self,
        entries: &[Entry],
        received: &[Received],
    ) -> Option<String> {
        let befell = match self {
            Fault::Throttled => received.iter().any(|one| one.throttled),
            Fault::Lost(..) => entries.iter().any(|entry| {
                let Fact::Step(fact) = &entry.fact else { return false };
                let Happened::Outcome { outcome, .. } = &fact.what else {
                    return false;
                };
                matches!(outcome, Outcome::Unknown { .. })
            }),
            Fault::SignIn => {
                received.iter().any(|one| one.service == "sts" && !one.reached)
            }
            // Who holds roles need not ask for them again.
            Fault::SignInLater => received
                .iter()
                .any(|one| one.operation == "AssumeRole" && one.applied),
            Fault::Plain | Fault::TargetDark | Fault::Home => true,
        };
        (!befell).then(|| format!("{self:?} befell nothing"))
    }

    /// Once the runbook is under way and its roles are held.
    pub fn later(self, sim: &Sim) {
        if self == Fault::SignInLater {
            sim.inject(Rule::every(Effect::Dark).of_service("sts"));
        }
    }
}

/// The role of the simulated account.
pub fn role(name: &str) -> Access {
    let role_arn = format!("arn:aws:iam::111122223333:role/{name}");
    Access { role_arn: Some(role_arn), ..Access::default() }
}
