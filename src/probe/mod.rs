//! HTTP, DNS and commands: what we ask of the world beside AWS.
