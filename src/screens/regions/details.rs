//! All that is known of one Region: its APIs, the services there, the
//! standby, and what recovery would need from elsewhere.

use super::{health, report, role};
use crate::estate::homed::{Need, needs};
use crate::estate::ids::Region;
use crate::estate::posture::{Severity, Verdict};
use crate::estate::region::Report;
use crate::estate::standing::State;
use crate::screens::{Known, told};
use crate::ui::prose::hang;
use crate::ui::{Cell, Mark, Row, Theme, Tone};

/// Columns of a text in front of the screen.
const WIDTH: u16 = 72;

/// Systems whose findings tell whether traffic and data find their way into
/// the Region one would recover in.
const WAYS: [&str; 7] = [
    "ARC Region switch",
    "ARC routing control",
    "CloudFront",
    "Global Accelerator",
    "Route 53",
    "Transit Gateway",
    "VPC peering",
];

/// What is told of a Region.
pub(super) fn details(region: &Region, known: &Known<'_>) -> Vec<Row> {
    let mut rows = how(region, known);
    if known.setting.target.as_ref() == Some(region) {
        rows.push(Vec::new());
        rows.extend(standby(region, known));
    }
    rows.push(Vec::new());
    rows.extend(elsewhere(known));
    rows
}

fn line(head: Cell, text: impl Into<String>) -> Vec<Row> {
    hang(&[head], Cell::plain(text.into()), WIDTH)
}

fn title(text: impl Into<String>) -> Row {
    vec![Cell::new(text.into(), Tone::Title)]
}

fn marked(mark: Mark, tone: Tone, theme: Theme) -> Cell {
    Cell::new(format!("{} ", theme.glyph(mark)), tone)
}

/// Its APIs beside the services that run there.
fn how(region: &Region, known: &Known<'_>) -> Vec<Row> {
    let theme = known.setting.theme;
    let report = report(region, known);
    let mut state = health(report, theme);
    state.text = format!("{}  ", state.text).into();
    let role = Cell::dim(role(region, known));
    let mut rows = vec![vec![state, role]];
    let Some(report) = report else {
        rows.push(vec![Cell::dim("nothing is known of it yet")]);
        return rows;
    };
    if let Some(advice) = report.advice {
        rows.push(vec![Cell::new(advice.to_owned(), Tone::Info)]);
    }
    rows.extend(line(Cell::dim("AWS APIs      "), apis(report)));
    rows.extend(services(report, theme));
    if let Some(text) = &report.disagreement {
        rows.extend(line(Cell::dim("they disagree "), text.clone()));
    }
    rows
}

fn apis(report: &Report) -> String {
    let (good, all) = report.looks;
    let looks = match all {
        0 => "not looked at lately".to_owned(),
        all => format!("{good} of {all} looks answered in 5 minutes"),
    };
    format!("{looks}: it {}", report.why)
}

fn services(report: &Report, theme: Theme) -> Vec<Row> {
    let service = &report.service;
    let ill = service.ill.iter().map(|what| (Mark::Bad, Tone::Bad, what));
    let well = service.well.iter().map(|what| (Mark::Good, Tone::Good, what));
    let mut rows = Vec::new();
    for (mark, tone, what) in ill.chain(well) {
        let first = if rows.is_empty() { "own services  " } else { "" };
        let head =
            [Cell::dim(format!("{first:14}")), marked(mark, tone, theme)];
        rows.extend(hang(&head, Cell::plain(what.clone()), WIDTH));
    }
    if rows.is_empty() {
        let text = "? no probe, health check or alarm tells of them";
        rows = line(Cell::dim("own services  "), text);
    }
    rows
}

/// Whether one could recover there: what would be lost, and the ways in.
fn standby(region: &Region, known: &Known<'_>) -> Vec<Row> {
    let theme = known.setting.theme;
    let mut rows = vec![title("Standby readiness")];
    let here = known.derived.standings.iter().filter(|s| {
        s.recover_in.as_ref() == Some(region) && s.state != State::NoObjective
    });
    let (mut all, mut inside) = (0_usize, 0_usize);
    for standing in here {
        all += 1;
        let good = matches!(standing.state, State::Inside | State::Late);
        inside += usize::from(good);
    }
    let (mark, tone) = match (inside, all) {
        (_, 0) => (Mark::Unknown, Tone::Unknown),
        (inside, all) if inside == all => (Mark::Good, Tone::Good),
        _ => (Mark::Warn, Tone::Warn),
    };
    let text = match all {
        0 => "nothing with an objective would be recovered here".to_owned(),
        all => format!(
            "{} of {} resources inside their RPO here",
            told::count(inside),
            told::count(all)
        ),
    };
    rows.extend(line(marked(mark, tone, theme), text));
    let ours = |verdict: &&Verdict| WAYS.contains(&verdict.system);
    let found: Vec<_> = known.derived.posture.iter().filter(ours).collect();
    let unsure: Vec<_> = known.derived.unsure.iter().filter(ours).collect();
    if found.is_empty() && unsure.is_empty() {
        let text = "nothing found against records, switches and ways in";
        rows.extend(line(marked(Mark::Good, Tone::Good, theme), text));
    }
    for verdict in found.into_iter().chain(unsure) {
        let (mark, tone) = match verdict.severity {
            Severity::Bad => (Mark::Bad, Tone::Bad),
            Severity::Warn => (Mark::Warn, Tone::Warn),
            Severity::Unknown => (Mark::Unknown, Tone::Unknown),
        };
        let text = format!("{}: {}", verdict.system, verdict.what);
        rows.extend(line(marked(mark, tone, theme), text));
    }
    rows
}

/// Control planes homed elsewhere, and how their Regions do.
fn elsewhere(known: &Known<'_>) -> Vec<Row> {
    let setting = known.setting;
    let needs =
        needs(known.estate, setting.source.as_ref(), setting.target.as_ref());
    let heading = "Control planes homed elsewhere that recovery would need";
    let mut rows = vec![title(heading)];
    if needs.is_empty() {
        rows.push(vec![Cell::dim("none is known to be needed")]);
    }
    for need in needs {
        let state = need.home.as_ref().map_or_else(
            || Cell::new("?", Tone::Unknown),
            |home| health(report(home, known), setting.theme),
        );
        let head = [Cell::new(format!("{}  ", state.text), state.tone)];
        rows.extend(hang(&head, Cell::plain(Need::text(&need)), WIDTH));
    }
    rows
}
