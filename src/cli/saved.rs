//! The estate that an earlier console saved, if it was seen at this place.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::config::Config;
use crate::estate::Estate;
use crate::estate::saved::{Place, Saved};
use crate::estate::span::Span;
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

/// The newer of what this machine saved and of what a team shares, and what
/// there is to say of it: why it was not opened, or that it is old.
pub(super) fn newest(
    file: &Path,
    shared: Option<&Path>,
    place: &Place,
    now: Timestamp,
) -> (Estate, Option<String>) {
    let Some(path) = shared else { return open(file, place) };
    let (here, there) = (read(file), read(path));
    let at = |saved: &Read| saved.as_ref().ok().map(|saved| saved.at);
    let is_broken = matches!(there, Err(Some(_)));
    if at(&here) >= at(&there) && !is_broken {
        return open(file, place);
    }
    let age = at(&there).map(|at| now.duration_since(at));
    let name = path.display();
    match there.and_then(|saved| restored(saved, place)) {
        Ok(estate) => {
            let old = age.filter(|age| *age > OLD).map(|age| {
                format!("the shared estate {name} is {} old", Span(age))
            });
            (estate, old)
        }
        Err(why) => {
            let why = why.unwrap_or_else(|| "it is not there".to_owned());
            let (estate, _) = open(file, place);
            let told =
                format!("the shared estate {name} was not opened: {why}");
            (estate, Some(told))
        }
    }
}

/// A shared estate older than this was not saved by cron as it should be.
const OLD: SignedDuration = SignedDuration::from_hours(24);

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

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, write};

    use tempfile::TempDir;

    use super::*;
    use crate::estate::{Found, Observation, Source, What};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn saved(at: Timestamp, region: &str) -> Vec<u8> {
        let mut estate = Estate::default();
        estate.apply(Observation {
            source: Source::aws(&"1".into(), &region.into(), What::Vaults),
            begun: at,
            at,
            found: Ok(Found::Vaults([].into())),
            partial: None,
        });
        serde_json::to_vec(&estate.save(Place::default(), at)).unwrap()
    }

    #[test]
    fn the_newer_of_ones_own_and_the_shared_estate_is_opened() {
        let folder = TempDir::new().unwrap();
        create_dir_all(folder.path()).unwrap();
        let own = folder.path().join("own");
        let shared = folder.path().join("shared");
        let opened = |now| {
            let place = Place::default();
            let (estate, told) = newest(&own, Some(&shared), &place, now);
            let region = estate.regions().first().map(ToString::to_string);
            (region, told)
        };
        assert_eq!(opened(at(0)), (None, None));
        write(&own, saved(at(10), "own")).unwrap();
        assert_eq!(opened(at(20)), (Some("own".into()), None));
        write(&shared, saved(at(11), "shared")).unwrap();
        assert_eq!(opened(at(20)), (Some("shared".into()), None));
        let (_, told) = opened(at(200_000));
        assert!(told.unwrap().contains("old"));
        write(&shared, b"{").unwrap();
        let (region, told) = opened(at(20));
        assert_eq!(region.as_deref(), Some("own"));
        assert!(told.unwrap().contains("was not opened"));
    }
}
