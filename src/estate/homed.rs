//! Control planes homed elsewhere that a recovery would need.
//!
//! What already serves goes on when the Region of its control plane is gone;
//! what has to be changed then does not. The list says which changes the
//! recovery would need, by what is in use.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html

use std::collections::BTreeSet;

use super::ids::{Account, Region};
use super::part::Kind;
use super::part::edge::{Accelerator, Distribution};
use super::region::{names, points_to};
use super::resource::{RecordSet, ResourceType};
use super::{Estate, Source, What};

/// A control plane homed in another Region than the one to recover in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What would have to be changed, such as `Route 53 records`.
    pub plane: &'static str,
    /// The Region it is homed in; none where the estate does not tell.
    pub home: Option<Region>,
    /// What in the estate needs it.
    pub why: String,
}

impl Need {
    /// The need in one phrase.
    pub fn text(&self) -> String {
        let home = self.home.as_ref().map_or("its home", Region::as_str);
        format!("{} ({home}): {}", self.plane, self.why)
    }
}

/// Every such control plane, the ones used most first.
pub fn needs(
    estate: &Estate,
    source: Option<&Region>,
    target: Option<&Region>,
) -> Vec<Need> {
    let (Some(source), Some(target)) = (source, target) else {
        return Vec::new();
    };
    let all = [
        records(estate, source),
        buckets(estate, source, target),
        distributions(estate, source),
        accelerators(estate, target),
        sign_in(estate),
    ];
    let mut needs: Vec<Need> = all.into_iter().flatten().collect();
    needs.retain(|need| need.home.as_ref() != Some(target));
    needs
}

/// "a", "a and b" or "a and 3 more".
pub(super) fn some(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}

/// Records that lead to a Region and move to no other by themselves.
pub(super) fn stuck<'a>(
    estate: &'a Estate,
    source: &Region,
) -> Vec<&'a RecordSet> {
    let records = estate.records().map(|placed| placed.item);
    records
        .filter(|record| points_to(record, source) && !moves(estate, record))
        .collect()
}

/// Whether traffic leaves a record without a change: another record of the
/// same name may answer, and something tells that this one must not.
fn moves(estate: &Estate, record: &RecordSet) -> bool {
    let watched =
        record.health_check.is_some() || record.evaluates == Some(true);
    record.identifier.is_some()
        && watched
        && siblings(estate, record).any(|other| other != record)
}

/// The records of the same name and type.
pub(super) fn siblings<'a>(
    estate: &'a Estate,
    record: &'a RecordSet,
) -> impl Iterator<Item = &'a RecordSet> {
    let all = estate.records().map(|placed| placed.item);
    all.filter(move |other| {
        (&other.zone, &other.name, &other.kind)
            == (&record.zone, &record.name, &record.kind)
    })
}

fn records(estate: &Estate, source: &Region) -> Option<Need> {
    let stuck = stuck(estate, source);
    let first = stuck.first()?;
    let names: BTreeSet<&str> = stuck.iter().map(|r| &*r.name).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut zones = estate.zones().map(|placed| placed.item);
    let zone = zones.find(|zone| zone.id == first.zone);
    let accelerated = match zone.and_then(|zone| zone.accelerated) {
        Some(true) => "; accelerated recovery is on: changes within 60 min",
        Some(false) => "; accelerated recovery is off",
        None => "",
    };
    Some(Need {
        plane: "Route 53 records",
        home: Some(Region::new("us-east-1")),
        why: format!(
            "{} must be pointed away from {source} by hand{accelerated}",
            some(&names)
        ),
    })
}

/// Accounts whose buckets would be restored, and that have none to restore
/// into: making one depends on `us-east-1` from every Region.
fn buckets(estate: &Estate, source: &Region, target: &Region) -> Option<Need> {
    let backed_up = estate.protected_resources().filter(|placed| {
        placed.item.kind == ResourceType::S3 && placed.region == source
    });
    let owners: BTreeSet<&Account> = backed_up.map(|p| p.account).collect();
    let bare = |account: &&&Account| {
        let what = What::Parts(Kind::Bucket);
        let known = estate.found(&Source::aws(account, target, what));
        let mut there = estate
            .buckets()
            .filter(|b| b.account == **account && b.region == target);
        known.is_some() && there.next().is_none()
    };
    let bare: Vec<&str> =
        owners.iter().filter(bare).map(|a| a.as_str()).collect();
    (!bare.is_empty()).then(|| Need {
        plane: "S3 bucket creation",
        home: Some(Region::new("us-east-1")),
        why: format!(
            "{} has no bucket in {target} to restore into",
            some(&bare)
        ),
    })
}

/// Whether a distribution is served from a Region alone.
pub(super) fn hangs_on(front: &Distribution, source: &Region) -> bool {
    let mut origins = front.origins.iter();
    front.enabled
        && !front.fails_over()
        && origins
            .any(|(id, domain)| *id == front.target && names(domain, source))
}

fn distributions(estate: &Estate, source: &Region) -> Option<Need> {
    let fronts = estate.distributions().map(|placed| placed.item);
    let fronts: Vec<&str> = fronts
        .filter(|front| hangs_on(front, source))
        .map(|front| front.aliases.first().unwrap_or(&front.domain).as_str())
        .collect();
    (!fronts.is_empty()).then(|| Need {
        plane: "CloudFront origins",
        home: Some(Region::new("us-east-1")),
        why: format!(
            "{} must be given an origin outside {source}",
            some(&fronts)
        ),
    })
}

/// Why an accelerator sends nothing to a Region; nothing if it does, or if
/// its groups are not told.
pub(super) fn sends_nothing(
    accelerator: &Accelerator,
    target: &Region,
) -> Option<&'static str> {
    let groups = accelerator.groups.as_ref()?;
    let mut there = groups.iter().filter(|g| g.region == *target).peekable();
    if there.peek().is_none() {
        return Some("has no endpoint group");
    }
    let dialled = |dial: f64| dial <= 0.0;
    there.all(|g| g.dial.is_some_and(dialled)).then_some("has its dial at 0 %")
}

fn accelerators(estate: &Estate, target: &Region) -> Option<Need> {
    let all = estate.accelerators().map(|placed| placed.item);
    let shut: Vec<&str> = all
        .filter(|a| sends_nothing(a, target).is_some())
        .map(|a| a.name.as_str())
        .collect();
    (!shut.is_empty()).then(|| Need {
        plane: "Global Accelerator dials",
        home: Some(Region::new("us-west-2")),
        why: format!("{} must be opened to {target}", some(&shut)),
    })
}

/// Who signs in through IAM Identity Center depends on its one home Region
/// for every new session.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
fn sign_in(estate: &Estate) -> Option<Need> {
    let mut who = estate.identities().map(|placed| placed.item);
    let person = who.find(|who| who.arn.contains("/AWSReservedSSO_"))?;
    Some(Need {
        plane: "IAM Identity Center",
        home: None,
        why: format!(
            "this console signs in through it as {}: keep a way past it",
            person.arn.tail()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Found;
    use super::super::fixture::{
        CENTRAL, WEST, accelerator, has, record, saw,
    };
    use super::super::resource::{Identity, Zone};
    use super::*;

    fn told(estate: &Estate) -> Vec<String> {
        let (west, central) = (WEST.into(), CENTRAL.into());
        let needs = needs(estate, Some(&west), Some(&central));
        needs.iter().map(Need::text).collect()
    }

    #[test]
    fn a_record_that_fails_over_by_itself_needs_no_control_plane() {
        let mut estate = Estate::default();
        let db = record("db.example", "db.x.eu-west-1.rds.amazonaws.com");
        let www = RecordSet {
            identifier: Some("west".into()),
            failover: Some("PRIMARY".into()),
            health_check: Some("hc".into()),
            ..record("www.example", "lb.eu-west-1.elb.amazonaws.com")
        };
        let other = RecordSet {
            identifier: Some("central".into()),
            failover: Some("SECONDARY".into()),
            health_check: None,
            ..record("www.example", "lb.eu-central-1.elb.amazonaws.com")
        };
        let records = Found::Records([db, www, other].into());
        saw(&mut estate, "us-east-1", What::Records, records);
        let zone = Zone {
            id: "Z1".into(),
            name: "example".into(),
            private: false,
            accelerated: Some(false),
        };
        let zones = Found::Zones([zone].into());
        saw(&mut estate, "us-east-1", What::Zones, zones);
        assert_eq!(
            told(&estate),
            ["Route 53 records (us-east-1): db.example must be pointed \
              away from eu-west-1 by hand; accelerated recovery is off"]
        );
    }

    #[test]
    fn a_plane_homed_where_one_recovers_is_not_elsewhere() {
        let mut estate = Estate::default();
        let db = record("db.example", "db.x.eu-west-1.rds.amazonaws.com");
        let records = Found::Records([db].into());
        saw(&mut estate, "us-east-1", What::Records, records);
        let (west, home) = (WEST.into(), "us-east-1".into());
        assert_eq!(needs(&estate, Some(&west), Some(&home)), []);
        assert_eq!(needs(&estate, Some(&west), None), []);
    }

    #[test]
    fn an_accelerator_shut_to_the_target_needs_its_own_home() {
        let mut estate = Estate::default();
        has(&mut estate, "us-west-2", accelerator(0.0, "HEALTHY"));
        assert_eq!(
            told(&estate),
            ["Global Accelerator dials (us-west-2): live must be opened to \
              eu-central-1"]
        );
    }

    #[test]
    fn a_session_of_identity_center_depends_on_its_home() {
        let mut estate = Estate::default();
        let arn = "arn:aws:sts::1:assumed-role/AWSReservedSSO_Ops_0a/ann";
        let who = Identity { account: "1".into(), arn: arn.into() };
        saw(&mut estate, WEST, What::Identity, Found::Identity(who));
        let all = told(&estate);
        assert!(all[0].starts_with("IAM Identity Center"), "{all:?}");
    }
}
