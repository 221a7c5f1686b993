//! `simulate`: the embedded AWS for other clients, on a loopback port.

use std::fs;

use anyhow::{Context as _, bail};
use tokio::signal;

use super::args::Simulate;
use crate::sim::clock::SimClock;
use crate::sim::listen::listen;
use crate::sim::scenario::Scenario;
use crate::sim::{Sim, access_key};

/// Serves until ctrl-c.
pub fn run(args: &Simulate) -> anyhow::Result<()> {
    let scenario = scenario(&args.scenario)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
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
        Ok(())
    })
}

/// The first lines: what a client needs to know.
fn tell(
    sim: &Sim,
    scenario: &Scenario,
    listening: &crate::sim::listen::Listening,
) {
    println!("SIMULATED AWS: {}", scenario.title());
    println!("endpoint http://{}", listening.addr());
    println!("dns      {}", listening.dns());
    for account in sim.world(|world| world.account_ids()) {
        println!("account  {account}  access key {}", access_key(&account));
    }
    println!("any secret key will do; ctrl-c ends it");
}

/// A scenario by its name, or by the path of its file.
pub fn scenario(name: &str) -> anyhow::Result<Scenario> {
    if let Some(scenario) = Scenario::embedded(name) {
        return Ok(scenario);
    }
    if !name.contains(['/', '.']) {
        let known: Vec<_> = Scenario::list().collect();
        bail!(
            "there is no scenario {name}; there are {}, or give a file",
            known.join(", ")
        );
    }
    let text = fs::read_to_string(name)
        .with_context(|| format!("could not read {name}"))?;
    Ok(Scenario::parse(&text, name)?)
}
