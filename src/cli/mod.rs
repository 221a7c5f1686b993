//! What can be done without the screens.
