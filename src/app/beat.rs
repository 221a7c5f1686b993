//! Heartbeats: that the console was there while nothing was done.

use jiff::Timestamp;

use super::Model;
use super::record::record;
use crate::event::Effect;
use crate::incident::fact::Fact;
use crate::incident::idle::BEAT;

/// Records that the console is there, once nothing was recorded for a
/// minute: without it nobody could tell idle minutes from a closed console.
/// A console that only follows does not write.
pub(super) fn beat(model: &mut Model, now: Timestamp, out: &mut Vec<Effect>) {
    if model.opening.is_some() || model.mode.is_observer() {
        return;
    }
    let open = model.open.as_ref().filter(|open| !open.is_closed());
    let Some(last) = open.and_then(|open| open.incident.entries.last()) else {
        return;
    };
    let last = last.at.max(model.beat_at.unwrap_or(last.at));
    if now.duration_since(last) >= BEAT {
        model.beat_at = Some(now);
        record(model, Fact::Heartbeat, out);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::app::Watch;
    use crate::estate::saved::Place;
    use crate::keymap::Keymap;
    use crate::screens::fixture::{Fixture, at, open as incident, tell};

    /// A console with an incident whose last entry is of 14:00.
    fn model() -> Model {
        let Fixture { setting, estate, .. } = Fixture::new();
        let mut model = Model::new(
            setting,
            Keymap::default(),
            estate,
            Watch::default(),
            Vec::new(),
            Place::default(),
        );
        let mut open = incident();
        let text = "looked".to_owned();
        tell(&mut open, at("14:00:00"), Fact::Note { text });
        model.open = Some(open);
        model
    }

    /// How many heartbeats the seconds from 14:00 on bring.
    fn beats(model: &mut Model, seconds: i64) -> usize {
        let mut out = Vec::new();
        for second in 0..seconds {
            let now = at("14:00:00") + SignedDuration::from_secs(second);
            beat(model, now, &mut out);
        }
        let is_beat =
            |e: &&Effect| matches!(e, Effect::Record(Fact::Heartbeat));
        assert_eq!(out.len(), out.iter().filter(is_beat).count());
        out.len()
    }

    #[test]
    fn a_heartbeat_is_recorded_once_a_minute_while_nothing_else_is() {
        assert_eq!(beats(&mut model(), 60), 0);
        assert_eq!(beats(&mut model(), 61), 1);
        // However slowly the journal takes them.
        assert_eq!(beats(&mut model(), 601), 10);
    }

    #[test]
    fn a_closed_incident_has_no_heartbeat_nor_has_a_console_without_one() {
        let mut closed = model();
        let open = closed.open.as_mut().unwrap();
        let summary = "over".to_owned();
        tell(open, at("14:00:01"), Fact::Closed { summary });
        assert_eq!(beats(&mut closed, 600), 0);
        let mut none = model();
        none.open = None;
        assert_eq!(beats(&mut none, 600), 0);
    }
}
