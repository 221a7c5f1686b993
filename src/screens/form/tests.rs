use super::*;

fn arm() -> State {
    State::new(
        Purpose::Arm,
        "Arm",
        Vec::new(),
        vec![Ask::new("reason"), Ask::new("account").exact("learn-prod")],
        Timestamp::UNIX_EPOCH,
    )
}

fn type_in(form: &mut State, text: &str) {
    for c in text.chars() {
        form.text(Chord::char(c));
    }
}

#[test]
fn a_near_miss_of_an_exact_name_is_not_taken() {
    let mut form = arm();
    type_in(&mut form, "dark");
    assert_eq!(form.act(Action::InputSubmit), Came::Editing);
    type_in(&mut form, "learn-pro");
    assert_eq!(form.act(Action::InputSubmit), Came::Editing);
    assert_eq!(form.error.as_deref(), Some("type learn-prod to go on"));
    type_in(&mut form, "d");
    assert_eq!(
        form.act(Action::InputSubmit),
        Came::Filled(vec!["dark".into(), "learn-prod".into()])
    );
}

fn picker() -> State {
    let mut field = Ask::new("replica").filled("learn-db");
    field.offers =
        ["learn-auth-db", "learn-db", "learn-quiz-db"].map(Into::into).into();
    let fields = vec![field, Ask::new("zone").optional()];
    let now = Timestamp::UNIX_EPOCH;
    State::new(Purpose::Inputs(0), "Start", Vec::new(), fields, now)
}

fn body(form: &State) -> String {
    let body = form.view().body.concat();
    body.iter().map(|cell| &*cell.text).collect::<Vec<_>>().join("|")
}

#[test]
fn offers_are_picked_with_the_arrows_and_taken_with_enter() {
    let mut form = picker();
    assert_eq!(body(&form), "");
    form.act(Action::InputNewer);
    form.act(Action::InputNewer);
    form.act(Action::InputNewer);
    let seen = "3 of 3 known:|  learn-auth-db|  learn-db|> learn-quiz-db";
    assert_eq!(body(&form), seen);
    form.act(Action::InputSubmit);
    assert_eq!(form.fields[0].edit.value(), "learn-quiz-db");
    assert_eq!(form.focus, 1);
}

#[test]
fn offers_are_filtered_by_what_is_typed_and_tab_completes_the_first() {
    let mut form = picker();
    form.act(Action::InputDeleteToStart);
    type_in(&mut form, "QUIZ");
    assert_eq!(body(&form), "1 of 3 known:|  learn-quiz-db");
    form.act(Action::InputComplete);
    assert_eq!(form.fields[0].edit.value(), "learn-quiz-db");
    assert_eq!(form.focus, 0);
    form.act(Action::InputComplete);
    assert_eq!(form.focus, 1);
}

#[test]
fn a_name_that_no_offer_holds_is_taken_as_typed() {
    let mut form = picker();
    form.act(Action::InputDeleteToStart);
    type_in(&mut form, "other-db");
    assert_eq!(body(&form), "0 of 3 known:");
    form.act(Action::InputSubmit);
    assert_eq!(form.fields[0].edit.value(), "other-db");
    assert_eq!(form.focus, 1);
}

#[test]
fn an_exact_name_cannot_be_pasted() {
    let mut form = arm();
    assert!(form.paste("because"));
    form.act(Action::InputComplete);
    assert!(!form.paste("learn-prod"));
    assert!(form.fields[1].edit.is_empty());
}
