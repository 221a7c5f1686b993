//! What can happen, and what can be ordered done.
