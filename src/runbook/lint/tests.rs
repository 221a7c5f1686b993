use super::*;

const SHIPPED: &str =
    include_str!("../../../runbooks/rds-replica-failover.toml");

fn codes(text: &str) -> Vec<&'static str> {
    let runbook = Runbook::parse(text, "x.toml")
        .unwrap_or_else(|problems| panic!("{}", problems[0]));
    let mut codes: Vec<_> =
        lint(&runbook, text, "x.toml").iter().map(|p| p.code).collect();
    codes.dedup();
    codes
}

#[test]
fn a_shipped_runbook_depends_on_the_home_region_and_on_nothing_else() {
    for text in [
        SHIPPED,
        include_str!("../../../runbooks/aurora-global-failover.toml"),
        include_str!("../../../runbooks/traffic-switch.toml"),
    ] {
        assert_eq!(codes(text), ["home-region"]);
    }
    let drill = include_str!("../../../runbooks/restore-drill.toml");
    assert_eq!(codes(drill), [] as [&str; 0]);
}

#[test]
fn each_rule_is_broken_by_taking_out_what_it_asks_for() {
    for (code, from, to) in [
        ("no-fresh-check", "fresh = \"3m\"\n", ""),
        ("drill-output", "backup_retention_days = 7", "drill = \"simulate\""),
        ("no-timeout", "timeout = \"30m\"\n", ""),
        (
            "no-expect",
            "expect = \"1m\"\ntimeout = \"10m\"\n",
            "timeout = \"10m\"\n",
        ),
        ("over-rto", "rto = \"15m\"", "rto = \"2m\""),
        ("no-objective", "rpo = \"5m\"\n", ""),
        ("no-health", "milestone = \"service-healthy\"\n", ""),
        (
            "irreversible-skip",
            "backup_retention_days = 7",
            "skip = { allowed = true }",
        ),
        (
            "long-title",
            "title = \"Fail over now?\"",
            "title = \"Is it now, or is it rather not yet, the time to fail over now?\"",
        ),
        ("secret", "owner = \"the", "owner = \"AKIAIOSFODNN7EXAMPLE the"),
    ] {
        let broken = SHIPPED.replacen(from, to, 1);
        assert_ne!(broken, SHIPPED, "{code}: nothing was replaced");
        assert!(codes(&broken).contains(&code), "{code}");
    }
}

const TRIAL: &str = include_str!("../../../tests/runs/books/trial.toml");

#[test]
fn rules_on_conduct_are_broken_by_saying_otherwise() {
    assert!(!codes(TRIAL).contains(&"bad-way-back"));
    for (code, from, to) in [
        ("bad-way-back", "undoes = \"traffic\"", "undoes = \"proof\""),
        ("bad-way-back", "backup_retention_days = 7", "undoes = \"traffic\""),
        (
            "way-back-needs",
            "undoes = \"traffic\"",
            "undoes = \"traffic\"\nneeds = [\"proof\"]",
        ),
        (
            "trial-without-exit",
            ", goto = \"traffic-back\" }",
            ", goto = \"proof\" }",
        ),
        (
            "blind-readback",
            "backup_retention_days = 7",
            "readback = { ask = \"zone\", value = \"{zone}\" }",
        ),
        (
            "needless-readback",
            "fresh = \"30m\"",
            "readback = { ask = \"zone\", value = \"{zone}\" }",
        ),
    ] {
        let broken = TRIAL.replacen(from, to, 1);
        assert_ne!(broken, TRIAL, "{code}: nothing was replaced");
        assert!(codes(&broken).contains(&code), "{code}");
    }
}

#[test]
fn every_rule_has_its_own_name() {
    let mut codes: Vec<_> = LINTS.iter().map(|lint| lint.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), LINTS.len());
}
