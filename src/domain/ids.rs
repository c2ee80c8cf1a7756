//! Ids are newtypes, so that a member's id can never stand where a group's is meant.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// Whoever can sign in: member, therapist or office.
    AccountId,
    /// A therapist's public person; her account has an id of its own.
    TherapistId,
    /// A weekly group.
    GroupId,
    /// One weekly appointment of a group.
    MeetingId,
    /// A hold on a seat; drawn anew at each hold.
    HoldId,
    /// A confirmed seat.
    ReservationId,
    /// An offer of a seat to somebody in line.
    OfferId,
    /// Somebody's place in the line of a group.
    EntryId,
    /// Somebody who hears of new meeting times; she may have no account.
    SubscriberId,
    /// Drawn when a form is rendered; the same key twice is the same wish.
    IdempotencyKey,
}
