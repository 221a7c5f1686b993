//! `observe --once --save`: one full look, saved for the night on which no
//! API answers.

use std::fs::create_dir_all;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use tempfile::NamedTempFile;
use tokio::runtime::Builder;

use super::args::Observe as Args;
use super::look::{self, Looked};
use super::reach::Reach;
use super::{Ended, PARTIAL, SERVICE, Start, library, say, shared, stop};
use crate::aws::record::{self, Object};
use crate::aws::session::Session;
use crate::config::Shared;

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let looked = look::once(start, &args.asking, |_| true)?;
    let Looked { reach, estate, sources, now, .. } = looked;
    let seen = sources
        .iter()
        .filter(|source| {
            estate
                .known(source)
                .is_some_and(|known| known.bears(now, estate.pace(source)))
        })
        .count();
    let mut saved = estate.save(reach.place.clone(), now);
    saved.runbooks = library::kept(&start.config.paths.runbooks());
    let bytes = serde_json::to_vec(&saved)?;
    match &args.save {
        Shared::File(path) => write(path, &bytes)?,
        Shared::S3 { .. } => {
            let object = shared::object(&args.save, &reach)
                .ok_or_else(|| anyhow!("no account is watched"))?;
            put(&reach, &object, &bytes)?;
        }
    }
    let (all, at) = (sources.len(), &args.save);
    say(&format!("{seen} of {all} sources seen whole; saved to {at}"));
    Ok(if seen == all { Ended::Well } else { Ended::With(PARTIAL) })
}

fn put(reach: &Reach, object: &Object, bytes: &[u8]) -> anyhow::Result<()> {
    let session = Session::new(reach.session.clone());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let put = runtime.block_on(record::put(&session, object, bytes));
    put.map_err(|failure| stop(SERVICE, failure.to_string()))
}

/// Replaces a file whole; a temporary file is for its owner alone, and keeps
/// that when it takes its place.
pub(super) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let cannot = || format!("{} cannot be written", path.display());
    create_dir_all(folder).with_context(cannot)?;
    let mut file = NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}
