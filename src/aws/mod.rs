//! The only code that names an AWS SDK.
