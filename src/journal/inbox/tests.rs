use super::super::disk::MemoryDisk;
use super::*;

const INCIDENT: &str = "/INC-1";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn author(user: &str) -> Author {
    Author {
        user: user.into(),
        arn: None,
        host: "bastion".into(),
        pid: 7,
        console: "pts/4".into(),
        role: "observer".into(),
    }
}

fn scene() -> (MemoryDisk, Inbox, Inboxes) {
    let disk = MemoryDisk::new();
    disk.create_dir(Path::new(INCIDENT)).unwrap();
    let by = (author("bob"), "bob".to_owned());
    let inbox = Inbox::open(&disk, Path::new(INCIDENT), by, at(1)).unwrap();
    let all = Inboxes::of(Arc::new(disk.clone()), Path::new(INCIDENT));
    (disk, inbox, all)
}

fn note(text: &str) -> Said {
    Said::Note { text: text.into() }
}

fn notes(news: &[News]) -> Vec<String> {
    let text = |news: &News| match news {
        News::Said(id, message) => match &message.said {
            Said::Note { text } => Some(format!("{id} {text}")),
            _ => None,
        },
        _ => None,
    };
    news.iter().filter_map(text).collect()
}

fn file(disk: &MemoryDisk) -> PathBuf {
    let dir = Path::new(INCIDENT).join(DIR);
    let name = disk.list(&dir).unwrap().remove(0).name;
    dir.join(name)
}

#[test]
fn what_is_said_is_read_once_and_by_the_next_reader_again() {
    let (disk, mut inbox, mut all) = scene();
    inbox.post(note("one"), None, at(2)).unwrap();
    let news = all.look();
    assert_eq!(notes(&news), ["pts-4-7-1000/2 one"]);
    assert!(news.contains(&News::Here(author("bob"), true)), "{news:?}");
    assert_eq!(all.look(), []);
    inbox.post(note("two"), None, at(3)).unwrap();
    assert_eq!(notes(&all.look()), ["pts-4-7-1000/3 two"]);
    let mut next = Inboxes::of(Arc::new(disk), Path::new(INCIDENT));
    assert_eq!(notes(&next.look()).len(), 2);
}

#[test]
fn a_console_that_ended_however_is_no_longer_here() {
    let (_disk, inbox, mut all) = scene();
    all.look();
    drop(inbox);
    assert_eq!(all.look(), [News::Here(author("bob"), false)]);
    assert_eq!(all.look(), []);
}

#[test]
fn bad_lines_are_told_and_skipped_and_a_piece_is_waited_for() {
    let (disk, mut inbox, mut all) = scene();
    all.look();
    let path = file(&disk);
    let mut raw = disk.append(&path).unwrap();
    let long = vec![b'x'; 2 * LINE_MOST];
    disk::write_all(&mut *raw, b"{\"v\":1}\nno json\n").unwrap();
    disk::write_all(&mut *raw, &long).unwrap();
    let bad = |news: &[News]| {
        news.iter().filter(|news| matches!(news, News::Bad(_))).count()
    };
    assert_eq!(bad(&all.look()), 3);
    disk::write_all(&mut *raw, &long).unwrap();
    assert_eq!(all.look(), [], "it is told once");
    disk::write_all(&mut *raw, b"\n").unwrap();
    inbox.post(note("still heard"), None, at(4)).unwrap();
    assert_eq!(notes(&all.look()).len(), 1);
    disk::write_all(&mut *raw, b"{\"v\":1,\"n\":9").unwrap();
    assert_eq!(all.look(), [], "a piece is no line yet");
}

#[test]
fn a_number_that_was_there_is_not_taken_again() {
    let (disk, mut inbox, mut all) = scene();
    inbox.post(note("once"), None, at(2)).unwrap();
    let path = file(&disk);
    let bytes = disk.read(&path).unwrap();
    let mut raw = disk.append(&path).unwrap();
    disk::write_all(&mut *raw, &bytes).unwrap();
    let news = all.look();
    assert_eq!(notes(&news).len(), 1, "{news:?}");
}

#[test]
fn a_message_too_long_for_a_line_is_refused_where_it_is_written() {
    let (_disk, mut inbox, mut all) = scene();
    let refused = inbox.post(note(&"x".repeat(LINE_MOST)), None, at(2));
    assert!(matches!(refused, Err(NotPosted::TooLong(_))), "{refused:?}");
    inbox.post(note("short"), None, at(3)).unwrap();
    assert_eq!(notes(&all.look()).len(), 1);
}

#[test]
fn secrets_are_taken_out_before_a_message_is_on_disk() {
    let (disk, mut inbox, _) = scene();
    inbox.post(note("password=hunter2"), None, at(2)).unwrap();
    let text = disk.read(&file(&disk)).unwrap();
    assert!(!String::from_utf8(text).unwrap().contains("hunter2"));
}
