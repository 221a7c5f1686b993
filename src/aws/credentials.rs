//! Where an account's credentials come from.
//!
//! The SDK's chain is used as it is, with two exceptions: a profile's
//! `credential_process` is run by us, since the SDK would let it read the
//! terminal that we draw on and wait for it for ever; and roles are assumed
//! in whichever Region answers, since one of them may be the one that fails.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::process::{self, Output, Stdio};
use std::time::{Duration, SystemTime};

use aws_config::profile::{
    ProfileFileCredentialsProvider, ProfileSet, load, profile_file,
};
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{
    self, ProvideCredentials, SharedCredentialsProvider, future,
};
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::failure::told;
use super::mfa::{Mfa, WithoutCode};
use super::session::Access;
use crate::estate::ids::Region;
use crate::failure::{Failure, FailureKind, cleaned};

/// How long a `credential_process` may take.
const PROCESS_LIMIT: Duration = Duration::from_secs(30);

/// How roles are assumed.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    /// The Regions whose STS is asked, in this order.
    pub(super) regions: Vec<Region>,
    /// The name of the session, which CloudTrail shows.
    pub(super) session_name: String,
}

/// The provider for an access, or none if the SDK's chain in `base` does.
pub(super) async fn provider(
    base: &SdkConfig,
    access: &Access,
    roles: Roles,
) -> Option<SharedCredentialsProvider> {
    let own = of_profile(base, access, &roles).await;
    if access.role_arn.is_none() {
        return own;
    }
    let base = match own {
        Some(own) => {
            base.clone().into_builder().credentials_provider(own).build()
        }
        None => base.clone(),
    };
    role(&base, access, &roles).await
}

/// The role of an access, assumed with the credentials in `base`; none if it
/// names none.
pub(super) async fn role(
    base: &SdkConfig,
    access: &Access,
    roles: &Roles,
) -> Option<SharedCredentialsProvider> {
    let role = Role {
        arn: access.role_arn.clone()?,
        external_id: access.external_id.clone(),
        session_name: None,
    };
    Some(assumed(base, role, roles).await)
}

/// What failed about credentials, and what to do about it.
pub(super) fn failure(doing: &str, error: &CredentialsError) -> Failure {
    let mut failure = Failure::new(doing, FailureKind::Expired);
    failure.causes = told(error);
    failure
}

/// A role to assume.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Role {
    arn: String,
    external_id: Option<String>,
    session_name: Option<String>,
}

/// The profile's credentials. A profile that is named goes before keys in
/// the environment, as it does for the AWS CLI: they may be of another
/// account. If its chain ends in a `credential_process`, that process is run
/// by us, with the roles of the chain on top of it.
async fn of_profile(
    base: &SdkConfig,
    access: &Access,
    roles: &Roles,
) -> Option<SharedCredentialsProvider> {
    let env = Env::real();
    if access.profile.is_none() && env.get("AWS_ACCESS_KEY_ID").is_ok() {
        return None;
    }
    let profiles = profiles(access, &env).await;
    let mfa = profiles.as_ref().and_then(Mfa::of);
    let own = match profiles {
        Some(profiles) => process_chain(base, roles, &profiles).await,
        None => None,
    };
    let own = own.or_else(|| profile_chain(base, access));
    let Some(mfa) = mfa else { return own };
    let inner = own.or_else(|| base.credentials_provider())?;
    Some(SharedCredentialsProvider::new(WithoutCode { inner, mfa }))
}

/// The SDK's own way through a profile that is named.
fn profile_chain(
    base: &SdkConfig,
    access: &Access,
) -> Option<SharedCredentialsProvider> {
    let name = access.profile.as_ref()?;
    let mut config = ProviderConfig::without_region()
        .with_region(base.region().cloned())
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()));
    if let Some(client) = base.http_client() {
        config = config.with_http_client(client);
    }
    if let Some(time) = base.time_source() {
        config = config.with_time_source(time);
    }
    if let Some(timeouts) = base.timeout_config() {
        config = config.with_timeout_config(timeouts.clone());
    }
    if let Some(retries) = base.retry_config() {
        config = config.with_retry_config(retries.clone());
    }
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(name)
        .build();
    Some(SharedCredentialsProvider::new(provider))
}

async fn profiles(access: &Access, env: &Env) -> Option<ProfileSet> {
    let profile = access.profile.clone().map(Into::into);
    #[expect(deprecated, reason = "the loader's own type of file list")]
    let files = profile_file::ProfileFiles::default();
    // What is wrong with the files the SDK's own loader tells, too.
    load(&Fs::real(), env, &files, profile).await.ok()
}

async fn process_chain(
    base: &SdkConfig,
    roles: &Roles,
    profiles: &ProfileSet,
) -> Option<SharedCredentialsProvider> {
    let (command, chain) = process_of(profiles)?;
    let process = ProcessProvider { command, running: Mutex::default() };
    let mut provider = SharedCredentialsProvider::new(process);
    for role in chain.into_iter().rev() {
        let base =
            base.clone().into_builder().credentials_provider(provider).build();
        provider = assumed(&base, role, roles).await;
    }
    Some(provider)
}

/// The command at the end of the selected profile's chain, with the roles
/// from the selected profile down to it. None where another kind of
/// credentials comes first in the SDK's order.
fn process_of(profiles: &ProfileSet) -> Option<(String, Vec<Role>)> {
    let mut name = profiles.selected_profile().to_owned();
    let mut roles = Vec::new();
    for _ in 0..8 {
        let profile = profiles.get_profile(&name)?;
        if let Some(source) = profile.get("source_profile")
            && let Some(arn) = profile.get("role_arn")
        {
            roles.push(Role {
                arn: arn.to_owned(),
                external_id: profile.get("external_id").map(Into::into),
                session_name: profile.get("role_session_name").map(Into::into),
            });
            if source != name {
                source.clone_into(&mut name);
                continue;
            }
        }
        let before = [
            "sso_session",
            "sso_start_url",
            "credential_source",
            "web_identity_token_file",
            "aws_access_key_id",
        ];
        if before.iter().any(|key| profile.get(key).is_some()) {
            return None;
        }
        let command = profile.get("credential_process")?;
        return Some((command.to_owned(), roles));
    }
    None
}

async fn assumed(
    base: &SdkConfig,
    role: Role,
    roles: &Roles,
) -> SharedCredentialsProvider {
    let mut providers = Vec::with_capacity(roles.regions.len());
    let name = role.session_name.unwrap_or(roles.session_name.clone());
    for region in &roles.regions {
        let mut builder = AssumeRoleProvider::builder(&role.arn)
            .configure(base)
            .region(SdkRegion::new(region.to_string()))
            .session_name(&name);
        if let Some(id) = &role.external_id {
            builder = builder.external_id(id);
        }
        providers.push(builder.build().await);
    }
    SharedCredentialsProvider::new(FirstToAnswer { providers })
}

/// Asks one Region after the other until one gives credentials.
#[derive(Debug)]
struct FirstToAnswer {
    providers: Vec<AssumeRoleProvider>,
}

impl FirstToAnswer {
    async fn credentials(&self) -> provider::Result {
        let mut last = CredentialsError::not_loaded("no Region to ask");
        for provider in &self.providers {
            match provider.provide_credentials().await {
                Ok(credentials) => return Ok(credentials),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

impl ProvideCredentials for FirstToAnswer {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// A `credential_process` of a profile. It may take longer than the call
/// that wants its credentials: the next call takes up the wait.
struct ProcessProvider {
    command: String,
    running: Mutex<Option<JoinHandle<provider::Result>>>,
}

impl fmt::Debug for ProcessProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its arguments may be secret.
        f.write_str("ProcessProvider")
    }
}

impl ProvideCredentials for ProcessProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl ProcessProvider {
    async fn credentials(&self) -> provider::Result {
        let mut running = self.running.lock().await;
        let task = running.get_or_insert_with(|| {
            tokio::spawn(asked(self.command.clone(), PROCESS_LIMIT))
        });
        let ended = task.await;
        *running = None;
        ended.unwrap_or_else(|error| Err(wrong(error)))
    }
}

async fn asked(command: String, limit: Duration) -> provider::Result {
    let output = run(&command, limit).await.map_err(wrong)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(wrong(format!(
            "credential_process ended with {}: {}",
            output.status,
            cleaned(&said)
        )));
    }
    parsed(&output.stdout).map_err(wrong)
}

fn wrong(cause: impl Into<Box<dyn Error + Send + Sync>>) -> CredentialsError {
    CredentialsError::provider_error(cause)
}

/// Runs a command in a session of its own, so that it has no terminal to ask
/// on; when it takes too long, it and all it started are ended.
async fn run(command: &str, limit: Duration) -> io::Result<Output> {
    let child = match spawned("setsid", &["sh", "-c", command]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            spawned("sh", &["-c", command])?
        }
        other => other?,
    };
    let group = Group(child.id());
    if let Ok(output) = timeout(limit, child.wait_with_output()).await {
        return output;
    }
    drop(group);
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        format!(
            "credential_process gave no credentials within {} s; it may be \
             asking for something: run it once in another shell",
            limit.as_secs()
        ),
    ))
}

/// A process group that is ended with all that is left in it.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let Some(id) = self.0 else { return };
        let _ = process::Command::new("kill")
            .args(["-KILL", "--", &format!("-{id}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .and_then(|mut kill| kill.wait());
    }
}

/// Where there is no `setsid` command, a process group of its own still
/// keeps it from reading the terminal: it is stopped when it tries.
fn spawned(program: &str, arguments: &[&str]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if program != "setsid" {
        command.process_group(0);
    }
    command.spawn()
}

/// What a `credential_process` prints (AWS SDKs and Tools reference guide,
/// "Process credential provider").
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<Timestamp>,
    #[serde(flatten)]
    _rest: HashMap<String, serde_json::Value>,
}

fn parsed(stdout: &[u8]) -> Result<Credentials, String> {
    // The error tells the place only: the text holds a secret.
    let printed: Printed =
        serde_json::from_slice(stdout).map_err(|error| {
            format!(
                "credential_process did not print the JSON of version 1 \
                 (line {}, column {})",
                error.line(),
                error.column()
            )
        })?;
    if printed.version != 1 {
        return Err(format!(
            "credential_process printed version {}, not 1",
            printed.version
        ));
    }
    Ok(Credentials::new(
        printed.access_key_id,
        printed.secret_access_key,
        printed.session_token,
        printed.expiration.map(SystemTime::from),
        "credential_process",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(command: &str, limit: Duration) -> provider::Result {
        asked(command.to_owned(), limit).await
    }

    #[tokio::test]
    async fn a_credential_process_cannot_read_what_is_typed() {
        let command = r#"read -r typed; printf '{"Version":1,"AccessKeyId":"A%s","SecretAccessKey":"S"}' "$typed""#;
        let found = of(command, PROCESS_LIMIT).await.unwrap();
        assert_eq!(found.access_key_id(), "A");
    }

    #[tokio::test]
    async fn a_credential_process_has_no_terminal_to_ask_on() {
        let error = of("cat < /dev/tty", PROCESS_LIMIT).await.unwrap_err();
        let told = failure("sign in", &error).causes.join(" ");
        assert!(told.contains("/dev/tty"), "{told}");
    }

    #[tokio::test]
    async fn a_credential_process_that_hangs_is_ended() {
        let error = of("sleep 60 & wait", Duration::from_millis(50)).await;
        let told = failure("sign in", &error.unwrap_err()).causes.join(" ");
        assert!(told.contains("no credentials within"), "{told}");
    }

    #[test]
    fn an_error_of_the_output_does_not_repeat_the_secret() {
        let said = parsed(br#"{"SecretAccessKey":"hush", oops"#).unwrap_err();
        assert!(said.contains("line 1") && !said.contains("hush"), "{said}");
    }
}
