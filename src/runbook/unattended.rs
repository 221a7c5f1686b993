//! Unattended: what a drill may confirm by itself, and what it may not.
//!
//! Three things hold before anything is confirmed: the config gives the
//! account to drills, every call makes or deletes only what has the tag of
//! this very drill, and what is made can reach nothing. What is not known
//! counts as refused. The first two are asked once more where the call is
//! sent, of the call itself.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::call::Call;
use super::plan::Plan;
use crate::estate::cost::DRILL_TAG;
use crate::estate::ids::Account;
use crate::estate::{Estate, Found, Source, What};

/// What an unattended drill may confirm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    accounts: BTreeSet<Account>,
    /// The guard that is switched off: shows in a test that it is this one
    /// that holds the line.
    #[cfg(test)]
    without: Option<Guard>,
}

/// What must hold of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// The config says `drill = true` of its account.
    Account,
    /// It makes or deletes what has the tag of this drill.
    Tag,
    /// What it deletes was seen with that tag.
    Seen,
    /// What it makes can reach nothing.
    Closed,
}

impl Rule {
    /// The rule where the config gives these accounts to drills.
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Rule {
        Rule {
            accounts: accounts.into_iter().collect(),
            #[cfg(test)]
            without: None,
        }
    }

    /// Whether the config gives this account to drills.
    pub fn has(&self, account: &Account) -> bool {
        self.accounts.contains(account)
    }

    #[cfg(test)]
    fn is_off(&self, guard: Guard) -> bool {
        self.without == Some(guard)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only a test switches one off")]
    fn is_off(&self, _: Guard) -> bool {
        false
    }

    /// Whether a call may be sent for this drill, by what it says itself.
    pub fn admits(&self, call: &Call, drill: &str) -> Result<(), String> {
        if let Some(program) = call.program() {
            return Err(format!(
                "{} would run on this machine: unattended, no program is \
                 started",
                program.start.line()
            ));
        }
        let account = call.account();
        if !self.has(account) && !self.is_off(Guard::Account) {
            return Err(format!(
                "the config does not say `drill = true` of account {account}"
            ));
        }
        let own = call.made_by() == Some((DRILL_TAG, drill));
        if !own && !self.is_off(Guard::Tag) {
            return Err(format!(
                "{} would change {}, which has no tag {DRILL_TAG} = {drill}: \
                 unattended, only what this drill made is changed",
                call.action(),
                call.target()
            ));
        }
        Ok(())
    }

    /// Whether a plan may be confirmed for this drill, by its calls and by
    /// what looks begun at `since` or later tell.
    pub fn allows(
        &self,
        plan: &Plan,
        drill: &str,
        estate: &Estate,
        since: Timestamp,
    ) -> Result<(), String> {
        let eyes = Eyes { estate, since };
        for call in &plan.calls {
            self.admits(call, drill)?;
            if call.creates().is_some() && !self.is_off(Guard::Closed) {
                eyes.is_closed(call)?;
            }
            if call.removes().is_some() && !self.is_off(Guard::Seen) {
                eyes.is_tagged(call, drill)?;
            }
        }
        Ok(())
    }
}

/// What is known of AWS, and since when it counts.
struct Eyes<'a> {
    estate: &'a Estate,
    since: Timestamp,
}

impl<'a> Eyes<'a> {
    /// What the newest look at a source found, if it counts.
    fn seen(&self, call: &Call, what: What) -> Result<&'a Found, String> {
        let source = Source::aws(call.account(), &call.region(), what);
        let known = self.estate.known(&source).filter(|known| {
            !known.saved
                && known.failed.is_none()
                && known.partial.is_none()
                && known.begun().is_some_and(|begun| begun >= self.since)
        });
        let found = known.and_then(|known| known.found.as_ref());
        found.ok_or_else(|| format!("{source} is not known"))
    }

    /// That what a call makes can reach nothing.
    fn is_closed(&self, call: &Call) -> Result<(), String> {
        let target = call.target();
        let Some((subnets, guards)) = call.network() else {
            return Err(format!("what {target} could reach is not known"));
        };
        let what = What::Reach { subnets, guards };
        match self.seen(call, what) {
            Ok(Found::Reach(reach)) if reach.is_closed() => Ok(()),
            Ok(Found::Reach(reach)) => Err(format!(
                "{target} could reach something: {}",
                reach.words()
            )),
            Ok(_) => Err(format!("what {target} could reach is not known")),
            Err(why) => {
                Err(format!("what {target} could reach is not known: {why}"))
            }
        }
    }

    /// That what a call deletes was seen with the tag of this drill.
    fn is_tagged(&self, call: &Call, drill: &str) -> Result<(), String> {
        let target = call.target();
        let found = self.seen(call, What::Instance(target.to_owned()))?;
        let Found::Instances(list) = found else {
            return Err(format!("{target} was not told"));
        };
        let by = list.first().and_then(|item| item.tags.get(DRILL_TAG));
        if by.is_some_and(|by| by == drill) {
            return Ok(());
        }
        Err(format!("{target} was not seen with the tag of this drill"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::estate::fixture;
    use crate::estate::ids::{Arn, Region};
    use crate::estate::program::Start;
    use crate::estate::reach::Reach;
    use crate::estate::resource::DbInstance;
    use crate::runbook::call::program::RunProgram;
    use crate::runbook::call::rds::{
        DeleteInstance, PromoteReadReplica, RestoreInstance,
    };
    use crate::runbook::plan::{Level, Second, Undo};

    const DRILL: &str = "INC-1";
    const ACCOUNT: &str = "111122223333";
    const COPY: &str = "arn:aws:rds:eu-central-1:111122223333:db:copy";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn restore(by: &str) -> Call {
        Call::RdsRestoreInstance(RestoreInstance {
            account: Account::new(ACCOUNT),
            region: Region::new("eu-central-1"),
            instance: "copy".into(),
            snapshot: Arn::new("arn:aws:rds:eu-central-1:1:snapshot:s"),
            class: None,
            subnets: "closed".into(),
            guards: vec!["sg-1".into()],
            tags: BTreeMap::from([(DRILL_TAG.into(), by.into())]),
        })
    }

    fn delete(by: &str) -> Call {
        Call::RdsDeleteInstance(DeleteInstance {
            account: Account::new(ACCOUNT),
            region: Region::new("eu-central-1"),
            instance: "copy".into(),
            arn: Arn::new(COPY),
            tag: (DRILL_TAG.into(), by.into()),
        })
    }

    fn promote() -> Call {
        Call::RdsPromoteReadReplica(PromoteReadReplica {
            account: Account::new(ACCOUNT),
            region: Region::new("eu-central-1"),
            instance: "learn-db-replica".into(),
            backup_retention_days: None,
        })
    }

    fn plan(call: Call) -> Plan {
        Plan {
            step: "x".into(),
            calls: vec![call],
            effect: String::new(),
            loss: None,
            expect: None,
            undo: Undo::NotNeeded,
            level: Level::Severe,
            bound: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            typed: None,
            readback: None,
            second: Second::Off,
        }
    }

    /// An estate in which the copy has the tag of a drill, and its network
    /// these ways out.
    fn estate(by: &str, ways: &[&str]) -> Estate {
        let mut estate = Estate::default();
        let mut see = |what: What, found: Found| {
            let account = Account::new(ACCOUNT);
            let source =
                Source::aws(&account, &Region::new("eu-central-1"), what);
            estate.apply(fixture::seen(source, at(10), found));
        };
        let what = What::Reach {
            subnets: "closed".into(),
            guards: vec!["sg-1".into()],
        };
        let reach = Reach {
            network: "vpc-1".into(),
            subnets: vec!["subnet-1".into()],
            ways: ways.iter().map(|&way| way.to_owned()).collect(),
        };
        see(what, Found::Reach(reach));
        let copy = DbInstance {
            id: "copy".into(),
            arn: Arn::new(COPY),
            tags: BTreeMap::from([(DRILL_TAG.into(), by.into())]),
            ..fixture::db("none")
        };
        let found = Found::Instances(Arc::new([copy]));
        see(What::Instance("copy".into()), found);
        estate
    }

    fn rule(without: Option<Guard>) -> Rule {
        Rule { without, ..Rule::of([Account::new(ACCOUNT)]) }
    }

    #[test]
    fn what_the_drill_makes_and_deletes_in_its_account_is_allowed() {
        let estate = estate(DRILL, &[]);
        for call in [restore(DRILL), delete(DRILL)] {
            let allowed =
                rule(None).allows(&plan(call), DRILL, &estate, at(10));
            assert_eq!(allowed, Ok(()));
        }
    }

    /// Each guard alone stands between a plan and its sending: with it the
    /// plan is refused, and without it nothing else refuses it.
    #[test]
    fn each_guard_refuses_what_no_other_one_would() {
        let closed = estate(DRILL, &[]);
        let open = estate(DRILL, &["0.0.0.0/0 over igw-1"]);
        let foreign = estate("INC-2", &[]);
        let other = Account::new("444455556666");
        let cases: [(Guard, Call, &Estate, &str); 5] = [
            (Guard::Account, restore(DRILL), &closed, "drill = true"),
            (Guard::Tag, promote(), &closed, "only what this drill made"),
            (Guard::Tag, restore("INC-2"), &closed, "has no tag"),
            (Guard::Seen, delete(DRILL), &foreign, "was not seen with"),
            (Guard::Closed, restore(DRILL), &open, "igw-1"),
        ];
        for (guard, call, estate, said) in cases {
            let plan = plan(call);
            let asked = |without| {
                let mut rule = rule(without);
                if guard == Guard::Account {
                    rule.accounts = BTreeSet::from([other.clone()]);
                }
                rule.allows(&plan, DRILL, estate, at(10))
            };
            let why = asked(None).expect_err("it is refused");
            assert!(why.contains(said), "{guard:?}: {why}");
            assert_eq!(asked(Some(guard)), Ok(()), "{guard:?}");
        }
    }

    #[test]
    fn no_program_of_this_machine_is_started_with_nobody_at_hand() {
        let account = Account::new(ACCOUNT);
        let argv = vec!["terraform".to_owned(), "apply".to_owned()];
        let start = Start { argv, ..Start::default() };
        let call = Call::RunProgram(RunProgram { account, start });
        for off in [None, Some(Guard::Account), Some(Guard::Tag)] {
            let why = rule(off).admits(&call, DRILL).unwrap_err();
            assert!(why.contains("no program is started"), "{why}");
        }
    }

    #[test]
    fn what_was_not_seen_late_enough_is_refused() {
        let estate = estate(DRILL, &[]);
        for (call, since) in
            [(restore(DRILL), at(11)), (delete(DRILL), at(11))]
        {
            let asked = rule(None).allows(&plan(call), DRILL, &estate, since);
            let why = asked.expect_err("the look is older");
            assert!(why.contains("is not known"), "{why}");
        }
        let nothing = Estate::default();
        let asked =
            rule(None).allows(&plan(restore(DRILL)), DRILL, &nothing, at(0));
        assert!(asked.is_err());
    }

    #[test]
    fn a_snapshot_of_subnets_nobody_told_is_no_proof() {
        assert!(!Reach::default().is_closed());
    }
}
