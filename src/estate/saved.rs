//! The estate as it is kept on disk, and the condition to open it again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::Arn;
use super::vanished::Missing;
use super::weakened::Weakened;
use super::{Estate, Known, Source};

/// The version of the saved form; another one is not read.
pub const SCHEMA: u32 = 2;

/// Where an estate was seen. A saved estate opens only for the very same
/// place, so that simulated and real never mix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Who was asked: the account's id; where that is not known beforehand,
    /// the profile's name. For many accounts their names, joined.
    pub account: String,
    /// The endpoint that stood in for AWS's own, if any.
    pub endpoint: Option<String>,
    /// The label of the simulation, if it was one.
    pub simulated: Option<String>,
}

impl Place {
    /// A file name of its own for each place: letters, digits, `-` and `_`,
    /// at most 100 characters.
    pub fn file_name(&self) -> String {
        let kind = match (&self.simulated, &self.endpoint) {
            (Some(label), _) => format!("sim-{label}"),
            (None, Some(endpoint)) => format!("at-{endpoint}"),
            (None, None) => "aws".to_owned(),
        };
        let hash = fnv1a(&format!(
            "{}\n{:?}\n{:?}",
            self.account, self.endpoint, self.simulated
        ));
        let name: String = format!("{kind}-{}", self.account)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(70)
            .collect();
        format!("estate-{name}-{hash:016x}.json")
    }
}

/// A stable hash (FNV-1a), for names of files only.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// An estate as it is written to disk. Lists are shared with the estate, so
/// making one copies no recovery points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Where it was seen.
    pub place: Place,
    /// When it was saved.
    pub at: Timestamp,
    known: Vec<(Source, Known)>,
    missing: Missing,
    weakened: Vec<Weakened>,
    #[serde(default)]
    promoted: BTreeMap<Arn, Arn>,
    /// Runbooks that lay beside the console that saved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runbooks: Vec<SavedRunbook>,
}

/// A runbook as it is kept with an estate: not read until it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRunbook {
    /// The name of its file.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Why a saved estate is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Another version of this program wrote it.
    #[error("it has schema {0}, this program reads {SCHEMA}")]
    Schema(u32),
    /// It was seen elsewhere.
    #[error("it was seen at another account, endpoint or simulation")]
    Place(Box<Place>),
}

impl Estate {
    /// The estate in its saved form. Answers to targeted looks and of the
    /// world beside AWS are left out: they mean nothing later.
    pub fn save(&self, place: Place, at: Timestamp) -> Saved {
        let known = self
            .known
            .iter()
            .filter(|(source, known)| {
                source.is_watched() && known.found.is_some()
            })
            .map(|(source, known)| (source.clone(), known.clone()))
            .collect();
        Saved {
            schema: SCHEMA,
            place,
            at,
            known,
            missing: self.missing.clone(),
            weakened: self.weakened.clone(),
            promoted: self.promoted.clone(),
            runbooks: Vec::new(),
        }
    }

    /// Opens a saved estate seen at the same place. All of it is marked as
    /// read from disk, which is never live.
    pub fn restore(saved: Saved, place: &Place) -> Result<Self, Refused> {
        if saved.schema != SCHEMA {
            return Err(Refused::Schema(saved.schema));
        }
        if saved.place != *place {
            return Err(Refused::Place(Box::new(saved.place)));
        }
        let as_read = |(source, known): (Source, Known)| {
            let known = Known {
                saved: true,
                steady_since: None,
                failed: None,
                record: Vec::new(),
                ..known
            };
            (source, known)
        };
        Ok(Estate {
            known: saved.known.into_iter().map(as_read).collect(),
            missing: saved.missing,
            weakened: saved.weakened,
            promoted: saved.promoted,
            version: 1,
            changed: 1,
            listed: 1,
            ..Estate::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::resource::Vault;
    use super::super::{Found, Freshness, Observation, What};
    use super::*;
    use jiff::SignedDuration;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn place(simulated: Option<&str>) -> Place {
        Place {
            account: "111122223333".into(),
            endpoint: None,
            simulated: simulated.map(str::to_owned),
        }
    }

    fn seen(source: &Source) -> Observation {
        let vault = Vault {
            name: "gold".into(),
            arn: "arn".into(),
            points: 3,
            locked: true,
        };
        Observation {
            source: source.clone(),
            begun: at(1),
            at: at(2),
            found: Ok(Found::Vaults([vault].into())),
            partial: None,
        }
    }

    fn vaults() -> Source {
        let (account, region) = ("111122223333".into(), "eu-west-1".into());
        Source::aws(&account, &region, What::Vaults)
    }

    #[test]
    fn a_saved_estate_opens_with_its_age_and_is_never_live() {
        let mut estate = Estate::default();
        estate.apply(seen(&vaults()));
        let text = serde_json::to_string(&estate.save(place(None), at(3)))
            .expect("plain data");
        let saved = serde_json::from_str(&text).expect("just written");
        let mut opened =
            Estate::restore(saved, &place(None)).expect("same place");
        assert_eq!(opened.vaults().count(), 1);
        let pace = SignedDuration::from_secs(60);
        let fresh = opened.freshness(&vaults(), at(5), pace);
        let age = SignedDuration::from_secs(3);
        assert_eq!(fresh, Freshness::Stale { age, because: None });
        opened.apply(seen(&vaults()));
        assert!(opened.freshness(&vaults(), at(5), pace).is_live());
    }

    #[test]
    fn a_simulated_estate_never_opens_as_a_real_one() {
        let saved = Estate::default().save(place(Some("demo")), at(3));
        let refused = Estate::restore(saved, &place(None));
        let place = Box::new(place(Some("demo")));
        assert_eq!(refused, Err(Refused::Place(place)));
    }

    #[test]
    fn another_schema_is_refused_and_named() {
        let mut saved = Estate::default().save(place(None), at(3));
        saved.schema = 9;
        let refused = Estate::restore(saved, &place(None));
        assert_eq!(refused, Err(Refused::Schema(9)));
    }

    #[test]
    fn each_place_has_a_file_of_its_own() {
        let odd = Place {
            account: "../a b".into(),
            endpoint: Some("http://127.0.0.1:4566".into()),
            simulated: None,
        };
        let names = [
            place(None).file_name(),
            place(Some("demo")).file_name(),
            odd.file_name(),
        ];
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| !name.contains(['/', ' ', ':'])));
    }
}
