//! The practice that runs this installation.

use serde::{Deserialize, Serialize};

/// What every page and every mail may say of the practice.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Practice {
    /// Name.
    pub name: String,
    /// Postal address on one line.
    pub address: String,
    /// Phone, E.164 with spaces.
    pub phone: String,
    /// Where the office reads mail.
    pub email: String,
    /// IANA zone that is used when nothing else is known of a reader.
    pub zone: String,
    /// The practice's own sentence about billing; information only.
    pub billing: String,
}
