//! One module a screen: its state, act, view and draw.
