//! The official shapes of AWS operations, and the protocols by them.
