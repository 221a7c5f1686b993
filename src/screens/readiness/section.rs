//! SECTIONS: the parts of the screen, one table.

use super::{Known, applications as apps, cost, drills, metrics as measures};
use crate::estate::metrics::{Metric, Practice, Scene, metrics};
use crate::estate::pattern::{Aim, Application, applications};
use crate::ui::{Column, Mark, Row, Tone};

/// A section: a list with columns of its own behind the one of its state.
pub(super) struct Section {
    /// Its title; two or three words at most.
    pub(super) title: &'static str,
    /// What stands there when it has no line.
    pub(super) empty: &'static str,
    /// Its columns.
    pub(super) columns: fn() -> Vec<Column>,
    /// Its lines.
    pub(super) lines: fn(&Facts, &Known<'_>) -> Vec<Line>,
    /// The whole of the line at this place of `lines`: what is beside the
    /// list, and what Enter reads.
    pub(super) detail: fn(usize, &Facts, &Known<'_>) -> Vec<Row>,
}

/// All sections, in the order of the screen.
pub(super) const SECTIONS: [Section; 4] =
    [apps::SECTION, measures::SECTION, cost::SECTION, drills::SECTION];

/// One line of a section.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its name, by which it is found again and filtered.
    pub(super) name: String,
    /// The sign, word and tone of how it does; the word has seven cells.
    pub(super) mark: Mark,
    pub(super) word: &'static str,
    pub(super) tone: Tone,
    /// Its place when the worst come first; smaller is worse.
    pub(super) rank: u8,
    /// Its cells, one for each column.
    pub(super) cells: Row,
    /// All of it in some twelve cells, where there is little room.
    pub(super) brief: String,
}

/// What the sections tell of, worked out once for each change.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    pub(super) applications: Vec<Application>,
    pub(super) metrics: Vec<Metric>,
}

impl Facts {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let (estate, setting) = (known.estate, known.setting);
        let aim = Aim {
            tag: &setting.app_tag,
            target: setting.target.as_ref(),
            now: known.now,
        };
        let standings = &known.derived.standings;
        let here = known.open.and_then(|open| open.incident.practice());
        let past = known.past.iter().cloned().chain(here);
        let past: Vec<Practice> = past.collect();
        let metrics = metrics(Scene {
            estate,
            standings,
            cost: &known.derived.cost,
            past: &past,
            simulated: setting.simulated.as_deref(),
            endpoint: setting.endpoint.as_deref(),
            success: setting.backup_success,
            now: known.now,
        });
        let applications = applications(estate, standings, aim);
        Facts { applications, metrics }
    }
}
