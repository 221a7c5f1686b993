//! An AWS in this process, below the SDK.
