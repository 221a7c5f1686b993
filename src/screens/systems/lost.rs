//! What of a system vanished or was weakened in the last 90 days.

use jiff::Timestamp;

use super::detail::head;
use super::{Known, ago, told};
use crate::estate::ids::{Account, Region};
use crate::estate::resource::ResourceType;
use crate::estate::vanished::{Gone, Vanished};
use crate::estate::weakened::How;
use crate::ui::{Cell, Mark, Row, Tone};

/// The most lines of each kind, the newest.
const MOST: usize = 200;

/// The system that something vanished from.
fn system_of(gone: &Gone) -> &'static str {
    match gone {
        Gone::Point(point) if point.vault().is_none() => match point.kind() {
            ResourceType::Ebs | ResourceType::Ec2 => "EBS",
            ResourceType::Fsx => "FSx",
            ResourceType::DynamoDb => "DynamoDB",
            ResourceType::Aurora => "Aurora",
            _ => "RDS",
        },
        Gone::Point(_) | Gone::Vault(_) | Gone::Plan(_) => "AWS Backup",
    }
}

/// Lines of what vanished and what was weakened, the newest first.
pub(super) fn lost(system: &str, known: &Known<'_>) -> Vec<Row> {
    let all = known.estate.vanished().iter().rev();
    let gone: Vec<_> = all.filter(|v| system_of(&v.gone) == system).collect();
    let mut lines = Vec::new();
    let left_out = match system {
        "AWS Backup" => known.estate.vanished_left_out(),
        _ => 0,
    };
    if !gone.is_empty() {
        let count = told::count(gone.len() + left_out);
        lines.push(Vec::new());
        lines.push(head(&format!("GONE BEFORE ITS TIME ({count})")));
        lines.extend(gone.iter().take(MOST).map(|gone| line(gone, known)));
        let more = (gone.len() + left_out).saturating_sub(MOST);
        if more > 0 {
            lines.push(vec![Cell::dim(format!("and {more} more"))]);
        }
    }
    let weak = known.estate.weakened().iter().rev();
    let weak: Vec<_> = weak
        .filter(|weak| {
            system
                == match weak.how {
                    How::AutomatedBackups => "RDS",
                    _ => "AWS Backup",
                }
        })
        .collect();
    if !weak.is_empty() {
        let count = told::count(weak.len());
        lines.push(Vec::new());
        lines.push(head(&format!("WEAKENED ({count})")));
        lines.extend(weak.iter().take(MOST).map(|weak| {
            let mark = known.setting.theme.glyph(Mark::Bad);
            let age = ago(told::since(weak.noticed, known.now));
            let account = known.setting.account_name(&weak.account);
            let at = (&weak.account, &weak.region);
            let by = by(at, &weak.of, weak.noticed, known);
            let place = format!("  {} {account}, {age}{by}", weak.region);
            let what = format!("{mark} {}", weak.what);
            vec![Cell::new(what, Tone::Bad), Cell::dim(place)]
        }));
    }
    lines
}

/// Who did it, where a trail told of the call.
fn by(
    at: (&Account, &Region),
    arn: &str,
    until: Timestamp,
    known: &Known<'_>,
) -> String {
    let doer = known.estate.doer(at, arn, until);
    doer.map_or_else(String::new, |deed| format!(", {}", deed.by()))
}

fn line(vanished: &Vanished, known: &Known<'_>) -> Row {
    let name = match &vanished.gone {
        Gone::Point(point) => {
            let data = point.data_time();
            let data = data.map(|at| told::moment(at, known));
            let data = data.unwrap_or_else(|| "time not known".to_owned());
            let vault = point.vault();
            let vault = vault.map_or("", |vault| vault.as_str());
            let of = point.resource().tail();
            format!("of {of}, data {data}, {vault} {}", point.arn().tail())
        }
        Gone::Vault(vault) => vault.name.to_string(),
        Gone::Plan(plan) => plan.name.clone(),
    };
    let mark = known.setting.theme.glyph(Mark::Bad);
    let age = ago(told::since(vanished.noticed, known.now));
    let account = known.setting.account_name(&vanished.account);
    let kind = vanished.gone.kind();
    let arn = match &vanished.gone {
        Gone::Point(point) => point.arn().as_str(),
        Gone::Vault(vault) => vault.arn.as_str(),
        Gone::Plan(plan) => plan.arn.as_str(),
    };
    let at = (&vanished.account, &vanished.region);
    let by = by(at, arn, vanished.noticed, known);
    vec![
        Cell::new(format!("{mark} GONE {kind} {name}"), Tone::Bad),
        Cell::dim(format!("  {} {account}, {age}{by}", vanished.region)),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::estate::{Found, What};
    use crate::screens::fixture::{CENTRAL, Fixture, PROD};

    #[test]
    fn what_vanished_is_told_with_its_resource_place_and_age() {
        let mut fixture = Fixture::new();
        let place = (PROD, CENTRAL);
        let last = fixture.now;
        let none = Found::Points([].into());
        let held = fixture.estate.points().count();
        fixture.saw(place, What::Points, last, none);
        assert!(fixture.estate.points().count() < held);
        fixture.now = last + SignedDuration::from_secs(37);
        let known = fixture.known();
        let lines: Vec<String> = lost("AWS Backup", &known)
            .iter()
            .map(|row| row.iter().map(|cell| &*cell.text).collect())
            .collect();
        assert!(lines[1].starts_with("GONE BEFORE ITS TIME ("), "{lines:?}");
        let learn = lines.iter().find(|line| line.contains("of learn-db"));
        let learn = learn.expect("the copy of it is told");
        assert!(learn.contains("GONE recovery point"), "{learn}");
        assert!(
            learn.contains(CENTRAL) && learn.contains("37s ago"),
            "{learn}"
        );
        assert!(lost("S3", &known).is_empty());
    }
}
