//! Sends the mails to the list: claims some hundred, sends them in small groups over a few connections, and marks each group
//! in one statement, which also asks who of the next group still wants hers.
//!
//! A refusal is weighed beside what else became of its group: an address counts as one where nobody is only while the relay
//! takes mails to others. A relay that refuses everybody is not allowed to send for us, whatever it says; then the run
//! stops, and nobody is taken off the list. Where one or two are due alone, there are no others in the group: then those of
//! the last day are asked for, and they speak only as long as nobody else was refused since.
//!
//! At least once, and no more often than need be: the mails that have left and are not marked yet are never more than one
//! group, so a worker that is killed lets at most [`GROUP`] mails go out again, with the same Message-ID.
//!
//! It has nothing in common with the mails to accounts but the table: another claim, other connections to the relay, and one
//! connection to the database at a time. However long the list is, a sign-in code does not notice.

use super::{
    Worker,
    outbox::{SEND_TIME, send},
};
use crate::{
    domain::letter::OutboxMail,
    mail::{About, SendError},
    store::{
        Actor, Failure, Lent, outbox,
        outbox_list::{self, Next},
    },
};
use futures::{StreamExt as _, stream};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Mails that are claimed at a time.
const CLAIM: u16 = 500;
/// Mails that may have left and are not marked yet.
pub const GROUP: usize = 8;
/// Refusals that may be about addresses although nobody else of the group was taken, because so few were due.
const ALONE: usize = 2;
/// Connections to the relay.
pub const CONNECTIONS: usize = 4;
/// Mails of a group that go over one connection.
const ONE_AFTER_ANOTHER: u32 = 2;
const _: () = assert!(GROUP <= CONNECTIONS * ONE_AFTER_ANOTHER as usize, "a group takes no longer than the lease");

/// Sends all that is due, or as much as the relay takes today.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    let store = &worker.app.store;
    let lease = worker.app.settings.durations.outbox_lease;
    outbox_list::expire(store, Actor::Worker).await?;
    let mut words = outbox_list::Words::new();
    loop {
        let claimed_at = Instant::now();
        let (mails, said) = store
            .write(Actor::Worker, move |mut tx| async move {
                let claimed = outbox_list::claim(&mut tx, CLAIM, lease, words).await?;
                Ok::<_, Failure>((tx, claimed))
            })
            .await?;
        words = said;
        let was_full = mails.len() >= usize::from(CLAIM);
        if mails.is_empty() {
            return Ok(());
        }
        let until = claimed_at + Duration::from_secs(u64::from(lease)) / 2;
        let run = send_all(&worker, mails, until).await?;
        tracing::info!(
            sent = run.sent,
            failed = run.failed,
            ended = run.ended,
            given_back = run.given_back,
            "mails to the list"
        );
        if !was_full || run.given_back > 0 {
            return Ok(());
        }
    }
}

/// What became of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Run {
    sent: usize,
    failed: usize,
    /// Nobody wanted them any more, or not at that address.
    ended: usize,
    /// Not tried: the relay takes nothing now, or the claim is nearly over.
    given_back: usize,
}

/// Sends what was claimed, group by group. `until`: nothing is begun later, so that nobody else has the same mails by then.
async fn send_all(worker: &Worker, mails: Vec<OutboxMail>, until: Instant) -> Result<Run, Failure> {
    let lease = Duration::from_secs(u64::from(worker.app.settings.durations.outbox_lease));
    // So many mails of a group may have to wait for each other, and half of the lease is left when the first of them begins.
    let at_most = SEND_TIME.min(lease / (2 * ONE_AFTER_ANOTHER));
    let mut run = Run::default();
    let mut waiting = mails.into_iter();
    let mut sent = Vec::new();
    loop {
        let group: Vec<Arc<OutboxMail>> = waiting.by_ref().take(GROUP).map(Arc::new).collect();
        let wanted = settle(worker, std::mem::take(&mut sent), &group).await?;
        if group.is_empty() {
            return Ok(run);
        }
        run.ended += group.len() - wanted.len();
        let results: Vec<_> = stream::iter(group.into_iter().filter(|mail| wanted.contains(&mail.id)))
            .map(|mail| async move { (send(worker, &mail, at_most).await, mail) })
            .buffer_unordered(CONNECTIONS)
            .collect()
            .await;
        let mut failures = Vec::new();
        for (result, mail) in results {
            match result {
                Ok(()) => sent.push(mail.id),
                Err(error) => failures.push((mail, error)),
            }
        }
        run.sent += sent.len();
        run.failed += failures.len();
        let some_left = !sent.is_empty() || takes_others(worker, &failures).await?;
        weigh(&mut failures, some_left);
        let no_way = failures.iter().any(|(_, error)| error.about == About::Way);
        if !failures.is_empty() {
            // Before anything else can go wrong.
            settle(worker, std::mem::take(&mut sent), &[]).await?;
        }
        for (mail, error) in failures {
            note_failure(worker, mail, error).await?;
        }
        if no_way || Instant::now() >= until {
            settle(worker, std::mem::take(&mut sent), &[]).await?;
            run.given_back = give_back(worker, waiting.collect()).await?;
            return Ok(run);
        }
    }
}

/// Whether so few were refused that the relay may mean them alone, and it took mails to others lately.
async fn takes_others(worker: &Worker, failures: &[(Arc<OutboxMail>, SendError)]) -> Result<bool, Failure> {
    let is_about_them = |error: &SendError| matches!(error.about, About::Unclear { .. } | About::Address);
    if !(1..=ALONE).contains(&failures.len()) || !failures.iter().all(|(_, error)| is_about_them(error)) {
        return Ok(false);
    }
    let addresses: Vec<_> = failures.iter().map(|(mail, _)| mail.to.as_str()).collect();
    outbox_list::takes_others(worker.app.store.reads(), &addresses).await
}

/// Settles what the refusals of a group speak of. `some_left`: whether the relay took another mail of it, or takes those to
/// others.
fn weigh(failures: &mut [(Arc<OutboxMail>, SendError)], some_left: bool) {
    let addresses: HashSet<_> = failures.iter().map(|(mail, _)| mail.to.clone()).collect();
    let nobody_anywhere = addresses.len() > 1 && failures.iter().all(|(_, error)| error.about == About::Address);
    let mut refused_alike = None;
    for (_, error) in failures {
        match error.about {
            About::Unclear { nobody } if some_left => {
                error.about = if nobody { About::Address } else { About::Mail };
            }
            About::Address if some_left || !nobody_anywhere => {}
            About::Unclear { .. } | About::Address => {
                error.about = About::Way;
                error.retry = true;
                refused_alike = error.code;
            }
            About::Way | About::Mail => {}
        }
    }
    if let Some(code) = refused_alike {
        tracing::error!(
            code,
            "the relay refused every mail of a group to the list: it seems not to know us. Nobody is taken off the list; the mails wait"
        );
    }
}

/// Marks what has left and asks who still wants hers. Both at once, over a connection that is warm: this is done for every
/// few mails.
async fn settle(worker: &Worker, sent: Vec<Uuid>, next: &[Arc<OutboxMail>]) -> Result<HashSet<Uuid>, Failure> {
    if sent.is_empty() && next.is_empty() {
        return Ok(HashSet::new());
    }
    let next: Vec<_> = next
        .iter()
        .map(|mail| Next {
            id: mail.id,
            attempts: mail.attempts,
            to: mail.to.clone(),
            mac: worker.app.keys.address_mac(&mail.to),
        })
        .collect();
    let (now, lists) = (worker.app.now(), Arc::new((sent, next)));
    let work = move |mut conn: Lent| {
        let lists = lists.clone();
        async move {
            let may_leave = outbox_list::settle(&mut conn, &lists.0, &lists.1, now).await?;
            Ok((conn, may_leave))
        }
    };
    Ok(worker.app.store.at_once(work).await?.into_iter().collect())
}

/// The mail waits, or is given up; where nobody is at the address, the list gives up the address.
async fn note_failure(worker: &Worker, mail: Arc<OutboxMail>, error: SendError) -> Result<(), Failure> {
    // What the server said may quote the address, so it goes into the row only.
    tracing::warn!(
        mail = %mail.id, kind = %mail.kind, attempts = mail.attempts, code = error.code, retry = error.retry,
        "mail not sent"
    );
    let mac = worker.app.keys.address_mac(&mail.to);
    worker
        .app
        .store
        .write(Actor::Worker, move |mut tx| async move {
            outbox::mark_failed(&mut tx, &mail, error.retry, &error.why).await?;
            if error.about == About::Address {
                outbox_list::bounce(&mut tx, &mail, &mac).await?;
            }
            Ok::<_, Failure>((tx, ()))
        })
        .await
}

/// Gives back what was not tried. Returns how many.
async fn give_back(worker: &Worker, mails: Vec<OutboxMail>) -> Result<usize, Failure> {
    let mails: Vec<_> = mails.into_iter().map(|mail| (mail.id, mail.attempts)).collect();
    let count = mails.len();
    if count > 0 {
        worker
            .app
            .store
            .write(Actor::Worker, move |mut tx| async move {
                outbox_list::give_back(&mut tx, &mails).await?;
                Ok::<_, Failure>((tx, ()))
            })
            .await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(to: &str, about: About) -> (Arc<OutboxMail>, SendError) {
        let mail = OutboxMail {
            id: Uuid::nil(),
            kind: "digest".to_owned(),
            to: to.to_owned(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            shared: None,
            calendar: None,
            unsubscribe_url: None,
            message_id: String::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            attempts: 1,
        };
        (Arc::new(mail), SendError { about, code: Some(550), ..SendError::never("550") })
    }

    fn weighed(failures: &[(&str, About)], some_left: bool) -> Vec<(About, bool)> {
        let mut failures: Vec<_> = failures.iter().map(|(to, about)| failed(to, *about)).collect();
        weigh(&mut failures, some_left);
        failures.into_iter().map(|(_, error)| (error.about, error.retry)).collect()
    }

    #[test]
    fn an_address_is_given_up_only_while_others_are_taken() {
        let (nobody, rule) = (About::Unclear { nobody: true }, About::Unclear { nobody: false });
        assert_eq!(
            weighed(&[("a@x", nobody), ("b@x", rule), ("c@x", About::Address), ("d@x", About::Mail)], true),
            [(About::Address, false), (About::Mail, false), (About::Address, false), (About::Mail, false)]
        );
        assert_eq!(weighed(&[("a@x", nobody), ("b@x", rule)], false), [(About::Way, true), (About::Way, true)]);
        // One word that is clear is believed; that nobody is anywhere is not.
        assert_eq!(weighed(&[("a@x", About::Address), ("a@x", About::Address)], false), [(About::Address, false); 2]);
        assert_eq!(weighed(&[("a@x", About::Address), ("b@x", About::Address)], false), [(About::Way, true); 2]);
    }
}
