//! The simulated service `backup`.

use super::world::Service;

/// Its operations.
pub const SERVICE: Service = Service { signing_name: "backup", handlers: &[] };
