//! Compute: what runs an application, and what stands by for it in the
//! recovery Region.

use super::super::ids::{Account, Region};
use super::super::part::Kind;
use super::super::{Estate, Source};
use super::members::{Group, place, plain};

/// The tag by which Auto Scaling marks the instances of a group.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
const OF_GROUP: &str = "aws:autoscaling:groupName";

/// A service of ECS, an Auto Scaling group or an EC2 instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compute<'a> {
    pub(super) arn: &'a str,
    pub(super) name: &'a str,
    pub(super) account: &'a Account,
    pub(super) region: &'a Region,
    pub(super) kind: Kind,
    /// How many it shall run; none if not told.
    pub(super) wanted: Option<i64>,
    /// How many run; none if not told.
    pub(super) running: Option<i64>,
    /// Why it cannot be started, if it cannot.
    pub(super) stuck: Option<&'static str>,
}

impl Compute<'_> {
    /// The look that told of it.
    pub(super) fn source(&self) -> Source {
        place(self.account, self.region, self.kind)
    }

    /// The same look in another Region.
    pub(super) fn source_in(&self, region: &Region) -> Source {
        place(self.account, region, self.kind)
    }

    /// What it is called, with its kind.
    pub(super) fn words(&self) -> String {
        let kind = match self.kind {
            Kind::EcsService => "service",
            Kind::ScalingGroup => "group",
            _ => "instance",
        };
        format!("{kind} {}", self.name)
    }

    /// How many it runs of how many.
    pub(super) fn count(&self) -> String {
        let told =
            |n: Option<i64>| n.map_or("?".to_owned(), |n| n.to_string());
        format!("{} of {} running", told(self.running), told(self.wanted))
    }
}

/// All that runs, in all Regions.
pub(super) fn compute(estate: &Estate) -> impl Iterator<Item = Compute<'_>> {
    let services = estate.ecs_services().map(|placed| Compute {
        arn: &placed.item.arn,
        name: &placed.item.name,
        account: placed.account,
        region: placed.region,
        kind: Kind::EcsService,
        wanted: placed.item.desired,
        running: placed.item.running,
        stuck: (placed.item.status != "ACTIVE").then_some("is not active"),
    });
    let groups = estate.scaling_groups().map(|placed| Compute {
        arn: &placed.item.arn,
        name: &placed.item.name,
        account: placed.account,
        region: placed.region,
        kind: Kind::ScalingGroup,
        wanted: Some(placed.item.desired),
        running: Some(placed.item.in_service),
        stuck: if placed.item.cannot_launch() {
            Some("may not launch")
        } else {
            (placed.item.max == 0).then_some("may have no instance")
        },
    });
    let alone = estate
        .hosts()
        .filter(|placed| !placed.item.tags.contains_key(OF_GROUP));
    let hosts = alone.map(|placed| Compute {
        arn: &placed.item.arn,
        name: placed
            .item
            .tags
            .get("Name")
            .map_or(placed.item.arn.tail(), String::as_str),
        account: placed.account,
        region: placed.region,
        kind: Kind::Host,
        wanted: Some(i64::from(placed.item.state == "running")),
        running: Some(i64::from(placed.item.state == "running")),
        stuck: ["terminated", "shutting-down"]
            .contains(&placed.item.state.as_str())
            .then_some("is terminated"),
    });
    services.chain(groups).chain(hosts)
}

/// What serves outside the recovery Region, each with what stands by for it
/// there: of the same name, or else of a name that begins with it, or else
/// the only one of its kind that the application has in either place.
pub(super) fn pairs<'g, 'a>(
    group: &'g Group<'a>,
    target: &Region,
) -> Vec<(&'g Compute<'a>, Vec<&'g Compute<'a>>)> {
    let (there, here): (Vec<_>, Vec<_>) =
        group.compute.iter().partition(|c| c.region == target);
    let serves = |c: &&&Compute<'_>| c.wanted != Some(0);
    let serving: Vec<_> =
        here.iter().copied().filter(|c| serves(&c)).collect();
    serving
        .iter()
        .map(|primary| (*primary, standbys(group, primary, &serving, &there)))
        .collect()
}

fn standbys<'g, 'a>(
    group: &Group<'_>,
    primary: &Compute<'_>,
    serving: &[&Compute<'_>],
    there: &[&'g Compute<'a>],
) -> Vec<&'g Compute<'a>> {
    let fits = |one: &&Compute<'_>| {
        one.kind == primary.kind && one.account == primary.account
    };
    let there: Vec<_> = there.iter().copied().filter(|c| fits(c)).collect();
    let name = plain(primary.name, primary.region);
    let by = |same: &dyn Fn(&str) -> bool| -> Vec<&'g Compute<'a>> {
        let all = there.iter().copied();
        all.filter(|one| same(&plain(one.name, one.region))).collect()
    };
    let same = by(&|other| other == name);
    if !same.is_empty() {
        return same;
    }
    let begins = by(&|other| {
        let rest = other.strip_prefix(&*name);
        rest.is_some_and(|rest| rest.starts_with(['-', '_']))
    });
    let alone = serving.iter().filter(|c| fits(c)).count() == 1;
    if begins.is_empty() && alone && group.name.is_some() {
        return there;
    }
    begins
}
