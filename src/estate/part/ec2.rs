//! EBS volumes, EC2 instances, images and the Recycle Bin.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Health, Told};
use crate::estate::ids::Arn;

/// An EBS volume.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Volume.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Its ARN.
    pub arn: Arn,
    /// Its state in AWS's word, such as `in-use`.
    pub state: String,
    /// The instances it is attached to.
    pub attached: Vec<String>,
    /// The zone it lies in.
    pub zone: String,
    /// Its size in GiB.
    pub gib: i64,
    /// Whether it is encrypted; none if not told.
    pub encrypted: Option<bool>,
    /// The key it is encrypted by.
    pub key: Option<Arn>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Told for Volume {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.tags.get("Name").map_or(self.arn.tail(), String::as_str)
    }

    fn state(&self) -> (Health, String) {
        match (self.state.as_str(), self.encrypted) {
            ("error", _) => (Health::Bad, "in error".to_owned()),
            ("in-use", Some(true)) => (Health::Good, "in use".to_owned()),
            (state, Some(false)) => {
                (Health::Warn, format!("{state}, not encrypted"))
            }
            (state, _) => (Health::Plain, state.to_owned()),
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let attached = match &self.attached[..] {
            [] => "to nothing".to_owned(),
            attached => attached.join(", "),
        };
        let mut facts = vec![
            ("attached", attached),
            ("zone", self.zone.clone()),
            ("size", format!("{} GiB", self.gib)),
        ];
        let key = self.key.iter().map(|key| ("key", key.to_string()));
        facts.extend(key);
        facts
    }
}

/// An EC2 instance.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its ARN.
    pub arn: Arn,
    /// Its state in AWS's word, such as `running`.
    pub state: String,
    /// Its type, such as `m7g.large`.
    pub class: String,
    /// The zone it runs in.
    pub zone: String,
    /// The image it was started from.
    pub image: String,
    /// The volume it starts from.
    pub root: Option<String>,
    /// All volumes attached to it, with their device names.
    pub volumes: Vec<(String, String)>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Told for Host {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        self.tags.get("Name").map_or(self.arn.tail(), String::as_str)
    }

    fn state(&self) -> (Health, String) {
        let health = match self.state.as_str() {
            "running" => Health::Good,
            "" => Health::Unknown,
            _ => Health::Plain,
        };
        (health, self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("type", self.class.clone()),
            ("zone", self.zone.clone()),
            ("image", self.image.clone()),
        ];
        facts.extend(self.volumes.iter().map(|(device, volume)| {
            let root = self.root.as_ref() == Some(volume);
            let what = if root { "root volume" } else { "volume" };
            (what, format!("{volume} as {device}"))
        }));
        facts
    }
}

/// An Amazon Host Image of ours.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Image.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its ARN.
    pub arn: Arn,
    /// Its name.
    pub name: String,
    /// Its state in AWS's word, such as `available`.
    pub state: String,
    /// When it was made; of a copy, when it was copied.
    pub created: Option<Timestamp>,
    /// The instance it was made from, where AWS tells it.
    pub instance: Option<String>,
    /// The image and the Region it was copied from.
    pub copy_of: Option<(String, String)>,
    /// The snapshots that its volumes are made from.
    pub snapshots: Vec<String>,
}

impl Told for Image {
    fn id(&self) -> &str {
        self.arn.as_str()
    }

    fn name(&self) -> &str {
        if self.name.is_empty() { self.arn.tail() } else { &self.name }
    }

    fn state(&self) -> (Health, String) {
        let health = match self.state.as_str() {
            "available" => Health::Good,
            "pending" | "transient" => Health::Plain,
            "" => Health::Unknown,
            _ => Health::Bad,
        };
        (health, self.state.clone())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        facts.extend(self.created.map(|at| ("made", at.to_string())));
        let of = self.instance.iter().map(|id| ("made from", id.clone()));
        facts.extend(of);
        facts.extend(self.copy_of.iter().map(|(image, region)| {
            ("copy of", format!("{image} in {region}"))
        }));
        let snapshots = self.snapshots.iter();
        facts.extend(snapshots.map(|id| ("snapshot", id.clone())));
        facts
    }
}

/// A snapshot or an image in the Recycle Bin: deleted, but it can be taken
/// back until its retention rule lets it go.
// https://docs.aws.amazon.com/ebs/latest/userguide/recycle-bin.html
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binned {
    /// Its id, `snap-...` or `ami-...`.
    pub id: String,
    /// Its name or description.
    pub about: String,
    /// The volume that a snapshot was made of; of a copy not a real one.
    pub volume: Option<String>,
    /// When it was deleted.
    pub entered: Option<Timestamp>,
    /// When it will be gone for good.
    pub leaves: Option<Timestamp>,
}

impl Told for Binned {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.id
    }

    fn state(&self) -> (Health, String) {
        let until = self.leaves.map_or_else(
            || "in the bin".to_owned(),
            |at| format!("until {}", at.strftime("%Y-%m-%d %H:%MZ")),
        );
        (Health::Warn, until)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if !self.about.is_empty() {
            facts.push(("about", self.about.clone()));
        }
        facts.extend(self.volume.iter().map(|v| ("volume", v.clone())));
        facts.extend(self.entered.map(|at| ("deleted", at.to_string())));
        facts.extend(self.leaves.map(|at| ("gone for good", at.to_string())));
        facts
    }
}
