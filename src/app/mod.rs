//! The whole program as a value, and the one function that changes it.
