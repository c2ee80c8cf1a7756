//! What the words of the practice mean: pure functions and types, no IO, no clock, no randomness.
//!
//! Compiled for the server and for the browser, so nothing here may use leptos, sqlx, axum or time-zone data
//! (functions about local time are generic over `chrono::TimeZone`). To add a concept, add a file named after the
//! word of product.md and put its rules, its `parse` and its tests there.

pub mod about;
pub mod agreement;
pub mod catalog;
pub mod contact;
pub mod curriculum;
pub mod digest;
pub mod door;
pub mod eligibility;
pub mod email;
pub mod facets;
pub mod finder;
pub mod group;
pub mod ids;
pub mod letter;
pub mod line;
pub mod listing;
pub mod place;
pub mod practice;
pub mod profile;
pub mod reminder;
pub mod seat;
pub mod seat_counts;
pub mod series;
pub mod subscription;
pub mod text;
pub mod topic;
pub mod waiting;
pub mod who_sees;
pub mod wishes;
