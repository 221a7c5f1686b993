//! `simulate`: the embedded AWS for other clients, on a loopback port.

use std::fs;

use anyhow::{Context as _, bail};
use tokio::runtime::Builder;
use tokio::signal;

use super::args::Simulate;
use super::{Ended, say};
use crate::sim::listen::{Listening, listen};
use crate::sim::scenario::Scenario;
use crate::sim::{Sim, SimClock, access_key};

/// Serves until ctrl-c.
pub(super) fn run(args: &Simulate) -> anyhow::Result<Ended> {
    let scenario = scenario(&args.scenario)?;
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
}

/// A scenario by its name, or by the path of its file.
pub(super) fn scenario(name: &str) -> anyhow::Result<Scenario> {
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
