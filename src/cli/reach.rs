//! How AWS is reached, real or simulated, and by which clock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{Start, now, person, simulate};
use crate::app::approve::Demands;
use crate::aws::session::{Access, AccountSpec, SessionSpec};
use crate::config::{Access as Way, AccountConfig, Config, Env, Flags, Paths};
use crate::estate::Source;
use crate::estate::derived::Watch;
use crate::estate::ids::{Account, Region};
use crate::estate::resource::DnsAnswer;
use crate::estate::saved::Place;
use crate::failure::{Failure, FailureKind};
use crate::journal::clock::{Clock as JournalClock, SystemClock};
use crate::probe::Hosts;
use crate::probe::dns::{Network, Resolver};
use crate::screens::AccountInfo;
use crate::shell::{Clock, simulated};
use crate::sim::scenario::{CONFIG, Scenario};
use crate::sim::{Sim, SimClock};

/// A way to AWS with all that depends on which AWS it is.
pub(super) struct Reach {
    /// How calls are sent.
    pub(super) session: SessionSpec,
    /// Who answers names.
    pub(super) resolver: Arc<dyn Resolver>,
    /// Where HTTP requests for some hosts go instead.
    pub(super) hosts: Hosts,
    /// The time.
    pub(super) clock: Clock,
    /// Makes the clock of a journal.
    pub(super) journal_clock: Box<dyn Fn() -> Box<dyn JournalClock> + Send>,
    /// The accounts, as people know them.
    pub(super) accounts: Vec<AccountInfo>,
    /// How the estate is judged.
    pub(super) watch: Watch,
    /// Whether a second person approves what cannot be undone.
    pub(super) demands: Demands,
    /// The accounts that the config gives to drills with nobody at hand.
    pub(super) drills: Vec<Account>,
    /// The queues that detection looks into.
    pub(super) queues: Vec<Source>,
    /// The tag that names an application.
    pub(super) app_tag: String,
    /// The least share of jobs that must succeed, in percent.
    pub(super) backup_success: Option<u8>,
    /// Where the estate is seen.
    pub(super) place: Place,
    /// Where state is kept.
    pub(super) state: PathBuf,
    /// The simulated AWS, if it is one, and its scenario.
    pub(super) sim: Option<(Sim, Scenario)>,
}

/// AWS itself, or what answers at the endpoint.
pub(super) fn real(start: &Start) -> Reach {
    let config = &start.config;
    let session = SessionSpec {
        accounts: specs(config),
        regions: config.regions.clone(),
        endpoint_url: config.endpoint_url.clone(),
        http_client: None,
        time_source: None,
        sleep: None,
        simulated: false,
        app_name: concat!("lifeboat-", env!("CARGO_PKG_VERSION")).into(),
        user: person::user(&start.env),
        automation: config.automation.clone(),
        budgets: config.budgets.clone(),
    };
    let resolver: Arc<dyn Resolver> = if config.resolvers.is_empty() {
        Arc::new(Network)
    } else {
        Arc::new(Named { servers: config.resolvers.clone() })
    };
    let place = Place {
        account: account_names(&session.accounts),
        endpoint: endpoint(start),
        simulated: None,
    };
    Reach {
        accounts: infos(config),
        watch: watch(config),
        demands: demands(config),
        drills: drills(config),
        queues: config.queues.clone(),
        app_tag: config.app_tag.clone(),
        backup_success: config.backup_success,
        session,
        resolver,
        hosts: config.hosts.clone(),
        clock: Arc::new(now),
        journal_clock: Box::new(|| Box::new(SystemClock::new())),
        place,
        state: config.paths.state.clone(),
        sim: None,
    }
}

/// A simulated AWS in this process, its story beginning now. Accounts,
/// Regions and objectives are the scenario's and not the config's; who
/// approves is the config's, as it is about people and not about AWS.
pub(super) fn of_scenario(
    start: &Start,
    name: &str,
    speed: u32,
) -> anyhow::Result<Reach> {
    let scenario = simulate::scenario(name)?;
    let sim = Sim::play(&scenario, SimClock::wall(), speed);
    let world = scenario_config(&sim);
    let user = person::user(&start.env);
    let accounts = infos(&world);
    let session = simulated::session(&sim, &accounts, &world.regions, &user);
    let place = Place {
        account: account_names(&session.accounts),
        endpoint: None,
        simulated: Some(scenario.name().to_owned()),
    };
    let journal = sim.clone();
    Ok(Reach {
        watch: watch(&world),
        demands: demands(&start.config),
        drills: drills(&world),
        queues: world.queues.clone(),
        app_tag: world.app_tag.clone(),
        backup_success: world.backup_success,
        resolver: simulated::resolver(&sim),
        hosts: Hosts::new(),
        clock: simulated::app_clock(&sim),
        journal_clock: Box::new(move || simulated::journal_clock(&journal)),
        session,
        accounts,
        place,
        state: start.config.paths.simulated(),
        sim: Some((sim, scenario)),
    })
}

/// The config of the embedded scenarios, as far as this world has what it
/// names; a world of one's own is watched whole.
fn scenario_config(sim: &Sim) -> Config {
    let (ids, regions) = sim.world(|world| {
        let own = |names: Vec<&str>| {
            names.into_iter().map(str::to_owned).collect::<Vec<String>>()
        };
        (own(world.accounts().collect()), own(world.regions()))
    });
    let (env, flags) = (Env::default(), Flags::default());
    let name = Path::new("the scenario's config");
    let paths = Paths::default();
    let mut config = Config::merged(CONFIG, name, &env, &flags, paths);
    config.accounts.retain(|account| {
        account.id.as_ref().is_some_and(|id| ids.iter().any(|i| **i == **id))
    });
    for id in ids {
        let known = |account: &AccountConfig| {
            account.id.as_ref().is_some_and(|known| **known == *id)
        };
        if !config.accounts.iter().any(known) {
            config.accounts.push(AccountConfig {
                name: id.clone(),
                id: Some(Account::new(&id)),
                ..AccountConfig::default()
            });
        }
    }
    let has = |region: &Region| regions.iter().any(|r| **r == **region);
    if !config.regions.iter().all(has) {
        config.regions = regions.iter().map(Region::new).collect();
        config.source_region = None;
        config.target_region = None;
    }
    config
}

fn drills(config: &Config) -> Vec<Account> {
    let given = config.accounts.iter().filter(|account| account.drill);
    given.filter_map(|account| account.id.clone()).collect()
}

fn specs(config: &Config) -> Vec<AccountSpec> {
    if config.accounts.is_empty() {
        let profile = config.profile.clone();
        return vec![AccountSpec {
            name: profile.clone().unwrap_or_else(|| "default".to_owned()),
            id: None,
            environment: String::new(),
            read: Access { profile, ..Access::default() },
            operate: None,
            break_glass: None,
        }];
    }
    let spec = |account: &AccountConfig| AccountSpec {
        name: account.name.clone(),
        id: account.id.clone(),
        environment: account.environment.clone().unwrap_or_default(),
        read: account.read.as_ref().map_or_else(
            || access(&Way::default(), config),
            |way| access(way, config),
        ),
        operate: account.operate.as_ref().map(|way| access(way, config)),
        break_glass: account
            .break_glass
            .as_ref()
            .map(|way| access(way, config)),
    };
    config.accounts.iter().map(spec).collect()
}

/// A way without a profile begins at the one that was named.
fn access(way: &Way, config: &Config) -> Access {
    Access {
        profile: way.profile.clone().or_else(|| config.profile.clone()),
        role_arn: way.role_arn.clone(),
        external_id: way.external_id.clone(),
    }
}

fn infos(config: &Config) -> Vec<AccountInfo> {
    let info = |account: &AccountConfig| AccountInfo {
        id: account.id.clone().unwrap_or_else(|| Account::new(&account.name)),
        name: Some(account.name.clone()),
        environment: account.environment.clone(),
    };
    config.accounts.iter().map(info).collect()
}

fn demands(config: &Config) -> Demands {
    Demands {
        said: config.second_person,
        by_tier: config.second_by_tier.clone(),
    }
}

fn watch(config: &Config) -> Watch {
    Watch {
        rules: config.rules.clone(),
        source: config.source_region.clone(),
        target: config.target_region.clone(),
        bill: config.bill.clone(),
        drilled: Vec::new(),
    }
}

/// Every endpoint that stands in for AWS's own, for header, journal and
/// exports: of all services, or of some, which are then named.
pub(super) fn endpoint(start: &Start) -> Option<String> {
    const ONE: &str = "AWS_ENDPOINT_URL_";
    let all = start.config.endpoint_url.clone();
    let ignored = start.env.var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        return all;
    }
    let some: Vec<String> = start
        .env
        .names(ONE)
        .filter_map(|name| {
            let service = name.strip_prefix(ONE)?.to_lowercase();
            Some(format!("{service}={}", start.env.var(name)?))
        })
        .collect();
    all.or((!some.is_empty()).then(|| some.join(" ")))
}

fn account_names(accounts: &[AccountSpec]) -> String {
    let names: Vec<&str> = accounts
        .iter()
        .map(|spec| spec.id.as_deref().unwrap_or(&spec.name))
        .collect();
    names.join("+")
}

/// Asks the name servers that the config names, one after the other, where a
/// probe names none itself.
#[derive(Debug)]
struct Named {
    servers: Vec<SocketAddr>,
}

impl Resolver for Named {
    fn resolve<'a>(
        &'a self,
        name: &'a str,
        kind: &'a str,
        server: Option<&'a str>,
    ) -> BoxFuture<'a, Result<DnsAnswer, Failure>> {
        if server.is_some() {
            return Network.resolve(name, kind, server);
        }
        Box::pin(async move {
            let doing = format!("ask for {kind} {name}");
            let mut last = Failure::new(doing, FailureKind::Unreachable);
            for server in &self.servers {
                let server = server.to_string();
                match Network.resolve(name, kind, Some(&server)).await {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => last = failure,
                }
            }
            Err(last)
        })
    }
}
