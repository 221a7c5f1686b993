//! The config file, the environment and the flags, merged into one checked
//! value.
