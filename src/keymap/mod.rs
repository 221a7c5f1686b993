//! From keys to actions, and back again for the help.
