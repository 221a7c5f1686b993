//! Trails of CloudTrail, and deeds in them that look like an attack.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told, stamp};
use crate::estate::Estate;
use crate::estate::ids::{Account, Region};

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
    /// Who made it, from where, in few words.
    pub fn by(&self) -> String {
        format!("by {} from {} ({})", self.actor, self.address, self.call)
    }

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

impl Estate {
    /// The newest call about a thing of a place, up to a moment, that a trail
    /// told of and that was carried out: who took it away or weakened it.
    pub fn doer(
        &self,
        (account, region): (&Account, &Region),
        arn: &str,
        until: Timestamp,
    ) -> Option<&Deed> {
        let names = |target: &String| {
            let rest = arn.strip_suffix(target.as_str());
            !target.is_empty()
                && rest.is_some_and(|rest| {
                    rest.is_empty() || rest.ends_with([':', '/'])
                })
        };
        let here = self.deeds().filter(|placed| {
            (placed.account, placed.region) == (account, region)
        });
        here.map(|placed| placed.item)
            .filter(|deed| deed.refused.is_none() && deed.at <= until)
            .filter(|deed| deed.targets.iter().any(names))
            .max_by_key(|deed| deed.at)
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
    use crate::estate::part::{Kind, Part};
    use crate::estate::{Found, Observation, Source, What};

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

    #[test]
    fn the_newest_call_about_a_thing_tells_who_did_it() {
        let deed = |id: &str, target: &str, refused: Option<&str>| {
            Part::from(Deed {
                id: id.to_owned(),
                call: "DeleteSnapshot".to_owned(),
                does: "deletes a volume snapshot".to_owned(),
                at: "2026-11-23T02:14:00Z".parse().unwrap(),
                actor: id.to_owned(),
                address: "198.51.100.7".to_owned(),
                targets: vec![target.to_owned()],
                refused: refused.map(str::to_owned),
            })
        };
        let deeds = [
            deed("mallory", "snap-1", None),
            deed("eve", "snap-1", Some("AccessDenied")),
            deed("bob", "ap-1", None),
        ];
        let (account, region) = (Account::new("1"), Region::new("eu-west-1"));
        let at = "2026-11-23T02:20:00Z".parse().unwrap();
        let what = What::Parts(Kind::Deed);
        let mut estate = Estate::default();
        estate.apply(Observation {
            source: Source::aws(&account, &region, what),
            begun: at,
            at,
            found: Ok(Found::Parts(deeds.into())),
            partial: None,
        });
        let arn = "arn:aws:ec2:eu-west-1::snapshot/snap-1";
        let doer = |arn, until| estate.doer((&account, &region), arn, until);
        assert_eq!(doer(arn, at).map(|deed| &*deed.actor), Some("mallory"));
        assert_eq!(
            doer(arn, at).unwrap().by(),
            "by mallory from 198.51.100.7 (DeleteSnapshot)"
        );
        let before = "2026-11-23T02:00:00Z".parse().unwrap();
        assert!(doer(arn, before).is_none());
    }
}
