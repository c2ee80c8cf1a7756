//! One file a page, a folder beside it for its sections. A page is thin: it asks the server, lays out what it gets, and
//! sends forms. State lives in the address first. To add one: a file here, its route in `app.rs`, its path in `paths.rs`.

pub mod account;
pub mod agreements;
pub mod contact;
pub mod dbt_skills;
pub mod finder;
pub mod group;
pub mod help_now;
pub mod home;
pub mod learn;
pub mod legal;
pub mod not_found;
pub mod notifications;
pub mod offer;
pub mod office;
pub mod program;
pub mod reserve;
pub mod seats;
pub mod sign_in;
pub mod skills;
pub mod therapists;
pub mod topics;
