//! Which certificates TLS is trusted by: the platform's, or those of
//! `AWS_CA_BUNDLE`, which the AWS CLI reads and the SDK does not.

use std::fs;
use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_types::os_shim_internal::Env;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The variable that names the file.
pub const VARIABLE: &str = "AWS_CA_BUNDLE";

/// How many certificates a bundle holds; or why it cannot be used. As for
/// the AWS CLI, they are trusted instead of the platform's.
pub fn examine(path: &Path) -> Result<usize, String> {
    let pem = fs::read(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    let mut count = 0;
    for found in CertificateDer::pem_slice_iter(&pem) {
        count += 1;
        found
            .map_err(|error| error.to_string())
            .and_then(|der| roots.add(der).map_err(|e| e.to_string()))
            .map_err(|why| format!("certificate {count}: {why}"))?;
    }
    if count == 0 {
        return Err("it holds no PEM certificate".to_owned());
    }
    Ok(count)
}

/// The trust that the environment asks for. A bundle that cannot be used
/// trusts nobody: the platform's own certificates were not asked for.
pub(super) fn context() -> TlsContext {
    let named = Env::real().get(VARIABLE).ok().filter(|path| !path.is_empty());
    let store = named.map(|path| store(&PathBuf::from(path)));
    TlsContext::builder()
        .with_trust_store(store.unwrap_or_default())
        .build()
        .expect("a trust store alone is always taken")
}

fn store(path: &Path) -> TrustStore {
    // What is not examined would make the SDK panic.
    let usable = examine(path)
        .and_then(|_| fs::read(path).map_err(|error| error.to_string()));
    match usable {
        Ok(pem) => TrustStore::empty().with_pem_certificate(pem),
        Err(why) => {
            let path = path.display();
            tracing::error!(%path, %why, "AWS_CA_BUNDLE cannot be used");
            TrustStore::empty()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use tempfile::NamedTempFile;

    use super::*;

    const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBjTCCATOgAwIBAgIUf0Uz6L1kZSF+M3mtp8Xm09WmWIkwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQbGlmZWJvYXQgdGVzdCBDQTAgFw0yNjExMjMwNzA0MThaGA8y
MTI2MTAzMDA3MDQxOFowGzEZMBcGA1UEAwwQbGlmZWJvYXQgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABOLJ4oYryCdQD1ox4iixrbKz+vH3M11udi46
0H5nCtGf+h8z8Oc8A7t7g7t2Ki5wgNbF6JngW63yLWdkHWvP5BujUzBRMB0GA1Ud
DgQWBBQA7BIlEdiqpKoTtoFzGvS5SfyYVDAfBgNVHSMEGDAWgBQA7BIlEdiqpKoT
toFzGvS5SfyYVDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIDJh
dJwHmWZHM6ZGusbkmMrBkyxXhd/DrNGXVRFfcBFBAiEAt9v3azGl8AGpjjJ3nf+y
cmn6TFKM0ZfxkE33KnKBTko=
-----END CERTIFICATE-----
";

    fn examined(text: &str) -> Result<usize, String> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        examine(file.path())
    }

    #[test]
    fn a_bundle_is_every_certificate_in_the_file() {
        assert_eq!(examined(CERTIFICATE), Ok(1));
        let two = format!("# ours\n{CERTIFICATE}\n# theirs\n{CERTIFICATE}");
        assert_eq!(examined(&two), Ok(2));
    }

    #[test]
    fn what_would_make_the_sdk_panic_is_told_before() {
        let torn = CERTIFICATE.replace("MIIBjTCC", "MIIBjTCD");
        let why = examined(&torn).unwrap_err();
        assert!(why.starts_with("certificate 1: "), "{why}");
        let none = Err("it holds no PEM certificate".to_owned());
        assert_eq!(examined("no PEM at all"), none);
        assert!(examine(Path::new("/no/such/file.pem")).is_err());
    }
}
