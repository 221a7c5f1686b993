//! Accounts, tiers, objectives and paces of the config file.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::SignedDuration;
use toml::Spanned;

use super::Merge;
use crate::config::file::{RawAccess, RawAccount, RawRule, RawTier};
use crate::config::problem::did_you_mean;
use crate::config::{Access, AccountConfig};
use crate::estate::What;
use crate::estate::ids::Account;
use crate::estate::objective::{Match, Objective, Rule, Rules, Tier};
use crate::estate::resource::ResourceType;

/// Types of resources as a rule may name them.
const KINDS: [(&str, ResourceType); 9] = [
    ("RDS", ResourceType::Rds),
    ("Aurora", ResourceType::Aurora),
    ("EBS", ResourceType::Ebs),
    ("EC2", ResourceType::Ec2),
    ("EFS", ResourceType::Efs),
    ("FSx", ResourceType::Fsx),
    ("DynamoDB", ResourceType::DynamoDb),
    ("DDB", ResourceType::DynamoDb),
    ("S3", ResourceType::S3),
];

impl Merge<'_> {
    pub(super) fn accounts(&mut self, accounts: BTreeMap<String, RawAccount>) {
        for (name, raw) in accounts {
            let id = raw.id.filter(|id| self.is_account(id));
            let account = AccountConfig {
                id: id.map(|id| Account::from(id.into_inner())),
                environment: raw.environment,
                drill: raw.drill.unwrap_or(false),
                read: self.access(raw.read),
                operate: self.access(raw.operate),
                break_glass: self.access(raw.break_glass),
                name,
            };
            self.config.accounts.push(account);
        }
    }

    fn is_account(&mut self, id: &Spanned<String>) -> bool {
        let text = id.get_ref();
        let fits = is_account_id(text);
        if !fits {
            let text = format!("`{text}` is no account id of twelve digits");
            self.complain_at(id, text);
        }
        fits
    }

    fn access(&mut self, raw: Option<RawAccess>) -> Option<Access> {
        let RawAccess { profile, role_arn, external_id } = raw?;
        let role_arn = role_arn.filter(|arn| {
            let text = arn.get_ref();
            let fits = text.starts_with("arn:") && text.contains(":role/");
            if !fits {
                let text = format!("`{text}` is no ARN of a role");
                self.complain_at(arn, text);
            }
            fits
        });
        let role_arn = role_arn.map(Spanned::into_inner);
        Some(Access { profile, role_arn, external_id })
    }

    pub(super) fn tiers(&mut self, tiers: BTreeMap<String, RawTier>) {
        for (name, raw) in tiers {
            let (rpo, rto) = (self.span(&raw.rpo), self.span(&raw.rto));
            let (Some(rpo), Some(rto)) = (rpo, rto) else { continue };
            let objective = Objective { tier: Tier::named(&name), rpo, rto };
            let tiers = &mut self.config.rules.tiers;
            match tiers.iter_mut().find(|o| o.tier == objective.tier) {
                Some(old) => *old = objective,
                None => tiers.push(objective),
            }
        }
    }

    pub(super) fn span(
        &mut self,
        said: &Spanned<String>,
    ) -> Option<SignedDuration> {
        let text = said.get_ref();
        let span = SignedDuration::from_str(text)
            .ok()
            .filter(SignedDuration::is_positive);
        if span.is_none() {
            let text = format!(
                "`{text}` is no length of time, such as `15m` or `4h`"
            );
            self.complain_at(said, text);
        }
        span
    }

    pub(super) fn rule(&mut self, raw: RawRule) {
        let tier = Tier::named(raw.tier.get_ref());
        let Rules { tiers, .. } = &self.config.rules;
        let known = tiers.iter().find(|o| o.tier == tier).cloned();
        let names: Vec<String> =
            tiers.iter().map(|o| o.tier.name().to_owned()).collect();
        let of_tier = known.as_ref();
        let rpo = match &raw.rpo {
            Some(said) => self.span(said),
            None => of_tier.map(|o| o.rpo),
        };
        let rto = match &raw.rto {
            Some(said) => self.span(said),
            None => of_tier.map(|o| o.rto),
        };
        let whole = raw.rpo.is_some() && raw.rto.is_some();
        if known.is_none() && !whole {
            let said = raw.tier.get_ref();
            let hint = did_you_mean(said, names.iter().map(String::as_str));
            let text = format!(
                "tier `{said}` is not known; give its rpo and rto{hint}"
            );
            self.complain_at(&raw.tier, text);
            return;
        }
        let Some(matches) = self.matches(raw) else { return };
        if let (Some(rpo), Some(rto)) = (rpo, rto) {
            let objective = Objective { tier, rpo, rto };
            self.config.rules.rules.push(Rule { matches, objective });
        }
    }

    fn matches(&mut self, raw: RawRule) -> Option<Match> {
        let raw = raw.matches;
        let account = match &raw.account {
            Some(said) => Some(self.account_named(said)?),
            None => None,
        };
        let kind = match &raw.kind {
            Some(said) => Some(self.kind_named(said)?),
            None => None,
        };
        let tag = raw.tag.map(|tag| match tag.split_once('=') {
            Some((key, value)) => {
                (key.trim().to_owned(), Some(value.trim().to_owned()))
            }
            None => (tag.trim().to_owned(), None),
        });
        Some(Match { account, tag, name: raw.name, kind })
    }

    fn account_named(&mut self, said: &Spanned<String>) -> Option<Account> {
        let text = said.get_ref();
        let named = self.config.accounts.iter().find(|a| a.name == *text);
        if let Some(account) = named {
            if account.id.is_none() {
                let text = format!("account `{text}` has no id to match by");
                self.complain_at(said, text);
                return None;
            }
            return account.id.clone();
        }
        if is_account_id(text) {
            return Some(Account::new(text));
        }
        let names = self.config.accounts.iter().map(|a| a.name.as_str());
        let hint = did_you_mean(text, names);
        let text = format!("there is no account `{text}`{hint}");
        self.complain_at(said, text);
        None
    }

    fn kind_named(&mut self, said: &Spanned<String>) -> Option<ResourceType> {
        let text = said.get_ref();
        let kind =
            KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        if kind.is_none() {
            let hint = did_you_mean(text, KINDS.map(|(name, _)| name));
            let text = format!("unknown type `{text}`{hint}");
            self.complain_at(said, text);
        }
        kind.map(|(_, kind)| *kind)
    }

    pub(super) fn paces(
        &mut self,
        paces: BTreeMap<Spanned<String>, Spanned<String>>,
    ) {
        for (name, said) in paces {
            let known: Vec<_> =
                What::watched().map(|what| what.name()).collect();
            if !known.contains(&name.get_ref().as_str()) {
                let hint = did_you_mean(name.get_ref(), known);
                let text = format!("unknown look `{}`{hint}", name.get_ref());
                self.complain_at(&name, text);
            } else if let Some(pace) = self.span(&said) {
                self.config.paces.insert(name.into_inner(), pace);
            }
        }
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
