//! `config init`: writes a first config file.

use std::fs::create_dir_all;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::NamedTempFile;
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::super::reach;
use super::super::{Ended, INVALID, Start, complain, print, say, stop, traps};
use crate::aws::poll::look_once;
use crate::aws::session::Session;
use crate::config::draft::{Known, draft};
use crate::config::{Config, Origin};
use crate::estate::ids::{Account, Region};
use crate::estate::part::{Kind, Part};
use crate::estate::{Found, Source, What};
use crate::runbook::call::ROUTE53_HOME;

/// No longer than this is Organizations waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs the command.
pub(super) fn run(
    start: &Start,
    force: bool,
    only_print: bool,
    offline: bool,
) -> anyhow::Result<Ended> {
    let path = &start.config.file;
    if path.exists() && !force && !only_print {
        return Err(stop(
            INVALID,
            format!(
                "{} is there already; --print shows a draft, --force \
                 replaces the file",
                path.display()
            ),
        ));
    }
    let text = draft(&known(start, offline));
    if only_print {
        print(text.as_bytes());
        return Ok(Ended::Well);
    }
    write(path, &text)?;
    for problem in Config::check(&text, &path.display().to_string()) {
        complain(&problem.to_string());
    }
    say(&format!(
        "{} is written; read it, then `lifeboat config check`",
        path.display()
    ));
    Ok(Ended::Well)
}

fn known(start: &Start, offline: bool) -> Known {
    let config = &start.config;
    let named = |name: &str| {
        config.origins.iter().any(|told| {
            told.name == name
                && matches!(told.origin, Origin::Flag(_) | Origin::Env(_))
        })
    };
    let regions = config.regions.iter().map(ToString::to_string);
    let regions = if named("regions") { regions.collect() } else { vec![] };
    let target = config.target_region.as_ref().map(ToString::to_string);
    Known {
        profiles: start.aws.profiles(),
        from: start.aws.config_path.display().to_string(),
        regions,
        target: target.filter(|_| named("target_region")),
        profile: config.profile.clone().filter(|_| named("profile")),
        organisation: if offline {
            Err("--offline".to_owned())
        } else {
            organisation(start)
        },
    }
}

/// The accounts of the organisation, where one may list them.
fn organisation(start: &Start) -> Result<Vec<(String, String)>, String> {
    let traps = traps::all(start);
    if let Some(trap) = traps::hopeless(start, &traps).first() {
        return Err(trap.clone());
    }
    let reach = reach::real(start);
    let first = reach.session.accounts.first();
    let account = first.map(|spec| Account::new(&spec.name));
    let account = account.ok_or("no account is known")?;
    let home = Region::new(ROUTE53_HOME);
    let source = Source::aws(&account, &home, What::Parts(Kind::Member));
    let session = Session::new(reach.session);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let looking = look_once(&session, &source);
    let seen = runtime.block_on(async { timeout(LIMIT, looking).await });
    runtime.shutdown_background();
    let seen = seen.map_err(|_| "no answer in time".to_owned())?;
    match seen.found.map_err(|failure| failure.to_string())? {
        Found::Parts(parts) => Ok(parts
            .iter()
            .filter_map(|part| match part {
                Part::Member(member) => {
                    Some((member.id.clone(), member.name.clone()))
                }
                _ => None,
            })
            .collect()),
        _ => Err("another answer than a list of accounts".to_owned()),
    }
}

/// Puts the file there whole; only its owner may read it.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("{} cannot be written", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    create_dir_all(folder).with_context(cannot)?;
    let mut file = NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}
