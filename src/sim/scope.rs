//! Scope: who signed a request, for which service and Region.

use super::world::{Caller, World};
use crate::wire::Request;

/// What an AWS request's signature says of it.
pub(super) struct Scope<'r> {
    access_key: &'r str,
    region: &'r str,
    pub(super) service: &'r str,
}

impl<'r> Scope<'r> {
    /// Who signs with this key, for this Region and service.
    pub(super) fn new(
        access_key: &'r str,
        region: &'r str,
        service: &'r str,
    ) -> Self {
        Self { access_key, region, service }
    }

    /// Reads the credential scope; unsigned requests have none.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    pub(super) fn of(request: &'r Request) -> Option<Self> {
        let signature = request.header("authorization")?;
        let rest = signature.strip_prefix("AWS4-HMAC-SHA256")?;
        let (_, rest) = rest.split_once("Credential=")?;
        let credential = rest.split([',', ' ']).next()?;
        let mut parts = credential.rsplit('/');
        let ("aws4_request", service, region, _date) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?)
        else {
            return None;
        };
        Some(Self { access_key: parts.next()?, region, service })
    }
}

/// A request to S3 with the bucket in its host name, as one with the bucket
/// in its path.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
pub(super) fn bucket_first(
    request: &Request,
    scope: &Scope<'_>,
) -> Option<Request> {
    if scope.service != "s3" {
        return None;
    }
    let (bucket, _) = request.header("host")?.split_once(".s3.")?;
    let uri = format!("/{bucket}{}", request.uri);
    Some(Request { uri, ..request.clone() })
}

/// Who signs: the principal the world knows, else a user of the account that
/// is written in the key, else of the first account.
pub(super) fn caller(world: &World, scope: &Scope<'_>) -> Caller {
    let region = scope.region.to_owned();
    if let Some(known) = world.principal(scope.access_key) {
        return Caller {
            account: known.account.clone(),
            region,
            principal: known.arn.clone(),
        };
    }
    let written = scope.access_key.get(4..16);
    let account = world
        .accounts()
        .find(|id| Some(*id) == written)
        .or_else(|| world.accounts().next())
        .unwrap_or("000000000000")
        .to_owned();
    let principal = format!("arn:aws:iam::{account}:user/simulated");
    Caller { account, region, principal }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_is_read_from_any_spacing() {
        for gap in ["", " "] {
            let signature = format!(
                "AWS4-HMAC-SHA256 Credential=AKIA111122223333READ/20261123/\
                 eu-west-1/rds/aws4_request,{gap}SignedHeaders=host,{gap}\
                 Signature=00"
            );
            let request = Request {
                headers: vec![("Authorization".to_owned(), signature)],
                ..Request::default()
            };
            let scope = Scope::of(&request).expect("a scope");
            assert_eq!(scope.access_key, "AKIA111122223333READ");
            assert_eq!((scope.region, scope.service), ("eu-west-1", "rds"));
        }
    }

    #[test]
    fn an_unsigned_request_has_no_scope() {
        assert!(Scope::of(&Request::default()).is_none());
    }
}
