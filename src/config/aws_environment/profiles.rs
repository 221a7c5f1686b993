//! The profiles of `~/.aws`, as far as a first config can be made of them.

use super::AwsFiles;
use super::ini::Ini;

/// One profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The account it leads to, where that is written: of an SSO account or
    /// of a role's ARN.
    pub account: Option<String>,
    /// The name of the role it takes on, by SSO or by ARN.
    pub role: Option<String>,
    /// The Region it names.
    pub region: Option<String>,
}

impl AwsFiles {
    /// Every profile by its name, those of the credentials file among them.
    pub fn profiles(&self) -> Vec<Profile> {
        let config = Ini::parse(self.config.as_deref().unwrap_or_default());
        let kept = self.credentials.as_deref().unwrap_or_default();
        let kept = Ini::parse(kept);
        let mut names: Vec<&str> =
            config.profiles().chain(kept.profiles()).collect();
        names.sort_unstable();
        names.dedup();
        let one = |name: &str| {
            let of = |key| config.profile(name).and_then(|s| s.get(key));
            let arn = of("role_arn").and_then(role);
            Profile {
                name: name.to_owned(),
                account: of("sso_account_id")
                    .or(arn.map(|(account, _)| account))
                    .map(str::to_owned),
                role: of("sso_role_name")
                    .or(arn.map(|(_, role)| role))
                    .map(str::to_owned),
                region: of("region").map(str::to_owned),
            }
        };
        names.into_iter().map(one).collect()
    }
}

/// Account and name of a role's ARN.
fn role(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, path) = (parts.next()?, parts.next()?);
    Some((account, path.rsplit('/').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_by_sso_and_by_roles() {
        let text = "[default]\nregion = eu-west-1\n\
             [profile a]\nsso_account_id = 111122223333\n\
             sso_role_name = ReadOnly\n\
             [profile b]\nrole_arn = arn:aws:iam::444455556666:role/x/dr\n";
        let files = AwsFiles {
            config: Some(text.into()),
            credentials: Some("[keys]\naws_access_key_id = x\n".into()),
            ..AwsFiles::default()
        };
        let told: Vec<_> = files
            .profiles()
            .into_iter()
            .map(|p| {
                (
                    p.name,
                    p.account.unwrap_or_default(),
                    p.role.unwrap_or_default(),
                )
            })
            .collect();
        let row = |a: &str, b: &str, c: &str| {
            (a.to_owned(), b.to_owned(), c.to_owned())
        };
        assert_eq!(
            told,
            [
                row("a", "111122223333", "ReadOnly"),
                row("b", "444455556666", "dr"),
                row("default", "", ""),
                row("keys", "", ""),
            ]
        );
    }
}
