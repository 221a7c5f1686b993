//! Trails of CloudTrail, and deeds in them that look like an attack.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, stamp};

/// A trail that logs a Region.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The Region that it is kept in.
    pub home: String,
    /// Whether it logs all Regions.
    pub multi_region: bool,
    /// Whether its files can be shown not to be altered.
    pub validated: bool,
    /// Whether it logs; none if not told.
    pub logging: Option<bool>,
    /// When it last delivered to its bucket.
    pub delivered: Option<Timestamp>,
    /// Why its last delivery failed, if it did.
    pub failed: Option<String>,
    /// What could not be asked, and why.
    pub unknown: Vec<String>,
}

/// A call that takes backups away or weakens them.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// The id of its event.
    pub id: String,
    /// The name of the call, such as `DeleteRecoveryPoint`.
    pub call: String,
    /// What it does, in few words.
    pub does: String,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it: an ARN, or the user name.
    pub actor: String,
    /// Where it was made from.
    pub address: String,
    /// What it was about, by name.
    pub targets: Vec<String>,
    /// The error code with which it was refused; none if it was carried out.
    pub refused: Option<String>,
}

impl Deed {
    /// It in one sentence without a full stop.
    pub fn sentence(&self) -> String {
        let tried = match &self.refused {
            None => String::new(),
            Some(code) => format!(", refused with {code}"),
        };
        let of = match self.targets.as_slice() {
            [] => String::new(),
            [one] => format!(" of {one}"),
            [one, rest @ ..] => format!(" of {one} and {} more", rest.len()),
        };
        format!(
            "{}{of} by {} from {} at {}{tried}",
            self.call,
            self.actor,
            self.address,
            stamp(self.at)
        )
    }
}

impl Told for Trail {
    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn state(&self) -> (Health, String) {
        match (self.logging, &self.failed) {
            (None, _) => (Health::Unknown, "not told".to_owned()),
            (Some(false), _) => (Health::Bad, "not logging".to_owned()),
            (Some(true), Some(_)) => {
                (Health::Warn, "cannot deliver".to_owned())
            }
            (Some(true), None) => (Health::Good, "logging".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(self.failed.clone().map(|why| ("delivery", why)));
        facts.extend(self.delivered.map(|at| ("delivered", stamp(at))));
        let logs = if self.multi_region { "all" } else { "this one only" };
        facts.push(("Regions", logs.to_owned()));
        facts.push(("home", self.home.clone()));
        let sealed = if self.validated { "yes" } else { "no" };
        facts.push(("files validated", sealed.to_owned()));
        facts.extend(self.unknown.iter().map(|u| ("unknown", u.clone())));
        facts
    }

    fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl Told for Deed {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.call
    }

    fn state(&self) -> (Health, String) {
        match &self.refused {
            None => (Health::Bad, self.does.clone()),
            Some(_) => (Health::Warn, "was refused".to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("by", self.actor.clone()),
            ("from", self.address.clone()),
            ("at", stamp(self.at)),
        ];
        facts.extend(self.targets.iter().map(|of| ("of", of.clone())));
        facts.extend(self.refused.clone().map(|code| ("refused", code)));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_tells_who_did_what_to_what_from_where_and_when() {
        let deed = Deed {
            id: "1".to_owned(),
            call: "DeleteRecoveryPoint".to_owned(),
            does: "deletes a recovery point".to_owned(),
            at: "2026-11-23T02:14:00Z".parse().unwrap(),
            actor: "arn:aws:iam::111122223333:user/mallory".to_owned(),
            address: "198.51.100.7".to_owned(),
            targets: vec!["a".to_owned(), "b".to_owned()],
            refused: Some("AccessDenied".to_owned()),
        };
        assert_eq!(
            deed.sentence(),
            "DeleteRecoveryPoint of a and 1 more by \
             arn:aws:iam::111122223333:user/mallory from 198.51.100.7 at \
             2026-11-23 02:14 UTC, refused with AccessDenied"
        );
        assert_eq!(deed.state().0, Health::Warn);
    }
}
