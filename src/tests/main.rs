//! The whole application over a real Postgres, one database a test.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so by a panic")]
#![recursion_limit = "512"]

mod access;
mod account;
mod connections;
mod crowd;
mod digest;
mod ear;
mod embedded;
mod faults;
mod finder;
mod forms;
mod jobs;
mod journey;
mod layers;
mod migrations;
mod notifications;
mod outbox;
mod post;
mod practice;
mod processes;
mod reminders;
mod seats;
mod sign_in;
mod site;
mod store;
mod support;
mod timing;
