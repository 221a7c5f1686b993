//! The runbooks that can be started: those that come with the program, and
//! one's own.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::Context as _;

use crate::app::Book;
use crate::estate::saved::SavedRunbook;
use crate::runbook::FILE_MAX;

/// The runbooks in this program, by their paths in its source.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    (
        "runbooks/rds-replica-failover.toml",
        include_str!("../../runbooks/rds-replica-failover.toml"),
    ),
    (
        "runbooks/aurora-global-failover.toml",
        include_str!("../../runbooks/aurora-global-failover.toml"),
    ),
    (
        "runbooks/traffic-switch.toml",
        include_str!("../../runbooks/traffic-switch.toml"),
    ),
    (
        "runbooks/restore-drill.toml",
        include_str!("../../runbooks/restore-drill.toml"),
    ),
    (
        "runbooks/pilot-light.toml",
        include_str!("../../runbooks/pilot-light.toml"),
    ),
    (
        "runbooks/warm-standby.toml",
        include_str!("../../runbooks/warm-standby.toml"),
    ),
    (
        "runbooks/active-active-evacuation.toml",
        include_str!("../../runbooks/active-active-evacuation.toml"),
    ),
    ("runbooks/failback.toml", include_str!("../../runbooks/failback.toml")),
    (
        "runbooks/backup-and-restore.toml",
        include_str!("../../runbooks/backup-and-restore.toml"),
    ),
    (
        "runbooks/orchestrated-recovery.toml",
        include_str!("../../runbooks/orchestrated-recovery.toml"),
    ),
    (
        "runbooks/s3-recovery.toml",
        include_str!("../../runbooks/s3-recovery.toml"),
    ),
    (
        "runbooks/ransomware.toml",
        include_str!("../../runbooks/ransomware.toml"),
    ),
    (
        "runbooks/bad-migration.toml",
        include_str!("../../runbooks/bad-migration.toml"),
    ),
];

/// All runbooks: one's own first, in the order of their names, then those
/// that come with the program, except where an own one has the same id.
pub(super) fn books(dir: &Path) -> Vec<Book> {
    let mut books: Vec<Book> = own(dir);
    let ids: Vec<String> = books
        .iter()
        .filter_map(|book| Some(book.runbook.as_ref().ok()?.id.clone()))
        .collect();
    for (path, text) in SHIPPED {
        let book = Book::read(path, (*text).to_owned());
        let taken =
            book.runbook.as_ref().is_ok_and(|found| ids.contains(&found.id));
        if !taken {
            books.push(book);
        }
    }
    books
}

/// The runbooks beside the config, without those that come with the
/// program, to be kept with a shared estate. One that cannot be read is left
/// out.
pub(super) fn kept(dir: &Path) -> Vec<SavedRunbook> {
    let read = own(dir).into_iter().filter(|book| book.runbook.is_ok());
    read.map(|book| {
        let name = Path::new(&book.path).file_name();
        let name = name.map(|name| name.to_string_lossy().into_owned());
        SavedRunbook { name: name.unwrap_or(book.path), text: book.text }
    })
    .collect()
}

fn own(dir: &Path) -> Vec<Book> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.display().to_string();
            match read(&path) {
                Ok(text) => Book::read(&name, text),
                Err(error) => Book {
                    runbook: Err(format!("{error:#}")),
                    path: name,
                    text: String::new(),
                },
            }
        })
        .collect()
}

/// The text of a runbook file, as long as it may be.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    let context = || format!("could not read {}", path.display());
    let file = fs::File::open(path).with_context(context)?;
    let mut text = String::new();
    // One byte more: the parser then says that it is too long.
    let most = FILE_MAX as u64 + 1;
    file.take(most).read_to_string(&mut text).with_context(context)?;
    Ok(text)
}

/// A runbook by its id, or by its file.
pub(super) fn find(dir: &Path, wanted: &str) -> anyhow::Result<Book> {
    let books = books(dir);
    let of_id = books.iter().position(|book| {
        book.runbook.as_ref().is_ok_and(|found| found.id == wanted)
    });
    if let Some(place) = of_id {
        let mut books = books;
        return Ok(books.swap_remove(place));
    }
    let path = Path::new(wanted);
    if path.exists() {
        return Ok(Book::read(wanted, read(path)?));
    }
    let known: Vec<&str> = books
        .iter()
        .filter_map(|book| Some(book.runbook.as_ref().ok()?.id.as_str()))
        .collect();
    anyhow::bail!(
        "there is no runbook {wanted}; there are {}, or give a file",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dir: &Path, name: &str, text: &str) {
        use std::io::Write as _;
        let mut file = fs::File::create(dir.join(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_broken_runbook_is_listed_with_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "bad.toml", "schema = 1\n[runbook]\nidd = \"x\"\n");
        let books = books(dir.path());
        let bad = books[0].runbook.as_ref().unwrap_err();
        assert!(bad.contains("bad.toml:"), "{bad}");
        assert_eq!(books.len(), 1 + SHIPPED.len());
    }

    #[test]
    fn ones_own_runbook_goes_before_a_shipped_one_of_its_id() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), "mine.toml", SHIPPED[0].1);
        let books = books(dir.path());
        assert_eq!(books.len(), SHIPPED.len());
        assert!(books[0].path.ends_with("mine.toml"));
    }

    #[test]
    fn every_runbook_that_ships_can_be_started() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
        assert_eq!(fs::read_dir(folder).unwrap().count(), SHIPPED.len());
        for book in books(Path::new("/nowhere")) {
            assert!(book.runbook.is_ok(), "{:?}", book.runbook);
        }
    }
}
