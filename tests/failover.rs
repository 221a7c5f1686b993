//! The main job, by keys alone: a Region goes dark, and the runbook is run to
//! its end.

mod flow;

use std::time::Duration;

use flow::Flow;

async fn fail_over(flow: &mut Flow) {
    flow.keys("5 o enter").await;
    flow.wait(Duration::from_millis(500)).await;
    for _ in 0..10 {
        flow.keys("enter").await;
    }
    flow.until("x decides").await;
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.keys("enter").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("eu-west-1 is dark, the lag is known").await;
    flow.keys("enter").await;
    flow.until("g a arms").await;
    flow.keys("g a").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("eu-west-1 is dark").await;
    flow.keys("enter").await;
    flow.text("learn-prod").await;
    flow.keys("enter").await;
    flow.until("ARMED").await;
    confirm(flow, "learn-db-replica").await;
    flow.until("promote is done").await;
    flow.wait(Duration::from_secs(1)).await;
    confirm(flow, "db.learn.example").await;
    flow.until("healthy is done").await;
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text("the database team rebuilds the replica").await;
    flow.keys("enter").await;
    flow.until("9/9 ").await;
}

async fn confirm(flow: &mut Flow, name: &str) {
    flow.keys("x").await;
    flow.wait(Duration::from_millis(500)).await;
    flow.text(name).await;
    flow.keys("tab y e s").await;
}

#[tokio::test(start_paused = true)]
async fn the_runbook_is_run_to_its_end_by_keys_alone() {
    let mut flow = Flow::new("already-dark");
    flow.wait(Duration::from_secs(30)).await;
    fail_over(&mut flow).await;
    flow.keys("6").await;
    flow.keys("e").await;
    flow.wait(Duration::from_secs(1)).await;
    assert_eq!(flow.applied("PromoteReadReplica"), 1);
    assert_eq!(flow.applied("ChangeResourceRecordSets"), 1);
}
