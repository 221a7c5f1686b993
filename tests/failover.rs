//! The main job, by keys alone: a Region goes dark, and the runbook is run to
//! its end.

mod flow;

use std::time::Duration;

use flow::Flow;

#[tokio::test(start_paused = true)]
async fn the_runbook_is_run_to_its_end_by_keys_alone() {
    let mut flow = Flow::new("training-platform");
    flow.wait(Duration::from_secs(30)).await;
    println!("{}", flow.screen());
    flow.wait(Duration::from_secs(600)).await;
    println!("{}", flow.screen());
    flow.keys("2").await;
    println!("{}", flow.screen());
    flow.keys("3").await;
    println!("{}", flow.screen());
    flow.keys("5 o").await;
    flow.wait(Duration::from_secs(1)).await;
    println!("{}", flow.screen());
    flow.keys("enter").await;
    flow.wait(Duration::from_secs(1)).await;
    println!("{}", flow.screen());
    flow.keys("enter enter enter enter enter enter enter enter enter enter")
        .await;
    flow.wait(Duration::from_secs(10)).await;
    println!("{}", flow.screen());
}
