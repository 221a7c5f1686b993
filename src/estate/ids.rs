//! Account, Region, Arn, `VaultName`, `JobId`: a type for every name.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize,
                 Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; nothing is checked.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text of the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }
    )*};
}

names! {
    /// The twelve digits of an AWS account.
    Account;
    /// An AWS Region, such as `eu-central-1`.
    Region;
    /// An Amazon Resource Name.
    Arn;
    /// The name of a backup vault.
    VaultName;
    /// The id of a backup, copy or restore job.
    JobId;
    /// The id of a Route 53 hosted zone, without `/hostedzone/`.
    ZoneId;
}

impl Arn {
    /// The Region field of the ARN, if it has one.
    pub fn region(&self) -> Option<Region> {
        self.field(3).map(Region::new)
    }

    /// The account field of the ARN, if it has one.
    pub fn account(&self) -> Option<Account> {
        self.field(4).map(Account::new)
    }

    /// What stands after the last `:` or `/`: the name people use.
    pub fn tail(&self) -> &str {
        self.rsplit([':', '/']).next().unwrap_or(self)
    }

    fn field(&self, index: usize) -> Option<&str> {
        self.split(':').nth(index).filter(|field| !field.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_its_region_account_and_tail() {
        let arn = Arn::new("arn:aws:rds:eu-west-1:111122223333:db:learn-db");
        assert_eq!(arn.region(), Some(Region::new("eu-west-1")));
        assert_eq!(arn.account(), Some(Account::new("111122223333")));
        assert_eq!(arn.tail(), "learn-db");
    }

    #[test]
    fn an_s3_arn_has_neither_region_nor_account() {
        let arn = Arn::new("arn:aws:s3:::learn-media");
        assert_eq!((arn.region(), arn.account()), (None, None));
    }
}
