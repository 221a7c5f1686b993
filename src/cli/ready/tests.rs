use super::*;

fn item(state: Proof) -> Item {
    Item::new("call", "x", state, "y")
}

fn of(states: &[Proof]) -> Ended {
    let items: Vec<Item> = states.iter().copied().map(item).collect();
    ended(&Counts::of(&items))
}

#[test]
fn only_what_is_proven_or_simulated_ends_well() {
    use Proof::{CannotBeKnown, Fails, ProvenByUse, Simulated};
    assert_eq!(of(&[ProvenByUse, Simulated]), Ended::Well);
    assert_eq!(of(&[ProvenByUse, CannotBeKnown]), Ended::With(PARTIAL));
    let both = [CannotBeKnown, Fails, ProvenByUse];
    assert_eq!(of(&both), Ended::With(OUTSIDE));
}

#[test]
fn a_result_is_kept_for_its_owner_alone_and_told_until_the_file_changes() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let (path, text) = library::SHIPPED[0];
    let mut book = Book::read(path, text.to_owned());
    assert_eq!(last(dir.path(), &book), None);
    let items = vec![item(Proof::ProvenByUse), item(Proof::Fails)];
    let report = Report {
        schema: 1,
        at: Timestamp::UNIX_EPOCH,
        simulated: None,
        endpoint: None,
        runbook: book.runbook.as_ref().unwrap().id.clone(),
        title: "x".into(),
        sha256: pin_file(text).1,
        counts: Counts::of(&items),
        items,
    };
    keep(dir.path(), &report).unwrap();
    let kept = file(dir.path(), &report.runbook);
    let mode = kept.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let tried = last(dir.path(), &book).unwrap();
    assert_eq!((tried.counts.fails, tried.changed), (1, false));
    book.text.push_str("\n# changed\n");
    assert!(last(dir.path(), &book).unwrap().changed);
}

#[test]
fn a_name_of_a_runbook_stays_inside_the_folder_of_results() {
    let at = file(Path::new("/state"), "../../etc/x");
    assert_eq!(at, Path::new("/state/ready/______etc_x.json"));
}
