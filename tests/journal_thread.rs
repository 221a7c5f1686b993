//! The thread and the process that keep the journal: order, slow disks, the
//! end.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod keeping;

use std::env;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use keeping::{
    STATE, create, first, keeper, memory, note, now, opened, take_up,
};
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{
    Disk, DiskFile, Listed, Lock, MemoryDisk, RealDisk,
};
use lifeboat::journal::recorded::NotRecorded;
use lifeboat::journal::{Answer, Incidents, Journal, Order, read};

#[test]
fn the_thread_keeps_the_order_and_finishes_what_was_sent() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let disk = RealDisk::at(&state).unwrap();
    let mut journal =
        Journal::start(keeper(disk.clone(), &state, "A")).unwrap();
    let (reply, answers) = mpsc::channel();
    let send = |journal: &mut Journal, order| {
        let reply = reply.clone();
        journal.send(order, move |answer| reply.send(answer).unwrap());
    };
    let order = Order::Create { now: now(), salt: 1, first: first() };
    send(&mut journal, order);
    for number in 0..50 {
        let text = number.to_string();
        send(&mut journal, Order::Record(Box::new(Fact::Note { text })));
    }
    assert!(journal.finish(Duration::from_mins(1)));
    let incident = opened(answers.recv().unwrap()).unwrap();
    for number in 0..50_u64 {
        match answers.recv().unwrap() {
            Answer::Recorded(Ok(entry)) => assert_eq!(entry.seq, number + 2),
            other => panic!("{other:?}"),
        }
    }
    let report = read::verify(&disk, &incident.dir).unwrap();
    assert_eq!((report.entries, report.gaps), (51, vec![]));
    let lock = disk.try_lock(&incident.dir.join("lock")).unwrap();
    assert!(lock.is_some(), "the end frees the lock");
}

/// A disk whose writes wait until they are let go.
#[derive(Debug)]
struct Stuck(MemoryDisk, Mutex<mpsc::Receiver<()>>);

impl Disk for Stuck {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.1.lock().unwrap().recv().ok();
        self.0.create_dir(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.create(path)
    }
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.0.append(path)
    }
    fn rewrite(&self, path: &Path, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.rewrite(path, at, bytes)
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path)
    }
    fn list(&self, path: &Path) -> io::Result<Vec<Listed>> {
        self.0.list(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.0.sync_dir(path)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Lock>>> {
        self.0.try_lock(path)
    }
}

#[test]
fn a_disk_that_never_answers_holds_up_neither_sender_nor_quitting() {
    let (go, gate) = mpsc::channel();
    let disk = Stuck(MemoryDisk::new(), Mutex::new(gate));
    let keeper = keeper(disk, Path::new(STATE), "A");
    let mut journal = Journal::start(keeper).unwrap();
    let (reply, answers) = mpsc::channel();
    let path = PathBuf::from("/state/f");
    let order = Order::Write { path, content: Vec::new().into() };
    journal.send(order, move |answer| reply.send(answer).unwrap());
    assert!(!journal.finish(Duration::from_millis(20)), "it is stuck");
    assert!(answers.try_recv().is_err());
    drop(go);
    let answer = answers.recv().unwrap();
    assert!(matches!(answer, Answer::Written(Ok(_))), "late, not lost");
}

#[test]
fn an_order_to_a_journal_that_has_ended_is_answered() {
    let keeper = memory(&MemoryDisk::new());
    let mut journal = Journal::start(keeper).unwrap();
    let (reply, answers) = mpsc::channel();
    journal.send(Order::Release, |_| panic!("a reply that fails"));
    let text = "x".to_owned();
    let order = Order::Record(Box::new(Fact::Note { text }));
    journal.send(order, move |answer| reply.send(answer).unwrap());
    let answer = answers.recv().unwrap();
    let closed = Answer::Recorded(Err(NotRecorded::Closed));
    assert_eq!(format!("{answer:?}"), format!("{closed:?}"));
}

/// Plays the console that is killed below: records until it is.
#[test]
#[ignore = "runs as the child of the test below"]
fn child_records_until_it_is_killed() {
    let mut state = String::new();
    io::stdin().read_line(&mut state).unwrap();
    let state = Path::new(state.trim_end());
    let disk = RealDisk::at(state).unwrap();
    let mut keeper = keeper(disk, state, "A");
    create(&mut keeper).unwrap();
    for number in 0.. {
        let entry = note(&mut keeper, &format!("note {number}")).unwrap();
        writeln!(io::stderr(), "{}", entry.seq).unwrap();
    }
}

#[test]
fn a_console_killed_after_any_record_leaves_all_it_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let me = env::current_exe().unwrap();
    for count in 1..=12_u64 {
        let state = home.path().join(count.to_string());
        let mut child = Command::new(&me)
            .args(["--exact", "child_records_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{}", state.display()).unwrap();
        let told = BufReader::new(child.stderr.take().unwrap());
        let mut acked = 0;
        let lines = &mut told.lines();
        for line in lines.take(usize::try_from(count).unwrap()) {
            acked = line.unwrap().parse().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            acked = line.parse().unwrap_or(acked);
        }
        let disk = RealDisk::at(&state).unwrap();
        let incidents = Incidents::below(&state);
        let listed = incidents.list(&disk).unwrap().remove(0);
        let mut keeper = keeper(disk, &state, "B");
        let found = take_up(&mut keeper, &listed.id).unwrap();
        let seqs: Vec<u64> =
            found.entries.iter().map(|entry| entry.seq).collect();
        let dense: Vec<u64> = (1..=seqs.len() as u64).collect();
        assert_eq!(seqs, dense);
        assert!(acked > count, "it acknowledged {acked}");
        assert!(seqs.contains(&acked), "{acked} is missing");
    }
}
