//! A round over groups: what goes wrong in one of them leaves none of the others waiting, and is not forgotten either.

use crate::{
    domain::ids::GroupId,
    store::{self, Failure, Store},
};

/// What has gone wrong so far.
#[derive(Debug)]
pub(super) struct Round<'a> {
    store: &'a Store,
    first: Option<Failure>,
}

impl<'a> Round<'a> {
    pub(super) fn over(store: &'a Store) -> Self {
        Self { store, first: None }
    }

    /// What came of one group, if it went well. Fails where the database is away: then it is so for every group, while a
    /// lock that could not be had in time is a matter of this one.
    pub(super) async fn note<T>(&mut self, group: GroupId, came: Result<T, Failure>) -> Result<Option<T>, Failure> {
        let error = match came {
            Ok(came) => return Ok(Some(came)),
            Err(error) => error,
        };
        if error.is_away() && !store::is_ready(self.store).await {
            return Err(error);
        }
        tracing::error!(%group, %error, "a group could not be looked after");
        self.first.get_or_insert(error);
        Ok(None)
    }

    /// Ends the round: fails with what went wrong first, so that the job counts as one that was not through.
    pub(super) fn end(self) -> Result<(), Failure> {
        self.first.map_or(Ok(()), Err)
    }
}
