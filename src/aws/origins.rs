//! Where copies of recovery points come from, and so how old their data are.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::estate::Found;
use crate::estate::ids::Arn;
use crate::estate::resource::RecoveryPoint;

/// What one place knows that another needs: AWS Backup gives a copy the time
/// of the copying as its `CreationDate`, while the time of the data stands
/// at the original in another Region, at the copy job, or at RDS's own
/// snapshot of the same ARN. Kept for the process; fill it from a saved
/// estate with [`Origins::learn`], so that a source Region gone dark takes
/// no knowledge away.
#[derive(Debug, Default)]
pub struct Origins {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    data_times: HashMap<Arn, Timestamp>,
    sources: HashMap<Arn, Arn>,
}

impl Origins {
    /// Takes in the data times of points.
    pub fn learn(&self, found: &Found) {
        let Found::Points(points) = found else { return };
        let mut known = self.known();
        for point in points.iter() {
            if let Some(time) = point.data_time() {
                known.data_times.insert(point.arn().clone(), time);
            }
        }
    }

    /// Takes in that one point was copied from another.
    pub fn link(&self, copy: Arn, source: Arn) {
        self.known().sources.insert(copy, source);
    }

    /// Gives a copy without data time that of its original, if it is known.
    pub fn complete(&self, points: &mut [RecoveryPoint]) {
        let known = self.known();
        for point in points.iter_mut().filter(|p| p.data_time().is_none()) {
            if let Some(time) = known.data_time(point.arn()) {
                point.dated(time);
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Follows copies of copies, but not round a circle.
    fn data_time(&self, point: &Arn) -> Option<Timestamp> {
        let mut at = point;
        for _ in 0..8 {
            if let Some(time) = self.data_times.get(at) {
                return Some(*time);
            }
            at = self.sources.get(at)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estate::recovery_point::Fields;
    use crate::estate::resource::{Origin, PointStatus, ResourceType};

    fn point(arn: &str, data_time: Option<Timestamp>) -> RecoveryPoint {
        RecoveryPoint::from(Fields {
            arn: arn.into(),
            resource: "arn:aws:rds:eu-west-1:111122223333:db:a".into(),
            kind: ResourceType::Rds,
            vault: None,
            origin: Origin::Copy,
            status: PointStatus::Usable,
            data_time,
            created: Timestamp::from_second(900).ok(),
            bytes: None,
            encrypted: true,
            expires: None,
        })
    }

    #[test]
    fn a_copy_has_the_data_time_of_its_original() {
        let origins = Origins::default();
        let made = Timestamp::from_second(500).ok();
        origins.learn(&Found::Points([point("original", made)].into()));
        origins.link("copy".into(), "original".into());
        let mut points = [point("copy", None), point("stray", None)];
        origins.complete(&mut points);
        assert_eq!(points[0].data_time(), made);
        assert_eq!(points[1].data_time(), None);
    }

    #[test]
    fn a_circle_of_copies_has_no_data_time() {
        let origins = Origins::default();
        origins.link("a".into(), "b".into());
        origins.link("b".into(), "a".into());
        let mut points = [point("a", None)];
        origins.complete(&mut points);
        assert_eq!(points[0].data_time(), None);
    }
}
