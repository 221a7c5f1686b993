//! What recovery points cost, as the ledger of costs tells it.

use jiff::Timestamp;

use super::super::cost::Sum;
use super::super::{Source, What};
use super::{Evidence, Measure, Metric, Scene, Value};

fn is_points(source: &Source) -> bool {
    source.what().is_some_and(What::lists_points)
}

/// What the recovery points cost a month.
pub(super) fn cost(scene: &Scene<'_>) -> Metric {
    let measure = Measure::StorageCost;
    let cost = scene.cost;
    let total = Value::Cost(cost.total);
    let known = cost.total.points > 0 && !cost.total.is_unknown();
    let doubt = scene.doubt(is_points).or_else(|| {
        let lists = cost.missing;
        (lists > 0).then(|| format!("{lists} lists of points were not told"))
    });
    let mut metric = match doubt {
        Some(why) => {
            let mut metric = Metric::unknown(measure, why);
            metric.so_far =
                known.then(|| format!("{} of what was seen", total.words()));
            metric
        }
        None if cost.total.is_unknown() => {
            let why = cost.unknown.first().map_or("no price", |(why, _)| why);
            Metric::unknown(measure, why)
        }
        None => Metric::of(measure, total),
    };
    let Some((source, at)) = scene.oldest(is_points) else { return metric };
    let seen = |name: &str, sum: &Sum| {
        let what = format!("{name}: {}", sum.words());
        Evidence { what, source: source.clone(), at }
    };
    let regions = cost.by_region.iter();
    metric.evidence = regions.map(|(at, sum)| seen(at, sum)).collect();
    let without = cost.unknown.iter().map(|(why, points)| {
        let what = format!("{points} points without a price: {why}");
        Evidence { what, source: source.clone(), at }
    });
    metric.evidence.extend(without.collect::<Vec<_>>());
    metric.evidence.extend(priced(scene, at));
    metric
}

/// The table of prices, as the amounts are labelled.
fn priced(scene: &Scene<'_>, at: Timestamp) -> Option<Evidence> {
    let label = &scene.cost.label;
    (!label.is_empty()).then(|| Evidence {
        what: label.clone(),
        source: "price table".to_owned(),
        at,
    })
}
