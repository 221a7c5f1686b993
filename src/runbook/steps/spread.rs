//! How changes of records are looked for, and when they are everywhere.

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, seen};
use super::{Answers, Blocked, Fields, Missing, Scene, Settled, Text};
use crate::estate::ids::{Account, Region, ZoneId};
use crate::estate::resource::RecordSet;
use crate::estate::{Found, Source, What};
use crate::runbook::call::ROUTE53_HOME;

/// Route 53 usually brings a change to its servers within 60 seconds
/// (Amazon Route 53 API reference, `GetChange`).
pub(super) const PROPAGATION: SignedDuration = SignedDuration::from_secs(60);

const KINDS: [(&str, &str); 3] =
    [("CNAME", "CNAME"), ("A", "A"), ("AAAA", "AAAA")];

/// The records of one name and type, as a step names them.
#[derive(Debug)]
pub(super) struct Named {
    account: Text,
    zone: Text,
    name: Text,
    /// Their type, such as `CNAME`.
    pub(super) kind: &'static str,
}

/// What they are called, filled in.
pub(super) struct Place {
    pub(super) account: Account,
    pub(super) zone: ZoneId,
    pub(super) name: String,
}

impl Named {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Named> {
        let account = fields.needed_text("account");
        let zone = fields.needed_text("zone");
        let name = fields.needed_text("name");
        fields.needed("type");
        let kind = fields.choice("type", &KINDS);
        Some(Named {
            account: account?,
            zone: zone?,
            name: name?,
            kind: kind?,
        })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        [&self.account, &self.zone, &self.name].into_iter()
    }

    pub(super) fn place(&self, scene: &Scene<'_>) -> Result<Place, Missing> {
        Ok(Place {
            account: Account::new(scene.fill(&self.account)?),
            zone: ZoneId::new(scene.fill(&self.zone)?),
            name: plain(&scene.fill(&self.name)?),
        })
    }

    pub(super) fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        self.place(scene).iter().map(Place::look).collect()
    }

    /// The looks that tell what became of a change of them.
    pub(super) fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        let place = self.place(scene);
        let change = place
            .iter()
            .zip(change_of(answers))
            .map(|(at, change)| change_source(&at.account, change));
        self.looks(scene).into_iter().chain(change).collect()
    }

    /// All records of the name and type, and when they were seen.
    pub(super) fn current<'a>(
        &self,
        scene: &Scene<'a>,
        place: &Place,
        since: Timestamp,
    ) -> Result<(Vec<&'a RecordSet>, Timestamp), Blocked> {
        let look = place.look();
        let told = seen(scene, &look, since)
            .map_err(|why| Blocked { why, looks: vec![look] })?;
        let Found::Records(records) = told.found else {
            return Err(Blocked::because("Route 53 answered otherwise"));
        };
        let meant = |record: &&RecordSet| {
            plain(&record.name) == place.name && record.kind == self.kind
        };
        Ok((records.iter().filter(meant).collect(), told.begun))
    }
}

impl Place {
    fn look(&self) -> Source {
        records_source(&self.account, &self.zone, &self.name)
    }

    /// That a change which Route 53 tells of is on all its name servers, or
    /// what is waited for. `told` is what it tells; a change whose id was
    /// lost is taken for spread once it was `late`ly seen.
    pub(super) fn spread(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
        (sent, late): (Timestamp, bool),
        told: &str,
    ) -> Result<String, Settled> {
        match change_of(answers) {
            Some(change) => spread(scene, &self.account, change, sent)
                .map_err(|why| Settled::Running { why }),
            None if late => Ok("its change id was lost".into()),
            None => Err(Settled::Running {
                why: format!(
                    "{} {told}; its change id was lost, so it is given 60s \
                     to reach all name servers",
                    self.name
                ),
            }),
        }
    }
}

/// The look at the records of one name.
fn records_source(account: &Account, zone: &ZoneId, name: &str) -> Source {
    let what = What::RecordsOf { zone: zone.clone(), name: plain(name) };
    Source::aws(account, &Region::new(ROUTE53_HOME), what)
}

/// The look at one change.
fn change_source(account: &Account, change: &str) -> Source {
    let what = What::ChangeOf(change.to_owned());
    Source::aws(account, &Region::new(ROUTE53_HOME), what)
}

/// The id of the change, if the answer that named it came.
fn change_of(answers: &Answers) -> Option<&str> {
    answers.named.iter().flatten().next().map(String::as_str)
}

/// That a change has reached all name servers, or why that is not known.
fn spread(
    scene: &Scene<'_>,
    account: &Account,
    change: &str,
    sent: Timestamp,
) -> Result<String, String> {
    let told = seen(scene, &change_source(account, change), sent)?;
    match told.found {
        Found::Change(change) if change.in_sync => {
            let at = moment(told.at);
            Ok(format!("change {} is INSYNC at {at}", change.id))
        }
        _ => Err("the change is PENDING".into()),
    }
}

/// A DNS name as it is compared: lower case, without its final dot.
pub(super) fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
