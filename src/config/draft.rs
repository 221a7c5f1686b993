//! A first config file, made of what this machine already knows; each value
//! says where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use toml::Value;

use super::aws_environment::Profile;

/// What a draft is made of.
#[derive(Clone, Debug)]
pub struct Known {
    /// The profiles of `~/.aws`.
    pub profiles: Vec<Profile>,
    /// Where they were read.
    pub from: String,
    /// Regions that the command line or the environment names.
    pub regions: Vec<String>,
    /// The Region one would recover in, where somebody named it.
    pub target: Option<String>,
    /// The profile to read with, where somebody named it.
    pub profile: Option<String>,
    /// Ids and names of the organisation's accounts, or why they are not
    /// known.
    pub organisation: Result<Vec<(String, String)>, String>,
}

/// Words in the name of a profile or role that only looks, and of one that
/// may change things.
const READS: [&str; 6] = ["read", "view", "audit", "observ", "-ro", "look"];
const WRITES: [&str; 6] =
    ["admin", "power", "operat", "write", "deploy", "failover"];

/// The environment words that a name may hold.
const ENVIRONMENTS: [(&str, &str); 5] = [
    ("prod", "PROD"),
    ("stag", "STAGING"),
    ("test", "TEST"),
    ("dev", "DEV"),
    ("sandbox", "SANDBOX"),
];

/// The text of the file.
pub fn draft(known: &Known) -> String {
    let mut out = String::from(
        "# lifeboat's config, a first draft by `lifeboat config init`. Lines \
         that begin\n# with \"#:\" are for you to decide: take the \"#: \" \
         away. `lifeboat config example`\n# explains every key, `lifeboat \
         config check` tells what is wrong and which\n# resource each \
         objective fits.\n",
    );
    profile(&mut out, known);
    regions(&mut out, known);
    out.push_str(
        "\n# Whether a second person approves what cannot be undone: off, \
         preferred or\n# required.\n#: second_person = \"preferred\"\n",
    );
    let names = accounts(&mut out, known);
    strangers(&mut out, known, names);
    out.push_str(
        "\n# Tiers come from the tags Backup and DR_Tier; this is for what \
         has none.\n#: [[objective]]\n#: match = { name = \"orders-*\" \
         }\n#: tier = \"Gold\"\n",
    );
    out
}

fn profile(out: &mut String, known: &Known) {
    if let Some(name) = &known.profile {
        let name = quoted(name);
        let _ = write!(
            out,
            "\n# From the command line or the environment.\nprofile = \
             {name}\n"
        );
    }
}

/// Every Region that somebody named, with who did.
fn regions(out: &mut String, known: &Known) {
    let mut said: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for region in known.regions.iter().chain(&known.target) {
        let by = "the command line or the environment".to_owned();
        said.entry(region).or_default().push(by);
    }
    for profile in &known.profiles {
        if let Some(region) = &profile.region {
            let by = format!("profile {}", profile.name);
            said.entry(region).or_default().push(by);
        }
    }
    out.push_str("\n# The Regions to watch.\n");
    for (region, by) in &said {
        let shown = by[..by.len().min(3)].join(", ");
        let more = match by.len().saturating_sub(3) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let _ = writeln!(out, "# {region}: from {shown}{more}");
    }
    let list: Vec<String> = said.keys().map(|r| quoted(r)).collect();
    let list = list.join(", ");
    if said.is_empty() {
        out.push_str("# Nothing here names one.\n");
        out.push_str("#: regions = [\"eu-west-1\", \"eu-central-1\"]\n");
    } else {
        let _ = writeln!(out, "regions = [{list}]");
    }
    out.push_str("\n# The Region one would recover in.\n");
    match &known.target {
        Some(target) => {
            let _ = writeln!(out, "target_region = {}", quoted(target));
        }
        None => out.push_str("#: target_region = \"eu-central-1\"\n"),
    }
}

/// A section for each account that a profile leads to; gives their ids.
fn accounts<'k>(out: &mut String, known: &'k Known) -> BTreeSet<&'k str> {
    let mut by_id: BTreeMap<&str, Vec<&Profile>> = BTreeMap::new();
    for profile in &known.profiles {
        if let Some(id) = profile.account.as_ref().filter(|id| is_id(id)) {
            by_id.entry(id).or_default().push(profile);
        }
    }
    let from = &known.from;
    if by_id.is_empty() {
        let _ = write!(
            out,
            "\n# No profile of {from} tells its account. Without accounts \
             here the one of\n# the profile is watched.\n"
        );
    }
    let mut taken = BTreeSet::new();
    for (id, profiles) in &by_id {
        account(out, known, (id, profiles), &mut taken);
    }
    by_id.into_keys().collect()
}

fn account(
    out: &mut String,
    known: &Known,
    (id, profiles): (&str, &[&Profile]),
    taken: &mut BTreeSet<String>,
) {
    let reads = |p: &&&Profile| says(p, &READS) && !says(p, &WRITES);
    let read = profiles.iter().find(reads).unwrap_or(&profiles[0]);
    let named = known.organisation.iter().flatten();
    let mut named = named.filter(|(known, _)| known == id);
    let (name, by) = match named.next() {
        Some((_, name)) => (name.as_str(), "Organizations"),
        None => (read.name.as_str(), "its profile"),
    };
    let from = &known.from;
    let name = free(&slug(name), taken);
    let _ = write!(
        out,
        "\n# Named by {by}; account {id} is in profile {} of {from}.\n\
         [accounts.{name}]\nid = {}\n",
        read.name,
        quoted(id)
    );
    let word = ENVIRONMENTS.iter().find(|(part, _)| name.contains(part));
    match word {
        Some((_, word)) => {
            let _ = writeln!(out, "environment = \"{word}\" # by its name");
        }
        None => out.push_str("#: environment = \"PROD\"\n"),
    }
    let role = |profile: &Profile| match &profile.role {
        Some(role) => format!(" # role {role}"),
        None => String::new(),
    };
    let (path, told) = (quoted(&read.name), role(read));
    let _ = writeln!(out, "read = {{ profile = {path} }}{told}");
    let others = profiles.iter().filter(|p| p.name != read.name);
    for other in others {
        let (path, told) = (quoted(&other.name), role(other));
        let _ = writeln!(out, "#: operate = {{ profile = {path} }}{told}");
    }
}

/// Accounts of the organisation that no profile leads to.
fn strangers(out: &mut String, known: &Known, met: BTreeSet<&str>) {
    let accounts = match &known.organisation {
        Ok(accounts) => accounts,
        Err(why) => {
            let why = why.replace(['\n', '\r'], " ");
            let _ = write!(
                out,
                "\n# Organizations was not asked, or did not tell its \
                 accounts: {why}\n"
            );
            return;
        }
    };
    let mut taken = BTreeSet::new();
    for (id, name) in accounts {
        if met.contains(id.as_str()) || !is_id(id) {
            continue;
        }
        let name = free(&slug(name), &mut taken);
        let _ = write!(
            out,
            "\n# From Organizations; no profile leads there.\n\
             #: [accounts.{name}]\n#: id = \"{id}\"\n#: read = {{ role_arn \
             = \"arn:aws:iam::{id}:role/lifeboat-read\" }}\n"
        );
    }
}

fn is_id(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit())
}

fn says(profile: &Profile, words: &[&str]) -> bool {
    let role = profile.role.as_deref().unwrap_or_default();
    let text = format!("{} {role}", profile.name).to_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// A name that TOML takes without quotes.
fn slug(name: &str) -> String {
    let plain = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    let text: String = name.chars().map(plain).collect();
    let parts: Vec<&str> = text.split('-').filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { "account".to_owned() } else { parts.join("-") }
}

fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n: u32| format!("{name}-{n}"));
    let mut names = [name.to_owned()].into_iter().chain(numbered);
    let free = names.find(|name| !taken.contains(name));
    let free = free.expect("numbers do not end");
    taken.insert(free.clone());
    free
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AwsFiles, Config};

    const FILES: &str = "\
[default]
region = eu-west-1
[profile shop-admin]
sso_account_id = 111122223333
sso_role_name = AdministratorAccess
region = eu-west-1
[profile shop-view]
sso_account_id = 111122223333
sso_role_name = ViewOnlyAccess
region = eu-central-1
[profile odd \"name\"]
role_arn = arn:aws:iam::444455556666:role/Audit
";

    fn known(files: &str) -> Known {
        let files =
            AwsFiles { config: Some(files.into()), ..AwsFiles::default() };
        Known {
            profiles: files.profiles(),
            from: "~/.aws/config".into(),
            regions: Vec::new(),
            target: None,
            profile: None,
            organisation: Ok(vec![
                ("111122223333".into(), "Shop Prod".into()),
                ("777788889999".into(), "Data".into()),
            ]),
        }
    }

    #[test]
    fn each_value_says_where_it_comes_from_and_the_whole_passes_its_check() {
        let text = draft(&known(FILES));
        assert!(Config::check(&text, "draft").is_empty(), "{text}");
        for part in [
            "# eu-west-1: from profile default, profile shop-admin",
            "regions = [\"eu-central-1\", \"eu-west-1\"]",
            "# Named by Organizations; account 111122223333 is in profile \
             shop-view of ~/.aws/config.",
            "[accounts.shop-prod]",
            "environment = \"PROD\" # by its name",
            "read = { profile = \"shop-view\" } # role ViewOnlyAccess",
            "#: operate = { profile = \"shop-admin\" } # role Administrator",
            "[accounts.odd-name]",
            "#: id = \"777788889999\"",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn what_is_left_to_decide_is_right_once_it_is_decided() {
        let text = draft(&known(FILES)).replace("#: ", "");
        assert!(Config::check(&text, "draft").is_empty(), "{text}");
    }

    #[test]
    fn a_machine_that_knows_nothing_gets_a_draft_too() {
        let none = Known {
            organisation: Err("denied\nby policy".into()),
            ..known("")
        };
        let text = draft(&none);
        assert!(Config::check(&text, "draft").is_empty(), "{text}");
        assert!(text.contains("accounts: denied by policy"));
        assert!(text.contains("Nothing here names one"));
    }
}
