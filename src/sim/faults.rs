//! Throttling, denials, lost answers, a Region gone dark.
//!
//! A [`Rule`] says which calls it is about, what befalls them and when. Rules
//! count matches instead of rolling dice: the same run fails the same way.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::pages::{Paging, Tokens};

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The connection is never made: a connect timeout.
    Dark,
    /// The connection is made, nothing is ever answered: a read timeout.
    /// The call is not applied.
    Silent,
    /// Answered with 503.
    ServerError,
    /// Answered with the service's own throttling code.
    Throttled,
    /// Answered with 403 and the text IAM gives.
    Denied,
    /// Answered with 403: the security token has expired.
    ExpiredToken,
    /// Applied; then the connection breaks instead of an answer.
    LostReset,
    /// Applied; then nothing is ever answered.
    LostSilent,
    /// Answered so many milliseconds late. Applied at once.
    Slow(u64),
    /// A list comes in pages of so many things, whatever is asked for.
    Paged(usize),
    /// A list comes in such pages, and each tells of the same next one.
    SameToken(usize),
    /// A list comes in such pages, and behind the last come empty ones
    /// without end.
    Endless(usize),
}

impl Effect {
    /// How it has lists paged, if that is all it does.
    fn paging(self) -> Option<Paging> {
        let (size, tokens) = match self {
            Effect::Paged(size) => (size, Tokens::Honest),
            Effect::SameToken(size) => (size, Tokens::Same),
            Effect::Endless(size) => (size, Tokens::Endless),
            _ => return None,
        };
        Some(Paging { size, tokens })
    }
}

/// Which of the matching calls a rule strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// All of them.
    #[default]
    Always,
    /// The first so many.
    First(u64),
    /// Only the n-th, counted from 1.
    Nth(u64),
    /// Those that ask for the n-th page of a list, counted from 1. Only
    /// under an effect that has lists paged are there others than the first.
    Page(u64),
    /// So many of every hundred, evenly spread.
    Percent(u64),
    /// Those within the `on` seconds of each wave of `on + off` seconds,
    /// counted from when the rule was added.
    Waves {
        /// Seconds the fault holds.
        on: u32,
        /// Seconds it is gone.
        off: u32,
    },
}

/// One fault: which calls, what befalls them, when. What is left out matches
/// everything.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Twelve-digit account id.
    #[serde(default)]
    pub account: Option<String>,
    /// The Region the request is signed for.
    #[serde(default)]
    pub region: Option<String>,
    /// The service's signing name: `rds`, `monitoring`, ...
    #[serde(default)]
    pub service: Option<String>,
    /// The operation: `PromoteReadReplica`, ...
    #[serde(default)]
    pub operation: Option<String>,
    /// What befalls the call.
    pub effect: Effect,
    /// Which of the matching calls.
    #[serde(default)]
    pub when: When,
}

impl Rule {
    /// A rule that strikes every call.
    pub fn every(effect: Effect) -> Self {
        Self {
            account: None,
            region: None,
            service: None,
            operation: None,
            effect,
            when: When::Always,
        }
    }

    /// Narrows the rule to a Region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Narrows the rule to an account.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Narrows the rule to a service, by its signing name.
    #[must_use]
    pub fn of_service(mut self, service: &str) -> Self {
        self.service = Some(service.to_owned());
        self
    }

    /// Narrows the rule to an operation.
    #[must_use]
    pub fn of_operation(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Narrows the rule to some of the calls it matches.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }

    fn matches(&self, asked: &Asked<'_>) -> bool {
        let fits = |want: &Option<String>, is: &str| {
            want.as_deref().is_none_or(|want| want == is)
        };
        fits(&self.account, asked.account)
            && fits(&self.region, asked.region)
            && fits(&self.service, asked.service)
            && fits(&self.operation, asked.operation)
    }
}

/// A call as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Twelve-digit account id.
    pub account: &'a str,
    /// The Region the request is signed for.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
    /// The operation.
    pub operation: &'a str,
    /// Which page of a list is asked for, from 1.
    pub page: u64,
}

/// Names a rule that was added, to take it away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleId(u64);

/// What the rules decide about one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How late the answer comes; every slow rule adds to it.
    pub delay: Duration,
    /// What else befalls the call: the first rule that strikes decides.
    pub effect: Option<Effect>,
    /// How lists are paged, if not as the service does it: the first rule
    /// that strikes decides.
    pub paging: Option<Paging>,
}

#[derive(Clone, Debug)]
struct Active {
    id: RuleId,
    rule: Rule,
    from: Timestamp,
    until: Option<Timestamp>,
    matched: u64,
}

/// The faults in force.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Active>,
    added: u64,
    asked: BTreeMap<String, u64>,
}

impl Faults {
    /// Puts a rule in force, from `now` on.
    pub fn add(&mut self, rule: Rule, now: Timestamp) -> RuleId {
        self.add_between(rule, now, None)
    }

    /// Puts a rule in force from one moment on, until another if given.
    pub fn add_between(
        &mut self,
        rule: Rule,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> RuleId {
        self.added += 1;
        let id = RuleId(self.added);
        self.rules.push(Active { id, rule, from, until, matched: 0 });
        id
    }

    /// Takes a rule away. Says whether it was there.
    pub fn remove(&mut self, id: RuleId) -> bool {
        let before = self.rules.len();
        self.rules.retain(|active| active.id != id);
        self.rules.len() < before
    }

    /// Takes all rules away.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// Decides what befalls a call, and counts it in every rule it matches.
    pub fn decide(&mut self, asked: &Asked<'_>, now: Timestamp) -> Verdict {
        let mut verdict = Verdict::default();
        for active in &mut self.rules {
            if !active.rule.matches(asked) || !active.strikes(asked, now) {
                continue;
            }
            if let Some(paging) = active.rule.effect.paging() {
                verdict.paging.get_or_insert(paging);
                continue;
            }
            match active.rule.effect {
                Effect::Slow(millis) => {
                    verdict.delay += Duration::from_millis(millis);
                }
                effect => {
                    verdict.effect.get_or_insert(effect);
                }
            }
        }
        verdict
    }

    /// Whether nothing that is asked goes out at all: a rule that leaves
    /// every call without a connection strikes what is not AWS, too.
    pub fn cut_off(&self, now: Timestamp) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|active| {
            active.rule == Rule::every(Effect::Dark) && active.is_on(now)
        })
    }

    /// Whether a request to a Region that fails at a rate is among those
    /// that fail, spread evenly.
    pub fn fails(&mut self, region: &str, rate: f64) -> bool {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a hundred"
        )]
        let percent = (rate.clamp(0.0, 1.0) * 100.0).round() as u64;
        let asked = self.asked.entry(region.to_owned()).or_default();
        *asked += 1;
        spread(*asked, percent)
    }
}

impl Active {
    fn is_on(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    fn strikes(&mut self, asked: &Asked<'_>, now: Timestamp) -> bool {
        if !self.is_on(now) {
            return false;
        }
        self.matched += 1;
        let n = self.matched;
        match self.rule.when {
            When::Always => true,
            When::First(count) => n <= count,
            When::Nth(nth) => n == nth,
            When::Page(page) => asked.page == page,
            When::Percent(percent) => spread(n, percent),
            When::Waves { on, off } => {
                let wave = i64::from(on) + i64::from(off);
                let into = now.duration_since(self.from).as_secs();
                wave > 0 && into.rem_euclid(wave) < i64::from(on)
            }
        }
    }
}

/// Whether the n-th of many is among `percent` of a hundred, spread evenly
/// (the first is, unless `percent` is 0).
fn spread(n: u64, percent: u64) -> bool {
    let percent = percent.min(100);
    (n * percent).div_ceil(100) > ((n - 1) * percent).div_ceil(100)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const PROMOTE: Asked<'_> = Asked {
        account: "111122223333",
        region: "eu-central-1",
        service: "rds",
        operation: "PromoteReadReplica",
        page: 1,
    };

    fn struck(when: When, calls: usize) -> Vec<bool> {
        let mut faults = Faults::default();
        let now = Timestamp::UNIX_EPOCH;
        faults.add(Rule::every(Effect::Dark).when(when), now);
        (0..calls)
            .map(|_| faults.decide(&PROMOTE, now).effect.is_some())
            .collect()
    }

    #[test]
    fn a_rule_strikes_only_the_calls_it_counts() {
        assert_eq!(struck(When::First(2), 3), [true, true, false]);
        assert_eq!(struck(When::Nth(2), 3), [false, true, false]);
        assert_eq!(struck(When::Percent(50), 4), [true, false, true, false]);
        let third = struck(When::Percent(30), 100);
        assert_eq!(third.iter().filter(|&&hit| hit).count(), 30);
        assert_eq!(struck(When::Percent(0), 2), [false, false]);
    }

    #[test]
    fn waves_come_and_go_by_the_clock() {
        let mut faults = Faults::default();
        let start = Timestamp::UNIX_EPOCH;
        let when = When::Waves { on: 20, off: 40 };
        faults.add(Rule::every(Effect::ServerError).when(when), start);
        let mut at = |seconds| {
            let now = start + SignedDuration::from_secs(seconds);
            faults.decide(&PROMOTE, now).effect.is_some()
        };
        assert!(at(0) && at(19) && !at(20) && !at(59) && at(60));
    }

    #[test]
    fn a_rule_leaves_other_calls_alone() {
        let mut faults = Faults::default();
        let now = Timestamp::UNIX_EPOCH;
        faults.add(
            Rule::every(Effect::Throttled)
                .in_account("444455556666")
                .in_region("eu-central-1"),
            now,
        );
        faults.add(
            Rule::every(Effect::LostReset)
                .of_service("rds")
                .of_operation("DescribeDBInstances"),
            now,
        );
        assert_eq!(faults.decide(&PROMOTE, now), Verdict::default());
    }

    #[test]
    fn slow_rules_add_up_and_the_first_other_effect_decides() {
        let mut faults = Faults::default();
        let now = Timestamp::UNIX_EPOCH;
        for effect in [
            Effect::Slow(200),
            Effect::Denied,
            Effect::Slow(300),
            Effect::Dark,
        ] {
            faults.add(Rule::every(effect), now);
        }
        assert_eq!(
            faults.decide(&PROMOTE, now),
            Verdict {
                delay: Duration::from_millis(500),
                effect: Some(Effect::Denied),
                paging: None,
            }
        );
    }

    #[test]
    fn a_rule_taken_away_strikes_no_more() {
        let mut faults = Faults::default();
        let now = Timestamp::UNIX_EPOCH;
        let id = faults.add(Rule::every(Effect::Dark), now);
        assert!(faults.remove(id) && !faults.remove(id));
        assert_eq!(faults.decide(&PROMOTE, now).effect, None);
    }

    #[test]
    fn rules_are_read_from_toml() {
        let rule: Rule = toml::from_str(
            "region = 'eu-west-1'\neffect = { slow = 800 }\n\
             when = { waves = { on = 20, off = 40 } }",
        )
        .expect("a rule");
        let when = When::Waves { on: 20, off: 40 };
        let want = Rule::every(Effect::Slow(800)).in_region("eu-west-1");
        assert_eq!(rule, want.when(when));
    }
}
