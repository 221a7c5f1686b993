//! What the journal promises, with a disk that fails, forgets and lies.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod keeping;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use keeping::{STATE, create, keeper, memory, note, take_up};
use lifeboat::incident::entry::Entry;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::{Disk, DiskCall, Fault, MemoryDisk};
use lifeboat::journal::read::{self, GapKind, Report};
use lifeboat::journal::recorded::NotRecorded;
use lifeboat::journal::scan::{End, sealed, sha256};
use lifeboat::journal::{Answer, Incidents, Order};
use lifeboat::runbook::Manner;
use lifeboat::runbook::plan::Second;

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
        let Err(NotRecorded::Refused(failure)) = answer else {
            panic!("{answer:?}");
        };
        assert!(failure.is_disk_full(), "{failure}");
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
            second: Second::Off,
            manner: Manner::Ungraceful,
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
