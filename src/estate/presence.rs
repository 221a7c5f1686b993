//! Whether something is still there, by the lists of those who would tell.

use jiff::Timestamp;

use super::ids::Arn;
use super::part::Kind;
use super::resource::ResourceType;
use super::{Estate, Source, What};

/// Whether something is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A look saw it.
    There,
    /// A whole look did not; these words say which, and when it began.
    Gone(String),
    /// No look tells.
    CannotTell,
}

/// The look whose list would have a resource of this type.
pub fn listed_by(kind: ResourceType) -> Option<What> {
    Some(match kind {
        ResourceType::Rds => What::Instances,
        ResourceType::Aurora => What::Clusters,
        ResourceType::Ebs => What::Parts(Kind::Volume),
        ResourceType::Ec2 => What::Parts(Kind::Host),
        ResourceType::Efs => What::Parts(Kind::FileSystem),
        ResourceType::Fsx => What::Parts(Kind::Share),
        ResourceType::DynamoDb => What::Parts(Kind::Table),
        // A bucket's ARN names no Region whose list would have it.
        ResourceType::S3 | ResourceType::Other => return None,
    })
}

/// Whether something is there, by a look that began at `since` or later. A
/// look that failed, was cut short or is older tells nothing.
pub fn presence(estate: &Estate, arn: &str, since: Timestamp) -> Presence {
    let arn = Arn::new(arn);
    let look = ResourceType::from_arn(&arn).and_then(listed_by);
    let (Some(what), Some(account), Some(region)) =
        (look, arn.account(), arn.region())
    else {
        return Presence::CannotTell;
    };
    let source = Source::aws(&account, &region, what);
    let Some(known) = estate.known(&source) else {
        return Presence::CannotTell;
    };
    let begun = known.begun().filter(|begun| *begun >= since);
    let (Some(begun), Some(_), false) = (begun, &known.found, known.saved)
    else {
        return Presence::CannotTell;
    };
    if is_listed(estate, &arn) {
        return Presence::There;
    }
    if known.partial.is_some() {
        return Presence::CannotTell;
    }
    let at = begun.strftime("%Y-%m-%d %H:%M:%SZ");
    Presence::Gone(format!("{source} at {at} does not list it"))
}

fn is_listed(estate: &Estate, arn: &Arn) -> bool {
    let arn = arn.as_str();
    estate.all_instances().any(|p| p.item.arn.as_str() == arn)
        || estate.clusters().any(|p| p.item.arn.as_str() == arn)
        || estate.volumes().any(|p| p.item.arn.as_str() == arn)
        || estate.file_systems().any(|p| p.item.arn.as_str() == arn)
        || estate.shares().any(|p| p.item.arn.as_str() == arn)
        || estate.tables().any(|p| p.item.arn.as_str() == arn)
        || estate.hosts().any(|p| {
            p.item.arn.as_str() == arn && p.item.state != "terminated"
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::ids::Account;
    use crate::estate::{Found, Observation};

    const ARN: &str = "arn:aws:rds:eu-west-1:1:db:clone";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn seen(partial: Option<&str>) -> Estate {
        let mut estate = Estate::default();
        let account = Account::new("1");
        let what = What::Instances;
        estate.apply(Observation {
            source: Source::aws(&account, &"eu-west-1".into(), what),
            begun: at(100),
            at: at(101),
            found: Ok(Found::Instances([].into())),
            partial: partial.map(str::to_owned),
        });
        estate
    }

    #[test]
    fn only_a_whole_look_begun_since_then_tells_that_something_is_gone() {
        let gone = presence(&seen(None), ARN, at(100));
        assert!(matches!(gone, Presence::Gone(_)), "{gone:?}");
        let older = presence(&seen(None), ARN, at(101));
        assert_eq!(older, Presence::CannotTell, "the look began before");
        let cut = presence(&seen(Some("cut short")), ARN, at(100));
        assert_eq!(cut, Presence::CannotTell);
        let never = presence(&Estate::default(), ARN, at(100));
        assert_eq!(never, Presence::CannotTell);
        let snapshot = "arn:aws:rds:eu-west-1:1:snapshot:s";
        assert_eq!(
            presence(&seen(None), snapshot, at(100)),
            Presence::CannotTell,
            "no list here would have it"
        );
    }
}
