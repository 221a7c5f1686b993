use super::*;

#[test]
fn a_crash_takes_bytes_and_names_that_were_not_synced() {
    let disk = MemoryDisk::new();
    let path = Path::new("/f");
    let mut file = disk.create(path).unwrap();
    file.write(b"one").unwrap();
    file.sync().unwrap();
    assert!(disk.snapshot().crash().read(path).is_err(), "no name yet");
    disk.sync_dir(Path::new("/")).unwrap();
    file.write(b"two").unwrap();
    assert_eq!(disk.snapshot().kill().read(path).unwrap(), b"onetwo");
    let next = disk.crash();
    assert_eq!(next.read(path).unwrap(), b"one");
    assert!(file.write(b"x").is_err(), "a dead process writes nothing");
}

#[test]
fn a_sync_after_a_failed_sync_keeps_nothing_of_what_was_lost() {
    let disk = MemoryDisk::new();
    let path = Path::new("/f");
    let mut file = disk.create(path).unwrap();
    disk.sync_dir(Path::new("/")).unwrap();
    file.write(b"one").unwrap();
    disk.fail(Some(DiskCall::Sync), 1, Fault::Errno(libc::EIO));
    assert!(file.sync().is_err());
    file.sync().unwrap();
    assert_eq!(disk.read(path).unwrap(), b"one");
    assert_eq!(disk.crash().read(path).unwrap(), b"\0\0\0");
}

#[test]
fn faults_hit_the_call_they_are_tied_to_and_no_other() {
    let disk = MemoryDisk::new();
    let mut file = disk.create(Path::new("/f")).unwrap();
    disk.fail(Some(DiskCall::Write), 2, Fault::Errno(libc::ENOSPC));
    disk.fail(Some(DiskCall::Write), 3, Fault::Short(1));
    assert_eq!(file.write(b"one").unwrap(), 3);
    file.sync().unwrap();
    assert!(file.write(b"two").is_err());
    assert_eq!(file.write(b"three").unwrap(), 1);
    assert_eq!(file.write(b"four").unwrap(), 4);
    assert_eq!(disk.faults_left(), 0);
}
