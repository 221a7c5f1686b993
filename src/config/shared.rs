//! Where a team shares its newest estate.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The name of the object under its prefix.
const OBJECT: &str = "estate.json";

/// A place that `observe --save` writes and every console of a team reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// A file.
    File(PathBuf),
    /// An object of S3, best in the Region one would recover in.
    S3 {
        /// The bucket.
        bucket: String,
        /// What its name begins with, without a `/` at either end; may be
        /// empty.
        prefix: String,
    },
}

impl Shared {
    /// The name of the object under a prefix.
    pub fn key(prefix: &str) -> String {
        if prefix.is_empty() {
            OBJECT.to_owned()
        } else {
            format!("{prefix}/{OBJECT}")
        }
    }
}

/// Why a text names no place to share an estate at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// The name of the bucket is none.
    #[error("`{0}` is no name of a bucket; write s3://bucket/prefix")]
    Bucket(String),
    /// The prefix would not mean itself in a request or a policy.
    #[error("`{0}` is no prefix: letters, digits, and - _ . = / alone")]
    Prefix(String),
    /// There is nothing.
    #[error("it names no file")]
    Empty,
}

impl FromStr for Shared {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let Some(rest) = text.strip_prefix("s3://") else {
            let file = (!text.is_empty()).then(|| PathBuf::from(text));
            return file.map(Shared::File).ok_or(NoPlace::Empty);
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            return Err(NoPlace::Bucket(bucket.to_owned()));
        }
        let prefix = prefix.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=/".contains(c);
        if !prefix.chars().all(plain) || prefix.split('/').any(is_odd) {
            return Err(NoPlace::Prefix(prefix.to_owned()));
        }
        Ok(Shared::S3 { bucket: bucket.into(), prefix: prefix.into() })
    }
}

/// Whether a part of a prefix may be lost or resolved on the way.
fn is_odd(part: &str) -> bool {
    matches!(part, "." | "..")
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
fn is_bucket(name: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)
    };
    (3..=63).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shared::File(path) => path.display().fmt(f),
            Shared::S3 { bucket, prefix } => {
                write!(f, "s3://{bucket}/{}", Shared::key(prefix))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_or_an_object_of_s3() {
        let file = Shared::File("/srv/estate.json".into());
        assert_eq!("/srv/estate.json".parse(), Ok(file));
        let told = |text: &str| {
            text.parse::<Shared>().map(|shared| shared.to_string())
        };
        let whole = "s3://learn-dr/lifeboat/estate.json";
        assert_eq!(told("s3://learn-dr/lifeboat/"), Ok(whole.to_owned()));
        assert_eq!(
            told("s3://learn-dr"),
            Ok("s3://learn-dr/estate.json".into())
        );
        for odd in
            ["s3://", "s3://Learn/x", "s3://learn/../x", "s3://l*/x", ""]
        {
            assert!(told(odd).is_err(), "{odd}");
        }
        assert!(told("s3://learn/a*").is_err());
    }
}
