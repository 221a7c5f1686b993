//! What the journal promises, with a disk that fails, forgets and lies.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use lifeboat::incident::entry::{Author, Entry};
use lifeboat::incident::fact::{Conduct, Fact};
use lifeboat::journal::clock::{Clock, SetClock};
use lifeboat::journal::disk::{
    Disk, DiskCall, DiskFile, Fault, Listed, Lock, MemoryDisk, RealDisk,
};
use lifeboat::journal::open::NotOpened;
use lifeboat::journal::read::{self, GapKind, Report};
use lifeboat::journal::recorded::NotRecorded;
use lifeboat::journal::scan::{End, sealed, sha256};
use lifeboat::journal::{Answer, Incidents, Journal, Keeper, Opened, Order};

const STATE: &str = "/state";

fn now() -> Timestamp {
    "2026-11-23T01:31:00Z".parse().unwrap()
}

fn author(console: &str) -> Author {
    Author {
        user: "mk".into(),
        arn: None,
        host: "bastion-2".into(),
        pid: 4711,
        console: console.into(),
        role: "driver".into(),
    }
}

fn keeper(disk: impl Disk + 'static, state: &Path, name: &str) -> Keeper {
    let clock = || Box::new(SetClock { at: now() }) as Box<dyn Clock>;
    Keeper::new(Arc::new(disk), state, author(name), clock)
}

fn memory(disk: &MemoryDisk) -> Keeper {
    keeper(disk.clone(), Path::new(STATE), "A")
}

fn first() -> Box<Fact> {
    Box::new(Fact::Opened {
        title: "eu-west-1 is failing".into(),
        external_id: None,
        conduct: Conduct::Drill,
        simulated: None,
        endpoint: None,
        tool: "0.1.0".into(),
    })
}

fn opened(answer: Answer) -> Result<Opened, NotOpened> {
    match answer {
        Answer::Opened(result) => result.map(|opened| *opened),
        other => panic!("{other:?}"),
    }
}

fn create(keeper: &mut Keeper) -> Result<Opened, NotOpened> {
    let order = Order::Create { now: now(), salt: 0x7f3a, first: first() };
    opened(keeper.take(order))
}

fn take_up(keeper: &mut Keeper, id: &str) -> Result<Opened, NotOpened> {
    opened(keeper.take(Order::Open(id.to_owned())))
}

fn note(keeper: &mut Keeper, text: &str) -> Result<Entry, NotRecorded> {
    let fact = Fact::Note { text: text.to_owned() };
    match keeper.take(Order::Record(Box::new(fact))) {
        Answer::Recorded(result) => result.map(|entry| *entry),
        other => panic!("{other:?}"),
    }
}

/// A finished journal in memory: its disk, its directory, its file's bytes.
fn written(notes: usize) -> (MemoryDisk, PathBuf, Vec<u8>) {
    let disk = MemoryDisk::new();
    let mut keeper = memory(&disk);
    let dir = create(&mut keeper).unwrap().dir;
    for number in 0..notes {
        note(&mut keeper, &format!("note {number}")).unwrap();
    }
    drop(keeper);
    let bytes = disk.read(&dir.join(read::FIRST)).unwrap();
    (disk, dir, bytes)
}

fn id_of(dir: &Path) -> String {
    dir.file_name().unwrap().to_string_lossy().into_owned()
}

fn verify(disk: &MemoryDisk, dir: &Path) -> Report {
    read::verify(disk, dir).unwrap()
}

/// Every acknowledged entry stands in what was read, in the same order.
fn assert_kept(acked: &[Entry], found: &[Entry], told: &str) {
    let kept: Vec<&Entry> =
        found.iter().filter(|entry| acked.contains(entry)).collect();
    assert_eq!(kept.len(), acked.len(), "{told}: lost some of {acked:#?}");
    assert!(kept.into_iter().eq(acked), "{told}: another order");
}

#[test]
fn whichever_call_fails_and_however_nothing_acknowledged_is_lost() {
    let faults = [
        Fault::Errno(libc::EIO),
        Fault::Errno(libc::ENOSPC),
        Fault::Errno(libc::EINTR),
        Fault::Short(30),
    ];
    let (mut broken, mut refused) = (0, 0);
    for fault in faults {
        for nth in 1.. {
            let disk = MemoryDisk::new();
            disk.fail(None, nth, fault);
            let mut keeper = memory(&disk);
            let mut acked = Vec::new();
            let mut id = None;
            for _ in 0..2 {
                if let Ok(opened) = create(&mut keeper) {
                    acked = opened.entries;
                    id = Some(opened.incident);
                    break;
                }
            }
            let id = id.expect("one fault does not stop the second try");
            for number in 0..6 {
                match note(&mut keeper, &format!("note {number}")) {
                    Ok(entry) => acked.push(entry),
                    Err(NotRecorded::Broken(_)) => broken += 1,
                    Err(NotRecorded::Refused(_)) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
            let over = disk.faults_left() > 0;
            for (how, left) in [
                ("crash", disk.snapshot().crash()),
                ("kill", disk.snapshot().kill()),
            ] {
                let told = format!("{fault:?} at call {nth}, then {how}");
                let found = take_up(&mut memory(&left), &id).expect(&told);
                assert_kept(&acked, &found.entries, &told);
                assert!(found.salvaged.is_empty(), "{told}");
            }
            if over {
                assert!(nth > 20, "the script makes that many calls");
                break;
            }
        }
    }
    assert!(broken > 0 && refused > 0, "both ways were met");
}

#[test]
fn after_a_failed_sync_nothing_more_is_taken_until_it_is_opened_again() {
    let (disk, dir, _) = written(2);
    let mut keeper = memory(&disk);
    take_up(&mut keeper, &id_of(&dir)).unwrap();
    disk.fail(Some(DiskCall::Sync), 1, Fault::Errno(libc::EIO));
    for _ in 0..3 {
        let answer = note(&mut keeper, "lost?");
        assert!(matches!(answer, Err(NotRecorded::Broken(_))), "{answer:?}");
    }
    take_up(&mut keeper, &id_of(&dir)).unwrap();
    note(&mut keeper, "again").unwrap();
    // The kernel had thrown the bytes of the failed sync away; had they not
    // been written again, the power cut would leave a hole in the chain.
    let left = disk.crash();
    assert_eq!(verify(&left, &dir).gaps, []);
    assert_eq!(verify(&left, &dir).entries, 3 + 2 + 1 + 2 + 1);
}

#[test]
fn a_full_disk_leaves_no_piece_behind_and_is_forgiven_when_it_has_room() {
    let (disk, dir, _) = written(2);
    let mut keeper = memory(&disk);
    take_up(&mut keeper, &id_of(&dir)).unwrap();
    let before = disk.read(&dir.join(read::FIRST)).unwrap();
    disk.fail(Some(DiskCall::Write), 1, Fault::Short(64));
    disk.fail_from(Some(DiskCall::Write), 2, Fault::Errno(libc::ENOSPC));
    for _ in 0..4 {
        let answer = note(&mut keeper, "no room");
        assert!(matches!(answer, Err(NotRecorded::Refused(_))));
        assert_eq!(disk.read(&dir.join(read::FIRST)).unwrap(), before);
    }
    disk.heal();
    note(&mut keeper, "room").unwrap();
    let report = verify(&disk, &dir);
    assert_eq!(report.gaps, []);
    assert_eq!(report.entries, 6);
}

#[test]
fn an_entry_too_long_for_a_line_is_refused_and_does_no_harm() {
    let (disk, dir, _) = written(0);
    let mut keeper = memory(&disk);
    take_up(&mut keeper, &id_of(&dir)).unwrap();
    let answer = note(&mut keeper, &"x".repeat(70_000));
    assert!(matches!(answer, Err(NotRecorded::TooLong { .. })));
    note(&mut keeper, "short").unwrap();
    assert_eq!(verify(&disk, &dir).gaps, []);
}

#[test]
fn a_second_console_is_refused_and_told_who_holds_the_journal() {
    let (disk, dir, _) = written(1);
    let id = id_of(&dir);
    let mut one = keeper(disk.clone(), Path::new(STATE), "A");
    take_up(&mut one, &id).unwrap();
    let mut other = keeper(disk.clone(), Path::new(STATE), "B");
    let refused = take_up(&mut other, &id).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "held by mk on bastion-2, process 4711 (console A)"
    );
    assert!(matches!(one.take(Order::Release), Answer::Released(Some(_))));
    take_up(&mut other, &id).unwrap();
    let refused = take_up(&mut one, &id).unwrap_err();
    assert!(refused.to_string().contains("console B"), "{refused}");
    let next = disk.kill();
    take_up(&mut memory(&next), &id).expect("death frees the lock");
}

/// Whether some acknowledged entry is gone after a crash at some record.
fn loses(disk: &MemoryDisk) -> bool {
    let mut keeper = memory(disk);
    let mut acked = create(&mut keeper).unwrap().entries;
    for number in 0..20 {
        acked.push(note(&mut keeper, &format!("note {number}")).unwrap());
        let left = disk.snapshot().crash();
        let listed = Incidents::below(Path::new(STATE)).list(&left);
        let found = listed.unwrap_or_default().pop().map(|listed| {
            take_up(&mut memory(&left), &listed.id).map(|o| o.entries)
        });
        let entries = found.and_then(Result::ok).unwrap_or_default();
        if !acked.iter().all(|entry| entries.contains(entry)) {
            return true;
        }
    }
    false
}

#[test]
fn a_power_cut_after_any_record_loses_nothing_acknowledged() {
    assert!(!loses(&MemoryDisk::new()));
}

#[test]
fn a_writer_that_does_not_sync_would_be_found_out() {
    let disk = MemoryDisk::new();
    disk.pretend_to_sync();
    assert!(loses(&disk));
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_entry_is_mended() {
    let (_, dir, bytes) = written(3);
    let reading_whole = 4;
    let last = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .unwrap()
        + 1;
    for cut in last + 1..bytes.len() {
        let disk = MemoryDisk::new();
        disk.put(&dir.join(read::FIRST), &bytes[..cut]);
        let torn = verify(&disk, &dir);
        assert!(torn.is_sound(), "cut at {cut}");
        assert_eq!(torn.gaps.len(), 1, "cut at {cut}");
        let mut keeper = memory(&disk);
        let opened = take_up(&mut keeper, &id_of(&dir)).unwrap();
        let kept = opened.entries.len();
        // Recovered, Claimed and Resumed join what was kept.
        assert_eq!(kept, reading_whole - 1 + 3, "cut at {cut}");
        assert_eq!(opened.notices.len(), 1, "cut at {cut}");
        let name = disk.list(&dir.join("quarantine")).unwrap().remove(0);
        let moved = dir.join("quarantine").join(name.name);
        assert_eq!(disk.read(&moved).unwrap(), bytes[last..cut]);
        assert_eq!(verify(&disk, &dir).gaps, [], "cut at {cut}");
    }
}

#[test]
fn damage_is_left_as_it_is_and_the_incident_goes_on_in_a_new_file() {
    let (disk, dir, mut bytes) = written(6);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    disk.put(&dir.join(read::FIRST), &bytes);
    let line = bytes[..middle].split(|&byte| byte == b'\n').count();
    for round in 0..3 {
        let mut keeper = memory(&disk);
        let opened = take_up(&mut keeper, &id_of(&dir)).unwrap();
        let found: BTreeSet<u64> =
            opened.entries.iter().map(|entry| entry.seq).collect();
        let lost = u64::try_from(line).unwrap();
        assert!(!found.contains(&lost), "only the changed one is gone");
        assert!((1..=7).all(|n| n == lost || found.contains(&n)));
        assert_eq!(found.len(), opened.entries.len(), "no number twice");
        assert_eq!(opened.notices.len(), usize::from(round == 0));
        note(&mut keeper, "going on").unwrap();
        assert_eq!(disk.read(&dir.join(read::FIRST)).unwrap(), bytes);
        let report = verify(&disk, &dir);
        assert_eq!(report.gaps.len(), 1, "{report:#?}");
        let gap = &report.gaps[0];
        assert_eq!((gap.file.as_str(), gap.line), (read::FIRST, line));
        assert!(gap.offset <= middle && gap.kind == GapKind::Damage);
    }
    bytes[middle + 900] ^= 4;
    disk.put(&dir.join(read::FIRST), &bytes);
    let report = verify(&disk, &dir);
    assert_eq!(report.gaps.len(), 2, "a later change shows: {report:#?}");
    assert_eq!(report.gaps[1].file, "journal.0002.jsonl");
}

#[test]
fn mending_can_be_cut_short_at_any_call_and_done_again() {
    let (_, dir, bytes) = written(4);
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    for start in [&bytes[..bytes.len() - 5], &damaged] {
        for nth in 1.. {
            let disk = MemoryDisk::new();
            disk.put(&dir.join("lock"), b"");
            disk.put(&dir.join(read::FIRST), start);
            disk.fail_from(None, nth, Fault::Errno(libc::EIO));
            let answer = take_up(&mut memory(&disk), &id_of(&dir));
            let told = format!("call {nth}");
            let left = disk.crash();
            let opened = take_up(&mut memory(&left), &id_of(&dir));
            let entries = opened.expect(&told).entries;
            assert!(entries.len() >= 4 + 2, "{told}");
            let report = verify(&left, &dir);
            let same = left.read(&dir.join(read::FIRST)).unwrap();
            if start == damaged {
                assert_eq!(same, damaged, "{told}");
                assert_eq!(report.gaps.len(), 1, "{told}: {report:#?}");
            } else {
                assert_eq!(report.gaps, [], "{told}");
            }
            if answer.is_ok() {
                assert!(nth > 10, "mending makes that many calls");
                break;
            }
        }
    }
}

#[test]
fn incidents_are_listed_newest_first_and_broken_ones_with_their_problem() {
    let disk = MemoryDisk::new();
    let incidents = Incidents::below(Path::new(STATE));
    assert_eq!(incidents.list(&disk).unwrap(), []);
    let mut keeper = memory(&disk);
    let one = create(&mut keeper).unwrap();
    note(&mut keeper, "then closed").unwrap();
    let summary = "moved".to_owned();
    keeper.take(Order::Record(Box::new(Fact::Closed { summary })));
    let two = create(&mut keeper).unwrap();
    assert_ne!(one.incident, two.incident, "the same minute and salt");
    let root = incidents.root();
    let old = "INC-20250101-0000-0001";
    disk.put(&root.join(old).join(read::FIRST), b"garbage\n");
    let empty = "INC-20240101-0000-0001";
    disk.put(&root.join(empty).join("lock"), b"");
    disk.put(&root.join("INC-20230101-0000-0001.tmp/lock"), b"");
    disk.put(&root.join("notes.txt"), b"");
    let listed = incidents.list(&disk).unwrap();
    let ids: Vec<&str> = listed.iter().map(|l| l.id.as_str()).collect();
    assert_eq!(ids, [two.incident.as_str(), &one.incident, old, empty]);
    assert_eq!(listed[1].title.as_deref(), Some("eu-west-1 is failing"));
    assert_eq!((listed[1].closed, listed[1].entries), (true, 3));
    assert_eq!(listed[0].problem, None);
    let foreign = listed[2].problem.as_deref().unwrap();
    assert!(foreign.starts_with("journal.jsonl, line 1: "), "{foreign}");
    let missing = listed[3].problem.as_deref().unwrap();
    assert_eq!(missing, "its journal (journal.jsonl) is missing");
}

#[test]
fn without_an_incident_nothing_is_recorded_and_files_are_still_written() {
    let disk = MemoryDisk::new();
    let mut keeper = memory(&disk);
    assert_eq!(note(&mut keeper, "x"), Err(NotRecorded::NoIncident));
    let path = PathBuf::from("/state/estate/demo.json");
    let order =
        Order::Write { path: path.clone(), content: b"{}".to_vec().into() };
    let answer = keeper.take(order);
    assert!(matches!(answer, Answer::Written(Ok(_))), "{answer:?}");
    assert_eq!(disk.crash().read(&path).unwrap(), b"{}");
}

#[test]
fn a_pinned_runbook_is_never_replaced_and_a_changed_one_is_reported() {
    let disk = MemoryDisk::new();
    let mut keeper = memory(&disk);
    let dir = create(&mut keeper).unwrap().dir;
    let mut pin = |name: &str, bytes: &[u8]| {
        let bytes = bytes.to_owned();
        match keeper.take(Order::Pin { name: name.into(), bytes }) {
            Answer::Written(result) => result,
            other => panic!("{other:?}"),
        }
    };
    let one = pin("runbook.toml", b"one").unwrap();
    assert_eq!(pin("runbook.toml", b"one").unwrap(), one);
    let two = pin("runbook.toml", b"two").unwrap();
    assert_eq!(two, dir.join("runbook.0002.toml"));
    for name in ["../x", "/x", "a/b", "..", ""] {
        assert!(pin(name, b"").is_err(), "{name}");
    }
    for text in ["one", "two"] {
        let fact = Fact::Pinned {
            run: "1".into(),
            id: "r".into(),
            title: "r".into(),
            path: "r.toml".into(),
            sha256: sha256(text.as_bytes()),
            inputs: Vec::new(),
        };
        keeper.take(Order::Record(Box::new(fact)));
    }
    assert_eq!(verify(&disk, &dir).gaps, []);
    disk.put(&two, b"twp");
    let gaps = verify(&disk, &dir).gaps;
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].file, "runbook.0002.toml");
}

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

#[test]
fn each_broken_journal_gets_its_expected_message() {
    let folder = Path::new("tests/broken/journals");
    let mut walked = 0;
    for listed in fs::read_dir(folder).unwrap() {
        let path = listed.unwrap().path();
        if path.extension().is_none_or(|end| end != "jsonl") {
            continue;
        }
        let disk = MemoryDisk::new();
        let root = Incidents::below(Path::new(STATE));
        let dir = root.dir("INC-20261123-0131-7f3a");
        let bytes = fs::read(&path).unwrap();
        disk.put(&dir.join(read::FIRST), &bytes);
        let report = verify(&disk, &dir);
        let mut told = format!("entries: {}\n", report.entries);
        for gap in &report.gaps {
            let kind = gap.kind.word();
            writeln!(
                told,
                "{kind}: {}:{}: byte {}: {}\n  {}",
                gap.file, gap.line, gap.offset, gap.found, gap.advice
            )
            .unwrap();
        }
        let expected = path.with_extension("expected");
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(told, expected, "{}", path.display());
        // Whatever is wrong with it, the file stays or is only shortened.
        take_up(&mut memory(&disk), &id_of(&dir)).ok();
        let after = disk.read(&dir.join(read::FIRST)).unwrap();
        if !report.is_sound() {
            assert_eq!(after, bytes, "{}", path.display());
        }
        walked += 1;
    }
    assert!(walked >= 12, "only {walked} journals were found");
}

#[test]
fn any_line_can_be_checked_with_a_hash_over_its_beginning() {
    let (disk, dir, bytes) = written(2);
    let reading = read::read(&disk, &dir).unwrap();
    let scan = &reading.last().scan;
    assert_eq!(scan.end, End::Clean);
    for line in &scan.lines {
        let line = &bytes[line.clone()];
        assert_eq!(sealed(line).map(str::len), Some(64));
    }
    assert_eq!(reading.head(), sealed(&bytes[scan.lines[2].clone()]).unwrap());
}
