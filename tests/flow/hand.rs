//! The keys that lead a failover to its changes while all goes well.

use std::time::Duration;

use super::Flow;

/// Waits until a dialog that was opened hears.
async fn settle(flow: &mut Flow) {
    flow.wait(Duration::from_millis(500)).await;
}

/// Starts the runbook in front with the inputs that it proposes, and goes on
/// to its decision.
pub async fn begin(flow: &mut Flow) {
    flow.keys("5 o enter").await;
    settle(flow).await;
    for _ in 0..10 {
        flow.keys("enter").await;
    }
    flow.until("x decides").await;
}

/// Decides to fail over.
pub async fn decide(flow: &mut Flow) {
    flow.keys("x").await;
    settle(flow).await;
    flow.keys("enter").await;
    settle(flow).await;
    flow.text("eu-west-1 is dark, the lag is known").await;
    flow.keys("enter").await;
    flow.until("g a arms").await;
}

/// Arms it, with all that the first time asks for.
pub async fn arm(flow: &mut Flow) {
    flow.keys("g a").await;
    settle(flow).await;
    flow.text("eu-west-1 is dark").await;
    flow.keys("enter").await;
    flow.text("learn-prod").await;
    flow.keys("enter").await;
    flow.until("ARMED").await;
}

/// Opens the plan of the next change, and accepts it.
pub async fn confirm(flow: &mut Flow, name: &str) {
    flow.keys("x").await;
    accept(flow, name).await;
}

/// Types the name of the target in the plan that is open, and accepts it.
pub async fn accept(flow: &mut Flow, name: &str) {
    settle(flow).await;
    flow.text(name).await;
    flow.keys("tab y e s").await;
}
