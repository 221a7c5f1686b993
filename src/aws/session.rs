//! Credentials, Regions, clients, timeouts, the guard.
//!
//! One [`Session`] a process: one HTTP client (a TLS root store and a pool
//! for all), and for each account one credentials chain, loaded when it is
//! first needed. [`Reader`] is what a poller gets: clients that cannot
//! write. [`WriteAccess`] is what `perform` gets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::app_name::AppName;
use jiff::Timestamp;
use tokio::sync::RwLock;

pub use super::access::{Access, AccountSpec, Way};
use super::backup::Sweeps;
use super::budget::{Meter, Turns};
use super::held::Held;
use super::origins::Origins;
use super::reader::Reader;
use super::switchboards::Switchboards;
use super::{credentials, trust};
use crate::estate::ids::{Account, Region};
use crate::estate::part::automation::Names;
use crate::estate::{Found, Source};
use crate::failure::{Failure, FailureKind};
use crate::rates::Budgets;
use crate::runbook::unattended::Rule;

/// What a session is made of: config, environment and flags, resolved.
#[derive(Clone, Debug)]
pub struct SessionSpec {
    /// The accounts; at least one.
    pub accounts: Vec<AccountSpec>,
    /// The Regions watched; at least one. The first is where an account is
    /// asked who it is; roles are assumed in whichever answers.
    pub regions: Vec<Region>,
    /// Where all of AWS is asked instead; none leaves it to
    /// `AWS_ENDPOINT_URL` and the profile.
    pub endpoint_url: Option<String>,
    /// Another HTTP client than one that opens connections: the simulator's.
    pub http_client: Option<SharedHttpClient>,
    /// Another clock than the system's.
    pub time_source: Option<SharedTimeSource>,
    /// Another way to wait than tokio's timer.
    pub sleep: Option<SharedAsyncSleep>,
    /// Whether AWS is simulated: nothing of the environment or of `~/.aws`
    /// is read, and the credentials are made up.
    pub simulated: bool,
    /// What AWS is told of us in the user agent, so that CloudTrail can be
    /// filtered by it; what the user configured goes before it.
    pub app_name: String,
    /// Who the person is; part of the name of assumed-role sessions.
    pub user: String,
    /// Which names tell of the automation of recovery.
    pub automation: Names,
    /// How much of AWS's rates looks may use.
    pub budgets: Budgets,
}

/// How long a look may take. Figures are measured: an answer across a
/// continent comes within a second, a dead Region never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Connect 1.5 s, attempt 5 s, all 12 s, 2 attempts.
    Read,
    /// For lists known to be slow: attempt 15 s, all 40 s, 2 attempts.
    Slow,
    /// For changes: attempt 30 s and never a second one, since the SDK would
    /// send again what may have been applied.
    Mutation,
}

impl Budget {
    fn timeouts(self) -> TimeoutConfig {
        let (attempt, operation) = match self {
            Budget::Read => (5, 12),
            Budget::Slow => (15, 40),
            Budget::Mutation => (30, 31),
        };
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(1500))
            .operation_attempt_timeout(Duration::from_secs(attempt))
            .operation_timeout(Duration::from_secs(operation))
            .build()
    }

    fn retries(self) -> RetryConfig {
        match self {
            Budget::Read | Budget::Slow => {
                RetryConfig::standard().with_max_attempts(2)
            }
            Budget::Mutation => RetryConfig::disabled(),
        }
    }
}

/// The way to AWS: one a process, shared by all that ask.
pub struct Session {
    spec: SessionSpec,
    http: SharedHttpClient,
    time: SharedTimeSource,
    sleep: SharedAsyncSleep,
    ids: Mutex<BTreeMap<String, Account>>,
    loaded: RwLock<BTreeMap<(String, Way), Loaded>>,
    origins: Origins,
    switchboards: Switchboards,
    turns: Arc<Turns>,
    sweeps: Sweeps,
}

/// The config of one account by one way, and the credentials in it.
#[derive(Clone, Debug)]
struct Loaded {
    config: SdkConfig,
    held: Option<Held>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("accounts", &self.spec.accounts)
            .field("regions", &self.spec.regions)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// A session. Nothing is read or sent yet.
    pub fn new(spec: SessionSpec) -> Arc<Self> {
        let http = spec.http_client.clone().unwrap_or_else(|| {
            // The SDK's own client takes a proxy from the environment; one
            // that is made by hand has to be told to.
            let trusted = trust::context();
            HttpBuilder::new().build_with_connector_fn(move |settings, _| {
                let mut builder =
                    Connector::builder().proxy_config(ProxyConfig::from_env());
                builder.set_connector_settings(settings.cloned());
                builder
                    .sleep_impl(TokioSleep::new())
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(trusted.clone())
                    .build()
            })
        });
        let ids = spec
            .accounts
            .iter()
            .filter_map(|account| {
                Some((account.name.clone(), account.id.clone()?))
            })
            .collect();
        Arc::new(Session {
            http,
            time: spec.time_source.clone().unwrap_or_default(),
            sleep: spec
                .sleep
                .clone()
                .unwrap_or_else(|| SharedAsyncSleep::new(TokioSleep::new())),
            ids: Mutex::new(ids),
            loaded: RwLock::default(),
            origins: Origins::default(),
            switchboards: Switchboards::default(),
            turns: Arc::new(Turns::new(spec.budgets.clone())),
            sweeps: Sweeps::default(),
            spec,
        })
    }

    /// What it was made of.
    pub fn spec(&self) -> &SessionSpec {
        &self.spec
    }

    /// The Regions watched.
    pub fn regions(&self) -> &[Region] {
        &self.spec.regions
    }

    /// The time by this session's clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::try_from(self.time.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The clock it goes by.
    pub fn time_source(&self) -> &SharedTimeSource {
        &self.time
    }

    /// The HTTP client that all share; probes use it, too.
    pub fn http_client(&self) -> &SharedHttpClient {
        &self.http
    }

    /// What is known of where copies come from.
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// A person waits for what is asked in this time: looks may use more of
    /// AWS's rates, as [`Budgets::of`] says.
    pub fn press(&self, time: Duration) {
        self.turns.press(time);
    }

    /// What goes on from look to look at recovery points and jobs.
    pub(super) fn sweeps(&self) -> &Sweeps {
        &self.sweeps
    }

    /// Where the clusters of ARC routing controls answer.
    pub(super) fn switchboards(&self) -> &Switchboards {
        &self.switchboards
    }

    /// Takes in what a source told earlier, for looks that need it later.
    pub fn learn(&self, source: &Source, found: &Found) {
        self.origins.learn(source, found);
        self.switchboards.learn(source, found);
    }

    /// The digits of an account, or its name until they are known.
    pub fn account_of(&self, spec: &AccountSpec) -> Account {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.get(&spec.name)
            .cloned()
            .unwrap_or_else(|| Account::new(&spec.name))
    }

    /// Whether the digits of an account are known.
    pub fn is_identified(&self, spec: &AccountSpec) -> bool {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.contains_key(&spec.name)
    }

    /// Takes in the digits that AWS told for an account's name.
    pub fn identify(&self, name: &str, id: Account) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(name.to_owned(), id);
    }

    /// The account with these digits, or this name.
    pub fn account(&self, id: &Account) -> Option<&AccountSpec> {
        self.spec
            .accounts
            .iter()
            .find(|spec| self.account_of(spec) == *id || spec.name == **id)
    }

    /// Clients that can only look, for one source.
    pub async fn reader(
        self: &Arc<Self>,
        source: &Source,
        budget: Budget,
    ) -> Result<Reader, Failure> {
        let Source::Aws { account, region, what } = source else {
            return Err(Failure::new(
                format!("look at {source}"),
                FailureKind::Other,
            )
            .because("it is not of AWS"));
        };
        let config = self.config(account, region, Way::Read, budget).await?;
        let partition = format!("{account}/{region}/{}", what.name());
        let meter = self.meter(account, region);
        let (session, source) = (Arc::clone(self), source.clone());
        Ok(Reader::new(session, source, config, partition, meter))
    }

    /// The turns of what is asked in one Region of one account.
    pub(super) fn meter(&self, account: &Account, region: &Region) -> Meter {
        let place = format!("{account}/{region}");
        Meter::new(Arc::clone(&self.turns), place)
    }

    /// The way by which approved calls of one account are sent.
    pub fn write_access(self: &Arc<Self>, way: Way) -> WriteAccess {
        WriteAccess { session: Arc::clone(self), way, only: None }
    }

    /// The config of one account and Region with its credentials.
    pub(super) async fn config(
        &self,
        account: &Account,
        region: &Region,
        way: Way,
        budget: Budget,
    ) -> Result<SdkConfig, Failure> {
        let base = self.loaded(account, way).await?.config;
        Ok(base
            .into_builder()
            .region(SdkRegion::new(region.to_string()))
            .timeout_config(budget.timeouts())
            .retry_config(budget.retries())
            .build())
    }

    async fn loaded(
        &self,
        account: &Account,
        way: Way,
    ) -> Result<Loaded, Failure> {
        let spec = self.account(account).ok_or_else(|| {
            Failure::new(
                format!("sign in to account {account}"),
                FailureKind::NotFound,
            )
            .because("no account of the config has these digits")
        })?;
        // Ways that are the same share their credentials.
        let way = spec.configured(way);
        let key = (spec.name.clone(), way);
        if let Some(loaded) = self.loaded.read().await.get(&key) {
            return Ok(loaded.clone());
        }
        let loaded = self.load(spec, way).await;
        // Two that load it at once must not hold two sets of credentials.
        let mut all = self.loaded.write().await;
        Ok(all.entry(key).or_insert(loaded).clone())
    }

    /// Forgets an account's credentials, so that the next call reads profile
    /// and sign-in anew: a server's `ExpiredToken` is not refreshed by the
    /// SDK, which goes by the local expiry time only.
    pub async fn forget(&self, account: &Account) {
        let Some(spec) = self.account(account) else { return };
        let name = spec.name.clone();
        self.loaded.write().await.retain(|(of, _), _| *of != name);
    }

    /// Fetches an account's credentials, holds them until they run out, and
    /// tells when that is: none if they do not. Those that run out soon are
    /// renewed, if that can be.
    pub async fn hold(
        &self,
        account: &Account,
        way: Way,
    ) -> Result<Option<Timestamp>, Failure> {
        let doing = format!("sign in to account {account}");
        let Some(held) = self.loaded(account, way).await?.held else {
            return Err(Failure::new(doing, FailureKind::Expired)
                .because("there are no credentials"));
        };
        let given = held
            .renewed()
            .await
            .map_err(|error| credentials::failure(&doing, &error))?;
        Ok(given.expiry().and_then(|at| Timestamp::try_from(at).ok()))
    }

    async fn load(&self, spec: &AccountSpec, way: Way) -> Loaded {
        let access = spec.way(way);
        let (base, own) = if self.spec.simulated {
            let base = self.simulated_config(spec);
            let role = credentials::role(&base, access, &self.roles()).await;
            (base, role)
        } else {
            let base = self.loaded_config(access).await;
            let roles = self.roles();
            let own = credentials::provider(&base, access, roles).await;
            (base, own)
        };
        let from = own.or_else(|| base.credentials_provider());
        let held = from.map(|from| Held::new(from, self.time.clone()));
        let mut builder = base.into_builder();
        if let Some(held) = held.clone() {
            let provider = SharedCredentialsProvider::new(held);
            builder.set_credentials_provider(Some(provider));
        }
        let config =
            builder.identity_cache(IdentityCache::lazy().build()).build();
        Loaded { config, held }
    }

    fn roles(&self) -> credentials::Roles {
        credentials::Roles {
            regions: self.spec.regions.clone(),
            session_name: session_name(&self.spec.user),
        }
    }

    /// Everything that the loader would otherwise look up and could panic
    /// or hang on is given: no Region is asked of the instance metadata, and
    /// a `retry_mode` of old does not reach the SDK.
    async fn loaded_config(&self, access: &Access) -> SdkConfig {
        let region = self
            .spec
            .regions
            .first()
            .map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(SdkRegion::new(region))
            .retry_config(Budget::Read.retries())
            .timeout_config(Budget::Read.timeouts())
            .http_client(self.http.clone())
            .time_source(self.time.clone())
            .sleep_impl(self.sleep.clone());
        if let Some(profile) = &access.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &self.spec.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        let own = config.app_name().is_none();
        let mut builder = config.into_builder();
        if own {
            builder.set_app_name(AppName::new(self.app_name()).ok());
        }
        builder.build()
    }

    fn simulated_config(&self, spec: &AccountSpec) -> SdkConfig {
        let key = format!("AKIA{}READ", self.account_of(spec));
        let keys = Credentials::new(key, "simulated", None, None, "simulated");
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(self.http.clone())
            .time_source(self.time.clone())
            .sleep_impl(self.sleep.clone())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .identity_cache(IdentityCache::lazy().build());
        builder.set_app_name(AppName::new(self.app_name()).ok());
        builder.set_endpoint_url(self.spec.endpoint_url.clone());
        builder.build()
    }

    fn app_name(&self) -> Cow<'static, str> {
        Cow::Owned(self.spec.app_name.chars().take(50).collect())
    }
}

/// A clock for [`SessionSpec::time_source`] from a function that tells the
/// time, such as the simulator's.
pub fn clock(
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> SharedTimeSource {
    SharedTimeSource::new(Clock(now))
}

struct Clock<F>(F);

impl<F> fmt::Debug for Clock<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl<F: Fn() -> Timestamp + Send + Sync> TimeSource for Clock<F> {
    fn now(&self) -> SystemTime {
        self.0().into()
    }
}

/// The right to send approved and recorded calls; a console that observes
/// makes none.
#[derive(Clone, Debug)]
pub struct WriteAccess {
    pub(super) session: Arc<Session>,
    pub(super) way: Way,
    /// What alone may be sent while nobody is at hand.
    pub(super) only: Option<Rule>,
}

impl WriteAccess {
    /// The same for what this rule admits alone, if there is one.
    #[must_use]
    pub fn within(self, only: Option<Rule>) -> WriteAccess {
        WriteAccess { only, ..self }
    }
}

/// `lifeboat-USER` with what STS does not take in a session name left out;
/// CloudTrail then names the person.
fn session_name(user: &str) -> String {
    let user = user
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "+=,.@-_".contains(*c));
    "lifeboat-".chars().chain(user).take(64).collect()
}

#[cfg(test)]
mod tests;
