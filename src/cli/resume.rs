//! Which interrupted incident is taken up again, and by which command.

use std::path::{Path, PathBuf};

use super::args::Demo;
use super::reach::Reach;
use super::{Ended, Start, USAGE, console, stop};
use crate::config::{Config, Origin};
use crate::journal::disk::RealDisk;
use crate::journal::incidents::{Incidents, Listed};

/// A way to take up an incident again: by its id, or the newest that was
/// interrupted.
#[derive(Clone, Debug)]
pub(super) enum Resume {
    /// This one.
    Id(String),
    /// The newest of this AWS that is open: first one that no console holds,
    /// else one to follow.
    Newest,
}

/// The incident to take up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Its id.
    pub(super) id: String,
    /// What the person must know before they believe what is seen.
    pub(super) warning: Option<String>,
}

/// Opens the console on an incident: this one, or the newest that was
/// interrupted; on the simulated AWS of a scenario, where one is named.
pub(super) fn run(
    start: &Start,
    incident: Option<&str>,
    demo: Option<&str>,
) -> anyhow::Result<Ended> {
    let wish = incident.map_or(Resume::Newest, |id| Resume::Id(id.to_owned()));
    let demo = demo.map(|name| Demo { scenario: name.to_owned(), speed: 1 });
    console::open(start, demo.as_ref(), Some(wish))
}

/// Finds what is wished for. What was run on another AWS is not looked for
/// on this one: the error says the command that asks the right one.
pub(super) fn chosen(
    start: &Start,
    reach: &Reach,
    wish: &Resume,
) -> anyhow::Result<Chosen> {
    let here = listed(&reach.state)?;
    match wish {
        Resume::Id(id) => match here.iter().find(|one| one.id == *id) {
            Some(one) => named(one, start, reach),
            None => Err(elsewhere(id, start, reach)?),
        },
        Resume::Newest => newest(here, start, reach),
    }
}

fn listed(state: &Path) -> anyhow::Result<Vec<Listed>> {
    Ok(Incidents::below(state).list(&RealDisk::reading())?)
}

/// Where incidents lie: those on AWS, and those on simulated ones.
pub(super) fn roots(start: &Start) -> [PathBuf; 2] {
    let paths = &start.config.paths;
    [paths.state.clone(), paths.simulated()]
}

fn named(
    one: &Listed,
    start: &Start,
    reach: &Reach,
) -> anyhow::Result<Chosen> {
    let id = one.id.clone();
    let command = command(one, &start.config);
    let place = &reach.place;
    if one.simulated.is_some() && one.simulated != place.simulated {
        let name = one.simulated.as_deref().unwrap_or_default();
        let text = format!(
            "{id} was run on the simulated AWS of {name}. Take it up again \
             with:\n  {command}"
        );
        return Err(stop(USAGE, text));
    }
    let differs = one.endpoint != place.endpoint;
    let warning = differs.then(|| {
        format!(
            "{id} was run against {}, and this console asks {}: what it \
             finds there tells nothing of what was sent. Better: {command}",
            one.endpoint.as_deref().unwrap_or("AWS itself"),
            place.endpoint.as_deref().unwrap_or("AWS itself"),
        )
    });
    Ok(Chosen { id, warning })
}

/// What to tell of an incident that does not lie here.
fn elsewhere(
    id: &str,
    start: &Start,
    reach: &Reach,
) -> anyhow::Result<anyhow::Error> {
    for root in roots(start) {
        if let Some(one) = listed(&root)?.iter().find(|one| one.id == id) {
            let command = command(one, &start.config);
            let text = format!(
                "{id} was run on another AWS. Take it up again with:\n  \
                 {command}"
            );
            return Ok(stop(USAGE, text));
        }
    }
    let root = Incidents::below(&reach.state);
    let root = root.root().display();
    let text = format!(
        "there is no incident {id} in {root}; see: lifeboat incident list"
    );
    Ok(stop(USAGE, text))
}

fn newest(
    here: Vec<Listed>,
    start: &Start,
    reach: &Reach,
) -> anyhow::Result<Chosen> {
    let disk = RealDisk::reading();
    let place = &reach.place;
    let (fit, others): (Vec<Listed>, Vec<Listed>) =
        here.into_iter().filter(Listed::can_be_taken_up).partition(|one| {
            one.simulated == place.simulated && one.endpoint == place.endpoint
        });
    let free = fit.iter().find(|one| !one.is_held(&disk));
    if let Some(one) = free {
        return Ok(Chosen { id: one.id.clone(), warning: None });
    }
    // One that another console drives is followed.
    if let Some(one) = fit.first() {
        return Ok(Chosen { id: one.id.clone(), warning: None });
    }
    let mut text = "no incident of this AWS is open".to_owned();
    if let Some(one) = others.iter().find(|one| !one.is_held(&disk)) {
        let command = command(one, &start.config);
        text = format!("{text}. Of another one there is:\n  {command}");
    } else if let Some(one) = beyond(start, &reach.state)? {
        let command = command(&one, &start.config);
        text = format!("{text}. Of another one there is:\n  {command}");
    }
    Err(stop(USAGE, text))
}

/// The newest that is open where other AWSs' incidents lie: first one that
/// no console holds.
fn beyond(start: &Start, state: &Path) -> anyhow::Result<Option<Listed>> {
    let disk = RealDisk::reading();
    let mut open = Vec::new();
    for root in roots(start).iter().filter(|root| *root != state) {
        let all = listed(root)?.into_iter();
        open.extend(all.filter(Listed::can_be_taken_up));
    }
    let free = open.iter().position(|one| !one.is_held(&disk));
    let place = free.unwrap_or(0);
    Ok((place < open.len()).then(|| open.swap_remove(place)))
}

/// The whole command that takes an incident up again on the AWS it was run
/// on, with the flags of this call that reach AWS.
pub(super) fn command(one: &Listed, config: &Config) -> String {
    let (simulated, endpoint) = (&one.simulated, &one.endpoint);
    of(&one.id, simulated.as_deref(), endpoint.as_deref(), config)
}

/// The same of an incident that is open here.
pub(super) fn of(
    id: &str,
    simulated: Option<&str>,
    endpoint: Option<&str>,
    config: &Config,
) -> String {
    let plain = config.origins.iter().any(|one| {
        one.name == "plain" && matches!(one.origin, Origin::Flag(_))
    });
    let plain = if plain { " --plain" } else { "" };
    let command = format!("lifeboat runbook resume {id}{plain}");
    if let Some(scenario) = simulated {
        return format!("{command} --demo {}", quoted(scenario));
    }
    let command = format!("{command}{}", flags(config));
    match endpoint {
        None => command,
        Some(url) if url.starts_with("http") => {
            format!("{command} --endpoint-url {}", quoted(url))
        }
        // Some services have an endpoint of their own, each by a variable.
        Some(some) => {
            let set = some.split(' ').filter_map(|one| {
                let (service, url) = one.split_once('=')?;
                let service = service.to_uppercase();
                Some(format!("AWS_ENDPOINT_URL_{service}={} ", quoted(url)))
            });
            format!("{}{command}", set.collect::<String>())
        }
    }
}

/// The flags of this call that say how AWS is reached, the endpoint aside.
fn flags(config: &Config) -> String {
    let named = ["profile", "regions", "target_region"];
    let said = config.origins.iter().filter(|one| named.contains(&one.name));
    said.filter_map(|one| match one.origin {
        Origin::Flag(flag) => Some(format!(" {flag} {}", quoted(&one.value))),
        _ => None,
    })
    .collect()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Env, Flags, Paths};

    fn config(flags: &Flags) -> Config {
        let env = Env::default();
        Config::merged("", Path::new("x"), &env, flags, Paths::default())
    }

    #[test]
    fn the_command_names_the_aws_that_the_incident_was_run_on() {
        let plain = config(&Flags::default());
        let told =
            |simulated, endpoint| of("INC-1", simulated, endpoint, &plain);
        assert_eq!(told(None, None), "lifeboat runbook resume INC-1");
        assert_eq!(
            told(Some("my world.toml"), None),
            "lifeboat runbook resume INC-1 --demo 'my world.toml'"
        );
        assert_eq!(
            told(None, Some("http://127.0.0.1:4599")),
            "lifeboat runbook resume INC-1 --endpoint-url \
             http://127.0.0.1:4599"
        );
        assert_eq!(
            told(None, Some("rds=http://a:1 route_53=http://b:2")),
            "AWS_ENDPOINT_URL_RDS=http://a:1 \
             AWS_ENDPOINT_URL_ROUTE_53=http://b:2 \
             lifeboat runbook resume INC-1"
        );
    }

    #[test]
    fn the_command_keeps_the_flags_that_reach_aws() {
        let flags = Flags {
            profile: Some("ops".into()),
            regions: vec!["eu-west-1".into(), "eu-central-1".into()],
            theme: Some("mono".into()),
            ..Flags::default()
        };
        assert_eq!(
            of("INC-1", None, None, &config(&flags)),
            "lifeboat runbook resume INC-1 --profile ops --region \
             eu-west-1,eu-central-1"
        );
    }
}
