//! The accounts of an estate, and the ways to their credentials.

use std::fmt;

use crate::estate::ids::Account;

/// One account of the estate, and how it is reached.
#[derive(Clone, Debug)]
pub struct AccountSpec {
    /// The name that the config gives it.
    pub name: String,
    /// Its twelve digits; asked of AWS where not configured.
    pub id: Option<Account>,
    /// Its environment word, such as `production`.
    pub environment: String,
    /// How it is read.
    pub read: Access,
    /// How approved calls are sent; as it is read where not configured.
    pub operate: Option<Access>,
    /// How approved calls are sent when the usual way is shut.
    pub break_glass: Option<Access>,
}

/// A way to credentials: a profile, and a role assumed from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// A profile of `~/.aws/config`; none is the default chain.
    pub profile: Option<String>,
    /// The ARN of a role to assume with it.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.profile, &self.role_arn) {
            (Some(profile), Some(role)) => {
                write!(f, "{role} by profile {profile}")
            }
            (None, Some(role)) => f.write_str(role),
            (Some(profile), None) => write!(f, "profile {profile}"),
            (None, None) => f.write_str("the default chain"),
        }
    }
}

/// Which of an account's ways to credentials is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// To look.
    Read,
    /// To send approved calls.
    Operate,
    /// To send them when the usual way is shut.
    BreakGlass,
}

impl Way {
    /// What its credentials are for.
    pub fn words(self) -> &'static str {
        match self {
            Way::Read => "to read",
            Way::Operate => "to operate",
            Way::BreakGlass => "to break the glass",
        }
    }
}

impl AccountSpec {
    /// The ways that the config tells apart, the usual ones first.
    pub fn ways(&self) -> Vec<Way> {
        let all = [Way::Read, Way::Operate, Way::BreakGlass];
        all.into_iter().filter(|way| self.configured(*way) == *way).collect()
    }

    /// The way that stands for this one where it is not configured.
    pub(super) fn configured(&self, way: Way) -> Way {
        let operate =
            self.operate.as_ref().map_or(Way::Read, |_| Way::Operate);
        match way {
            Way::Read => Way::Read,
            Way::Operate => operate,
            Way::BreakGlass => {
                self.break_glass.as_ref().map_or(operate, |_| way)
            }
        }
    }

    pub(super) fn way(&self, way: Way) -> &Access {
        let operate = self.operate.as_ref().unwrap_or(&self.read);
        match way {
            Way::Read => &self.read,
            Way::Operate => operate,
            Way::BreakGlass => self.break_glass.as_ref().unwrap_or(operate),
        }
    }
}
