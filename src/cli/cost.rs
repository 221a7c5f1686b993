//! `cost`: what the recovery points cost a month, by estimate.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::args::Cost as Args;
use super::look::{self, Looked};
use super::{Ended, Start, say, told};
use crate::estate::Found;
use crate::estate::cost::{CAVEATS, Cost, Leftover, Orphan, Saving, Sum};
use crate::estate::ids::{Arn, Region};
use crate::estate::price::{Class, Prices};

/// As many resources are listed in the text; JSON has all.
const DEAREST: usize = 10;

/// What is printed; the names of its fields stay
/// (`docs/schema/cost.schema.json`).
#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: u32,
    at: Timestamp,
    seen: Option<Timestamp>,
    simulated: Option<&'a str>,
    endpoint: Option<&'a str>,
    estimate: bool,
    currency: &'static str,
    prices: Table<'a>,
    total: Sum,
    tiers: Vec<Named<&'a str>>,
    regions: Vec<Named<&'a Region>>,
    classes: Vec<Named<&'a str>>,
    resources: Vec<Named<&'a Arn>>,
    sent: Sum,
    unknown: Vec<Unknown<'a>>,
    savings: &'a [Saving],
    orphans: &'a [Orphan],
    orphans_unsure: usize,
    missing_lists: usize,
    leftovers: &'a [Leftover],
    caveats: &'a [&'a str],
}

/// The price table in use.
#[derive(Debug, Serialize)]
struct Table<'a> {
    as_of: Option<Date>,
    file: Option<&'a str>,
    sources: Vec<Page<'a>>,
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    class: Class,
    page: &'a str,
    as_of: Date,
}

#[derive(Debug, Serialize)]
struct Named<N> {
    name: N,
    #[serde(flatten)]
    sum: Sum,
}

#[derive(Debug, Serialize)]
struct Unknown<'a> {
    why: &'a str,
    points: u64,
}

/// Runs the command.
pub(super) fn run(start: &Start, args: &Args) -> anyhow::Result<Ended> {
    let asking = &args.asking;
    let looked = match &args.from_saved {
        Some(file) => {
            look::saved(start, asking.demo.as_deref(), file.as_deref())?
        }
        None => look::once(start, asking, |_| true)?,
    };
    let prices = &looked.reach.watch.bill.prices;
    let cost = &looked.derived.cost;
    if args.json {
        told::json(&report(&looked, cost, prices))?;
    } else {
        say(&text(&looked, cost, prices));
    }
    Ok(Ended::Well)
}

/// The name of a class; what has none is of a type without prices.
fn class_name(class: Option<Class>) -> &'static str {
    class.map_or("other", Class::name)
}

fn report<'a>(
    looked: &'a Looked,
    cost: &'a Cost,
    prices: &'a Prices,
) -> Report<'a> {
    let place = &looked.reach.place;
    let pages = prices.entries().map(|(class, entry)| Page {
        class,
        page: &entry.page,
        as_of: entry.as_of,
    });
    let classes = cost.by_class.iter();
    let classes = classes
        .map(|(class, sum)| Named { name: class_name(*class), sum: *sum });
    let unknown = cost.unknown.iter();
    Report {
        schema: 1,
        at: looked.now,
        seen: seen(looked),
        simulated: place.simulated.as_deref(),
        endpoint: place.endpoint.as_deref(),
        estimate: true,
        currency: "USD",
        prices: Table {
            as_of: prices.as_of(),
            file: prices.file.as_deref(),
            sources: pages.collect(),
        },
        total: cost.total,
        tiers: named(&cost.by_tier, String::as_str),
        regions: named(&cost.by_region, |region| region),
        classes: classes.collect(),
        resources: named(&cost.by_resource, |arn| arn),
        sent: cost.sent,
        unknown: unknown
            .map(|(why, points)| Unknown { why, points: *points })
            .collect(),
        savings: &cost.savings,
        orphans: &cost.orphans,
        orphans_unsure: cost.unsure,
        missing_lists: cost.missing,
        leftovers: &cost.leftovers,
        caveats: &CAVEATS,
    }
}

/// When the oldest answer was seen that tells of recovery points.
fn seen(looked: &Looked) -> Option<Timestamp> {
    let lists = looked
        .estate
        .sources()
        .filter(|(_, known)| matches!(known.found, Some(Found::Points(_))));
    lists.filter_map(|(_, known)| Some(known.seen?.1)).min()
}

fn named<'a, K, N>(
    sums: &'a [(K, Sum)],
    name: impl Fn(&'a K) -> N,
) -> Vec<Named<N>> {
    let sums = sums.iter();
    sums.map(|(key, sum)| Named { name: name(key), sum: *sum }).collect()
}

fn text(looked: &Looked, cost: &Cost, prices: &Prices) -> String {
    let place = &looked.reach.place;
    let (simulated, endpoint) = (&place.simulated, &place.endpoint);
    let mut lines = told::heading(simulated.as_deref(), endpoint.as_deref());
    let Sum { points, .. } = cost.total;
    lines.push(format!(
        "{points} recovery points cost {} a month ({}) at {}",
        cost.total.words(),
        prices.label(),
        looked.now.strftime("%Y-%m-%d %H:%M:%SZ")
    ));
    if let Some(seen) = seen(looked) {
        let seen = seen.strftime("%Y-%m-%d %H:%M:%SZ");
        lines.push(format!("seen {seen} or later"));
    }
    if let Some(file) = &prices.file {
        lines.push(format!("prices of {file}"));
    }
    let mut part = |title: &str, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        lines.extend([String::new(), title.to_owned()]);
        let widest = rows.iter().map(|(name, _)| name.chars().count());
        let width = widest.max().unwrap_or_default();
        for (name, told) in rows {
            lines.push(format!("  {name:<width$}  {told}"));
        }
    };
    part("By tier", rows(&cost.by_tier, Clone::clone));
    part("By Region", rows(&cost.by_region, ToString::to_string));
    let class = |class: &Option<Class>| class_name(*class).to_owned();
    part("By storage class", rows(&cost.by_class, class));
    let dearest = &cost.by_resource[..cost.by_resource.len().min(DEAREST)];
    let tail = |arn: &Arn| arn.tail().to_owned();
    part("The dearest resources", rows(dearest, tail));
    part("What could be saved", savings(&cost.savings));
    part("Points of what is gone", orphans(cost));
    part("Left of drills", leftovers(&cost.leftovers));
    part("Sent to other Regions in 30 days", sent(cost.sent));
    part("Not in it", unknown(cost));
    lines.push(String::new());
    lines.extend(CAVEATS.iter().map(|caveat| format!("* {caveat}")));
    lines.join("\n")
}

fn rows<K>(
    sums: &[(K, Sum)],
    name: impl Fn(&K) -> String,
) -> Vec<(String, String)> {
    let sums = sums.iter();
    sums.map(|(key, sum)| {
        (name(key), format!("{}, {}", counted(sum.points), sum.words()))
    })
    .collect()
}

/// So many points, in words.
fn counted(points: u64) -> String {
    match points {
        1 => "1 point".to_owned(),
        points => format!("{points} points"),
    }
}

fn savings(savings: &[Saving]) -> Vec<(String, String)> {
    let savings = savings.iter();
    savings
        .map(|Saving { way, of, sum }| {
            let told = format!("{}, {}", counted(sum.points), sum.words());
            (format!("{of}: {}", way.words()), told)
        })
        .collect()
}

fn orphans(cost: &Cost) -> Vec<(String, String)> {
    let orphans = cost.orphans.iter().map(|orphan| {
        let points = counted(orphan.sum.points);
        let words = orphan.sum.words();
        let told = format!("{}, {points}, {words}", orphan.kind);
        (orphan.resource.tail().to_owned(), told)
    });
    let unsure = (cost.unsure > 0).then(|| {
        let told = format!("{} resources", cost.unsure);
        ("cannot tell whether they are gone".to_owned(), told)
    });
    orphans.chain(unsure).collect()
}

fn leftovers(leftovers: &[Leftover]) -> Vec<(String, String)> {
    let left = leftovers.iter().map(|left| {
        let Leftover { arn, region, drill, sum, .. } = left;
        let told = format!("{region}, drill {drill}, {}", sum.words());
        (arn.tail().to_owned(), told)
    });
    left.collect()
}

fn unknown(cost: &Cost) -> Vec<(String, String)> {
    let unknown = cost.unknown.iter();
    let unknown = unknown.map(|(why, n)| (why.clone(), counted(*n)));
    let missing = (cost.missing > 0).then(|| {
        let why = "lists that did not answer, or not whole".to_owned();
        (why, cost.missing.to_string())
    });
    unknown.chain(missing).collect()
}

fn sent(sum: Sum) -> Vec<(String, String)> {
    let told = (sum.points > 0)
        .then(|| ("copies".to_owned(), format!("once {}", sum.words())));
    told.into_iter().collect()
}
