//! A world and its story, from `assets/scenarios/*.toml`.
//!
//! A file is strict: an unknown key, a name that is not there or a time that
//! cannot be read is an error with its line and column. Times are offsets
//! from the start, such as `6m30s` or `-3d18h`.

mod build;
mod databases;
mod file;
mod history;
mod items;

use std::error::Error;
use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use toml::Spanned;

use self::file::File;
use super::faults::Faults;
use super::world::World;

/// The scenarios in this program, the first being what a demo shows.
const EMBEDDED: [(&str, &str); 12] = [
    (
        "training-platform",
        include_str!("../../assets/scenarios/training-platform.toml"),
    ),
    ("quiet", include_str!("../../assets/scenarios/quiet.toml")),
    ("already-dark", include_str!("../../assets/scenarios/already-dark.toml")),
    (
        "apis-impaired",
        include_str!("../../assets/scenarios/apis-impaired.toml"),
    ),
    ("own-network", include_str!("../../assets/scenarios/own-network.toml")),
    ("target-dark", include_str!("../../assets/scenarios/target-dark.toml")),
    (
        "us-east-1-dark",
        include_str!("../../assets/scenarios/us-east-1-dark.toml"),
    ),
    ("sign-in-dark", include_str!("../../assets/scenarios/sign-in-dark.toml")),
    ("throttled", include_str!("../../assets/scenarios/throttled.toml")),
    ("failed-over", include_str!("../../assets/scenarios/failed-over.toml")),
    ("orchestrated", include_str!("../../assets/scenarios/orchestrated.toml")),
    (
        "bad-migration",
        include_str!("../../assets/scenarios/bad-migration.toml"),
    ),
];

/// The console's config for the accounts and resources of the embedded
/// scenarios.
pub const CONFIG: &str =
    include_str!("../../assets/scenarios/training-platform.config.toml");

/// A world and its story.
#[derive(Clone, Debug)]
pub struct Scenario {
    name: String,
    file: File,
}

/// What is wrong with a scenario, and where: `name:line:column: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    name: String,
    line: usize,
    column: usize,
    message: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, line, column, message } = self;
        write!(f, "{name}:{line}:{column}: {message}")
    }
}

impl Error for ScenarioError {}

/// A problem and its bytes in the text.
struct Problem {
    at: Range<usize>,
    message: String,
}

impl Scenario {
    /// Reads a scenario; `name` is what its errors call it.
    pub fn parse(text: &str, name: &str) -> Result<Scenario, ScenarioError> {
        let place = |problem: Problem| {
            let (line, column) = line_and_column(text, problem.at.start);
            let message = problem.message;
            ScenarioError { name: name.to_owned(), line, column, message }
        };
        let mut file: File = toml::from_str(text).map_err(|error| {
            place(Problem {
                at: error.span().unwrap_or_default(),
                message: error.message().to_owned(),
            })
        })?;
        if let Some(base) = &file.extends {
            let of = base_of(base).map_err(place)?;
            file = file.over(of.file);
        }
        file.check().map_err(place)?;
        Ok(Scenario { name: name.to_owned(), file })
    }

    /// One of the scenarios in this program, by name.
    pub fn embedded(name: &str) -> Option<Scenario> {
        let (name, text) = EMBEDDED.iter().find(|(n, _)| *n == name)?;
        Some(Self::parse(text, name).expect("a test parses every one"))
    }

    /// The names of the scenarios in this program, the demo's first.
    pub fn list() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its title, a line for people.
    pub fn title(&self) -> &str {
        self.file.title.as_deref().unwrap_or(&self.name)
    }

    /// The world as it is at `start`, its story ahead of it. `speed` divides
    /// the story's offsets after the start and the durations of jobs.
    pub fn world(&self, start: Timestamp, speed: u32) -> World {
        build::world(&self.file, start, speed)
    }

    /// Whether it enforces the rates that AWS publishes.
    pub fn limits(&self) -> bool {
        self.file.limits.unwrap_or(false)
    }

    /// The faults of its story.
    pub fn faults(&self, start: Timestamp, speed: u32) -> Faults {
        build::faults(&self.file, start, speed)
    }
}

fn base_of(base: &Spanned<String>) -> Result<Scenario, Problem> {
    Scenario::embedded(base.get_ref())
        .ok_or_else(|| unknown(base, "scenario", Scenario::list()))
}

/// A name that nothing has, with the nearest that something has.
fn unknown<'n>(
    word: &Spanned<String>,
    what: &str,
    names: impl Iterator<Item = &'n str>,
) -> Problem {
    let is = word.get_ref();
    let nearest = names
        .map(|name| (strsim::osa_distance(is, name), name))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let hint = nearest
        .map(|(_, name)| format!("; did you mean {name:?}?"))
        .unwrap_or_default();
    let message = format!("no {what} is called {is:?}{hint}");
    Problem { at: word.span(), message }
}

/// Counted from 1; columns count characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::world::Condition;
    use super::super::world::dns::Answer;
    use super::super::world::job::{Job, JobState, Work};
    use super::super::world::site::HttpAnswer;
    use super::super::world::vault::PointStatus;
    use super::*;

    const PROD: &str = "111122223333";
    const DATA: &str = "444455556666";

    fn start() -> Timestamp {
        "2026-11-23T09:41:00Z".parse().expect("a time")
    }

    fn embedded(name: &str) -> Scenario {
        Scenario::embedded(name).expect("an embedded scenario")
    }

    fn training() -> World {
        embedded("training-platform").world(start(), 1)
    }

    fn jobs<'w>(world: &'w World, account: &str, region: &str) -> &'w [Job] {
        world.place(account, region).expect("a place").jobs.all()
    }

    fn message(text: &str) -> String {
        Scenario::parse(text, "mine.toml").expect_err("broken").to_string()
    }

    #[test]
    fn every_embedded_scenario_has_a_title_and_a_world() {
        for name in Scenario::list() {
            let scenario = embedded(name);
            assert!(scenario.title().len() > 10, "{name}");
            assert_eq!(scenario.world(start(), 1).now(), start());
        }
    }

    #[test]
    fn the_same_start_gives_the_same_world() {
        let story = |world: World| {
            let place = world.place(PROD, "eu-west-1").expect("a place");
            format!("{:?} {:?}", place.jobs, place.points)
        };
        assert!(story(training()) == story(training()));
    }

    #[test]
    fn forty_five_resources_and_more_are_protected_in_two_accounts() {
        let world = training();
        let protected: usize =
            world.places().map(|(_, _, place)| place.protected.len()).sum();
        assert!((45..=50).contains(&protected), "{protected}");
        assert_eq!(world.accounts().collect::<Vec<_>>(), [PROD, DATA]);
    }

    #[test]
    fn the_config_gives_every_untagged_resource_the_tier_it_has() {
        let config: toml::Table = toml::from_str(CONFIG).expect("TOML");
        let tier = |name: &str| {
            let objectives = config["objective"].as_array().expect("a list");
            let own = objectives
                .iter()
                .find(|o| o["match"]["name"].as_str() == Some(name));
            own.and_then(|o| o["tier"].as_str())
        };
        for row in &embedded("training-platform").file.resource {
            for name in &row.names {
                assert_eq!(tier(name), Some(row.tier.as_str()), "{name}");
            }
        }
        assert_eq!(
            config["accounts"]["learn-prod"]["id"].as_str(),
            Some(PROD)
        );
        assert_eq!(
            config["accounts"]["learn-data"]["id"].as_str(),
            Some(DATA)
        );
    }

    #[test]
    fn seven_days_of_jobs_hold_failures_of_each_kind() {
        let world = training();
        let jobs = jobs(&world, PROD, "eu-west-1");
        let oldest = jobs.first().expect("jobs").created;
        assert!(start() - SignedDuration::from_hours(7 * 24) <= oldest);
        assert!(oldest < start() - SignedDuration::from_hours(6 * 24));
        assert!(jobs.is_sorted_by_key(|job| job.created));
        for state in [
            JobState::Completed,
            JobState::Failed,
            JobState::Partial,
            JobState::Expired,
            JobState::Aborted,
        ] {
            assert!(jobs.iter().any(|job| job.state == state), "{state:?}");
        }
        let copy_denied = jobs.iter().any(|job| {
            matches!(job.work, Work::Copy { .. })
                && job.message.as_deref().is_some_and(|m| m.contains("KMS"))
        });
        assert!(copy_denied);
    }

    #[test]
    fn every_time_of_the_day_is_a_good_start() {
        let scenario = embedded("training-platform");
        for part in 0..6 {
            let start = start() + SignedDuration::from_mins(part * 247);
            let world = scenario.world(start, 1);
            let place = world.place(PROD, "eu-central-1").expect("a place");
            let restores = place.jobs.all().iter();
            let restores =
                restores.filter(|j| matches!(j.work, Work::Restore { .. }));
            assert_eq!(restores.count(), 5, "{start}");
            let mut points = place.points.all().iter();
            let newest = points.rfind(|p| p.resource_name == "learn-db");
            let newest = newest.expect("copies of learn-db").created;
            let age = start.duration_since(newest);
            assert!(age < SignedDuration::from_mins(80), "{start}: {age}");
        }
    }

    #[test]
    fn a_copy_of_an_hourly_snapshot_stands_by_in_the_other_region() {
        let world = training();
        let place = world.place(PROD, "eu-central-1").expect("a place");
        let newest = place
            .points
            .all()
            .iter()
            .rfind(|p| p.resource_name == "learn-db")
            .expect("copies of learn-db");
        let age = start().duration_since(newest.created);
        assert!(age < SignedDuration::from_mins(75), "{age}");
        assert!(newest.from_vault.is_some());
        let id = newest.arn.split_once(":snapshot:").expect("an RDS one").1;
        assert_eq!(place.snapshots[id].instance, "learn-db");
        let tested = place.points.all().iter().filter(|p| {
            p.status == PointStatus::Completed && p.last_restored.is_some()
        });
        assert!(tested.count() > 0);
    }

    #[test]
    fn one_resource_has_no_copy_and_one_is_overdue() {
        let world = training();
        let near = world.place(PROD, "eu-west-1").expect("a place");
        let far = world.place(PROD, "eu-central-1").expect("a place");
        let of = |name: &'static str| {
            move |p: &&super::super::world::vault::Point| {
                p.resource_name == name
            }
        };
        assert!(near.points.all().iter().any(|p| of("learn-wiki-data")(&p)));
        assert!(!far.points.all().iter().any(|p| of("learn-wiki-data")(&p)));
        let last = near.points.all().iter().rfind(of("learn-transcripts"));
        let age = start().duration_since(last.expect("old points").created);
        assert!(age > SignedDuration::from_hours(40), "{age}");
    }

    #[test]
    fn eu_west_1_degrades_in_waves_and_goes_dark() {
        let mut world = training();
        let mut at = |seconds| {
            world.advance(start() + SignedDuration::from_secs(seconds));
            world.condition("eu-west-1")
        };
        assert_eq!(at(170), Condition::Healthy);
        assert_eq!(at(190), Condition::Degraded { error_rate: 0.3 });
        assert_eq!(at(245), Condition::Healthy);
        assert_eq!(at(365), Condition::Degraded { error_rate: 0.8 });
        assert_eq!(at(391), Condition::Dark);
    }

    #[test]
    fn speed_brings_the_story_forward_and_leaves_history_alone() {
        let scenario = embedded("training-platform");
        let mut fast = scenario.world(start(), 10);
        assert_eq!(fast.speed, 10);
        let slow = training();
        assert_eq!(
            jobs(&fast, PROD, "eu-west-1").len(),
            jobs(&slow, PROD, "eu-west-1").len()
        );
        fast.advance(start() + SignedDuration::from_secs(39));
        assert!(fast.is_dark("eu-west-1"));
    }

    #[test]
    fn on_a_quiet_day_nothing_happens() {
        let mut world = embedded("quiet").world(start(), 1);
        world.advance(start() + SignedDuration::from_mins(30));
        assert_eq!(world.condition("eu-west-1"), Condition::Healthy);
    }

    #[test]
    fn already_dark_opens_with_twenty_minutes_of_darkness_behind_it() {
        let mut world = embedded("already-dark").world(start(), 1);
        let since = world.condition_since("eu-west-1", start());
        assert_eq!(since, Some(start() - SignedDuration::from_mins(20)));
        let place = world.place(PROD, "eu-west-1").expect("a place");
        let newest = place.points.all().iter().map(|p| p.created).max();
        assert!(newest < since);
        let www = world.resolve("www.learn.example", "A", start());
        let standby = world.resolve(
            "learn-web-2e9b4d.eu-central-1.elb.amazonaws.com",
            "A",
            start(),
        );
        let (Answer::Records(www), Answer::Records(standby)) = (www, standby)
        else {
            panic!("both names answer");
        };
        assert_eq!(www.last().map(|r| &r.value), Some(&standby[0].value));
    }

    #[test]
    fn the_standby_serves_nothing_while_its_database_takes_no_writes() {
        const STANDBY: &str =
            "http://learn-standby-41d7aa.eu-central-1.elb.amazonaws.com/live";
        let mut world = embedded("already-dark").world(start(), 1);
        let dark = world.http(STANDBY, start());
        assert!(matches!(dark, HttpAnswer::Answer { status: 503, .. }));
        let mut world = embedded("quiet").world(start(), 1);
        let well = world.http(STANDBY, start());
        assert!(matches!(well, HttpAnswer::Answer { status: 200, .. }));
    }

    #[test]
    fn the_primary_database_is_behind_the_name_db() {
        let mut world = training();
        let Answer::Records(chain) =
            world.resolve("db.learn.example", "CNAME", start())
        else {
            panic!("a CNAME");
        };
        assert!(chain[0].value.starts_with("learn-db."), "{chain:?}");
        assert_eq!(chain[0].ttl, 60);
    }

    #[test]
    fn broken_scenarios_are_told_by_line_and_column() {
        assert_eq!(
            message("[[account]]\nname = 'a'\nid = '1'\nmail = 'x'\n"),
            "mine.toml:4:1: unknown field `mail`, expected `name` or `id`"
        );
        assert_eq!(
            message("extends = 'quite'\n"),
            "mine.toml:1:11: no scenario is called \"quite\"; did you mean \
             \"quiet\"?"
        );
        assert_eq!(
            message(
                "extends = 'quiet'\n[[failure]]\njob = 'copy'\n\
                 resource = 'learn-dbs'\nsince = '-3d'\nstate = 'FAILED'\n\
                 message = ''\n"
            ),
            "mine.toml:4:12: no resource is called \"learn-dbs\"; did you \
             mean \"learn-db\"?"
        );
        assert_eq!(
            message(
                "[[story]]\nat = 'soon'\nregion = 'eu-west-1'\n\
                 condition = 'dark'\n"
            ),
            "mine.toml:2:6: \"soon\" is not a time such as \"6m30s\" or \
             \"-3d18h\""
        );
    }

    #[test]
    fn faults_of_a_scenario_hold_between_their_times() {
        use super::super::faults::Asked;
        let mut faults = embedded("training-platform").faults(start(), 1);
        let asked = Asked {
            account: PROD,
            region: "eu-west-1",
            service: "rds",
            operation: "DescribeDBInstances",
            page: 1,
        };
        let mut at = |seconds| {
            let now = start() + SignedDuration::from_secs(seconds);
            faults.decide(&asked, now).delay.as_millis()
        };
        assert_eq!([at(100), at(181), at(210), at(400)], [0, 900, 0, 0]);
    }
}
