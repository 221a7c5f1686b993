//! Widgets and styles that know nothing of AWS.
//!
//! Everything drawn that comes from outside the program is [`text::Clean`];
//! everything coloured is a [`theme::Tone`]. Widgets are plain values that
//! paint themselves into the area given: they decide nothing, change
//! nothing, and never panic at any size.

pub mod bar;
pub mod cell;
pub mod hints;
pub mod line_edit;
pub mod list;
pub mod pane;
pub mod prompt;
pub mod prose;
pub mod size;
pub mod table;
pub mod text;
pub mod theme;

pub use bar::bar;
pub use cell::{Cell, Row, Words};
pub use hints::{Choices, Hints, KeyHint};
pub use line_edit::{Edit, LineEdit, Typed};
pub use list::List;
pub use pane::Pane;
pub use prompt::{Dialog, Field, Prompt};
pub use prose::Prose;
pub use size::SizeClass;
pub use table::{Column, Table, Width};
pub use text::{Clean, clean, clip};
pub use theme::{GlyphSet, Mark, Theme, ThemeName, Tone};
