//! A console on the simulated AWS: how it reaches AWS, names and URLs
//! without opening a socket.

use std::sync::Arc;

use jiff::Timestamp;

use super::Clock;
use crate::aws::session::{Access, AccountSpec, SessionSpec, clock};
use crate::estate::ids::Region;
use crate::estate::part::automation::Names;
use crate::estate::resource::DnsAnswer;
use crate::failure::Failure;
use crate::journal::clock::Clock as JournalClock;
use crate::probe::dns::{InProcess, Resolver};
use crate::rates::Budgets;
use crate::screens::AccountInfo;
use crate::sim::Sim;
use crate::sim::world::dns::Answer;

/// The way to the simulated AWS for these accounts and Regions.
pub fn session(
    sim: &Sim,
    accounts: &[AccountInfo],
    regions: &[Region],
    user: &str,
) -> SessionSpec {
    let time = sim.clone();
    SessionSpec {
        accounts: accounts
            .iter()
            .map(|account| AccountSpec {
                name: account
                    .name
                    .clone()
                    .unwrap_or_else(|| account.id.to_string()),
                id: Some(account.id.clone()),
                environment: account.environment.clone().unwrap_or_default(),
                read: Access::default(),
                operate: None,
                break_glass: Some(Access {
                    role_arn: Some(format!(
                        "arn:aws:iam::{}:role/break-glass",
                        account.id
                    )),
                    ..Access::default()
                }),
            })
            .collect(),
        regions: regions.to_vec(),
        endpoint_url: None,
        http_client: Some(sim.http_client()),
        time_source: Some(clock(move || time.now())),
        sleep: None,
        simulated: true,
        app_name: concat!("lifeboat-", env!("CARGO_PKG_VERSION")).into(),
        user: user.to_owned(),
        automation: Names::default(),
        budgets: Budgets::default(),
    }
}

/// Names as the simulated Route 53 answers them.
pub fn resolver(sim: &Sim) -> Arc<dyn Resolver> {
    let sim = sim.clone();
    Arc::new(InProcess(move |name: &str, kind: &str| {
        Ok::<_, Failure>(match sim.resolve(name, kind) {
            Answer::Records(records) => {
                let ttl = records.iter().map(|record| record.ttl).min();
                let mut values: Vec<String> = records
                    .into_iter()
                    .filter(|record| record.kind == kind)
                    .map(|record| {
                        record.value.trim_end_matches('.').to_owned()
                    })
                    .collect();
                values.sort();
                DnsAnswer { values, ttl }
            }
            Answer::NoData | Answer::NoName => {
                DnsAnswer { values: Vec::new(), ttl: None }
            }
        })
    }))
}

/// The simulator's time, for the app.
pub fn app_clock(sim: &Sim) -> Clock {
    let sim = sim.clone();
    Arc::new(move || sim.now())
}

/// The simulator's time, for the journal.
pub fn journal_clock(sim: &Sim) -> Box<dyn JournalClock> {
    Box::new(SimulatedClock { sim: sim.clone(), start: sim.now() })
}

#[derive(Debug)]
struct SimulatedClock {
    sim: Sim,
    start: Timestamp,
}

impl JournalClock for SimulatedClock {
    fn now(&mut self) -> Timestamp {
        self.sim.now()
    }

    fn up_ns(&mut self) -> u64 {
        let up = self.sim.now().duration_since(self.start).as_nanos();
        u64::try_from(up).unwrap_or(0)
    }

    fn boot(&self) -> &'static str {
        "simulated"
    }
}
