//! A full refresh of 10,000 recovery points in each of four Regions: our
//! session beside boto3 with a thread for each Region, on one simulated AWS
//! that listens on loopback in a process of its own. Then the peak memory of
//! a console that holds them all.
//!
//! `cargo bench --bench refresh`, and with `-- large` 100,000 points in each
//! of four Regions of three accounts, 1.2 million in all. Only the CPU
//! seconds of the clients are compared: wall time is the simulator's, too.
//! No budget holds here; `tests/scale.rs` has the rates.

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
use jiff::{SignedDuration, Timestamp};
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
use lifeboat::sim::world::World;
use lifeboat::sim::world::vault::{Point, Vault};
use lifeboat::sim::{Sim, SimClock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};

use load::{ACCOUNT, REGIONS};
use screen::Screen;

/// Where the points are that are counted.
const VAULT: &str = "bulk-vault";

/// How much there is: accounts, and points in each of their Regions.
#[derive(Clone, Copy, Debug)]
struct Size {
    name: &'static str,
    accounts: &'static [&'static str],
    each: usize,
}

const SMALL: Size = Size { name: "small", accounts: &[ACCOUNT], each: 10_000 };
const LARGE: Size = Size {
    name: "large",
    accounts: &[ACCOUNT, "444455556666", "777788889999"],
    each: 100_000,
};

impl Size {
    fn of(name: &str) -> Size {
        if name == LARGE.name { LARGE } else { SMALL }
    }

    fn places(&self) -> Vec<(&'static str, &'static str)> {
        let accounts = self.accounts.iter();
        accounts.flat_map(|id| REGIONS.map(|region| (*id, region))).collect()
    }
}

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
        ["serve", size] => serve(Size::of(size)),
        ["refresh", size, endpoint] => {
            let told = refresh(Size::of(size), endpoint);
            let told = serde_json::to_string(&told);
            println!("{}", told.expect("plain data"));
        }
        ["large", ..] => compare(LARGE),
        _ => compare(SMALL),
    }
}

/// The simulated AWS, until its standard input is closed.
fn serve(size: Size) {
    let runtime = runtime();
    let scenario = Scenario::embedded("quiet").expect("it is embedded");
    let listening = runtime.block_on(async {
        let sim = Sim::play(&scenario, SimClock::wall(), 1);
        sim.world(|world| fill(world, size));
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        listen(sim, any, any).await.expect("a port")
    });
    println!("http://{}", listening.addr());
    io::stdin().read_to_end(&mut Vec::new()).expect("it is a pipe");
}

/// Points a minute apart over 35 days, of 500 volumes in each place.
fn fill(world: &mut World, size: Size) {
    let now = world.now();
    for (account, region) in size.places() {
        world.add_vault(account, region, Vault::new(VAULT, now));
        for n in (0..size.each).rev() {
            let of = format!(
                "arn:aws:ec2:{region}:{account}:volume/vol-{:017x}",
                n % 500
            );
            let minutes = i64::try_from(n).expect("few enough") % 50_000;
            let at = now - SignedDuration::from_mins(minutes);
            let point = Point::new(VAULT, &of, "EBS", at);
            world.add_point(account, region, point);
        }
    }
}

fn compare(size: Size) {
    let me = env::current_exe().expect("this bench");
    let mut server = Command::new(&me)
        .args(["serve", size.name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this bench starts");
    let endpoint = first_line(&mut server);
    let ours = told(Command::new(&me).args(["refresh", size.name, &endpoint]));
    let script =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/refresh.py");
    let theirs = python::python().map(|python| {
        let accounts = size.accounts.join(",");
        let mut command = Command::new(python);
        told(command.args([script, &endpoint, &accounts]).args(REGIONS))
    });
    drop(server.stdin.take());
    server.wait().expect("it was started");
    print(size, &ours, theirs.as_ref());
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

fn print(size: Size, ours: &Told, theirs: Option<&Told>) {
    let (accounts, regions) = (size.accounts.len(), REGIONS.len());
    let count = ours.count;
    println!(
        "{count} recovery points, {accounts} accounts x {regions} Regions"
    );
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
        line("boto3, a thread for each place", theirs);
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
fn refresh(size: Size, endpoint: &str) -> Told {
    let runtime = runtime();
    let started = cpu_seconds();
    let begun = Instant::now();
    let seen = look(&runtime, size, endpoint);
    let mut arns: Vec<&str> = Vec::new();
    for observation in &seen {
        let Ok(Found::Points(points)) = &observation.found else {
            panic!("{observation:?}");
        };
        assert_eq!(observation.partial, None);
        // The world goes on meanwhile: others get points of its own plans.
        let bulk = points.iter().filter(|point| {
            point.vault().is_some_and(|vault| vault.as_str() == VAULT)
        });
        arns.extend(bulk.map(|point| point.arn().as_str()));
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
    console(&runtime, size, endpoint, seen);
    told.console_peak_kib = peak_kib();
    told
}

/// A sweep of every place, by a session that knows nothing yet.
fn look(runtime: &Runtime, size: Size, endpoint: &str) -> Vec<Observation> {
    let session = Session::new(spec(size, endpoint));
    let looks = size.places().into_iter().map(|(account, region)| {
        let account = Account::new(account);
        let source = Source::aws(&account, &Region::new(region), What::Points);
        let session = Arc::clone(&session);
        runtime.spawn(async move { look_once(&session, &source).await })
    });
    let seen = runtime.block_on(join_all(looks));
    seen.into_iter().map(|seen| seen.expect("no look panics")).collect()
}

/// Takes everything in, draws every screen, looks again while the first
/// answers are held, and saves.
fn console(
    runtime: &Runtime,
    size: Size,
    endpoint: &str,
    seen: Vec<Observation>,
) {
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
    let least = size.each * size.places().len();
    assert!(model.derived.points.len() >= least);
    let again = look(runtime, size, endpoint);
    take(&mut model, again);
    let saved = model.estate.save(Place::default(), Timestamp::now());
    let bytes = serde_json::to_vec(&saved).expect("plain data");
    assert!(bytes.len() > least);
}

fn spec(size: Size, endpoint: &str) -> SessionSpec {
    let account = |id: &&str| AccountSpec {
        name: format!("account-{id}"),
        id: Some(Account::new(id)),
        environment: "PROD".into(),
        read: Access::default(),
        operate: None,
        break_glass: None,
    };
    SessionSpec {
        accounts: size.accounts.iter().map(account).collect(),
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
