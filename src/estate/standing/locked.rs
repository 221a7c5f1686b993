//! Locked: what the keys of copies mean for a standing.

use jiff::Timestamp;

use super::{Copy, Locked, Via};
use crate::estate::Estate;
use crate::estate::ids::Region;
use crate::estate::lock::Lock;
use crate::estate::points::Points;
use crate::estate::subject::Subject;

/// What is known of the keys that the copies hang on where one would
/// recover.
pub(super) struct Keys {
    /// The newer point that cannot be read.
    pub(super) locked: Option<Locked>,
    /// Why the best copy may not be readable, or a newer one may be.
    pub(super) doubt: Option<String>,
    /// Whether the doubt is about the newer one.
    pub(super) newer: bool,
}

impl Keys {
    pub(super) fn of(
        estate: &Estate,
        points: &Points,
        subject: &Subject,
        best: Option<&Copy>,
        recover_in: Option<&Region>,
        now: Timestamp,
    ) -> Self {
        let lock = |point| points.lock(point, estate, now);
        let shut = subject.shut.iter().find(|held| {
            Some(&held.region) == recover_in
                && held.expires.is_none_or(|until| until > now)
                && best.is_none_or(|best| best.data_time < held.data_time)
        });
        let shut = shut.and_then(|held| Some((held, held.point.as_ref()?)));
        let mut keys = Keys { locked: None, doubt: None, newer: false };
        match shut.map(|(held, point)| (held, point, lock(point))) {
            Some((held, point, Lock::Shut(why))) => {
                keys.locked = Some(Locked {
                    point: point.arn().clone(),
                    data_time: held.data_time,
                    why,
                });
            }
            Some((_, _, Lock::Unsure(why))) => {
                keys.doubt = Some(why);
                keys.newer = true;
                return keys;
            }
            Some((_, _, Lock::Open)) | None => {}
        }
        if let Some(Via::Point(point)) = best.map(|best| &best.via)
            && let Lock::Unsure(why) = lock(point)
        {
            keys.doubt = Some(why);
        }
        keys
    }
}
