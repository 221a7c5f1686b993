//! boto3, which shares no code with this program, as a client of the
//! simulated AWS on loopback.

mod python;

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use lifeboat::sim::listen::listen;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use tokio::process::Command;

/// Waits of minutes pass in seconds.
const SPEED: u32 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn boto3_understands_the_simulated_aws() {
    let Some(python) = python::python() else { return };
    let scenario = Scenario::embedded("quiet").expect("embedded");
    let sim = Sim::play(&scenario, SimClock::wall(), SPEED);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listening = listen(sim.clone(), any, any).await.expect("a port");
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/boto3_client.py");
    let done = Command::new(python)
        .arg(script)
        .arg(format!("http://{}", listening.addr()))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .expect("Python runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(sim.applied("PromoteReadReplica"), 1);
    assert_eq!(sim.applied("ChangeResourceRecordSets"), 1);
    let answered = sim.received().iter().all(|call| call.reached);
    assert!(answered);
    listening.stop().await;
}
