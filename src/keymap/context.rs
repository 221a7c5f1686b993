//! Context: where keys are pressed, from the innermost outwards.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A place with keys of its own, inner ones first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// A line of text being typed.
    Input,
    /// A request that waits for a yes or a no.
    Confirm,
    /// A request that waits for a typed name; its keys are not bindable.
    Typed,
    /// The command line.
    Palette,
    /// The help.
    Help,
    /// A list to pick from.
    Menu,
    /// The overview.
    Overview,
    /// The resources.
    Resources,
    /// The Regions.
    Regions,
    /// The jobs.
    Jobs,
    /// The runbook.
    Runbook,
    /// The guided restore.
    Restore,
    /// The timeline.
    Timeline,
    /// The systems.
    Systems,
    /// How ready for recovery the estate is.
    Readiness,
    /// Anything that is a list.
    List,
    /// Anything that is a text to scroll.
    Text,
    /// Everywhere that nothing inner is closed.
    Global,
}

/// Every context, inner first.
pub const CONTEXTS: &[Context] = &[
    Context::Input,
    Context::Confirm,
    Context::Typed,
    Context::Palette,
    Context::Help,
    Context::Menu,
    Context::Overview,
    Context::Resources,
    Context::Regions,
    Context::Jobs,
    Context::Runbook,
    Context::Restore,
    Context::Timeline,
    Context::Systems,
    Context::Readiness,
    Context::List,
    Context::Text,
    Context::Global,
];

impl Context {
    /// The name of the context's table in a keymap file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Confirm => "confirm",
            Self::Typed => "typed",
            Self::Palette => "palette",
            Self::Help => "help",
            Self::Menu => "menu",
            Self::Overview => "overview",
            Self::Resources => "resources",
            Self::Regions => "regions",
            Self::Jobs => "jobs",
            Self::Runbook => "runbook",
            Self::Restore => "restore",
            Self::Timeline => "timeline",
            Self::Systems => "systems",
            Self::Readiness => "readiness",
            Self::List => "list",
            Self::Text => "text",
            Self::Global => "global",
        }
    }

    /// Whether keys not bound here stay here: of the contexts further out
    /// only a quit that types no text is heard through a closed one.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Input
                | Self::Confirm
                | Self::Typed
                | Self::Palette
                | Self::Help
                | Self::Menu
        )
    }

    /// Whether plain characters are text here, and so cannot be bound.
    pub const fn types_text(self) -> bool {
        matches!(self, Self::Input | Self::Typed | Self::Palette | Self::Help)
    }

    /// The usual stack with this context in front.
    pub const fn stack(self) -> &'static [Self] {
        match self {
            Self::Input => &[Self::Input, Self::Global],
            Self::Confirm => &[Self::Confirm, Self::Global],
            Self::Typed => &[Self::Typed, Self::Global],
            Self::Palette => &[Self::Palette, Self::Input, Self::Global],
            Self::Help => &[Self::Help, Self::Input, Self::Global],
            Self::Menu => &[Self::Menu, Self::Global],
            Self::Overview => &[Self::Overview, Self::List, Self::Global],
            Self::Resources => &[Self::Resources, Self::List, Self::Global],
            Self::Regions => &[Self::Regions, Self::List, Self::Global],
            Self::Jobs => &[Self::Jobs, Self::List, Self::Global],
            Self::Runbook => &[Self::Runbook, Self::List, Self::Global],
            Self::Restore => &[Self::Restore, Self::List, Self::Global],
            Self::Timeline => &[Self::Timeline, Self::List, Self::Global],
            Self::Systems => &[Self::Systems, Self::List, Self::Global],
            Self::Readiness => &[Self::Readiness, Self::List, Self::Global],
            Self::List => &[Self::List, Self::Global],
            Self::Text => &[Self::Text, Self::Global],
            Self::Global => &[Self::Global],
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no context of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no context is named {0:?}")]
pub struct UnknownContext(pub String);

impl FromStr for Context {
    type Err = UnknownContext;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        CONTEXTS
            .iter()
            .copied()
            .find(|c| c.name() == name)
            .ok_or_else(|| UnknownContext(name.to_owned()))
    }
}
