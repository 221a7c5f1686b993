//! Checks of what is paid for and belongs to nothing.

use std::collections::BTreeMap;

use super::{Check, Mistake, Scene, Severity, first_names};
use crate::estate::cost::Orphan;
use crate::estate::price::Usd;

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "point-orphans",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "Recovery points of resources that do not exist any more",
        fix: "Keep what may be asked for; let the others go.",
        rests_on: &[
            "backup/points",
            "rds/instances",
            "rds/clusters",
            "ec2/volumes",
            "ec2/instances",
            "efs/file-systems",
            "fsx/file-systems",
            "dynamodb/tables",
        ],
        find: orphans,
    },
    Check {
        code: "drill-leftovers",
        severity: Severity::Warn,
        system: "AWS Backup",
        doc: "What drills made and nobody deleted",
        fix: "Delete it, or take its tag `lifeboat:drill` away.",
        rests_on: &["tagging/resources"],
        find: leftovers,
    },
];

/// One line an account. Snapshots of volumes that AWS Backup did not make
/// have a check of their own.
fn orphans(scene: &Scene<'_>) -> Vec<Mistake> {
    let mut accounts: BTreeMap<_, Vec<&Orphan>> = BTreeMap::new();
    for orphan in scene.cost.orphans.iter().filter(|o| o.in_vault) {
        accounts.entry(&orphan.account).or_default().push(orphan);
    }
    let accounts = accounts.into_iter();
    let mistakes = accounts.map(|(account, orphans)| {
        let points: u64 = orphans.iter().map(|o| o.sum.points).sum();
        let names = orphans.iter().map(|o| o.resource.tail());
        let names = first_names(names);
        let high: Usd = orphans.iter().map(|o| o.sum.high).sum();
        let unknown: u64 = orphans.iter().map(|o| o.sum.unknown()).sum();
        let cost = amount(high, unknown, points);
        let noun = if points == 1 { "point" } else { "points" };
        let what = format!(
            "{points} recovery {noun} in {account} of what is gone \
             ({names}), {cost}"
        );
        match &orphans[..] {
            [one] => Mistake::of(&one.resource, what),
            _ => Mistake::of_estate(what),
        }
    });
    mistakes.collect()
}

fn leftovers(scene: &Scene<'_>) -> Vec<Mistake> {
    let left = scene.cost.leftovers.iter();
    left.map(|left| {
        let sum = left.sum;
        let what = format!(
            "{} in {} is left of the drill {}, {}",
            left.arn.tail(),
            left.region,
            left.drill,
            amount(sum.high, sum.unknown(), sum.points)
        );
        let place = (left.account.clone(), left.region.clone());
        Mistake { place: Some(place), ..Mistake::of(&left.arn, what) }
    })
    .collect()
}

/// The most that something costs, in words.
fn amount(high: Usd, unknown: u64, points: u64) -> String {
    match unknown {
        0 => format!("up to {high} a month (estimate)"),
        _ if unknown == points => "cost unknown".to_owned(),
        _ => format!("up to {high} a month (estimate) and {unknown} unknown"),
    }
}

#[cfg(test)]
mod tests {
    use crate::estate::fixture::{
        WEST, has, parts, point, points, said_by, saw,
    };
    use crate::estate::part::Kind;
    use crate::estate::part::tags::Tagged;
    use crate::estate::recovery_point::Fields;
    use crate::estate::resource::{Origin, ResourceType};
    use crate::estate::{Estate, What};

    #[test]
    fn points_in_a_vault_whose_resource_is_gone_are_told_with_their_cost() {
        let found = |vault: Option<&str>| {
            let mut estate = Estate::default();
            let point = Fields {
                arn: "arn:aws:ec2:eu-west-1::snapshot/snap-1".into(),
                resource: "arn:aws:ec2:eu-west-1:111122223333:volume/vol-gone"
                    .into(),
                kind: ResourceType::Ebs,
                vault: vault.map(Into::into),
                origin: Origin::Backup,
                bytes: Some(100 << 30),
                ..point()
            };
            saw(&mut estate, WEST, What::Points, points(&[point]));
            saw(&mut estate, WEST, What::Parts(Kind::Volume), parts(&[]));
            said_by(&estate, "point-orphans")
        };
        assert_eq!(
            found(Some("vault")),
            ["1 recovery point in 111122223333 of what is gone (vol-gone), \
              up to $5.00 a month (estimate)"]
        );
        assert!(found(None).is_empty(), "that is another check's");
    }

    #[test]
    fn what_a_drill_left_is_told_with_the_drill_and_its_cost() {
        let mut estate = Estate::default();
        let arn = "arn:aws:rds:eu-west-1:111122223333:db:learn-db-drill";
        let tags = [("lifeboat:drill".to_owned(), "autumn".to_owned())];
        let tagged = Tagged { arn: arn.into(), tags: tags.into() };
        has(&mut estate, WEST, tagged);
        assert_eq!(
            said_by(&estate, "drill-leftovers"),
            ["learn-db-drill in eu-west-1 is left of the drill autumn, cost \
              unknown"]
        );
    }
}
