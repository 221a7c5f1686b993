//! OBSERVE or ARMED: whether anything may be changed, where, and for how
//! long.

use jiff::{SignedDuration, Timestamp};

use crate::estate::ids::Account;

/// Whether the console may change anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing can be changed.
    #[default]
    Observe,
    /// Another console drives: nothing can be changed, and nothing armed.
    Observer,
    /// Confirmed steps may change these accounts.
    Armed {
        /// The accounts.
        accounts: Vec<Account>,
        /// Why, in the person's words.
        reason: String,
        /// Since when.
        since: Timestamp,
        /// When a person last pressed a key, or a step last moved: idleness
        /// counts from here, and only while the program waits for a person.
        active: Timestamp,
    },
}

impl Mode {
    /// Whether changes to this account may be proposed.
    pub fn covers(&self, account: &Account) -> bool {
        match self {
            Mode::Observe | Mode::Observer => false,
            Mode::Armed { accounts, .. } => accounts.contains(account),
        }
    }

    /// Whether any account may be changed.
    pub fn is_armed(&self) -> bool {
        matches!(self, Mode::Armed { .. })
    }

    /// Whether another console drives the open incident.
    pub fn is_observer(&self) -> bool {
        matches!(self, Mode::Observer)
    }

    /// The word in the header, which colour only repeats.
    pub fn word(&self) -> &'static str {
        match self {
            Mode::Observe => "OBSERVE",
            Mode::Observer => "OBSERVER",
            Mode::Armed { .. } => "ARMED",
        }
    }

    /// Starts the time of idleness anew.
    pub fn touch(&mut self, now: Timestamp) {
        if let Mode::Armed { active, .. } = self {
            *active = now;
        }
    }

    /// When it disarms by itself if nobody presses a key.
    pub fn disarms_at(&self, idle: SignedDuration) -> Option<Timestamp> {
        match self {
            Mode::Observe | Mode::Observer => None,
            Mode::Armed { active, .. } => active.checked_add(idle).ok(),
        }
    }
}

/// What a person types for an account when arming: its name in the config,
/// else the last four digits of its id.
pub fn typed_name(name: Option<&str>, account: &Account) -> String {
    if let Some(name) = name {
        name.to_owned()
    } else {
        let start = account.len().saturating_sub(4);
        account.get(start..).unwrap_or(account).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armed(at: Timestamp) -> Mode {
        Mode::Armed {
            accounts: vec![Account::new("111122223333")],
            reason: "drill".into(),
            since: at,
            active: at,
        }
    }

    #[test]
    fn armed_covers_only_the_accounts_that_were_named() {
        let mode = armed(Timestamp::UNIX_EPOCH);
        assert!(mode.covers(&Account::new("111122223333")));
        assert!(!mode.covers(&Account::new("444455556666")));
        assert!(!Mode::Observe.covers(&Account::new("111122223333")));
    }

    #[test]
    fn a_key_puts_disarming_off() {
        let mut mode = armed(Timestamp::UNIX_EPOCH);
        let idle = SignedDuration::from_mins(15);
        let later = Timestamp::from_second(600).unwrap();
        mode.touch(later);
        assert_eq!(
            mode.disarms_at(idle),
            Some(Timestamp::from_second(1500).unwrap())
        );
    }

    #[test]
    fn an_account_without_a_name_is_typed_by_its_last_four_digits() {
        let account = Account::new("111122223333");
        assert_eq!(typed_name(None, &account), "3333");
        assert_eq!(typed_name(Some("learn-prod"), &account), "learn-prod");
    }
}
