//! The simulated service `sts`.

use super::world::Service;

/// Its operations.
pub const SERVICE: Service = Service { signing_name: "sts", handlers: &[] };
