//! What the console makes of the estate that a team shares.

use std::mem;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Book, Model, shelf};
use crate::estate::shared::{Opened, Shared};
use crate::runbook::{Problem, Runbook, Severity};

impl Book {
    /// A runbook of the library, from its text.
    pub fn read(path: &str, text: String) -> Self {
        let runbook = Runbook::parse(&text, path).map(Arc::new);
        let runbook = runbook.map_err(|problems| first(&problems));
        Book { path: path.to_owned(), text, runbook }
    }

    fn id(&self) -> Option<&str> {
        Some(self.runbook.as_ref().ok()?.id.as_str())
    }

    /// Whether it is the person's own, and not one that ships.
    fn is_own(&self) -> bool {
        Path::new(&self.path).is_absolute()
    }
}

/// The first error, on one line.
fn first(problems: &[Problem]) -> String {
    let errors =
        problems.iter().filter(|p| p.severity == Severity::Error).count();
    let told = problems.first().map_or_else(String::new, ToString::to_string);
    let line = told.lines().next().unwrap_or_default();
    match errors {
        0 | 1 => line.to_owned(),
        more => format!("{line} (and {} more)", more - 1),
    }
}

/// Takes in the shared estate where it is newer, and its runbooks where the
/// person has none of their own by that id.
pub(super) fn opened(
    model: &mut Model,
    name: String,
    opened: Result<Box<Opened>, String>,
    now: Timestamp,
) {
    let saved = match opened {
        Ok(opened) => {
            let Opened { at, estate, runbooks } = *opened;
            model.estate.adopt(estate, now);
            for kept in runbooks {
                let path = format!("{name}: {}", kept.name);
                place(model, Book::read(&path, kept.text));
            }
            Ok(at)
        }
        Err(why) => {
            let told =
                format!("the shared estate {name} was not opened: {why}");
            model.say(told, true, now);
            Err(why)
        }
    };
    model.estate.share(Shared { name, saved });
}

fn place(model: &mut Model, book: Book) {
    let same =
        |known: &&mut Book| book.id().is_some() && known.id() == book.id();
    match model.library.iter_mut().find(same) {
        Some(known) if known.is_own() => {}
        Some(known) => *known = book,
        None => model.library.push(book),
    }
    let before = mem::take(&mut model.shelf);
    model.shelf = model.library.iter().map(shelf).collect();
    for one in &mut model.shelf {
        let known = before.iter().find(|known| known.id == one.id);
        one.tried = known.and_then(|known| known.tried.clone());
    }
}
