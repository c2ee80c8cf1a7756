//! The ways in which a group begins and ends, with the mails that tell of it: deciding a forming group, closing one, and
//! ending the seats of one that is over.

use super::{
    line::{self, letters},
    state::App,
};
use crate::{
    domain::ids::GroupId,
    store::{
        Actor, Conn, Failure, Tx, closing,
        forming::{self, Decision},
        locks::{self, ExclusiveLock},
    },
};
use chrono::NaiveDate;
use chrono_tz::Tz;

/// Decides a forming group whose day has come, and tells everybody with a seat. Tells what was decided.
pub async fn decide(app: &App, group: GroupId) -> Result<Option<Decision>, Failure> {
    let app_in = app.clone();
    let work = move |mut tx: Tx| async move {
        let app = app_in;
        let lock = locks::exclusive(&mut tx, group).await?;
        let decision = forming::decide(&mut tx, &lock, group, app.now()).await?;
        match decision {
            None => {}
            Some(Decision::Opens | Decision::Moves) => {
                let moved = decision == Some(Decision::Moves);
                if let Some(listing) = line::listing(&mut tx, &app, group).await? {
                    for one in forming::seated(&mut tx, group).await? {
                        let (member, reservation) = (one.member, one.reservation);
                        letters::formed(&mut tx, &app, &listing, member, reservation, one.first, moved).await?;
                    }
                }
            }
            Some(Decision::Closes) => {
                if let Some(listing) = line::listing(&mut tx, &app, group).await? {
                    let zone: Tz = listing.zone.parse().unwrap_or(chrono_tz::America::New_York);
                    close_in(&mut tx, &lock, &app, group, super::times::day_of(app.now(), zone)).await?;
                }
            }
        }
        Ok::<_, Failure>((tx, decision))
    };
    app.store.write(Actor::Worker, work).await
}

/// Closes a group on a day, within a transaction that holds its lock: at once nobody new, later meetings are cancelled,
/// everybody is told once. Seats end when the last meeting is over, at once where there is none. Tells whether it was open.
pub async fn close_in(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    app: &App,
    group: GroupId,
    closes_on: NaiveDate,
) -> Result<bool, Failure> {
    // Read before: a closed group has no next meeting after its last day.
    let Some(listing) = line::listing(&mut *conn, app, group).await? else { return Ok(false) };
    let Some(closing) = closing::close(&mut *conn, lock, group, closes_on, app.now()).await? else { return Ok(false) };
    for (member, has_seat) in closing.members {
        letters::closed(&mut *conn, app, &listing, member, closing.last, has_seat).await?;
    }
    closing::finish(conn, lock, group, app.now()).await?;
    Ok(true)
}

/// Closes a group on a day, in a transaction of its own.
pub async fn close(app: &App, actor: Actor, group: GroupId, closes_on: NaiveDate) -> Result<bool, Failure> {
    let app_in = app.clone();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let closed = close_in(&mut tx, &lock, &app_in, group, closes_on).await?;
        Ok::<_, Failure>((tx, closed))
    };
    let closed = app.store.write(actor, work).await?;
    line::hint(app).await;
    Ok(closed)
}

/// Ends the seats of a closed group whose last meeting is over. Returns how many.
pub async fn finish(app: &App, group: GroupId) -> Result<usize, Failure> {
    let now = app.now();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let ended = closing::finish(&mut tx, &lock, group, now).await?;
        Ok::<_, Failure>((tx, ended))
    };
    app.store.write(Actor::Worker, work).await
}
