//! Two people, two consoles: who approves, who follows, who drives.
//!
//! Two consoles share one disk and one simulated AWS, on paused time. How one
//! takes over from another that was killed stands in `kill.rs`.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

mod flow;
mod pair;

use std::time::Duration;

use flow::{Flow, hand};
use lifeboat::incident::fact::Company;
use lifeboat::incident::fact::Fact;
use lifeboat::journal::disk::Disk;
use lifeboat::runbook::plan::Second;
use pair::{
    ANN, BOB, PROMOTE, Person, REPLICA, approve, both, bytes, company,
    console, driver, entries, happened, journal, other, send,
};

#[tokio::test(start_paused = true)]
async fn an_approval_from_another_console_lets_a_required_step_be_sent() {
    let mut ann = driver(Second::Required).await;
    // Without it the keys that send lead nowhere.
    send(&mut ann).await;
    assert_eq!(ann.applied(PROMOTE), 0, "{}", ann.screen());
    ann.keys("esc").await;
    ann.keys("x").await;
    let mut bob = other(&mut ann, BOB).await;
    assert!(bob.screen().contains("OBSERVER"), "{}", bob.screen());
    assert!(ann.screen().contains("waiting for approval"), "{}", ann.screen());
    approve(&mut ann, &mut bob).await;
    let shown = ann.screen();
    let told = "approved by bob (not independently verified)";
    assert!(shown.contains(told), "{shown}");
    assert_eq!(happened(&ann, "approved"), 1);
    assert_eq!(ann.applied(PROMOTE), 0, "the driver sends it");
    send(&mut ann).await;
    assert_eq!(ann.applied(PROMOTE), 1, "{}", ann.screen());
}

#[tokio::test(start_paused = true)]
async fn with_the_demand_switched_off_the_same_keys_send_at_once() {
    let mut ann = driver(Second::Off).await;
    send(&mut ann).await;
    assert_eq!(ann.applied(PROMOTE), 1, "{}", ann.screen());
}

/// Who approves, and what the driver is told of them.
async fn told_of(who: Person) -> String {
    let mut ann = driver(Second::Required).await;
    let mut bob = other(&mut ann, who).await;
    approve(&mut ann, &mut bob).await;
    ann.screen()
}

#[tokio::test(start_paused = true)]
async fn a_person_counts_as_another_only_by_aws_and_by_the_system_both() {
    let role = Some("second");
    let verified = Person { role, ..BOB };
    let shown = Box::pin(told_of(verified)).await;
    assert!(shown.contains("approved by bob"), "{shown}");
    assert!(!shown.contains("not independently"), "{shown}");
    for who in [
        BOB,
        Person { login: "ann", role, ..BOB },
        Person { login: "", role, ..BOB },
    ] {
        let shown = Box::pin(told_of(who)).await;
        let told = "approved by bob (not independently verified)";
        assert!(shown.contains(told), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_driver_cannot_approve_by_their_own_name_in_either_console() {
    let mut ann = driver(Second::Required).await;
    // At the same terminal.
    ann.text(REPLICA).await;
    ann.keys("tab").await;
    ann.text("Ann").await;
    ann.wait(Duration::from_millis(500)).await;
    ann.console.draw().unwrap();
    assert!(ann.screen().contains("that is the driver"), "{}", ann.screen());
    ann.keys("tab tab y e s").await;
    ann.wait(Duration::from_secs(5)).await;
    assert_eq!(ann.applied(PROMOTE), 0);
    ann.keys("esc").await;
    ann.keys("x").await;
    // From another console.
    let again = Person { pid: 3, ..ANN };
    let mut second = other(&mut ann, again).await;
    second.keys("5 x").await;
    both(&mut ann, &mut second, 2).await;
    assert!(second.console.model.overlay.is_none(), "nothing to type");
    let told = second.console.model.notices.back().map(|n| n.text.clone());
    let told = told.unwrap_or_default();
    assert!(told.contains("under a name of their own"), "{told}");
    // One that would not refuse is refused by the driver's console.
    second.console.model.setting.user = "somebody".into();
    approve(&mut ann, &mut second).await;
    assert_eq!(happened(&ann, "approved"), 0);
    let why = "was not taken: it is the driver's own name";
    let told = company(&ann).into_iter().any(|what| {
        matches!(what, Company::Relayed { text, .. } if text.contains(why))
    });
    assert!(told, "{:?}", company(&ann));
    // The same keys of another person are enough.
    drop(second);
    let mut bob = other(&mut ann, BOB).await;
    approve(&mut ann, &mut bob).await;
    assert_eq!(happened(&ann, "approved"), 1, "{}", ann.screen());
}

#[tokio::test(start_paused = true)]
async fn an_approval_counts_for_the_plan_that_is_shown_and_no_other() {
    let mut ann = driver(Second::Required).await;
    let mut bob = other(&mut ann, BOB).await;
    // The driver has put the plan away before the approval comes.
    ann.keys("esc").await;
    approve(&mut ann, &mut bob).await;
    assert_eq!(happened(&ann, "approved"), 0);
    let why = "that plan is not the one shown";
    let told = company(&ann).into_iter().any(|what| {
        matches!(what, Company::Relayed { text, .. } if text.contains(why))
    });
    assert!(told, "{:?}", company(&ann));
    ann.keys("x").await;
    send(&mut ann).await;
    assert_eq!(ann.applied(PROMOTE), 0, "{}", ann.screen());
}

/// Goes on alone as soon as so much time has passed since the plan opened;
/// how often it was sent.
async fn alone(second: Second, waited: Duration) -> (usize, Flow) {
    let mut ann = driver(second).await;
    ann.wait(waited).await;
    ann.text(REPLICA).await;
    ann.keys("tab tab").await;
    ann.text("nobody answers the pager").await;
    ann.keys("tab y e s").await;
    ann.wait(Duration::from_secs(5)).await;
    (ann.applied(PROMOTE), ann)
}

#[tokio::test(start_paused = true)]
async fn the_driver_goes_alone_after_a_minute_where_a_second_is_preferred() {
    let minute = Duration::from_mins(1);
    let early = Duration::from_secs(50);
    assert_eq!(alone(Second::Preferred, early).await.0, 0, "too early");
    assert_eq!(alone(Second::Required, 3 * minute).await.0, 0, "required");
    let (sent, mut ann) = alone(Second::Preferred, minute).await;
    assert_eq!(sent, 1, "{}", ann.screen());
    ann.keys("6 e").await;
    ann.wait(Duration::from_secs(2)).await;
    let path = journal(&ann).join("export/report.md");
    let report = String::from_utf8(ann.disk.read(&path).unwrap()).unwrap();
    let first = report.lines().find(|line| line.starts_with("> "));
    let first = first.unwrap_or_default();
    assert!(first.contains("ALONE: promote was confirmed by ann"), "{first}");
    assert!(first.contains("nobody answers the pager"), "{first}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_left_alone_for_five_minutes_is_read_again_from_the_top() {
    let mut ann = driver(Second::Off).await;
    ann.text(REPLICA).await;
    ann.keys("tab").await;
    ann.wait(Duration::from_secs(301)).await;
    ann.console.draw().unwrap();
    let shown = ann.screen();
    assert!(shown.contains("MEANTIME"), "{shown}");
    ann.keys("y e s").await;
    ann.wait(Duration::from_secs(5)).await;
    assert_eq!(ann.applied(PROMOTE), 0, "what was typed is forgotten");
    // In less time it is not.
    let mut ann = driver(Second::Off).await;
    ann.text(REPLICA).await;
    ann.keys("tab").await;
    ann.wait(Duration::from_secs(200)).await;
    ann.keys("y e s").await;
    ann.wait(Duration::from_secs(5)).await;
    assert_eq!(ann.applied(PROMOTE), 1, "{}", ann.screen());
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_each_entry_and_changes_nothing() {
    let mut ann = driver(Second::Off).await;
    ann.keys("esc").await;
    let mut bob = other(&mut ann, BOB).await;
    both(&mut ann, &mut bob, 2).await;
    let before = bytes(&ann);
    let quiet = |flow: &Flow| flow.sim.applied(PROMOTE);
    for keys in [
        "5 g a", "esc", "x", "esc", "s", "esc", "A", "esc", "r", "v", "p",
        "esc", "6 e", "5 H", "esc", "g i", "esc",
    ] {
        bob.keys(keys).await;
        bob.wait(Duration::from_millis(500)).await;
        assert!(!bob.console.model.mode.is_armed(), "after {keys}");
    }
    bob.keys(":").await;
    bob.text("incident.close").await;
    bob.keys("enter").await;
    bob.wait(Duration::from_millis(500)).await;
    bob.text("closed by the wrong person").await;
    bob.keys("enter").await;
    bob.wait(Duration::from_secs(2)).await;
    assert_eq!(bytes(&ann), before, "the journal is as it was");
    assert_eq!(quiet(&ann), 0);
    // The same keys of the driver do change it.
    ann.keys("m").await;
    ann.wait(Duration::from_millis(500)).await;
    ann.text("the driver writes").await;
    ann.keys("enter").await;
    both(&mut ann, &mut bob, 2).await;
    assert_ne!(bytes(&ann), before);
    let seen = |flow: &Flow| {
        let open = flow.console.model.open.as_ref().unwrap();
        let entries = open.incident.entries.iter();
        (entries.map(|entry| entry.seq).collect::<Vec<_>>(), open.head.clone())
    };
    assert_eq!(seen(&bob), seen(&ann), "each entry, and the same chain");
    assert!(bob.screen().contains("the driver writes"), "{}", bob.screen());
}

/// How often the words of another person stand in the journal.
fn relayed(flow: &Flow, words: &str) -> usize {
    let is = |what: &Company| matches!(what, Company::Relayed { text, .. } if text == words);
    company(flow).iter().filter(|what| is(what)).count()
}

#[tokio::test(start_paused = true)]
async fn a_note_of_an_observer_is_taken_once_also_over_a_restart() {
    let mut ann = driver(Second::Off).await;
    ann.keys("esc").await;
    let mut bob = other(&mut ann, BOB).await;
    let note = async |bob: &mut Flow, text: &str| {
        bob.keys("m").await;
        bob.wait(Duration::from_millis(500)).await;
        bob.text(text).await;
        bob.keys("enter").await;
        bob.wait(Duration::from_secs(1)).await;
    };
    note(&mut bob, "orders answer again").await;
    both(&mut ann, &mut bob, 2).await;
    assert_eq!(relayed(&ann, "orders answer again"), 1);
    let id = ann.incident();
    let (sim, disk) = (ann.sim.clone(), ann.disk.clone());
    drop(ann);
    note(&mut bob, "said while nobody drove").await;
    let mut ann = console(&sim, &disk, ANN, Second::Off, Some(id));
    both(&mut ann, &mut bob, 5).await;
    assert_eq!(relayed(&ann, "orders answer again"), 1);
    assert_eq!(relayed(&ann, "said while nobody drove"), 1);
    let came = company(&ann)
        .into_iter()
        .filter(|what| matches!(what, Company::Watching { came: true, .. }));
    assert_eq!(came.count(), 1, "bob came once and never left");
    drop(bob);
    ann.wait(Duration::from_secs(2)).await;
    let left = company(&ann)
        .into_iter()
        .any(|what| matches!(what, Company::Watching { came: false, .. }));
    assert!(left, "and leaves");
}

async fn offer(ann: &mut Flow, bob: &mut Flow, to: &str) {
    ann.keys("5 H").await;
    both(ann, bob, 1).await;
    ann.text(to).await;
    ann.keys("enter").await;
    ann.text("my shift ends at six").await;
    ann.keys("enter").await;
    both(ann, bob, 2).await;
}

#[tokio::test(start_paused = true)]
async fn the_incident_is_handed_over_and_the_other_person_drives_disarmed() {
    let mut ann = driver(Second::Off).await;
    ann.keys("esc").await;
    let mut bob = other(&mut ann, BOB).await;
    // Before the offer there is nothing to take.
    bob.keys("5 H").await;
    both(&mut ann, &mut bob, 1).await;
    assert!(bob.console.model.overlay.is_none(), "{}", bob.screen());
    offer(&mut ann, &mut bob, "carla").await;
    assert!(bob.screen().contains("offered to carla"), "{}", bob.screen());
    bob.keys("5 H enter").await;
    both(&mut ann, &mut bob, 1).await;
    let brief = bob.screen();
    for word in ["OBJECTIVE", "IN FLIGHT", "UNKNOWN", "NEXT", "LAST"] {
        assert!(brief.contains(word), "{word}\n{brief}");
    }
    bob.text("bob").await;
    bob.keys("enter").await;
    let next = {
        let open = bob.console.model.open.as_ref().unwrap();
        let run = open.run().unwrap();
        let (spec, _) = run.steps().nth(run.current().unwrap()).unwrap();
        run.title(spec)
    };
    // What is no step leads nowhere.
    bob.text("anything else").await;
    bob.keys("enter").await;
    both(&mut ann, &mut bob, 2).await;
    assert!(ann.console.model.mode.is_armed(), "ann still drives");
    bob.keys("tab tab ctrl-u").await;
    bob.keys("ctrl-u").await;
    retype(&mut bob, &next).await;
    both(&mut ann, &mut bob, 5).await;
    let (theirs, ours) = (bob.screen(), ann.screen());
    assert!(ours.contains("OBSERVER"), "{ours}");
    assert!(!theirs.contains("OBSERVER"), "{theirs}");
    assert!(!bob.console.model.mode.is_armed(), "disarmed");
    let read_back = company(&ann).into_iter().any(|what| {
        matches!(what, Company::HandedOver { by, readback }
            if by.name == "bob" && readback == next)
    });
    assert!(read_back, "{:?}", company(&ann));
    let other = "bob answers the offer that was made to carla";
    assert_eq!(relayed(&ann, other), 1, "{:?}", company(&ann));
    let last = entries(&ann)
        .into_iter()
        .rev()
        .find(|entry| matches!(entry.fact, Fact::Claimed { .. }));
    assert_eq!(last.unwrap().by.user, "bob");
    // Who handed it over can change nothing; who took it can.
    ann.keys("5 g a").await;
    both(&mut ann, &mut bob, 1).await;
    assert!(ann.console.model.overlay.is_none(), "{}", ann.screen());
    hand::arm(&mut bob).await;
    bob.keys("x").await;
    bob.wait(Duration::from_secs(1)).await;
    send(&mut bob).await;
    assert_eq!(bob.applied(PROMOTE), 1, "{}", bob.screen());
    both(&mut ann, &mut bob, 2).await;
    let run = ann.console.model.open.as_ref().unwrap().run().unwrap();
    assert!(run.step("promote").unwrap().1.is_sent(), "ann sees it");
}

/// Types the title of the next step into the form in front.
async fn retype(bob: &mut Flow, next: &str) {
    use lifeboat::app::Overlay;
    let focus = |bob: &Flow| match &bob.console.model.overlay {
        Some(Overlay::Form(form)) => form.focus,
        other => panic!("the form is there: {other:?}"),
    };
    while focus(bob) != 1 {
        bob.keys("down").await;
    }
    bob.keys("end ctrl-u").await;
    bob.text(next).await;
    bob.keys("enter").await;
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_is_declined_or_withdrawn_leaves_the_driver_driving() {
    let mut ann = driver(Second::Off).await;
    ann.keys("esc").await;
    let mut bob = other(&mut ann, BOB).await;
    offer(&mut ann, &mut bob, "bob").await;
    bob.keys("5 H down enter").await;
    both(&mut ann, &mut bob, 1).await;
    bob.text("I am in another incident").await;
    bob.keys("enter").await;
    both(&mut ann, &mut bob, 2).await;
    let ended = |flow: &Flow, words: &str| {
        company(flow).into_iter().any(|what| {
            matches!(what, Company::HandOverEnded { why }
                if why.contains(words))
        })
    };
    assert!(ended(&ann, "bob declined: I am in another incident"));
    offer(&mut ann, &mut bob, "bob").await;
    ann.keys("5 H down enter").await;
    both(&mut ann, &mut bob, 2).await;
    assert!(ended(&ann, "taken back by the driver"));
    assert!(ann.console.model.mode.is_armed());
    assert!(bob.screen().contains("OBSERVER"), "{}", bob.screen());
}
