//! The traps of the AWS environment, for every profile that will be used.

use std::cmp::Reverse;
use std::path::Path;

use super::Start;
use crate::aws::trust;
use crate::config::aws_environment::Weight;
use crate::config::{AccountConfig, Env, Trap, check_aws_environment};

/// All traps, each once, the worst first.
pub(super) fn all(start: &Start) -> Vec<Trap> {
    let Start { env, aws, config, now, .. } = start;
    let knows_region = !config.regions.is_empty();
    let mut names = profiles(&config.accounts);
    if names.is_empty() {
        names.push(config.profile.as_deref());
    }
    let mut traps = Vec::new();
    for name in names {
        let name = name.or(config.profile.as_deref());
        for trap in check_aws_environment(env, aws, name, knows_region, *now) {
            if !traps.contains(&trap) {
                traps.push(trap);
            }
        }
    }
    traps.extend(bundle(env));
    traps.sort_by_key(|trap| Reverse(trap.weight));
    traps
}

/// The bundle of certificates that TLS is to be trusted by, if it cannot be
/// used: no connection would then be trusted.
fn bundle(env: &Env) -> Option<Trap> {
    let variable = trust::VARIABLE;
    let path = env.var(variable).filter(|path| !path.is_empty())?;
    let why = trust::examine(Path::new(path)).err()?;
    Some(Trap {
        code: "ca-bundle",
        weight: Weight::Stops,
        what: format!("{variable}={path} cannot be used: {why}."),
        fix: "Name a file of PEM certificates, or unset it to trust those \
            of this machine."
            .into(),
    })
}

/// Those by which nothing at all could be seen. A sign-in that has run out
/// is none of them: it can be renewed beside the running console, which
/// meanwhile shows what was saved.
pub(super) fn hopeless(start: &Start, traps: &[Trap]) -> Vec<String> {
    let ways = profiles(&start.config.accounts).len();
    let stops = traps.iter().filter(|trap| {
        trap.weight == Weight::Stops
            && match trap.code {
                "region" | "ca-bundle" => true,
                "profile" => ways < 2,
                _ => false,
            }
    });
    stops.map(ToString::to_string).collect()
}

/// The profiles that accounts are read, operated and rescued with.
fn profiles(accounts: &[AccountConfig]) -> Vec<Option<&str>> {
    let ways = accounts.iter().flat_map(|account| {
        [&account.read, &account.operate, &account.break_glass]
    });
    let mut names: Vec<Option<&str>> =
        ways.flatten().map(|way| way.profile.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
