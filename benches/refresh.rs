//! A full refresh of 10,000 recovery points in each of four Regions: our
//! session beside boto3 with a thread for each Region, on one simulated AWS
//! that listens on loopback in a process of its own. Then the peak memory of
//! a console that holds them all.
//!
//! `cargo bench --bench refresh`. Only the CPU seconds of the clients are
//! compared: wall time is the simulator's, too.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[path = "load/mod.rs"]
mod load;
#[path = "../tests/python/mod.rs"]
mod python;
#[path = "load/screen.rs"]
mod screen;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs, io};

use futures_util::future::join_all;
use jiff::Timestamp;
use lifeboat::app::{Model, update};
use lifeboat::aws::poll::look_once;
use lifeboat::aws::session::{Access, AccountSpec, Session, SessionSpec};
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::part::automation::Names;
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Found, Observation, Source, What};
use lifeboat::event::Event;
use lifeboat::rates::Budgets;
use lifeboat::sim::listen::listen;
use lifeboat::sim::scenario::Scenario;
use lifeboat::sim::{Sim, SimClock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

use load::{ACCOUNT, REGIONS};
use screen::Screen;

const EACH: usize = 10_000;

/// What a client tells at its end.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    count: usize,
    hash: String,
    /// CPU seconds of the whole process.
    cpu: f64,
    /// The same without what it takes to start.
    cpu_after_start: f64,
    wall: f64,
    peak_kib: u64,
    /// The peak once a console has drawn it all, and refreshed it.
    #[serde(default)]
    console_peak_kib: u64,
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        ["refresh", endpoint] => {
            let told = serde_json::to_string(&refresh(endpoint));
            println!("{}", told.expect("plain data"));
        }
        _ => compare(),
    }
}

/// The simulated AWS, until its standard input is closed.
fn serve() {
    let runtime = runtime();
    let scenario = Scenario::embedded("quiet").expect("it is embedded");
    let scenario = scenario.inflate(EACH, &REGIONS);
    let listening = runtime.block_on(async {
        let sim = Sim::play(&scenario, SimClock::wall(), 1);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        listen(sim, any, any).await.expect("a port")
    });
    println!("http://{}", listening.addr());
    io::stdin().read_to_end(&mut Vec::new()).expect("it is a pipe");
}

fn compare() {
    let me = env::current_exe().expect("this bench");
    let mut server = Command::new(&me)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this bench starts");
    let endpoint = first_line(&mut server);
    let ours = told(Command::new(&me).args(["refresh", &endpoint]));
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/refresh.py");
    let theirs = python::python().map(|python| {
        told(Command::new(python).arg(script).arg(&endpoint).args(REGIONS))
    });
    drop(server.stdin.take());
    server.wait().expect("it was started");
    print(&ours, theirs.as_ref());
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let out = child.stdout.take().expect("it is a pipe");
    BufReader::new(out).read_line(&mut line).expect("it says where");
    line.trim().to_owned()
}

fn told(command: &mut Command) -> Told {
    let done = command.output().expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    serde_json::from_slice(&done.stdout).expect("what a client tells")
}

fn print(ours: &Told, theirs: Option<&Told>) {
    println!("{} recovery points in {} Regions", ours.count, REGIONS.len());
    let line = |name: &str, told: &Told| {
        println!(
            "  {name}: CPU {:.2} s ({:.2} s without its start), \
             wall {:.2} s, peak {:.1} MB",
            told.cpu,
            told.cpu_after_start,
            told.wall,
            megabytes(told.peak_kib)
        );
    };
    line("lifeboat", ours);
    if let Some(theirs) = theirs {
        line("boto3, 4 threads", theirs);
        assert_eq!((ours.count, &ours.hash), (theirs.count, &theirs.hash));
        println!(
            "  the same ARNs; CPU ratio 1/{:.1} (1/{:.1} without the starts)",
            theirs.cpu / ours.cpu,
            theirs.cpu_after_start / ours.cpu_after_start
        );
    }
    println!(
        "a console that holds, draws, refreshes and saves them: \
         peak {:.1} MB",
        megabytes(ours.console_peak_kib)
    );
}

/// Lists all points once, as the pollers do; then is a console over them.
fn refresh(endpoint: &str) -> Told {
    let runtime = runtime();
    let started = cpu_seconds();
    let begun = Instant::now();
    let session = Session::new(spec(endpoint));
    let seen = look(&runtime, &session);
    let mut arns: Vec<&str> = Vec::new();
    for observation in &seen {
        let Ok(Found::Points(points)) = &observation.found else {
            panic!("{observation:?}");
        };
        assert_eq!(observation.partial, None);
        arns.extend(points.iter().map(|point| point.arn().as_str()));
    }
    arns.sort_unstable();
    let mut digest = Sha256::new();
    for arn in &arns {
        digest.update(arn.as_bytes());
        digest.update(b"\n");
    }
    let mut hash = String::new();
    for byte in digest.finalize() {
        write!(hash, "{byte:02x}").expect("a String takes everything");
    }
    let mut told = Told {
        count: arns.len(),
        hash,
        cpu: cpu_seconds(),
        cpu_after_start: cpu_seconds() - started,
        wall: begun.elapsed().as_secs_f64(),
        peak_kib: peak_kib(),
        console_peak_kib: 0,
    };
    console(&runtime, &session, seen);
    told.console_peak_kib = peak_kib();
    told
}

fn look(runtime: &Runtime, session: &Arc<Session>) -> Vec<Observation> {
    let looks = REGIONS.map(|region| {
        let account = Account::new(ACCOUNT);
        let source = Source::aws(&account, &Region::new(region), What::Points);
        let session = Arc::clone(session);
        runtime.spawn(async move { look_once(&session, &source).await })
    });
    let seen = runtime.block_on(join_all(looks));
    seen.into_iter().map(|seen| seen.expect("no look panics")).collect()
}

/// Takes everything in, draws every screen, looks again while the first
/// answers are held, and saves.
fn console(runtime: &Runtime, session: &Arc<Session>, seen: Vec<Observation>) {
    let mut model = load::model(1);
    let mut screen = Screen::new();
    let mut take = |model: &mut Model, seen: Vec<Observation>| {
        let now = Timestamp::now();
        for observation in seen {
            update(model, Event::Observed(observation), now);
        }
        update(model, Event::Tick, now);
        for key in ["1", "2", "3", "4"] {
            load::press(model, key, now);
            screen.draw(model, now);
        }
    };
    take(&mut model, seen);
    assert!(model.derived.points.len() >= EACH * REGIONS.len());
    let again = look(runtime, session);
    take(&mut model, again);
    let saved = model.estate.save(Place::default(), Timestamp::now());
    let bytes = serde_json::to_vec(&saved).expect("plain data");
    assert!(bytes.len() > EACH);
}

fn spec(endpoint: &str) -> SessionSpec {
    SessionSpec {
        accounts: vec![AccountSpec {
            name: "learn-prod".into(),
            id: Some(Account::new(ACCOUNT)),
            environment: "PROD".into(),
            read: Access::default(),
            operate: None,
            break_glass: None,
        }],
        regions: REGIONS.map(Region::new).to_vec(),
        endpoint_url: Some(endpoint.to_owned()),
        http_client: None,
        time_source: None,
        sleep: None,
        simulated: true,
        app_name: "lifeboat-bench".into(),
        user: "bench".into(),
        automation: Names::default(),
        budgets: Budgets::unlimited(),
    }
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.enable_all().build().expect("threads can be started")
}

/// User and system time of this process; Linux counts in hundredths.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, rest) = stat.rsplit_once(')').expect("its format");
    let ticks: u32 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>().expect("a number"))
        .sum();
    f64::from(ticks) / 100.0
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits.and_then(|digits| digits.parse().ok()).expect("its format")
}

#[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}
