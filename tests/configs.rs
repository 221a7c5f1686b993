//! Every config that comes with the program is clean, and every broken one
//! is told with its place; what is right in it holds.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use lifeboat::config::{Config, EXAMPLE, Env, Flags, Origin, Paths};
use lifeboat::estate::ids::Region;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file is part of the project")
}

fn merged(text: &str, vars: &[(&str, &str)], flags: &Flags) -> Config {
    let env = Env::of(vars.iter().copied());
    let path = Path::new("config.toml");
    Config::merged(text, path, &env, flags, Paths::default())
}

#[test]
fn every_broken_config_is_told_with_its_place() {
    let mut files: Vec<PathBuf> = fs::read_dir(folder("tests/broken/configs"))
        .expect("the folder is part of the project")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 20, "only {} broken files", files.len());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let problems = Config::check(&read(&path), name);
        assert!(!problems.is_empty(), "{name} is not broken");
        let told: Vec<String> =
            problems.iter().map(ToString::to_string).collect();
        let expected = read(&path.with_extension("expected"));
        assert_eq!(told.join("\n"), expected.trim_end(), "{name}");
    }
}

#[test]
fn the_demos_config_is_clean_and_gives_objectives_and_accounts() {
    let path = folder("assets/scenarios/training-platform.config.toml");
    let config = merged(&read(&path), &[], &Flags::default());
    assert_eq!(config.problems, []);
    let names: Vec<&str> =
        config.accounts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["learn-data", "learn-prod"]);
    assert_eq!(config.rules.rules.len(), 40);
    assert_eq!(config.second_person, None, "the person's config says it");
}

#[test]
fn one_mistake_takes_away_only_what_it_is_about() {
    let text = r#"
        profile = "ops"
        targt_region = "eu-central-1"
        [accounts.good]
        id = "111122223333"
        [accounts.bad]
        idd = "444455556666"
        [[objective]]
        match = { name = "a" }
        tier = "Gold"
        [[objective]]
        match = { nam = "b" }
        tier = "Gold"
    "#;
    let config = merged(text, &[], &Flags::default());
    assert_eq!(config.problems.len(), 3);
    assert_eq!(config.profile.as_deref(), Some("ops"));
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.rules.rules.len(), 1);
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let file = r#"theme = "dark""#;
    let flags = Flags { theme: Some("mono".into()), ..Flags::default() };
    let vars = [("LIFEBOAT_THEME", "light")];
    let origin = |config: &Config| {
        let setting = config.origins.iter().find(|s| s.name == "theme");
        setting.expect("listed").origin.clone()
    };
    let all = merged(file, &vars, &flags);
    assert_eq!(all.theme.as_deref(), Some("mono"));
    assert_eq!(origin(&all), Origin::Flag("--theme"));
    let two = merged(file, &vars, &Flags::default());
    assert_eq!(two.theme.as_deref(), Some("light"));
    assert_eq!(origin(&two), Origin::Env("LIFEBOAT_THEME"));
    let one = merged(file, &[], &Flags::default());
    assert_eq!(one.theme.as_deref(), Some("dark"));
    assert_eq!(origin(&one), Origin::File);
    let none = merged("", &[], &Flags::default());
    assert_eq!((none.theme.clone(), origin(&none)), (None, Origin::Default));
}

#[test]
fn the_target_is_watched_and_the_estate_lives_in_the_first_other_region() {
    let flags = Flags {
        regions: vec!["eu-central-1".into(), "eu-west-1".into()],
        target_region: Some("eu-central-1".into()),
        ..Flags::default()
    };
    let config = merged("", &[], &flags);
    assert_eq!(config.source_region, Some(Region::new("eu-west-1")));
    let alone = Flags {
        regions: vec!["eu-west-1".into()],
        target_region: Some("eu-central-1".into()),
        ..Flags::default()
    };
    let config = merged("", &[], &alone);
    let regions: Vec<&str> =
        config.regions.iter().map(Region::as_str).collect();
    assert_eq!(regions, ["eu-west-1", "eu-central-1"]);
}

#[test]
fn the_region_of_a_shell_does_not_replace_those_of_the_file() {
    let file = r#"regions = ["eu-west-1", "eu-central-1"]"#;
    let vars = [("AWS_REGION", "us-east-1")];
    assert_eq!(merged(file, &vars, &Flags::default()).regions.len(), 2);
    let config = merged("", &vars, &Flags::default());
    assert_eq!(config.regions, [Region::new("us-east-1")]);
}

#[test]
fn the_usual_no_color_is_honoured_unless_it_is_empty() {
    let with =
        |value| merged("", &[("NO_COLOR", value)], &Flags::default()).no_color;
    assert!(with("1"));
    assert!(!with(""));
}

#[test]
fn a_mistyped_variable_is_told_with_the_nearest_one() {
    let vars = [("LIFEBOAT_TARGT_REGION", "x"), ("LIFEBOAT_ASCII", "perhaps")];
    let config = merged("", &vars, &Flags::default());
    let told: Vec<String> =
        config.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "LIFEBOAT_TARGT_REGION: error: unknown variable, did you mean \
             `LIFEBOAT_TARGET_REGION`?",
            "LIFEBOAT_ASCII: error: `perhaps` is neither 1 nor 0",
        ]
    );
}

#[test]
fn tiers_of_ones_own_serve_rules_and_tags() {
    let text = r#"
        idle_minutes = 30
        [tiers.Platinum]
        rpo = "1m"
        rto = "5m"
        [tiers.gold]
        rpo = "10m"
        rto = "30m"
        [pace]
        "backup/points" = "5m"
    "#;
    let config = merged(text, &[], &Flags::default());
    assert_eq!(config.problems, []);
    let minutes = SignedDuration::from_mins;
    let tiers: Vec<(&str, SignedDuration)> =
        config.rules.tiers.iter().map(|o| (o.tier.name(), o.rpo)).collect();
    assert_eq!(tiers[0], ("Gold", minutes(10)));
    assert_eq!(tiers[3], ("Platinum", minutes(1)));
    assert_eq!(config.idle, minutes(30));
    assert_eq!(config.paces["backup/points"], minutes(5));
}

#[test]
fn a_file_that_was_asked_for_and_is_missing_is_told_and_stops_nothing() {
    let flags = Flags {
        config: Some("/nowhere/lifeboat.toml".into()),
        ..Flags::default()
    };
    let config = Config::load(&Env::default(), &flags);
    let told = config.problems[0].to_string();
    assert_eq!(told, "/nowhere/lifeboat.toml: error: there is no such file");
    assert_eq!(config.idle, SignedDuration::from_mins(15));
}

#[test]
fn the_example_is_clean_also_where_it_is_commented_out() {
    let text = EXAMPLE;
    assert_eq!(Config::check(text, "example"), []);
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("#: ") {
            Some(said) => format!("{said}\n"),
            None => format!("{line}\n"),
        })
        .collect();
    assert_eq!(Config::check(&all, "example"), []);
    let config = merged(&all, &[], &Flags::default());
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.rules.rules.len(), 2);
    assert_eq!(config.paces.len(), 2);
}
