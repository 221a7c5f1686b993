//! What is kept in AWS for a team: its newest estate, as an object of S3.
//!
//! This is the one thing that the program writes without a confirm, also in
//! OBSERVE and from cron: one operation, on the one object that the config
//! or the command line names, in the account it reads. Its client has a
//! guard of its own that knows no other operation.

use aws_smithy_runtime::client::retries::RetryPartition;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::guard::Guard;
use super::modeled::Client;
use super::session::{Budget, Session, Way};
use crate::estate::ids::{Account, Region};
use crate::failure::{Failure, FailureKind};

/// An object of S3 that a team shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The account whose bucket it is in, and as which it is read.
    pub account: Account,
    /// The Region of the bucket: best the one that one would recover in.
    pub region: Region,
    /// The bucket.
    pub bucket: String,
    /// The name of the object.
    pub key: String,
}

impl Object {
    /// Its bucket and name, for requests. Somebody else's bucket that has
    /// the name is refused by S3.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    fn input(&self) -> Value {
        let mut input = json!({ "Bucket": self.bucket, "Key": self.key });
        if self.account.bytes().all(|digit| digit.is_ascii_digit()) {
            input["ExpectedBucketOwner"] = json!(self.account);
        }
        input
    }

    async fn client(
        &self,
        session: &Session,
        budget: Budget,
    ) -> Result<Client, Failure> {
        let (account, region) = (&self.account, &self.region);
        let config =
            session.config(account, region, Way::Read, budget).await?;
        let name = format!("{account}/{region}/record");
        let partition = RetryPartition::custom(name).build();
        let guard = (Guard::SharedEstate, session.meter(account, region));
        Client::new("s3", &config, guard, partition)
    }
}

/// Puts these bytes there, in place of what was there, encrypted by S3.
/// Objects are private unless one says otherwise, and this does not.
pub async fn put(
    session: &Session,
    object: &Object,
    bytes: &[u8],
) -> Result<(), Failure> {
    // The same bytes at the same place: a second attempt does no harm.
    let client = object.client(session, Budget::Slow).await?;
    let mut input = object.input();
    input["Body"] = json!(BASE64_STANDARD.encode(bytes));
    input["ContentType"] = json!("application/json");
    input["ServerSideEncryption"] = json!("AES256");
    client.ask("save the shared estate", "PutObject", input).await?;
    Ok(())
}

/// The bytes that are there.
pub async fn get(
    session: &Session,
    object: &Object,
) -> Result<Vec<u8>, Failure> {
    let doing = "open the shared estate";
    let client = object.client(session, Budget::Read).await?;
    let found = client.ask(doing, "GetObject", object.input()).await?;
    let body = found.get("Body").and_then(Value::as_str).unwrap_or_default();
    BASE64_STANDARD.decode(body).map_err(|error| {
        Failure::new(doing, FailureKind::Garbled).because(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::{ACCOUNT, Canned};

    fn object() -> Object {
        Object {
            account: Account::new(ACCOUNT),
            region: Region::new("eu-central-1"),
            bucket: "learn-recovery".into(),
            key: "lifeboat/estate.json".into(),
        }
    }

    #[tokio::test]
    async fn what_is_saved_is_encrypted_and_goes_to_ones_own_bucket() {
        let out = Canned::saying(200, "");
        let session = out.session();
        put(&session, &object(), b"{}").await.unwrap();
        let sent = out.sent();
        let [sent] = &sent[..] else { panic!("{sent:?}") };
        let told = format!("{sent:?} {:?}", out.heads()).to_lowercase();
        for part in [
            "learn-recovery.s3.eu-central-1.amazonaws.com",
            "x-amz-server-side-encryption",
            "x-amz-expected-bucket-owner",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("x-amz-acl"), "{told}");
    }

    #[tokio::test]
    async fn the_clients_of_the_shared_estate_send_nothing_else() {
        let out = Canned::saying(200, "");
        let session = out.session();
        let object = object();
        let client = object.client(&session, Budget::Read).await.unwrap();
        let input = json!({ "Bucket": object.bucket });
        let refused = client.ask("look", "GetBucketVersioning", input).await;
        assert!(refused.is_err());
        assert_eq!(out.sent().len(), 0);
    }
}
