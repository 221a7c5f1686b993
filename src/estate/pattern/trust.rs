//! Trust: whether something may be proven by what a source told.

use jiff::Timestamp;

use super::super::posture::because;
use super::super::{Estate, Source};

/// What may be believed. The strict one takes whole answers of the last
/// paces alone; the lenient one whatever was last seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trust<'a> {
    estate: &'a Estate,
    now: Timestamp,
    strict: bool,
}

impl<'a> Trust<'a> {
    pub(super) fn new(
        estate: &'a Estate,
        now: Timestamp,
        strict: bool,
    ) -> Self {
        Trust { estate, now, strict }
    }

    /// When a source told what is known of it, or why that proves nothing.
    pub(super) fn of(&self, source: &Source) -> Result<Timestamp, String> {
        let Some(known) = self.estate.known(source) else {
            return Err(format!("{source} is not watched"));
        };
        let pace = self.estate.pace(source);
        let seen = known.seen.map(|(_, at)| at);
        match seen.filter(|_| known.found.is_some()) {
            Some(at) if !self.strict || known.bears(self.now, pace) => Ok(at),
            _ => {
                let why = because(&known.freshness(self.now, pace));
                Err(format!("{source}: {why}"))
            }
        }
    }

    /// Why one of these proves nothing, if one does not.
    pub(super) fn doubt<'s>(
        &self,
        sources: impl IntoIterator<Item = &'s Source>,
    ) -> Option<String> {
        sources.into_iter().find_map(|source| self.of(source).err())
    }
}
