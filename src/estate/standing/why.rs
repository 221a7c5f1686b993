//! Why a resource stands as it does, as a sentence.

use jiff::{SignedDuration, Timestamp};

use super::locked::Keys;
use super::{Aim, Copy, State, Via, clock};
use crate::estate::Freshness;
use crate::estate::ids::Region;
use crate::estate::lag::Reading;
use crate::estate::resource::JobKind;
use crate::estate::span::Span;
use crate::estate::subject::Subject;

/// What a sentence about a standing is made from.
pub(super) struct Why<'a> {
    pub(super) subject: &'a Subject,
    pub(super) best: Option<&'a Copy>,
    pub(super) loss: Option<SignedDuration>,
    pub(super) recover_in: Option<&'a Region>,
    pub(super) keys: &'a Keys,
}

impl Why<'_> {
    /// Why the verdict is what it is.
    pub(super) fn sentence(
        &self,
        state: State,
        freshness: &Freshness,
        undated: bool,
        aim: Aim<'_>,
    ) -> String {
        match state {
            State::Unknown => self.unknown(freshness, undated),
            State::Outside | State::Late => {
                let locked = self.keys.locked.is_some();
                let trouble = self.trouble(aim.now).filter(|_| !locked);
                trouble.unwrap_or_else(|| self.known())
            }
            State::Inside | State::NoObjective => self.known(),
        }
    }

    fn place(&self) -> &str {
        self.recover_in.map_or("any Region", |region| region.as_str())
    }

    fn unknown(&self, freshness: &Freshness, undated: bool) -> String {
        let place = self.place();
        let because = match freshness {
            Freshness::Never { because: Some(why) }
            | Freshness::Stale { because: Some(why), .. } => why.to_string(),
            Freshness::Partial { because, .. } => {
                format!("the list of {place} was cut short: {because}")
            }
            Freshness::Never { because: None } => {
                format!("{place} was not seen yet")
            }
            Freshness::Stale { age, because: None } => {
                format!("{place} was last seen {} ago", Span(*age))
            }
            Freshness::Live { .. } if undated => {
                return format!(
                    "AWS does not tell the data time of its copies in {place}"
                );
            }
            Freshness::Live { .. } => self
                .keys
                .doubt
                .clone()
                .unwrap_or_else(|| format!("{place} is not fully seen")),
        };
        match self.best {
            Some(best) => format!(
                "{because}; the copy last seen there holds data up to {}",
                clock(best.data_time)
            ),
            None => because,
        }
    }

    /// The failed job that explains why the copy is no newer.
    fn trouble(&self, now: Timestamp) -> Option<String> {
        let trouble = self.subject.trouble.as_ref()?;
        if self.best.is_some_and(|best| best.data_time > trouble.at) {
            return None;
        }
        let job = match trouble.kind {
            JobKind::Copy => "copy",
            JobKind::Backup | JobKind::Restore => "backup",
        };
        let ago = Span(now.duration_since(trouble.at));
        Some(match &trouble.message {
            Some(message) => format!("{job} job failed {ago} ago: {message}"),
            None => format!("{job} job failed {ago} ago"),
        })
    }

    /// The copy that counts; of a database that was promoted first that
    /// nothing follows it.
    fn known(&self) -> String {
        match &self.subject.heir_of {
            Some(of) if self.subject.replicas.is_empty() => {
                let copy = self.copy();
                format!("took over from {of}, no replica now; {copy}")
            }
            Some(_) | None => self.copy(),
        }
    }

    /// That a newer point is there, and why it does not count.
    fn locked(&self) -> String {
        let Some(locked) = &self.keys.locked else { return String::new() };
        let until = clock(locked.data_time);
        format!("; that of {until} cannot be read: {}", locked.why)
    }

    fn copy(&self) -> String {
        let place = self.place();
        let (Some(best), Some(loss)) = (self.best, self.loss) else {
            return match self.subject.replicas.first() {
                _ if self.keys.locked.is_some() => {
                    format!("no usable copy in {place}{}", self.locked())
                }
                Some(replica) => format!(
                    "no usable copy in {place}; the lag of {} is not known",
                    replica.id
                ),
                None => format!("no usable copy in {place}"),
            };
        };
        match &best.via {
            Via::Point(_) => {
                let age = Span(loss);
                let locked = self.locked();
                format!("newest copy in {place} is {age} old{locked}")
            }
            Via::Continuous => format!(
                "continuous backup in {place} up to {}",
                clock(best.data_time)
            ),
            Via::Promoted { id } => format!(
                "{id} took over in {place} with the data up to {}",
                clock(best.data_time)
            ),
            Via::Replica { id, reading } => followed(id, reading),
        }
    }
}

fn followed(id: &str, reading: &Reading) -> String {
    let words = reading.words();
    match reading.doubt {
        None => format!("replica {id}: {words}"),
        Some(doubt) => format!("replica {id}: {words}; {}", doubt.words()),
    }
}
