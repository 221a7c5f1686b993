//! Profiles that ask for a code of MFA, which the SDK never sends: a
//! sign-in that fails says what to do about it.

use aws_config::profile::ProfileSet;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    self, ProvideCredentials, SharedCredentialsProvider, future,
};

use super::failure::told;

/// Which profile asks for a code, and of which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mfa {
    selected: String,
    profile: String,
    serial: String,
}

impl Mfa {
    /// The first profile that asks for one, from the selected profile down
    /// its chain.
    pub(super) fn of(profiles: &ProfileSet) -> Option<Mfa> {
        let selected = profiles.selected_profile();
        let mut name = selected;
        for _ in 0..8 {
            let profile = profiles.get_profile(name)?;
            if let Some(serial) = profile.get("mfa_serial") {
                return Some(Mfa {
                    selected: selected.to_owned(),
                    profile: name.to_owned(),
                    serial: serial.to_owned(),
                });
            }
            name = profile.get("source_profile")?;
        }
        None
    }

    fn advice(&self) -> String {
        let Mfa { selected, profile, serial } = self;
        format!(
            "profile {profile} asks for MFA ({serial}), which cannot be \
             typed here: run `aws configure export-credentials --profile \
             {selected} --format env` in a shell, which asks for the code, \
             set what it prints, and start without --profile"
        )
    }
}

/// Tries without a code, which a role may do without, and says what to do
/// if that fails.
#[derive(Debug)]
pub(super) struct WithoutCode {
    /// Who is tried.
    pub(super) inner: SharedCredentialsProvider,
    /// What the profile asks for.
    pub(super) mfa: Mfa,
}

impl WithoutCode {
    async fn credentials(&self) -> provider::Result {
        self.inner.provide_credentials().await.map_err(|error| {
            let causes = told(&error).join(": ");
            let advice = self.mfa.advice();
            CredentialsError::provider_error(format!("{advice}; {causes}"))
        })
    }
}

impl ProvideCredentials for WithoutCode {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}
