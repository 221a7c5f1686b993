//! A simulated AWS on paused time, and a session with it.

use std::sync::Arc;

use jiff::Timestamp;
use lifeboat::aws::session::{
    Access, AccountSpec, Session, SessionSpec, clock,
};
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::automation::Names;
use lifeboat::rates::Budgets;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};

pub(crate) const PROD: &str = "111122223333";
pub(crate) const WEST: &str = "eu-west-1";
pub(crate) const CENTRAL: &str = "eu-central-1";

/// When the simulated time stands still.
pub(crate) fn start() -> Timestamp {
    "2026-11-23T09:41:00Z".parse().expect("a time")
}

/// The world of a scenario that comes with the program.
pub(crate) fn play(name: &str) -> Sim {
    let scenario = Scenario::embedded(name).expect("embedded");
    Sim::play(&scenario, SimClock::paused(start()), 1)
}

/// A session that looks at one account of it, in two Regions.
pub(crate) fn session(sim: &Sim) -> Arc<Session> {
    let told = sim.clone();
    Session::new(SessionSpec {
        accounts: vec![AccountSpec {
            name: "learn-prod".into(),
            id: Some(Account::new(PROD)),
            environment: "PROD".into(),
            read: Access::default(),
            operate: None,
            break_glass: None,
        }],
        regions: vec![Region::new(WEST), Region::new(CENTRAL)],
        endpoint_url: None,
        http_client: Some(sim.http_client()),
        time_source: Some(clock(move || told.now())),
        sleep: None,
        simulated: true,
        app_name: "lifeboat-test".into(),
        user: "ann".into(),
        automation: Names::default(),
        budgets: Budgets::unlimited(),
    })
}
