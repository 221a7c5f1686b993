//! Runbook files on the command line: judged, printed and begun.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use lifeboat::estate::ids::{Account, Region};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Estate, Found, Observation, Source, What};

use super::Home;

const ACCOUNT: &str = "111122223333";

/// A file of the folder of broken runbooks.
fn broken(code: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken/runbooks");
    fs::read_to_string(format!("{folder}/lint/{code}.toml")).unwrap()
}

#[test]
fn what_ships_is_clean_under_strict_and_says_what_it_accepts() {
    let home = Home::new();
    let said = home.well(&["runbook", "lint", "--strict"]);
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
    assert!(said.contains("accepted[home-region]"), "{said}");
    assert!(said.contains("  why: "), "{said}");
    assert!(said.contains("not judged, no estate: name-gone"), "{said}");
    assert!(said.contains("not judged, no journal: never-dr"), "{said}");
}

#[test]
fn a_warning_fails_under_strict_until_it_is_accepted() {
    let home = Home::new();
    let text = broken("no-timeout");
    let file = home.put("own.toml", &text);
    let line = ["runbook", "lint", file.to_str().unwrap()];
    let said = home.well(&line);
    assert!(said.contains("0 errors, 1 warnings, 0 accepted"), "{said}");
    let strict = [&line[..], &["--strict"]].concat();
    assert_eq!(home.run(&strict).code, 253);
    let accept = "[runbook]\naccept = [{ lint = \"no-timeout\", \
                  why = \"it is a demonstration\" }]\n";
    home.put("own.toml", &text.replace("[runbook]\n", accept));
    let said = home.well(&strict);
    assert!(said.contains("why: it is a demonstration"), "{said}");
    home.put("own.toml", &broken("shell"));
    assert_eq!(home.run(&line).code, 253);
}

/// An estate that a console saved a while ago, without any database.
fn save(home: &Home, at: Timestamp) {
    let config = format!(
        "regions = [\"eu-central-1\"]\n[accounts.prod]\nid = \"{ACCOUNT}\"\n"
    );
    home.put("config/config.toml", &config);
    let mut estate = Estate::default();
    let (account, region) =
        (Account::new(ACCOUNT), Region::new("eu-central-1"));
    estate.apply(Observation {
        source: Source::aws(&account, &region, What::Instances),
        begun: at,
        at,
        found: Ok(Found::Instances([].into())),
        partial: None,
    });
    let place =
        Place { account: ACCOUNT.to_owned(), endpoint: None, simulated: None };
    let file = Path::new("state/estates").join(place.file_name());
    let saved = serde_json::to_string(&estate.save(place, at)).unwrap();
    home.put(file.to_str().unwrap(), &saved);
}

#[test]
fn a_saved_estate_is_judged_by_and_its_age_is_told() {
    let home = Home::new();
    save(&home, "2026-05-01T03:00:00Z".parse().unwrap());
    let said = home.run(&["runbook", "lint"]);
    assert_eq!(said.code, 253, "{}{}", said.out, said.err);
    for words in [
        "error[name-gone]: input replica: there was no instance \
         learn-db-replica at 2026-05-01 03:00:00Z",
        "judged by the estate saved here, seen 2026-05-01 03:00:00Z",
        " ago\n",
        "no answer of rds/clusters eu-central-1",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    assert!(!said.out.contains("no estate"), "{}", said.out);
}

#[test]
fn ones_own_runbook_begins_from_a_pattern_and_replaces_nothing() {
    let home = Home::new();
    let out = home.path("config/runbooks/payments.toml");
    let out = out.to_str().unwrap();
    let line = ["runbook", "new", "rds-replica-failover", "--out", out];
    home.well(&line);
    let list = home.well(&["runbook", "list"]);
    assert!(list.contains("payments  "), "{list}");
    let said = home.well(&["runbook", "lint", out, "--strict"]);
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
    let before = fs::read(out).unwrap();
    assert_eq!(home.run(&line).code, 252);
    assert_eq!(fs::read(out).unwrap(), before);
    let said = home.run(&["runbook", "new", "no-such"]);
    assert_eq!(said.code, 252);
    assert!(said.err.contains("rds-replica-failover"), "{}", said.err);
}

#[test]
fn the_paper_twin_is_of_the_very_file() {
    let home = Home::new();
    let file = home.put("own.toml", &broken("no-limit"));
    let line = ["runbook", "render", file.to_str().unwrap()];
    let first = home.well(&line);
    assert_eq!(home.well(&line), first, "two sheets of one file are the same");
    let hash = |sheet: &str| {
        let all = sheet.split('`').filter(|word| word.len() == 64);
        let all: Vec<String> = all.map(str::to_owned).collect();
        assert_eq!(all.len(), 2, "at its head and at its foot");
        assert_eq!(all[0], all[1]);
        all[0].clone()
    };
    home.put("own.toml", &(broken("no-limit") + "# a word more\n"));
    assert_ne!(hash(&home.well(&line)), hash(&first));
    home.put("own.toml", "schema = 1\n");
    assert_eq!(home.run(&line).code, 253);
}
