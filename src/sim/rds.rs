//! The simulated service `rds`.

use super::world::Service;

/// Its operations.
pub const SERVICE: Service = Service { signing_name: "rds", handlers: &[] };
