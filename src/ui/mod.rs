//! Widgets and styles that know nothing of AWS.
//!
//! Everything drawn that comes from outside the program is [`text::Clean`];
//! everything coloured is a [`theme::Tone`]. Widgets take what they show by
//! reference, draw into the area given, and never panic at any size.

pub mod text;
pub mod theme;
