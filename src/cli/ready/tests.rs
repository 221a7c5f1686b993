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
fn a_call_is_simulated_where_policies_allow_it_and_proven_only_by_use() {
    use crate::aws::judged::Judged;
    use crate::estate::Estate;
    use crate::estate::ids::Account;

    let (path, text) = library::SHIPPED[3];
    let runbook = Runbook::parse(text, path).unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let needs = needs::of(&runbook, &Estate::default(), false, at);
    let [restore, delete] = &needs.calls[..] else { panic!("{needs:?}") };
    let state = |said| restore.item(&past::Used::new(), &runbook, said).state;
    assert_eq!(state(Some(Ok(Judged::Allowed))), Proof::Simulated);
    let denied = Judged::Denied("implicitDeny".into());
    assert_eq!(state(Some(Ok(denied.clone()))), Proof::Fails);
    let hangs = Judged::HangsOn(vec!["aws:SourceIp".into()]);
    assert_eq!(state(Some(Ok(hangs))), Proof::CannotBeKnown);
    assert_eq!(state(Some(Err("denied".into()))), Proof::CannotBeKnown);
    assert_eq!(state(None), Proof::CannotBeKnown);
    let account = restore.account().unwrap().clone();
    assert_eq!(account, Account::new("111122223333"));
    let action = restore.asked().action.clone();
    let used = past::Used::from([((action, account), at)]);
    assert!(restore.was_used(&used) && !delete.was_used(&used));
    let proven = restore.item(&used, &runbook, Some(Ok(denied)));
    assert_eq!(proven.state, Proof::ProvenByUse);
    // What is to be deleted will have our tags by then.
    let tags: Vec<&str> =
        delete.asked().tags.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(tags, ["lifeboat:incident", "lifeboat:drill"]);
}

#[test]
fn a_zone_that_route_53_was_not_asked_for_cannot_be_known() {
    use crate::estate::Estate;

    let (path, text) = library::SHIPPED[0];
    let runbook = Runbook::parse(text, path).unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let needs = needs::of(&runbook, &Estate::default(), false, at);
    let mut items = needs.items.iter();
    let zone = items.find(|item| item.about.starts_with("zone = ")).unwrap();
    assert_eq!(zone.state, Proof::CannotBeKnown, "{zone:?}");
    assert!(zone.told.contains("was not reached"), "{zone:?}");
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
