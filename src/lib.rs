//! The map of the program: each module in a sentence, and who may name whom.
//!
//! Screens ask. The app decides. Hands do. The journal goes first.
//!
//! | module | is | may name |
//! |---|---|---|
//! | [`failure`] | why something we asked of the world did not happen | nothing of ours |
//! | [`estate`] | what we know of AWS, and how fresh that knowledge is | `failure` |
//! | [`rates`] | how often AWS lets its APIs be asked, and how much of that is ours | nothing of ours |
//! | [`runbook`] | what runbooks say, would do, and how far one has come | `estate`, `failure` |
//! | [`incident`] | one incident, as its entries tell it | `runbook`, `estate`, `failure` |
//! | [`keymap`] | from keys to actions, and back again for the help | nothing of ours |
//! | [`event`] | what can happen, what can be ordered done | the pure modules, `journal::recorded` |
//! | [`ui`] | widgets and styles that know nothing of AWS | nothing of ours |
//! | [`screens`] | one module a screen: its state, act, view and draw | the pure modules |
//! | [`app`] | the whole program as a value, and the one function that changes it | `screens` and the pure modules |
//! | [`wire`] | the official shapes of AWS operations, and the protocols by them | nothing of ours |
//! | [`sim`] | an AWS in this process, below the SDK | `wire`, `rates` |
//! | [`aws`] | the only code that names an AWS SDK | `estate`, `runbook`, `journal::recorded`, `failure`, `wire`, `rates` |
//! | [`probe`] | HTTP, DNS and commands: what we ask of the world beside AWS | `estate`, `runbook`, `journal::recorded`, `failure` |
//! | [`journal`] | the journal on disk: appended, synced, chained, never changed | `incident`, `runbook`, `failure` |
//! | [`config`] | the config file, the environment and the flags, as one checked value | `estate`, `failure`, `rates` |
//! | [`shell`] | the loop: terminal in, effects out | the edges, `rates`, `app`, `event` |
//! | [`cli`] | what can be done without the screens | everything |
//!
//! `tests/layers.rs` holds this table as code; changing it there is the
//! architecture review.

pub mod app;
pub mod aws;
pub mod cli;
pub mod config;
pub mod estate;
pub mod event;
pub mod failure;
pub mod incident;
pub mod journal;
pub mod keymap;
pub mod probe;
pub mod rates;
pub mod runbook;
pub mod screens;
pub mod shell;
pub mod sim;
pub mod ui;
pub mod wire;
