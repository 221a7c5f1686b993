//! The loop: terminal in, effects out.
