//! The estate that an earlier console saved, if it was seen at this place.

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::estate::Estate;
use crate::estate::saved::{Place, Saved};
use crate::journal::disk::{Disk, RealDisk};

/// Where the estate of a place is saved.
pub(super) fn file(state: &Path, place: &Place) -> PathBuf {
    state.join("estates").join(place.file_name())
}

/// What was saved for this place, and why it was not opened. A file that is
/// not there is no problem.
pub(super) fn open(file: &Path, place: &Place) -> (Estate, Option<String>) {
    let Ok(bytes) = RealDisk::reading().read(file) else {
        return (Estate::default(), None);
    };
    let opened = serde_json::from_slice::<Saved>(&bytes)
        .map_err(|error| error.to_string())
        .and_then(|saved| {
            Estate::restore(saved, place).map_err(|why| why.to_string())
        });
    match opened {
        Ok(estate) => (estate, None),
        Err(why) => {
            let told = format!("the saved estate was not opened: {why}");
            (Estate::default(), Some(told))
        }
    }
}

/// Takes in how often sources are looked at.
pub(super) fn pace(estate: &mut Estate, config: &Config) {
    for (name, pace) in &config.paces {
        estate.set_pace(name, *pace);
    }
}
