//! The estate that an earlier console saved, if it was seen at this place.

use std::path::{Path, PathBuf};

use crate::config::{Config, Shared};
use crate::estate::Estate;
use crate::estate::saved::{Place, Saved};
use crate::estate::shared::Opened;
use crate::journal::disk::{Disk, RealDisk};

/// Where the estate of a place is saved.
pub(super) fn file(state: &Path, place: &Place) -> PathBuf {
    state.join("estates").join(place.file_name())
}

/// What was saved for this place, and why it was not opened. A file that is
/// not there is no problem.
pub(super) fn open(file: &Path, place: &Place) -> (Estate, Option<String>) {
    match read(file).and_then(|saved| restored(saved, place)) {
        Ok(estate) => (estate, None),
        Err(None) => (Estate::default(), None),
        Err(Some(why)) => {
            let told = format!("the saved estate was not opened: {why}");
            (Estate::default(), Some(told))
        }
    }
}

/// What a team shares in a file, or why it was not opened.
pub(super) fn read_shared(
    shared: &Shared,
    place: &Place,
) -> Result<Opened, String> {
    let Shared::File(path) = shared else {
        return Err("it is no file".to_owned());
    };
    let none = || "it is not there".to_owned();
    let saved = read(path).map_err(|why| why.unwrap_or_else(none))?;
    Opened::of(saved, place).map_err(|why| why.to_string())
}

/// A saved estate, or why there is none; nothing if there is no file.
type Read = Result<Saved, Option<String>>;

fn read(file: &Path) -> Read {
    let bytes = RealDisk::reading().read(file).map_err(|_| None)?;
    serde_json::from_slice(&bytes).map_err(|error| Some(error.to_string()))
}

fn restored(saved: Saved, place: &Place) -> Result<Estate, Option<String>> {
    Estate::restore(saved, place).map_err(|why| Some(why.to_string()))
}

/// Takes in how often sources are looked at.
pub(super) fn pace(estate: &mut Estate, config: &Config) {
    for (name, pace) in &config.paces {
        estate.set_pace(name, *pace);
    }
}
