//! `simulate`: the embedded AWS for other clients, on a loopback port.

use std::fs;

use anyhow::Context as _;
use tokio::runtime::Builder;
use tokio::signal;

use super::args::Simulate;
use super::{Ended, INVALID, USAGE, complain, say, stop};
use crate::sim::listen::{Listening, listen};
use crate::sim::scenario::Scenario;
use crate::sim::{Sim, SimClock, access_key};

/// Serves until ctrl-c.
pub(super) fn run(args: &Simulate) -> anyhow::Result<Ended> {
    let scenario = scenario(&args.scenario)?;
    stays_here(args)?;
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("could not start the runtime")?;
    runtime.block_on(async {
        let sim = Sim::play(&scenario, SimClock::wall(), args.speed);
        let dns = args.dns.unwrap_or(args.listen);
        let listening = listen(sim.clone(), args.listen, dns)
            .await
            .with_context(|| format!("could not listen on {}", args.listen))?;
        tell(&sim, &scenario, &listening);
        signal::ctrl_c().await.context("could not wait for ctrl-c")?;
        listening.stop().await;
        Ok(Ended::Well)
    })
}

/// The first lines: what a client needs to know.
fn tell(sim: &Sim, scenario: &Scenario, listening: &Listening) {
    say(&format!("SIMULATED AWS: {}", scenario.title()));
    say(&format!("endpoint http://{}", listening.addr()));
    say(&format!("dns      {}", listening.dns()));
    let accounts: Vec<String> =
        sim.world(|world| world.accounts().map(str::to_owned).collect());
    for account in accounts {
        let key = access_key(&account);
        say(&format!("account  {account}  access key {key}"));
    }
    say("any secret key will do; ctrl-c ends it");
    say("\na console on it has in its config file:");
    say(&format!("  endpoint_url = \"http://{}\"", listening.addr()));
    say(&format!("  resolvers = [\"{}\"]", listening.dns()));
    say("  [hosts]");
    for name in sim.world(|world| world.visited()) {
        say(&format!("  \"{name}\" = \"{}\"", listening.addr()));
    }
}

/// That nobody but this machine is served, unless that is wanted: whoever
/// reaches the simulator may change its world, and no credentials are
/// checked.
fn stays_here(args: &Simulate) -> anyhow::Result<()> {
    let wide: Vec<String> = [Some(args.listen), args.dns]
        .into_iter()
        .flatten()
        .filter(|addr| !addr.ip().is_loopback())
        .map(|addr| addr.to_string())
        .collect();
    if wide.is_empty() {
        return Ok(());
    }
    let warning = format!(
        "{} can be reached from other machines. The simulated AWS checks no \
         credentials, and whoever reaches it may change it.",
        wide.join(" and ")
    );
    if args.allow_remote {
        complain(&format!("WARNING: {warning}"));
        return Ok(());
    }
    let way_out = "Listen on 127.0.0.1 or [::1], or add --allow-remote.";
    Err(stop(USAGE, format!("{warning}\n{way_out}")))
}

/// A scenario by its name, or by the path of its file.
pub(super) fn scenario(name: &str) -> anyhow::Result<Scenario> {
    if let Some(scenario) = Scenario::embedded(name) {
        return Ok(scenario);
    }
    if !name.contains(['/', '.']) {
        let known: Vec<_> = Scenario::list().collect();
        let known = known.join(", ");
        return Err(stop(
            USAGE,
            format!(
                "there is no scenario {name}; there are {known}, or give a \
                 file"
            ),
        ));
    }
    let text = fs::read_to_string(name).map_err(|error| {
        stop(USAGE, format!("could not read the scenario {name}: {error}"))
    })?;
    Scenario::parse(&text, name)
        .map_err(|error| stop(INVALID, error.to_string()))
}
