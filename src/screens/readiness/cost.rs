//! The section of cost: totals, what could be saved, what belongs to nothing.
//!
//! Every amount is an estimate, and says so with the date of its prices.

use super::section::{Facts, Line, Section};
use super::{Known, told};
use crate::estate::cost::{CAVEATS, Cost, Leftover, Orphan, Saving, Sum};
use crate::estate::ids::{Arn, Region};
use crate::estate::price::Class;
use crate::ui::{Cell, Column, Mark, Row, Tone};

pub(super) const SECTION: Section = Section {
    title: "Cost",
    empty: "no recovery point was seen yet",
    columns,
    lines,
    detail,
};

/// As many resources are listed.
const DEAREST: usize = 20;

/// What one line is about.
enum Item<'a> {
    Total(Sum),
    Missing(usize),
    Left(&'a Leftover),
    Orphan(&'a Orphan),
    Saving(&'a Saving),
    Sent(Sum),
    Tier(&'a str, Sum),
    Region(&'a Region, Sum),
    Class(Option<Class>, Sum),
    Resource(&'a Arn, Sum),
}

/// Everything, in the order of the list.
fn items(cost: &Cost) -> Vec<Item<'_>> {
    if cost.total.points == 0 && cost.missing == 0 {
        return Vec::new();
    }
    let mut items = vec![Item::Total(cost.total)];
    items.extend((cost.missing > 0).then_some(Item::Missing(cost.missing)));
    items.extend(cost.leftovers.iter().map(Item::Left));
    items.extend(cost.orphans.iter().map(Item::Orphan));
    items.extend(cost.savings.iter().map(Item::Saving));
    items.extend((cost.sent.points > 0).then_some(Item::Sent(cost.sent)));
    let tiers = cost.by_tier.iter();
    items.extend(tiers.map(|(name, sum)| Item::Tier(name, *sum)));
    let regions = cost.by_region.iter();
    items.extend(regions.map(|(name, sum)| Item::Region(name, *sum)));
    let classes = cost.by_class.iter();
    items.extend(classes.map(|(class, sum)| Item::Class(*class, *sum)));
    let dearest = cost.by_resource.iter().take(DEAREST);
    items.extend(dearest.map(|(arn, sum)| Item::Resource(arn, *sum)));
    items
}

fn columns() -> Vec<Column> {
    vec![
        Column::flexible("WHAT", 24),
        Column::fixed("POINTS", 7).right(),
        Column::fixed("SIZE", 8).right(),
        Column::fixed("ESTIMATE A MONTH", 26).right(),
    ]
}

fn lines(_: &Facts, known: &Known<'_>) -> Vec<Line> {
    items(&known.derived.cost).iter().map(Item::line).collect()
}

impl Item<'_> {
    fn sum(&self) -> Sum {
        match self {
            Item::Total(sum)
            | Item::Sent(sum)
            | Item::Tier(_, sum)
            | Item::Region(_, sum)
            | Item::Class(_, sum)
            | Item::Resource(_, sum) => *sum,
            Item::Left(left) => left.sum,
            Item::Orphan(orphan) => orphan.sum,
            Item::Saving(saving) => saving.sum,
            Item::Missing(_) => Sum::default(),
        }
    }

    fn name(&self) -> String {
        match self {
            Item::Total(_) => "all recovery points".to_owned(),
            Item::Missing(_) => "lists that did not answer".to_owned(),
            Item::Left(left) => left.arn.tail().to_owned(),
            Item::Orphan(orphan) => orphan.resource.tail().to_owned(),
            Item::Saving(saving) => {
                format!("{}: {}", saving.of, saving.way.words())
            }
            Item::Sent(_) => "copies sent in 30 days".to_owned(),
            Item::Tier(tier, _) => format!("tier {tier}"),
            Item::Region(region, _) => format!("Region {region}"),
            Item::Class(class, _) => format!("class {}", class_name(*class)),
            Item::Resource(arn, _) => format!("of {}", arn.tail()),
        }
    }

    /// Sign, word and tone, and the place in the order.
    fn state(&self) -> (Mark, &'static str, Tone, u8) {
        match self {
            Item::Total(_) => (Mark::Dot, "TOTAL", Tone::Info, 0),
            Item::Missing(_) => (Mark::Unknown, "UNKNOWN", Tone::Unknown, 1),
            Item::Left(_) => (Mark::Warn, "DRILL", Tone::Warn, 2),
            Item::Orphan(_) => (Mark::Warn, "ORPHAN", Tone::Warn, 3),
            Item::Saving(_) => (Mark::Warn, "SAVE", Tone::Warn, 4),
            Item::Sent(_) => (Mark::Dot, "SENT", Tone::Plain, 5),
            Item::Tier(..) => (Mark::Dot, "TIER", Tone::Plain, 6),
            Item::Region(..) => (Mark::Dot, "REGION", Tone::Plain, 7),
            Item::Class(..) => (Mark::Dot, "CLASS", Tone::Plain, 8),
            Item::Resource(..) => (Mark::Dot, "OF", Tone::Plain, 9),
        }
    }

    fn line(&self) -> Line {
        let (mark, word, tone, rank) = self.state();
        let sum = self.sum();
        let amount = match self {
            Item::Missing(lists) => {
                let noun = if *lists == 1 { "list" } else { "lists" };
                let text = format!("{lists} {noun}, unknown");
                Cell::new(text, Tone::Unknown)
            }
            Item::Saving(_) => Cell::plain(format!("saves {}", saved(&sum))),
            _ if sum.is_unknown() => Cell::new("unknown", Tone::Unknown),
            _ => Cell::plain(sum.words()),
        };
        let brief = amount.text.to_string();
        let name = self.name();
        let points = match self {
            Item::Missing(_) | Item::Left(_) => String::new(),
            _ => sum.points.to_string(),
        };
        let size = match self {
            Item::Missing(_) => String::new(),
            _ if sum.without_size == sum.points => "unknown".to_owned(),
            _ => told::bytes(sum.bytes),
        };
        let cells = vec![
            Cell::plain(name.clone()),
            Cell::plain(points),
            Cell::dim(size),
            amount,
        ];
        Line { name, mark, word, tone, rank, cells, brief }
    }
}

fn class_name(class: Option<Class>) -> &'static str {
    class.map_or("other", Class::name)
}

/// What a saving comes to: between nothing and all where points share blocks.
fn saved(sum: &Sum) -> String {
    match sum.low.0 {
        0 if sum.high.0 > 0 => format!("up to {}", sum.high),
        _ => sum.words(),
    }
}

fn detail(place: usize, _: &Facts, known: &Known<'_>) -> Vec<Row> {
    let cost = &*known.derived.cost;
    let items = items(cost);
    let Some(item) = items.get(place) else { return Vec::new() };
    let mut rows = vec![
        vec![Cell::new(item.line().brief, Tone::Title)],
        vec![Cell::dim(format!("a month; {}", cost.label))],
        Vec::new(),
    ];
    rows.extend(item.facts(cost, known).into_iter().map(fact));
    rows.push(Vec::new());
    let said = CAVEATS.iter().map(|caveat| vec![Cell::dim(*caveat)]);
    rows.extend(said);
    rows
}

fn fact((label, value): (&'static str, String)) -> Row {
    vec![Cell::dim(format!("{label:<10}")), Cell::plain(value)]
}

impl Item<'_> {
    fn facts(
        &self,
        cost: &Cost,
        known: &Known<'_>,
    ) -> Vec<(&'static str, String)> {
        let sum = self.sum();
        let mut facts = match self {
            Item::Missing(_) => vec![(
                "means",
                "what these lists hold is not in any amount".to_owned(),
            )],
            Item::Left(left) => vec![
                ("what", left.arn.to_string()),
                ("drill", left.drill.clone()),
                ("where", left.region.to_string()),
                ("do", "delete it, or take its tag away".to_owned()),
            ],
            Item::Orphan(orphan) => orphan_facts(orphan, known),
            Item::Saving(saving) => vec![
                ("how", saving.way.words().to_owned()),
                ("stays", "the newest point; locked vaults".to_owned()),
                ("saves", saved(&sum)),
            ],
            Item::Sent(_) => {
                vec![("means", "paid once for each copy".to_owned())]
            }
            Item::Resource(arn, _) => vec![("what", arn.to_string())],
            Item::Class(class, _) => price_facts(*class, cost),
            Item::Total(_) | Item::Tier(..) | Item::Region(..) => Vec::new(),
        };
        if sum.points > 0 {
            facts.push(("points", sum.points.to_string()));
            facts.push(("size", told::bytes(sum.bytes)));
        }
        if sum.unknown() > 0 {
            let unknown = format!(
                "{} without a size, {} without a price",
                sum.without_size, sum.without_price
            );
            facts.push(("unknown", unknown));
        }
        if matches!(self, Item::Total(_)) {
            let why = cost.unknown.iter();
            let why = why.map(|(why, n)| ("because", format!("{n}: {why}")));
            facts.extend(why);
        }
        facts
    }
}

fn orphan_facts(
    orphan: &Orphan,
    known: &Known<'_>,
) -> Vec<(&'static str, String)> {
    let regions: Vec<&str> =
        orphan.regions.iter().map(Region::as_str).collect();
    let account = known.setting.account_name(&orphan.account);
    let mut facts = vec![
        ("gone", orphan.resource.to_string()),
        ("where", format!("{} {account}", regions.join(", "))),
    ];
    let oldest = orphan.oldest.map(|at| told::moment(at, known));
    facts.extend(oldest.map(|oldest| ("oldest", oldest)));
    facts.push(("do", "keep what may be asked for, let it go".to_owned()));
    facts
}

/// The page and date that the prices of a class are from.
fn price_facts(
    class: Option<Class>,
    cost: &Cost,
) -> Vec<(&'static str, String)> {
    let prices = cost.prices.iter().flat_map(|prices| prices.entries());
    let mut entries = prices.filter(|(of, _)| Some(*of) == class);
    let Some((_, entry)) = entries.next() else {
        return vec![("prices", "the table has none".to_owned())];
    };
    vec![("prices", entry.page.clone()), ("of", entry.as_of.to_string())]
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::estate::part::Kind;
    use crate::estate::{Found, Source, What};
    use crate::keymap::Action;
    use crate::screens::fixture::{BODIES, Fixture, PROD, WEST, at, painted};
    use crate::screens::readiness::{State, act, refresh, view};

    /// Cost has the keys; every volume of the West is gone.
    fn ready(fixture: &mut Fixture) -> State {
        let volumes = What::Parts(Kind::Volume);
        let found = Found::Parts([].into());
        fixture.saw((PROD, WEST), volumes, at("14:20:00"), found);
        let snapshots = What::Snapshots;
        let (account, region) = (PROD.into(), WEST.into());
        let source = Source::aws(&account, &region, snapshots);
        fixture.failed(source, at("14:20:00"));
        fixture.derive();
        let mut state = State::default();
        let known = fixture.known();
        refresh(&mut state, &known);
        while state.front().0.title != SECTION.title {
            act(&mut state, Action::PaneNext, &known);
        }
        state
    }

    #[test]
    fn totals_orphans_and_what_did_not_answer_are_one_list() {
        let mut fixture = Fixture::new();
        let state = ready(&mut fixture);
        let view = view(&state, &fixture.known(), BODIES[1]);
        let theme = fixture.setting.theme;
        assert_snapshot!(painted(&view, BODIES[1], theme));
    }

    #[test]
    fn every_line_tells_that_it_is_an_estimate_and_of_when() {
        let mut fixture = Fixture::new();
        let _ = ready(&mut fixture);
        let known = fixture.known();
        let all = lines(&Facts::of(&known), &known);
        assert!(all.len() > 6, "{all:?}");
        for place in 0..all.len() {
            let said: String = detail(place, &Facts::of(&known), &known)
                .iter()
                .flatten()
                .map(|cell| cell.text.to_string())
                .collect();
            assert!(said.contains("estimate, list prices of 2"), "{said}");
        }
    }

    #[test]
    fn a_console_that_has_seen_nothing_costs_nothing_it_could_name() {
        let fixture = Fixture::blank();
        let known = fixture.known();
        assert!(lines(&Facts::of(&known), &known).is_empty());
    }
}
