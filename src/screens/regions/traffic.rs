//! Traffic: the failover records, their health checks, and who answers.

use ratatui::layout::Rect;

use crate::estate::resource::{HealthCheck, RecordSet};
use crate::estate::{Freshness, Placed, Source, What};
use crate::screens::panel::Panel;
use crate::screens::{Known, told};
use crate::ui::{Cell, Mark, Pane, Row, Theme, Tone, clip};

/// The failover records by name, primary first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    changed: Option<u64>,
    records: Vec<RecordSet>,
}

/// What a health check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Healthy,
    Unhealthy,
    Unknown,
    /// Healthy when last seen, and not seen for too long.
    WasHealthy,
    /// Unhealthy when last seen, and not seen for too long.
    WasUnhealthy,
    /// The record has no health check, which Route 53 takes as healthy.
    NotChecked,
}

impl Traffic {
    /// Takes in the records, when any answer has changed.
    pub(super) fn refresh(&mut self, known: &Known<'_>) {
        if self.changed == Some(known.estate.changed) {
            return;
        }
        self.changed = Some(known.estate.changed);
        self.records = known
            .estate
            .records()
            .filter(|record| record.item.failover.is_some())
            .map(|record| record.item.clone())
            .collect();
        self.records.sort_by(|a, b| {
            (&a.name, &a.kind, &a.failover).cmp(&(
                &b.name,
                &b.kind,
                &b.failover,
            ))
        });
        self.records.dedup();
    }

    /// The pane of records, and below them the health checks.
    pub(super) fn panel(&self, known: &Known<'_>, area: Rect) -> Panel {
        let theme = known.setting.theme;
        let note = told::note(known, |what| {
            matches!(what, What::Records | What::HealthChecks)
        });
        let room = usize::from(area.height.saturating_sub(2));
        let mut rows: Vec<Row> = Vec::new();
        for (place, record) in self.records.iter().enumerate().take(room) {
            let first =
                place == 0 || self.records[place - 1].name != record.name;
            rows.push(self.row(record, first, known, theme));
        }
        if rows.is_empty() {
            let words = if note.tone == Tone::Dim {
                "no failover record in the zones seen"
            } else {
                "? no failover record is known"
            };
            rows.push(vec![Cell::dim(words)]);
        }
        let checks = known.estate.health_checks();
        for check in checks.take(room.saturating_sub(rows.len())) {
            rows.push(vec![
                Cell::dim("check "),
                says(healthy(&check, known), theme),
                Cell::plain(format!(
                    "  {}  {}  {}",
                    check.item.id,
                    check.item.target,
                    reports(check.item)
                )),
            ]);
        }
        Panel::lines(area, Pane::new("Traffic").note(note), rows)
    }

    fn row(
        &self,
        record: &RecordSet,
        first: bool,
        known: &Known<'_>,
        theme: Theme,
    ) -> Row {
        let name = if first { record.name.as_str() } else { "" };
        let said = says_of(record, known);
        let role = record.failover.as_deref().unwrap_or("");
        let answers = match self.answers(record, known) {
            Some(true) => Cell::new("  answers now", Tone::Info),
            Some(false) => Cell::default(),
            None => Cell::new("  ? may answer", Tone::Unknown),
        };
        vec![
            Cell::plain(format!("{:<22} ", clip(name, 22))),
            Cell::plain(format!("{role:<9} ")),
            says(said, theme),
            answers,
            Cell::plain(format!("  {}", value(record))),
        ]
    }

    /// Whether this record is the one answered: the primary unless it is
    /// unhealthy (Amazon Route 53 developer guide, "Failover routing"). None
    /// if that cannot be told.
    fn answers(&self, record: &RecordSet, known: &Known<'_>) -> Option<bool> {
        let is_primary =
            |r: &&RecordSet| r.failover.as_deref() == Some("PRIMARY");
        let primary = self
            .records
            .iter()
            .filter(|r| r.name == record.name && r.kind == record.kind)
            .find(is_primary)?;
        let primary_answers = match says_of(primary, known) {
            Says::Healthy | Says::NotChecked => true,
            Says::Unhealthy => false,
            Says::Unknown | Says::WasHealthy | Says::WasUnhealthy => {
                return None;
            }
        };
        Some(is_primary(&record) == primary_answers)
    }
}

fn says_of(record: &RecordSet, known: &Known<'_>) -> Says {
    let Some(id) = &record.health_check else { return Says::NotChecked };
    let mut checks = known.estate.health_checks();
    let check = checks.find(|check| check.item.id == *id);
    check.map_or(Says::Unknown, |check| healthy(&check, known))
}

fn healthy(check: &Placed<'_, HealthCheck>, known: &Known<'_>) -> Says {
    let source = Source::aws(check.account, check.region, What::HealthChecks);
    let pace = known.estate.pace(&source);
    let fresh = known.estate.freshness(&source, known.now, pace);
    let is_old =
        matches!(fresh, Freshness::Stale { .. } | Freshness::Never { .. });
    match (check.item.healthy(), is_old) {
        (Some(true), false) => Says::Healthy,
        (Some(false), false) => Says::Unhealthy,
        (Some(true), true) => Says::WasHealthy,
        (Some(false), true) => Says::WasUnhealthy,
        (None, _) => Says::Unknown,
    }
}

fn says(said: Says, theme: Theme) -> Cell {
    let (mark, word, tone) = match said {
        Says::Healthy => (Mark::Good, "healthy", Tone::Good),
        Says::Unhealthy => (Mark::Bad, "unhealthy", Tone::Bad),
        Says::Unknown => (Mark::Unknown, "unknown", Tone::Unknown),
        Says::WasHealthy => (Mark::Stale, "was healthy", Tone::Stale),
        Says::WasUnhealthy => (Mark::Stale, "was unhealthy", Tone::Stale),
        Says::NotChecked => (Mark::Waiting, "unchecked", Tone::Dim),
    };
    told::state(mark, word, tone, theme)
}

fn reports(check: &HealthCheck) -> String {
    match check.reports {
        Some((good, all)) => format!("{good} of {all} checkers"),
        None => "not asked".to_owned(),
    }
}

fn value(record: &RecordSet) -> &str {
    match &record.alias {
        Some((name, _)) => name,
        None => record.values.first().map_or("no value", String::as_str),
    }
}
