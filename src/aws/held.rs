//! Credentials that are held: fetched once, kept until they run out, and
//! renewed before that while somebody still gives new ones.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{
    self, ProvideCredentials, SharedCredentialsProvider, future,
};
use aws_smithy_async::time::SharedTimeSource;
use tokio::sync::Mutex;

/// What lasts no longer than this is not given to anybody; the SDK's own
/// cache asks anew from then on.
const LAST: Duration = Duration::from_secs(10);

/// Renewing begins this long before the end, or in the last third of what
/// does not last an hour.
const EARLY: Duration = Duration::from_mins(20);

/// A provider that keeps what another one gives. Without it every question
/// for the credentials of a role would be a call to STS, which may be what
/// fails.
#[derive(Clone, Debug)]
pub(super) struct Held(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    from: SharedCredentialsProvider,
    time: SharedTimeSource,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    credentials: Credentials,
    since: SystemTime,
}

impl Kept {
    fn left(&self, now: SystemTime) -> Option<Duration> {
        let end = self.credentials.expiry()?;
        Some(end.duration_since(now).unwrap_or_default())
    }

    fn lasts(&self, now: SystemTime) -> bool {
        self.left(now).is_none_or(|left| left > LAST)
    }

    fn is_due(&self, now: SystemTime) -> bool {
        let whole = self.left(self.since).unwrap_or_default();
        self.left(now).is_some_and(|left| left < EARLY.min(whole / 3))
    }
}

impl Held {
    /// Nothing is fetched yet.
    pub(super) fn new(
        from: SharedCredentialsProvider,
        time: SharedTimeSource,
    ) -> Self {
        Held(Arc::new(Inner { from, time, kept: Mutex::default() }))
    }

    /// What is held, or new credentials if that does not last.
    async fn credentials(&self) -> provider::Result {
        let mut kept = self.0.kept.lock().await;
        if let Some(held) = &*kept
            && held.lasts(self.0.time.now())
        {
            return Ok(held.credentials.clone());
        }
        let credentials = self.0.from.provide_credentials().await?;
        *kept = Some(self.kept_now(&credentials));
        Ok(credentials)
    }

    /// The same, renewed when it ends soon. What is held is still given if
    /// nobody gives new ones.
    pub(super) async fn renewed(&self) -> provider::Result {
        let held = self.credentials().await?;
        let now = self.0.time.now();
        let due = self.0.kept.lock().await.as_ref().map(|k| k.is_due(now));
        if due != Some(true) {
            return Ok(held);
        }
        match self.0.from.provide_credentials().await {
            Ok(new) => {
                *self.0.kept.lock().await = Some(self.kept_now(&new));
                Ok(new)
            }
            Err(_) => Ok(held),
        }
    }

    fn kept_now(&self, credentials: &Credentials) -> Kept {
        let (credentials, since) = (credentials.clone(), self.0.time.now());
        Kept { credentials, since }
    }
}

impl ProvideCredentials for Held {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use aws_credential_types::provider::error::CredentialsError;
    use aws_smithy_async::time::TimeSource;

    use super::*;

    /// A sign-in and a clock that a test moves.
    #[derive(Clone, Debug)]
    struct Desk(Arc<StdMutex<(SystemTime, bool, u32)>>);

    impl Desk {
        fn open() -> (Self, Held) {
            let state = (SystemTime::UNIX_EPOCH, true, 0);
            let desk = Desk(Arc::new(StdMutex::new(state)));
            let from = SharedCredentialsProvider::new(desk.clone());
            let time = SharedTimeSource::new(desk.clone());
            (desk, Held::new(from, time))
        }

        fn pass(&self, minutes: u64) {
            self.0.lock().unwrap().0 += Duration::from_mins(minutes);
        }

        fn shut(&self) {
            self.0.lock().unwrap().1 = false;
        }
    }

    impl TimeSource for Desk {
        fn now(&self) -> SystemTime {
            self.0.lock().unwrap().0
        }
    }

    impl ProvideCredentials for Desk {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let mut desk = self.0.lock().unwrap();
            desk.2 += 1;
            let end = Some(desk.0 + Duration::from_hours(1));
            let key = format!("ASIA{}", desk.2);
            let given =
                desk.1.then(|| Credentials::new(key, "s", None, end, "test"));
            future::ProvideCredentials::ready(
                given.ok_or_else(|| CredentialsError::not_loaded("shut")),
            )
        }
    }

    async fn key(held: &Held) -> Option<String> {
        let given = held.credentials().await.ok()?;
        Some(given.access_key_id().to_owned())
    }

    #[tokio::test]
    async fn credentials_are_fetched_once_and_outlast_the_desk_that_gave_them()
    {
        let (desk, held) = Desk::open();
        assert_eq!(key(&held).await.as_deref(), Some("ASIA1"));
        desk.shut();
        desk.pass(55);
        assert_eq!(key(&held).await.as_deref(), Some("ASIA1"));
        let still = held.renewed().await.unwrap();
        assert_eq!(still.access_key_id(), "ASIA1");
        desk.pass(5);
        assert_eq!(key(&held).await, None);
    }

    #[tokio::test]
    async fn they_are_renewed_in_the_last_twenty_minutes_and_not_before() {
        let (desk, held) = Desk::open();
        desk.pass(1);
        held.renewed().await.unwrap();
        desk.pass(39);
        held.renewed().await.unwrap();
        assert_eq!(key(&held).await.as_deref(), Some("ASIA1"));
        desk.pass(2);
        held.renewed().await.unwrap();
        assert_eq!(key(&held).await.as_deref(), Some("ASIA2"));
    }
}
