//! `backup.point-fresh`: there is something to recover from, and it is new
//! enough, as a check.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::checking::{Checking, Checks};
use super::key_usable::usable;
use super::place::Place;
use super::seen::{Seen, moment, span, things};
use super::{Fields, Missing, Scene, Settled, Step, StepType, Text, Values};
use crate::estate::ids::{Arn, Region};
use crate::estate::recovery_point::RecoveryPoint;
use crate::estate::resource::{PointStatus, ResourceType};
use crate::estate::thing::Thing;
use crate::estate::{Found, Source, What};

pub(super) const TYPE: StepType = StepType {
    name: "backup.point-fresh",
    doc: "Holds when the Region that one recovers in has a usable recovery \
          point of a resource, a native snapshot of RDS or a point of AWS \
          Backup, whose data are at most `loss` older than the impact or, \
          while that is not known, than now; and when the key that it is \
          encrypted with works. Of a copy the time of the original counts. \
          A point of which nothing tells up to when it holds the writes is \
          no proof: the check then cannot tell. With `before`, a moment such \
          as 2026-05-01T09:14:00Z, only points count that hold no write of \
          that moment or later: those from before an intrusion, say.",
    example: r#"
[[step]]
id = "fresh"
kind = "backup.point-fresh"
title = "{to} has a backup of learn-orders of today"
account = "{account}"
region = "{to}"
resource = "arn:aws:rds:{to}:{account}:db:learn-orders"
loss = "26h"
fresh = "10m"
"#,
    outputs: &["point", "data_time", "loss"],
    parse,
};

#[derive(Debug)]
struct PointFresh {
    place: Place,
    resource: Text,
    before: Option<Text>,
    loss: SignedDuration,
}

fn parse(fields: &mut Fields<'_>) -> Option<Box<dyn Step>> {
    let place = Place::read(fields);
    let resource = fields.needed_text("resource");
    let before = fields.text("before");
    fields.needed("loss");
    let loss = fields.duration("loss");
    Some(Box::new(Checks(PointFresh {
        place: place?,
        resource: resource?,
        before,
        loss: loss?,
    })))
}

impl PointFresh {
    fn resource(&self, scene: &Scene<'_>) -> Result<Arn, Missing> {
        Ok(Arn::new(scene.fill(&self.resource)?))
    }

    /// The moment before which a point must end, where one is given.
    fn before(&self, scene: &Scene<'_>) -> Result<Option<Timestamp>, Settled> {
        let Some(text) = &self.before else { return Ok(None) };
        let text = scene.fill(text)?;
        let moment = text.trim().parse().map_err(|_| {
            let why =
                format!("{text:?} is no moment such as 2026-05-01T09:14:00Z");
            Settled::CannotTell { why }
        })?;
        Ok(Some(moment))
    }

    /// The list that has the points. Those of an RDS instance are all its
    /// snapshots, also where AWS Backup made them.
    fn list(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let resource = self.resource(scene)?;
        let what = match ResourceType::from_arn(&resource) {
            Some(ResourceType::Rds) => {
                What::SnapshotsOf(resource.tail().to_owned())
            }
            _ => What::Points,
        };
        self.place.look(scene, what)
    }

    fn key(&self, scene: &Scene<'_>, key: &Arn) -> Result<Source, Missing> {
        let what = Thing::Key.asked(&json!({ "KeyId": key }));
        self.place.look(scene, what)
    }
}

/// The usable points of a resource, the one with the newest data last; one
/// of which that is not known comes before all others. Where only those
/// before a moment count, one that does not tell is none.
fn usable_points<'a>(
    found: &'a Found,
    resource: &Arn,
    before: Option<Timestamp>,
) -> Option<Vec<&'a RecoveryPoint>> {
    let Found::Points(points) = found else { return None };
    let is_old = |point: &RecoveryPoint| {
        before.is_none_or(|end| point.data_time().is_some_and(|d| d < end))
    };
    let of = |point: &&RecoveryPoint| {
        point.resource() == resource
            && point.status() == PointStatus::Usable
            && is_old(point)
    };
    let mut points: Vec<_> = points.iter().filter(of).collect();
    points.sort_by_key(|point| (point.data_time(), point.created()));
    Some(points)
}

impl Checking for PointFresh {
    fn texts(&self) -> Vec<&Text> {
        let own = self.place.texts().into_iter().chain([&self.resource]);
        own.chain(&self.before).collect()
    }

    /// The points and, once they were seen, the key of the newest.
    fn looks(&self, scene: &Scene<'_>) -> Result<Vec<Source>, Missing> {
        let list = self.list(scene)?;
        let resource = self.resource(scene)?;
        let known = scene.estate.known(&list);
        let before = self.before(scene).unwrap_or_default();
        let points = known.and_then(|known| {
            usable_points(known.found.as_ref()?, &resource, before)
        });
        let newest = points.and_then(|points| points.last().copied());
        let key = newest.and_then(RecoveryPoint::key);
        let key = key.map(|key| self.key(scene, key)).transpose()?;
        Ok([list].into_iter().chain(key).collect())
    }

    fn verdict(&self, scene: &Scene<'_>, told: &[Seen<'_>]) -> Settled {
        let (resource, region) =
            match (self.resource(scene), self.place.of(scene)) {
                (Ok(resource), Ok((_, region))) => (resource, region),
                (Err(missing), _) | (_, Err(missing)) => {
                    return Settled::from(missing);
                }
            };
        let before = match self.before(scene) {
            Ok(before) => before,
            Err(settled) => return settled,
        };
        let points = told
            .first()
            .map(|look| (look, usable_points(look.found, &resource, before)));
        let Some((look, Some(points))) = points else {
            return Settled::CannotTell { why: "no points were told".into() };
        };
        let name = resource.tail();
        let Some(newest) = points.last() else {
            let at = moment(look.at);
            let of = match before {
                Some(end) => format!("{name} from before {}", moment(end)),
                None => name.to_owned(),
            };
            let why = format!("{region} has no usable point of {of} at {at}");
            return Settled::NotDone { why };
        };
        let Some(data) = newest.data_time() else {
            return Settled::CannotTell {
                why: format!(
                    "nothing tells up to when the points of {name} in \
                     {region} hold the writes"
                ),
            };
        };
        if let Some(why) = shut(newest, told.get(1), &region) {
            return why;
        }
        self.judged(scene, newest, data)
    }
}

impl PointFresh {
    fn judged(
        &self,
        scene: &Scene<'_>,
        newest: &RecoveryPoint,
        data: Timestamp,
    ) -> Settled {
        let (from, since) = match scene.impact {
            Some(impact) => (impact, "the impact"),
            None => (scene.now, "now"),
        };
        let lost = from.duration_since(data).max(SignedDuration::ZERO);
        let point = newest.arn().tail();
        let told = format!(
            "{point} holds the writes up to {}, {} before {since}",
            moment(data),
            span(lost)
        );
        if lost > self.loss {
            let why = format!("{told}: more than {}", span(self.loss));
            return Settled::NotDone { why };
        }
        let outputs = Values::from([
            ("point".to_owned(), newest.arn().to_string()),
            ("data_time".to_owned(), moment(data)),
            ("loss".to_owned(), span(lost)),
        ]);
        Settled::Done { outputs, evidence: vec![told] }
    }
}

/// Why the newest point cannot be read, or why that is not known.
fn shut(
    newest: &RecoveryPoint,
    look: Option<&Seen<'_>>,
    region: &Region,
) -> Option<Settled> {
    let key = newest.key()?;
    let Some(look) = look else {
        let why = format!("key {} was not looked at yet", key.tail());
        return Some(Settled::CannotTell { why });
    };
    let told = match things(look.found) {
        Ok(told) => told.first(),
        Err(blocked) => return Some(Settled::CannotTell { why: blocked.why }),
    };
    let why = usable(told, region).err()?;
    let point = newest.arn().tail();
    Some(Settled::NotDone { why: format!("{point} cannot be read: {why}") })
}
