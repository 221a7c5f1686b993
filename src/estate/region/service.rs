//! What the user's own services in a Region tell of themselves.

use jiff::Timestamp;

use super::{SETTLED, WINDOW, name_of, names, points_to};
use crate::estate::ids::Region;
use crate::estate::{Estate, Found, Known, Source, What};

/// What tells of the user's own services in a Region, a few words each:
/// Route 53's checkers, our own HTTP probes, and alarms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// What says that they do well.
    pub well: Vec<String>,
    /// What says that they do not.
    pub ill: Vec<String>,
}

impl Service {
    /// Whether something tells that they do well, and nothing that they do
    /// not.
    pub fn is_healthy(&self) -> bool {
        !self.well.is_empty() && self.ill.is_empty()
    }

    fn take(&mut self, well: bool, what: String) {
        let list = if well { &mut self.well } else { &mut self.ill };
        if !list.contains(&what) {
            list.push(what);
        }
    }
}

/// What tells of the services of a Region. Where its APIs began to fail at
/// `since`, only what was seen well after that counts as good.
pub(super) fn of(
    estate: &Estate,
    region: &Region,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Service {
    let mut service = Service::default();
    let when = Clock { since, now };
    checks(estate, region, when, &mut service);
    probes(estate, region, when, &mut service);
    alarms(estate, region, when, &mut service);
    service
}

/// Which answers tell of the present.
#[derive(Clone, Copy)]
struct Clock {
    since: Option<Timestamp>,
    now: Timestamp,
}

impl Clock {
    fn is_recent(self, at: Timestamp) -> bool {
        self.now.duration_since(at) <= WINDOW
    }

    /// Whether what was seen then tells that the services outlive the APIs.
    fn is_settled(self, at: Timestamp) -> bool {
        let lasted = |since: Timestamp| at.duration_since(since) >= SETTLED;
        self.is_recent(at) && self.since.is_none_or(lasted)
    }

    /// Takes in a good or bad sign of that time.
    fn sign(
        self,
        service: &mut Service,
        (well, at): (bool, Timestamp),
        what: String,
    ) {
        if (well && self.is_settled(at)) || (!well && self.is_recent(at)) {
            service.take(well, what);
        }
    }
}

/// When the newest good answer of a source came.
fn seen(known: Option<&Known>) -> Option<Timestamp> {
    known?.seen.map(|(_, at)| at)
}

/// Health checks of the records that lead there.
fn checks(
    estate: &Estate,
    region: &Region,
    when: Clock,
    service: &mut Service,
) {
    for record in estate.records().filter(|r| points_to(r.item, region)) {
        let Some(id) = record.item.health_check.as_deref() else { continue };
        let mut all = estate.health_checks();
        let Some(check) = all.find(|check| check.item.id == id) else {
            continue;
        };
        let source =
            Source::aws(check.account, check.region, What::HealthChecks);
        let (Some(at), Some(well)) =
            (seen(estate.known(&source)), check.item.healthy())
        else {
            continue;
        };
        let what = format!("health check of {}", name_of(check.item));
        when.sign(service, (well, at), what);
    }
}

/// Our own probes of hosts that name the Region.
fn probes(
    estate: &Estate,
    region: &Region,
    when: Clock,
    service: &mut Service,
) {
    for (source, known) in estate.sources() {
        let Source::Http { url } = source else { continue };
        if !names(url, region) {
            continue;
        }
        let Some((at, good)) = known.record.last() else { continue };
        let answers = known.found.as_ref().is_some_and(|found| {
            matches!(found, Found::Http(answer)
                if (200..400).contains(&answer.status))
        });
        let what = format!("probe of {url}");
        when.sign(service, (*good && answers, *at), what);
    }
}

/// Alarms of the Region: those that ring, one by one, and the quiet ones as
/// one sign.
fn alarms(
    estate: &Estate,
    region: &Region,
    when: Clock,
    service: &mut Service,
) {
    let mut quiet = 0_usize;
    for alarm in estate.alarms().filter(|alarm| alarm.region == region) {
        let source = Source::aws(alarm.account, region, What::Alarms);
        let Some(at) = seen(estate.known(&source)) else { continue };
        match alarm.item.state.as_str() {
            "ALARM" => {
                let what = format!("alarm {}", alarm.item.name);
                when.sign(service, (false, at), what);
            }
            "OK" if when.is_settled(at) => quiet += 1,
            _ => {}
        }
    }
    if quiet > 0 {
        service.well.push(format!("{quiet} quiet alarms"));
    }
}
