//! Server functions: every one is a public endpoint. Proof first, parse second, store third.
//!
//! The data transfer objects beside them are what one page shows to one audience, as text: a resource's whole value
//! is written into the page. To add one: a `#[server(endpoint = "noun/verb")]` function here, its row in the access
//! table of the tests, its page in `pages`.

pub mod account;
pub mod agreements;
pub mod contact;
pub mod form;
pub mod groups;
pub mod home;
pub mod json;
pub mod learn;
pub mod legal;
pub mod notifications;
pub mod offers;
pub mod office;
pub mod preferences;
pub mod program;
pub mod reserve;
pub mod seats;
pub mod sign_in;
pub mod text;
pub mod therapists;
pub mod topics;
pub mod waiting;
