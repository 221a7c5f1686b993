use super::*;

#[test]
fn a_session_name_holds_only_what_sts_takes() {
    assert_eq!(session_name("ann o'hara"), "lifeboat-annohara");
    assert_eq!(session_name(&"x".repeat(90)).len(), 64);
}

#[test]
fn a_change_is_sent_once_and_a_look_twice_at_most() {
    assert_eq!(Budget::Mutation.retries().max_attempts(), 1);
    assert_eq!(Budget::Read.retries().max_attempts(), 2);
}
