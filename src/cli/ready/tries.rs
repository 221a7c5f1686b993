//! The tries: sign-ins, Regions, looks and probes, side by side.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join_all, select_ok};
use futures_util::stream;
use tokio::time::timeout;

use super::needs::{Call, Needs};
use super::past::Used;
use crate::aws::judged::{Asked, Judged, judge, principal};
use crate::aws::poll::look_once;
use crate::aws::record::Object;
use crate::aws::rehearse::who;
use crate::aws::session::{Session, Way};
use crate::cli::look::Looked;
use crate::estate::ids::{Account, Region};
use crate::estate::{Found, Observation, Source};
use crate::failure::{Failure, FailureKind};
use crate::probe::Probes;
use crate::runbook::ready::{Item, Proof};

/// One question takes no longer.
const LIMIT: Duration = Duration::from_secs(15);
/// Questions under way at once.
const AT_ONCE: usize = 8;

/// From where everything is tried.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) looked: &'a Looked,
    pub(super) session: &'a Arc<Session>,
    /// Whether the break-glass way is tried, too: that sets off its alarms.
    pub(super) glass: bool,
}

impl Seat<'_> {
    /// Tries all that is needed.
    pub(super) async fn all(self, needs: &Needs) -> Vec<Item> {
        let accounts: BTreeSet<&Account> =
            needs.places.iter().map(|(account, _)| account).collect();
        let ways = accounts.into_iter().map(|a| self.ways(a));
        let mut items: Vec<Item> = join_all(ways).await.concat();
        let places = needs.places.iter().map(|(a, r)| self.region(a, r));
        items.extend(join_all(places).await);
        let sources = stream::iter(&needs.sources)
            .map(|source| self.source(source))
            .buffered(AT_ONCE);
        items.extend(sources.collect::<Vec<Item>>().await);
        items
    }

    /// Every way to the credentials of an account.
    async fn ways(self, account: &Account) -> Vec<Item> {
        let Some(spec) = self.session.account(account) else {
            let told = "the config names no account with these digits";
            let about = account.to_string();
            let item = Item::new("sign-in", about, Proof::Fails, told);
            let todo = format!("add [accounts.NAME] with id = \"{account}\"");
            return vec![item.todo(todo)];
        };
        let ways = spec.ways().into_iter();
        let tries = ways.map(|way| async move {
            let about = format!("{} {}", spec.name, way.words());
            if way == Way::BreakGlass && !self.glass {
                let told = "it was not tried, as --no-break-glass says";
                let state = Proof::CannotBeKnown;
                return Item::new("sign-in", about, state, told);
            }
            match self.assumed(account, way).await {
                Ok(told) => {
                    Item::new("sign-in", about, Proof::ProvenByUse, told)
                }
                Err(failure) => failed("sign-in", about, &failure),
            }
        });
        join_all(tries).await
    }

    /// What policies say of each call that was not used yet.
    pub(super) async fn judged(
        self,
        needs: &Needs,
        used: &Used,
    ) -> Vec<Option<Result<Judged, String>>> {
        let asked = stream::iter(&needs.calls).map(async |call| {
            let account = call.account().filter(|_| !call.was_used(used))?;
            Some(match timeout(LIMIT, self.judge(account, call)).await {
                Ok(said) => said,
                Err(_) => Err("IAM did not answer in time".to_owned()),
            })
        });
        asked.buffered(AT_ONCE).collect().await
    }

    async fn judge(
        self,
        account: &Account,
        call: &Call,
    ) -> Result<Judged, String> {
        let spec = self.session.account(account);
        let operate = spec.and_then(|spec| spec.operate.as_ref());
        let role = operate.and_then(|access| access.role_arn.clone());
        let principal = if let Some(role) = role {
            role
        } else {
            let caller = self.caller(account, Way::Operate).await?;
            principal(&caller).ok_or_else(|| {
                format!("{caller} is neither a user nor a role")
            })?
        };
        let said = judge(self.session, account, &principal, call.asked());
        said.await.map_err(|failure| failure.to_string())
    }

    /// Whom AWS takes us for by a way, by the first Region that answers.
    async fn caller(
        self,
        account: &Account,
        way: Way,
    ) -> Result<String, String> {
        let regions = self.session.regions().iter();
        let asked = regions
            .map(|region| Box::pin(who(self.session, account, way, region)));
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return Err("no Region is watched".to_owned());
        }
        let ((found, _), _) =
            select_ok(asked).await.map_err(|failure| failure.to_string())?;
        Ok(found.arn.to_string())
    }

    /// Whether the estate that a team shares could be saved by the role to
    /// read.
    pub(super) async fn mirror(self, object: &Object) -> Item {
        let Object { account, bucket, key, .. } = object;
        let about = format!("s3://{bucket}/{key}");
        let asked = Asked {
            action: "s3:PutObject".to_owned(),
            resource: Some(format!("arn:aws:s3:::{bucket}/{key}")),
            tags: Vec::new(),
        };
        let judging = async {
            let caller = self.caller(account, Way::Read).await?;
            let principal = principal(&caller)
                .ok_or_else(|| format!("{caller} is no user and no role"))?;
            let said = judge(self.session, account, &principal, &asked);
            said.await.map_err(|failure| failure.to_string())
        };
        let (state, told) = match timeout(LIMIT, judging).await {
            Ok(Ok(Judged::Allowed)) => (
                Proof::Simulated,
                "IAM's simulation allows it, without the bucket's policy"
                    .to_owned(),
            ),
            Ok(Ok(Judged::Denied(word))) => {
                (Proof::Fails, format!("IAM's simulation says {word}"))
            }
            Ok(Ok(Judged::HangsOn(keys))) => (
                Proof::CannotBeKnown,
                format!("it hangs on {}", keys.join(", ")),
            ),
            Ok(Err(why)) => (Proof::CannotBeKnown, why),
            Err(_) => (Proof::CannotBeKnown, "IAM did not answer".to_owned()),
        };
        let item = Item::new("mirror", about, state, told);
        if state == Proof::Simulated {
            return item;
        }
        item.todo("allow s3:PutObject on it to the role to read")
    }

    /// Who we are by a way, asked of one Region after the other.
    async fn assumed(
        self,
        account: &Account,
        way: Way,
    ) -> Result<String, Failure> {
        let doing = "ask who we are";
        let mut last = Failure::new(doing, FailureKind::Other);
        for region in self.session.regions() {
            let asked = who(self.session, account, way, region);
            match timeout(LIMIT, asked).await {
                Ok(Ok((found, _))) if found.account == *account => {
                    return Ok(format!("{} answers", found.arn));
                }
                Ok(Ok((found, _))) => {
                    return Err(Failure::new(doing, FailureKind::Other)
                        .because(format!(
                            "it is {}, of another account",
                            found.arn
                        )));
                }
                Ok(Err(failure)) => last = failure,
                Err(_) => last = Failure::new(doing, FailureKind::TimedOut),
            }
            let elsewhere = matches!(
                last.kind,
                FailureKind::Unreachable
                    | FailureKind::TimedOut
                    | FailureKind::Faulted
            );
            if !elsewhere {
                break;
            }
        }
        Err(last)
    }

    /// Whether a Region answers from here.
    async fn region(self, account: &Account, region: &Region) -> Item {
        let about = format!("{region} for {account}");
        let asked = who(self.session, account, Way::Read, region);
        match timeout(LIMIT, asked).await {
            Ok(Ok((_, took))) => {
                let told = format!("it answers in {} ms", took.as_millis());
                Item::new("region", about, Proof::ProvenByUse, told)
            }
            Ok(Err(failure)) => failed("region", about, &failure),
            Err(_) => {
                let late = Failure::new("ask it", FailureKind::TimedOut);
                failed("region", about, &late)
            }
        }
    }

    /// A look of a step: as the whole look found it, or taken now.
    async fn source(self, source: &Source) -> Item {
        let estate = &self.looked.estate;
        let fresh = |source: &Source| {
            estate.known(source).is_some_and(|known| !known.saved)
        };
        let (kind, seen) = match source {
            Source::Aws { .. } if fresh(source) => ("look", self.told(source)),
            Source::Aws { .. } => ("look", self.look(source).await),
            Source::Http { .. } | Source::Dns { .. } => {
                ("probe", self.probe(source).await)
            }
            Source::Program { .. } | Source::Command { .. } => {
                ("program", self.probe(source).await)
            }
        };
        let about = source.to_string();
        match seen {
            Ok(Told { whole: true, told }) => {
                Item::new(kind, about, Proof::ProvenByUse, told)
            }
            Ok(Told { told, .. }) => {
                Item::new(kind, about, Proof::CannotBeKnown, told)
            }
            Err(failure) => failed(kind, about, &failure),
        }
    }

    /// What the whole look found.
    fn told(self, source: &Source) -> Result<Told, Failure> {
        let known = self.looked.estate.known(source);
        if let Some((_, failure)) = known.and_then(|k| k.failed.as_ref()) {
            return Err(failure.clone());
        }
        Ok(match known.and_then(|known| known.partial.as_ref()) {
            Some(why) => Told::part(why),
            None => Told::whole("it was answered just now".to_owned()),
        })
    }

    async fn look(self, source: &Source) -> Result<Told, Failure> {
        let looking = look_once(self.session, source);
        match timeout(LIMIT, looking).await {
            Ok(seen) => told(seen),
            Err(_) => Err(Failure::new("look", FailureKind::TimedOut)),
        }
    }

    async fn probe(self, source: &Source) -> Result<Told, Failure> {
        let reach = &self.looked.reach;
        let probes = Probes::new(
            self.session.http_client().clone(),
            Arc::clone(&reach.resolver),
            self.session.time_source().clone(),
        );
        let probes = probes.with_hosts(reach.hosts.clone());
        told(probes.look(source).await)
    }
}

/// What a look or probe brought.
struct Told {
    whole: bool,
    told: String,
}

impl Told {
    fn whole(told: String) -> Told {
        Told { whole: true, told }
    }

    fn part(why: &str) -> Told {
        Told { whole: false, told: format!("it was not told whole: {why}") }
    }
}

fn told(seen: Observation) -> Result<Told, Failure> {
    if let Some(why) = &seen.partial {
        return Ok(Told::part(why));
    }
    Ok(Told::whole(match seen.found? {
        Found::Http(answer) => format!("it answers {}", answer.status),
        Found::Dns(_) => "a name server answers".to_owned(),
        Found::Program(found) if found.lacks.is_empty() => {
            format!("{} can be executed", found.path)
        }
        Found::Program(found) => {
            let lacks = found.lacks.join(", ");
            let doing = format!("start {}", found.path);
            return Err(Failure::new(doing, FailureKind::NotFound)
                .because(format!("the environment has no {lacks}")));
        }
        // 0 and 1 are what a look says; it looked.
        Found::Command(end) if matches!(end.exit, Some(0 | 1)) => end.words(),
        Found::Command(end) => {
            let failure = Failure::new("look", FailureKind::Other);
            return Err(failure.because(end.words()));
        }
        _ => "it was answered just now".to_owned(),
    }))
}

fn failed(kind: &str, about: String, failure: &Failure) -> Item {
    let told = failure.to_string();
    Item::new(kind, about, Proof::Fails, told).todo(failure.advice())
}
