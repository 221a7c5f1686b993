//! Members: what carries the tag of each application.

use std::collections::{BTreeMap, BTreeSet};

use super::super::ids::{Account, Region};
use super::super::part::cloudformation::Stack;
use super::super::part::ec2::Image;
use super::super::part::{Kind, Told};
use super::super::resource::ResourceType;
use super::super::standing::Standing;
use super::super::{Estate, Placed, Source, What};
use super::compute::{Compute, compute};
use super::{Aim, Parts};

/// What belongs to one application.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) data: Vec<Data<'a>>,
    /// What runs, in all Regions.
    pub(super) compute: Vec<Compute<'a>>,
    pub(super) stacks: Vec<Placed<'a, Stack>>,
    pub(super) images: Vec<Placed<'a, Image>>,
    pub(super) automation: Vec<String>,
    /// Looks that tell what belongs to it.
    pub(super) told_by: Vec<Source>,
    target: Option<&'a Region>,
}

/// A resource that holds data, outside the recovery Region.
#[derive(Clone, Debug)]
pub(super) struct Data<'a> {
    pub(super) name: &'a str,
    /// How it stands; none for one that nothing protects.
    pub(super) standing: Option<&'a Standing>,
    /// What told of it, where nothing protects it.
    pub(super) source: Option<Source>,
}

impl Group<'_> {
    pub(super) fn parts(&self) -> Parts {
        let away = |region: &Region| Some(region) != self.target;
        Parts {
            data: self.data.len(),
            compute: self.compute.iter().filter(|c| away(c.region)).count(),
            stacks: self.stacks.iter().filter(|s| away(s.region)).count(),
            automation: self.automation.len(),
        }
    }
}

/// The application of every ARN that has one.
struct Tags<'a> {
    tag: &'a str,
    of: BTreeMap<&'a str, &'a str>,
}

impl<'a> Tags<'a> {
    fn note(&mut self, arn: &'a str, tags: &'a BTreeMap<String, String>) {
        if let Some(app) = self.value(tags) {
            self.of.entry(arn).or_insert(app);
        }
    }

    /// AWS tells keys apart by case; `app` and `App` mean the same here,
    /// where only one of them is there.
    fn value<'t>(
        &self,
        tags: &'t BTreeMap<String, String>,
    ) -> Option<&'t str> {
        let same =
            |(key, _): &(&String, &String)| key.eq_ignore_ascii_case(self.tag);
        let value = tags
            .get(self.tag)
            .or_else(|| tags.iter().find(same).map(|(_, value)| value));
        value.map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn of(&self, arn: &str) -> Option<&'a str> {
        self.of.get(arn).copied()
    }
}

fn tags<'a>(estate: &'a Estate, tag: &'a str) -> Tags<'a> {
    let mut tags = Tags { tag, of: BTreeMap::new() };
    for Placed { item, .. } in estate.all_instances() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.clusters() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.volumes() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.hosts() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.buckets() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.file_systems() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.shares() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.ecs_services() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.scaling_groups() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.stacks() {
        tags.note(&item.arn, &item.tags);
    }
    for Placed { item, .. } in estate.tagged() {
        tags.note(&item.arn, &item.tags);
    }
    tags
}

/// Everything by application; what belongs to none is the group without a
/// name.
pub(super) fn groups<'a>(
    estate: &'a Estate,
    standings: &'a [Standing],
    aim: Aim<'a>,
) -> Vec<Group<'a>> {
    let tags = tags(estate, aim.tag);
    let mut groups: BTreeMap<Option<&'a str>, Group<'a>> = BTreeMap::new();
    let told_by = told_by(estate);
    let mut of = |name: Option<&'a str>,
                  note: &mut dyn FnMut(&mut Group<'a>)| {
        let group = groups.entry(name).or_insert_with(|| Group {
            name,
            told_by: told_by.clone(),
            target: aim.target,
            ..Group::default()
        });
        note(group);
    };
    let away =
        |region: Option<&Region>| aim.target.is_none() || region != aim.target;
    let mut counted = BTreeSet::new();
    for standing in standings {
        counted.insert(&*standing.resource);
        if away(standing.region.as_ref()) {
            let (name, standing) = (&*standing.name, Some(standing));
            let arn = &standing.map_or("", |s| &*s.resource);
            of(tags.of(arn), &mut |group| {
                group.data.push(Data { name, standing, source: None });
            });
        }
    }
    for (app, data) in unprotected(estate, &tags, &counted) {
        if away(data.source.as_ref().and_then(Source::region)) {
            of(Some(app), &mut |group| group.data.push(data.clone()));
        }
    }
    for one in compute(estate) {
        of(tags.of(one.arn), &mut |group| group.compute.push(one));
    }
    for placed in estate.stacks().filter(|placed| !placed.item.nested) {
        of(tags.of(&placed.item.arn), &mut |g| g.stacks.push(placed));
    }
    for placed in estate.images() {
        of(tags.of(&placed.item.arn), &mut |g| g.images.push(placed));
    }
    for (arn, words) in automation(estate) {
        of(tags.of(arn), &mut |g| g.automation.push(words.clone()));
    }
    groups.into_values().collect()
}

/// What holds data and carries the tag, but is neither backed up nor
/// replicated.
fn unprotected<'a>(
    estate: &'a Estate,
    tags: &Tags<'a>,
    counted: &BTreeSet<&str>,
) -> Vec<(&'a str, Data<'a>)> {
    let dependent: BTreeSet<&str> = estate
        .all_instances()
        .filter(|placed| {
            placed.item.cluster.is_some() || placed.item.replica_of.is_some()
        })
        .map(|placed| placed.item.arn.as_str())
        .collect();
    let tagged = estate.tagged().filter_map(|placed| {
        let arn = &placed.item.arn;
        let kind = ResourceType::from_arn(arn)?;
        // An instance runs; its volumes are what holds data.
        let holds = kind != ResourceType::Ec2;
        let new = !counted.contains(&**arn) && !dependent.contains(&**arn);
        let app = tags.of(arn).filter(|_| holds && new)?;
        let what = What::Parts(Kind::Tagged);
        let source = Source::aws(placed.account, placed.region, what);
        let name = placed.item.name();
        Some((app, Data { name, standing: None, source: Some(source) }))
    });
    tagged.collect()
}

fn automation(estate: &Estate) -> Vec<(&str, String)> {
    fn words<T: Told>(placed: Placed<'_, T>, what: &str) -> String {
        let (_, state) = placed.item.state();
        format!("{what} {} in {}, {state}", placed.item.name(), placed.region)
    }
    let functions =
        estate.functions().map(|p| (&*p.item.arn, words(p, "function")));
    let machines =
        estate.machines().map(|p| (&*p.item.arn, words(p, "state machine")));
    let rules = estate.rules().map(|p| (&*p.item.arn, words(p, "rule")));
    functions.chain(machines).chain(rules).collect()
}

/// The looks without which nobody knows what belongs to an application.
fn told_by(estate: &Estate) -> Vec<Source> {
    const KINDS: [Kind; 3] =
        [Kind::Tagged, Kind::EcsService, Kind::ScalingGroup];
    let is = |source: &&Source| matches!(source.what(), Some(What::Parts(k)) if KINDS.contains(k));
    let all = estate.sources().map(|(source, _)| source);
    all.filter(is).cloned().collect()
}

/// An account and a Region as one is told apart from others.
pub(super) fn place(account: &Account, region: &Region, kind: Kind) -> Source {
    Source::aws(account, region, What::Parts(kind))
}

/// The ARN's own name without its Region, so that twins are found.
pub(super) fn plain(name: &str, region: &Region) -> String {
    name.replace(region.as_str(), "")
}
