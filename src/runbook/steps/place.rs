//! Place: the account and the Region that a step names.

use super::{Fields, Missing, Scene, Text};
use crate::estate::ids::{Account, Region};
use crate::estate::{Source, What};

/// Where a step looks and acts, as its runbook says it.
#[derive(Debug)]
pub(super) struct Place {
    account: Text,
    region: Text,
}

impl Place {
    /// Reads `account` and `region`; a problem is left with the fields.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Place> {
        let account = fields.needed_text("account");
        let region = fields.needed_text("region");
        Some(Place { account: account?, region: region? })
    }

    pub(super) fn texts(&self) -> [&Text; 2] {
        [&self.account, &self.region]
    }

    /// Both, filled in.
    pub(super) fn of(
        &self,
        scene: &Scene<'_>,
    ) -> Result<(Account, Region), Missing> {
        let account = Account::new(scene.fill(&self.account)?);
        Ok((account, Region::new(scene.fill(&self.region)?)))
    }

    /// A look there.
    pub(super) fn look(
        &self,
        scene: &Scene<'_>,
        what: What,
    ) -> Result<Source, Missing> {
        let (account, region) = self.of(scene)?;
        Ok(Source::aws(&account, &region, what))
    }
}
