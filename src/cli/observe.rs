//! `observe --once --save`: one full look, saved for the night on which no
//! API answers.

use std::fs::create_dir_all;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use tempfile::NamedTempFile;

use super::args::Observe as Args;
use super::look::{self, Looked};
use super::{Ended, PARTIAL, Start, say};

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let looked =
        look::once(start, args.demo.as_deref(), args.timeout, |_| true)?;
    let Looked { reach, estate, sources, now, .. } = looked;
    let seen = sources
        .iter()
        .filter(|source| {
            estate
                .known(source)
                .is_some_and(|known| known.bears(now, estate.pace(source)))
        })
        .count();
    let saved = estate.save(reach.place.clone(), now);
    write(&args.save, &serde_json::to_vec(&saved)?)?;
    let path = args.save.display();
    let all = sources.len();
    say(&format!("{seen} of {all} sources seen whole; saved to {path}"));
    Ok(if seen == all { Ended::Well } else { Ended::With(PARTIAL) })
}

/// Replaces a file whole; a temporary file is for its owner alone, and keeps
/// that when it takes its place.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
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
