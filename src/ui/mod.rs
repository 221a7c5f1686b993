//! Widgets and styles that know nothing of AWS.
