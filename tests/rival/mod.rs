//! Another AWS than our own: a server in Python, filled by boto3, and what
//! the pollers and a terminal see of it.

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use lifeboat::aws::poll::Pollers;
use lifeboat::aws::session::{Access, AccountSpec, Session, SessionSpec};
use lifeboat::estate::ids::Region;
use lifeboat::estate::part::Part;
use lifeboat::estate::part::automation::Names;
use lifeboat::estate::{Observation, Source};
use lifeboat::rates::Budgets;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::seat::Seat;

/// The account that both servers act in.
pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const WEST: &str = "eu-west-1";
pub(crate) const CENTRAL: &str = "eu-central-1";

/// A server; it ends however the test ends, and its folder with it.
pub(crate) struct Server {
    child: Child,
    _home: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server in an empty folder on a port of its own choice, waits for
/// the line in which it tells its URL, and fills it by a script of
/// `tests/python`.
pub(crate) fn filled(
    command: &mut Command,
    python: &Path,
    script: &str,
) -> (Server, String) {
    let (server, url) = started(command);
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python");
    run(Command::new(python).arg(format!("{scripts}/{script}")).arg(&url));
    (server, url)
}

fn started(command: &mut Command) -> (Server, String) {
    let home = tempfile::tempdir().expect("a folder");
    let mut child = command
        .current_dir(home.path())
        .env("TMPDIR", home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut lines =
        BufReader::new(child.stderr.take().expect("piped")).lines();
    let server = Server { child, _home: home };
    let mut said = String::new();
    for line in lines.by_ref() {
        let line = line.expect("text");
        if let Some(at) = line.find("Running on ") {
            let url = line[at + "Running on ".len()..].trim();
            let url = url.split_whitespace().next().expect("a URL").to_owned();
            // Its log goes on; unread, it would block the server.
            thread::spawn(move || lines.for_each(drop));
            return (server, url);
        }
        said.push_str(&line);
        said.push('\n');
    }
    panic!("the server did not start: {said}");
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output().expect("it runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{wrong}");
    print!("{said}");
}

/// Runs an ignored test of this binary in a process of its own: endpoint,
/// profile and `credential_process` come from the environment, as they do
/// for a person.
pub(crate) fn watch(test: &str, url: &str, key: &str) {
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("config");
    let printed = format!(
        r#"{{"Version":1,"AccessKeyId":"{key}","SecretAccessKey":"s"}}"#
    );
    let mut file = File::create(&config).unwrap();
    writeln!(file, "[profile drill]").unwrap();
    writeln!(file, "credential_process = echo '{printed}'").unwrap();
    writeln!(file, "retry_mode = legacy").unwrap();
    drop(file);
    run(Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", test])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_PROFILE")
        .env("AWS_CONFIG_FILE", &config)
        .env("AWS_SHARED_CREDENTIALS_FILE", home.path().join("none"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ENDPOINT_URL", url));
}

/// One answer of every source.
pub(crate) async fn watched() -> BTreeMap<Source, Observation> {
    let session = Session::new(SessionSpec {
        accounts: vec![AccountSpec {
            name: "drill".into(),
            id: None,
            environment: "TEST".into(),
            read: Access {
                profile: Some("drill".into()),
                ..Access::default()
            },
            operate: None,
            break_glass: None,
        }],
        regions: vec![Region::new(WEST), Region::new(CENTRAL)],
        endpoint_url: None,
        http_client: None,
        time_source: None,
        sleep: None,
        simulated: false,
        app_name: "lifeboat-test".into(),
        user: "ann".into(),
        automation: Names::default(),
        budgets: Budgets::unlimited(),
    });
    let (tx, mut rx) = mpsc::unbounded_channel();
    let pollers = Pollers::start(session, BTreeMap::new(), tx);
    let mut seen = BTreeMap::new();
    let first = rx.recv().await.expect("pollers go on");
    assert!(first.found.is_ok(), "{first:?}");
    seen.insert(first.source.clone(), first);
    loop {
        let next = rx.recv().await.expect("pollers go on");
        seen.insert(next.source.clone(), next);
        let sources = pollers.sources();
        if sources.iter().all(|source| seen.contains_key(source)) {
            return seen;
        }
    }
}

/// Holds what one of these parts, known by its name, tells of its state
/// against what is expected.
pub(crate) fn tells(parts: &[Part], name: &str, state: &str) {
    let mut told = parts.iter().map(Part::told);
    let told = told.find(|part| part.name() == name);
    let told = told.unwrap_or_else(|| panic!("{name}: {parts:?}"));
    assert_eq!(told.state().1, state, "{name}");
}

/// The console itself at a terminal, in both Regions of a server.
pub(crate) fn console(home: &Path, url: &str, key: &str) -> Seat {
    let regions = format!("{WEST},{CENTRAL}");
    let line = ["--endpoint-url", url, "--region", &regions];
    let line = [&line[..], &["--target-region", CENTRAL]].concat();
    let keys = [
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let mut seat = Seat::new(home, (48, 160), &keys, &line);
    seat.shows("? help");
    seat
}

/// The row of a screen that has these words, if there is one.
fn row(seat: &Seat, words: &[&str]) -> Option<String> {
    let text = seat.text();
    let has = |line: &&str| words.iter().all(|word| line.contains(word));
    text.lines().find(has).map(ToOwned::to_owned)
}

/// Waits for a row that has these words, and gives it.
pub(crate) fn comes(seat: &mut Seat, words: &[&str]) -> String {
    let what = words.join(" ... ");
    seat.until(&what, |seat| row(seat, words).is_some());
    row(seat, words).expect("it was there just now")
}
