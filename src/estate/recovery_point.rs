//! One recovery point, kept small: a large estate has a million of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::ids::{Arn, VaultName};
use super::resource::{Origin, PointStatus, ResourceType};

/// One recovery point: something a resource can be restored from. It takes
/// 48 bytes and the text of its ARN; what it has in common with others of
/// its resource in its vault is held once by [`Commons`]. Its times are kept
/// to the second, rounded down.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Fields", into = "Fields")]
pub struct RecoveryPoint {
    arn: Arn,
    common: Arc<Common>,
    /// Negative where it is not known.
    bytes: i64,
    data_time: Moment,
    created: Moment,
    expires: Moment,
    status: PointStatus,
}

/// A recovery point spelt out: what one is made from, and how it is written
/// to disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// Its ARN.
    pub arn: Arn,
    /// The resource that it holds; for a copy the original one.
    pub resource: Arn,
    /// The type of that resource.
    pub kind: ResourceType,
    /// The vault it lies in, for those of AWS Backup.
    pub vault: Option<VaultName>,
    /// What made it.
    pub origin: Origin,
    /// Whether it can be restored from.
    pub status: PointStatus,
    /// The moment up to which it holds the writes, where AWS tells it. Never
    /// the time at which a copy was made.
    pub data_time: Option<Timestamp>,
    /// When AWS made this very point; for a copy, when the copy was made.
    pub created: Option<Timestamp>,
    /// Its size in bytes, where known; a negative size is not.
    pub bytes: Option<i64>,
    /// Whether its data are encrypted.
    pub encrypted: bool,
    /// Whether it lies in cold storage, from which it takes hours to come.
    #[serde(default, skip_serializing_if = "is_false")]
    pub cold: bool,
    /// The ARN of the key that its data are encrypted with, where AWS names
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arn>,
    /// When it will be deleted, where known.
    pub expires: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(truth: &bool) -> bool {
    !truth
}

/// What the recovery points of one resource in one vault have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Common {
    resource: Arn,
    vault: Option<VaultName>,
    kind: ResourceType,
    origin: Origin,
    encrypted: bool,
    cold: bool,
    key: Option<Arn>,
}

impl RecoveryPoint {
    /// Its ARN.
    pub fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The resource that it holds; for a copy the original one.
    pub fn resource(&self) -> &Arn {
        &self.common.resource
    }

    /// The type of that resource.
    pub fn kind(&self) -> ResourceType {
        self.common.kind
    }

    /// The vault it lies in, for those of AWS Backup.
    pub fn vault(&self) -> Option<&VaultName> {
        self.common.vault.as_ref()
    }

    /// What made it.
    pub fn origin(&self) -> Origin {
        self.common.origin
    }

    /// Whether it is a copy of another point.
    pub fn is_copy(&self) -> bool {
        matches!(self.origin(), Origin::Copy | Origin::SnapshotCopy)
    }

    /// Whether it can be restored from.
    pub fn status(&self) -> PointStatus {
        self.status
    }

    /// The moment up to which it holds the writes, where that is known.
    pub fn data_time(&self) -> Option<Timestamp> {
        self.data_time.timestamp()
    }

    /// When AWS made this very point; for a copy, when the copy was made.
    pub fn created(&self) -> Option<Timestamp> {
        self.created.timestamp()
    }

    /// Its size in bytes, where known.
    pub fn bytes(&self) -> Option<i64> {
        (self.bytes >= 0).then_some(self.bytes)
    }

    /// Whether its data are encrypted.
    pub fn encrypted(&self) -> bool {
        self.common.encrypted
    }

    /// Whether it lies in cold storage, from which it takes hours to come.
    pub fn cold(&self) -> bool {
        self.common.cold
    }

    /// The key that its data are encrypted with, where AWS names one.
    pub fn key(&self) -> Option<&Arn> {
        self.common.key.as_ref()
    }

    /// When it will be deleted, where known.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires.timestamp()
    }

    /// The same, spelt out.
    pub fn fields(&self) -> Fields {
        Fields {
            arn: self.arn.clone(),
            resource: self.resource().clone(),
            kind: self.kind(),
            vault: self.vault().cloned(),
            origin: self.origin(),
            status: self.status,
            data_time: self.data_time(),
            created: self.created(),
            bytes: self.bytes(),
            encrypted: self.encrypted(),
            cold: self.cold(),
            key: self.key().cloned(),
            expires: self.expires(),
        }
    }

    /// Takes in the data time that was found out elsewhere.
    pub fn dated(&mut self, data_time: Timestamp) {
        self.data_time = Some(data_time).into();
    }
}

impl fmt::Debug for RecoveryPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields().fmt(f)
    }
}

impl From<Fields> for RecoveryPoint {
    fn from(fields: Fields) -> Self {
        Commons::default().point(fields)
    }
}

impl From<RecoveryPoint> for Fields {
    fn from(point: RecoveryPoint) -> Self {
        point.fields()
    }
}

/// Whole seconds since 1970 in 40 bits, which hold every [`Timestamp`] of
/// the years -9999 to 9999; the smallest value is none.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment([u8; 5]);

impl Moment {
    const NONE: Self = Moment([0, 0, 0, 0, 0x80]);

    fn timestamp(self) -> Option<Timestamp> {
        if self == Self::NONE {
            return None;
        }
        let mut bytes = [0; 8];
        bytes[3..].copy_from_slice(&self.0);
        // Shifted down from the top, the sign fills the upper bytes.
        let second = i64::from_le_bytes(bytes) >> 24;
        Timestamp::from_second(second).ok()
    }
}

impl From<Option<Timestamp>> for Moment {
    fn from(at: Option<Timestamp>) -> Self {
        let Some(at) = at else { return Self::NONE };
        let early = at.subsec_nanosecond() < 0;
        let second = at.as_second() - i64::from(early);
        let mut bytes = [0; 5];
        bytes.copy_from_slice(&second.to_le_bytes()[..5]);
        Moment(bytes)
    }
}

/// Makes recovery points that share what they have in common, and their
/// resources' names: thousands name the same few.
#[derive(Debug, Default)]
pub struct Commons {
    held: HashMap<Arn, Vec<Arc<Common>>>,
}

impl Commons {
    /// The point of these fields.
    pub fn point(&mut self, fields: Fields) -> RecoveryPoint {
        let Fields { arn, status, data_time, created, bytes, expires, .. } =
            fields;
        let common = Common {
            resource: fields.resource,
            vault: fields.vault,
            kind: fields.kind,
            origin: fields.origin,
            encrypted: fields.encrypted,
            cold: fields.cold,
            key: fields.key,
        };
        RecoveryPoint {
            arn,
            common: self.shared(common),
            bytes: bytes.unwrap_or(-1),
            data_time: data_time.into(),
            created: created.into(),
            expires: expires.into(),
            status,
        }
    }

    fn shared(&mut self, common: Common) -> Arc<Common> {
        let Some(held) = self.held.get_mut(&common.resource) else {
            let resource = common.resource.clone();
            let common = Arc::new(common);
            self.held.insert(resource, vec![Arc::clone(&common)]);
            return common;
        };
        if let Some(same) = held.iter().find(|held| ***held == common) {
            return Arc::clone(same);
        }
        let resource = held.first().map(|held| held.resource.clone());
        let common = Arc::new(Common {
            resource: resource.unwrap_or(common.resource),
            ..common
        });
        held.push(Arc::clone(&common));
        common
    }
}

/// Reads a list whose points share what they have in common.
pub(super) fn list<'de, D>(from: D) -> Result<Arc<[RecoveryPoint]>, D::Error>
where
    D: Deserializer<'de>,
{
    struct List;

    impl<'de> Visitor<'de> for List {
        type Value = Arc<[RecoveryPoint]>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of recovery points")
        }

        fn visit_seq<A>(self, mut from: A) -> Result<Self::Value, A::Error>
        where
            A: SeqAccess<'de>,
        {
            let mut commons = Commons::default();
            let mut points = Vec::new();
            while let Some(fields) = from.next_element()? {
                points.push(commons.point(fields));
            }
            Ok(points.into())
        }
    }

    from.deserialize_seq(List)
}

#[cfg(test)]
mod tests {
    use super::super::Found;
    use super::*;

    fn fields() -> Fields {
        let at = |second| Timestamp::from_second(second).ok();
        Fields {
            arn: "arn:aws:backup:eu-west-1:1:recovery-point:a".into(),
            resource: "arn:aws:ec2:eu-west-1:1:volume/v".into(),
            kind: ResourceType::Ebs,
            vault: Some("learn-vault".into()),
            origin: Origin::Copy,
            status: PointStatus::Partial,
            data_time: at(1_700_000_000),
            created: at(0),
            bytes: Some(1 << 40),
            encrypted: true,
            cold: true,
            key: Some("arn:aws:kms:eu-west-1:1:key/k".into()),
            expires: at(-1),
        }
    }

    #[test]
    fn a_point_takes_48_bytes_and_tells_its_fields_again() {
        assert!(size_of::<RecoveryPoint>() <= 48);
        let bare = Fields {
            vault: None,
            data_time: None,
            created: None,
            bytes: None,
            expires: None,
            ..fields()
        };
        for fields in [fields(), bare] {
            let point = RecoveryPoint::from(fields.clone());
            assert_eq!(point.fields(), fields);
        }
    }

    #[test]
    fn every_time_is_kept_to_the_second_rounded_down() {
        for at in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            let kept = Moment::from(Some(at)).timestamp().expect("a time");
            assert_eq!(kept.as_second(), at.as_second());
            assert_eq!(kept.subsec_nanosecond(), 0);
        }
        let half = Timestamp::from_millisecond(-500).expect("in range");
        let kept = Moment::from(Some(half)).timestamp();
        assert_eq!(kept, Timestamp::from_second(-1).ok());
    }

    #[test]
    fn points_of_one_resource_in_one_vault_share_what_they_have_in_common() {
        let mut commons = Commons::default();
        let one = commons.point(fields());
        let two = commons.point(Fields { arn: "b".into(), ..fields() });
        assert!(Arc::ptr_eq(&one.common, &two.common));
        let bare = commons.point(Fields { encrypted: false, ..fields() });
        assert!(!bare.encrypted() && one.encrypted());
        assert_eq!(bare.resource().as_ptr(), one.resource().as_ptr());
    }

    #[test]
    fn a_list_read_from_disk_shares_again_what_it_has_in_common() {
        let list = [fields(), Fields { arn: "b".into(), ..fields() }];
        let found = Found::Points(list.map(RecoveryPoint::from).into());
        let text = serde_json::to_string(&found).expect("plain data");
        let read: Found = serde_json::from_str(&text).expect("just written");
        assert_eq!(read, found);
        let Found::Points(read) = read else { panic!("{read:?}") };
        assert!(Arc::ptr_eq(&read[0].common, &read[1].common));
    }
}
