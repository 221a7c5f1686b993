//! The real SDK on the simulated AWS opens no socket. Alone in its process,
//! so that nobody else's sockets are counted.

#![cfg(target_os = "linux")]

use std::fs;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_rds::config::BehaviorVersion;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_types::SdkConfig;
use aws_types::region::Region;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock, access_key};
use tokio::runtime::Builder;

fn sockets() -> usize {
    let open = fs::read_dir("/proc/self/fd").expect("Linux has it");
    open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter(|to| to.to_string_lossy().starts_with("socket:"))
        .count()
}

#[test]
fn the_sdk_on_the_simulated_aws_opens_no_socket() {
    let before = sockets();
    // Without the I/O driver, a socket of the runtime's would panic.
    let runtime = Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let scenario = Scenario::embedded("quiet").expect("embedded");
        let sim = Sim::play(&scenario, SimClock::wall(), 1);
        let key = access_key("111122223333");
        let credentials = Credentials::new(key, "secret", None, None, "sim");
        let provider = SharedCredentialsProvider::new(credentials);
        let config = SdkConfig::builder()
            .http_client(sim.http_client())
            .region(Region::new("eu-central-1"))
            .credentials_provider(provider)
            .behavior_version(BehaviorVersion::v2026_01_12())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SystemTimeSource::new())
            .build();
        let rds = aws_sdk_rds::Client::new(&config);
        let told = rds.describe_db_instances().send().await.expect("told");
        assert_eq!(told.db_instances().len(), 2);
        let backup = aws_sdk_backup::Client::new(&config);
        let told = backup.list_backup_vaults().send().await.expect("told");
        assert_eq!(told.backup_vault_list().len(), 1);
        assert_eq!(sockets(), before);
    });
}
