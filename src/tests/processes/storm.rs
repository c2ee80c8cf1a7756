//! Many members who need only confirm, all at once.

use super::{House, http, is_done};
use common_ground::server::{content, state::new_key};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    sync::{Mutex, Semaphore},
    task::JoinSet,
};

/// Members that confirm at the same time.
const AT_ONCE: usize = 8;

impl House {
    /// So many groups named `storm-…`, each of whose eight seats is held by a member who has told and signed everything.
    /// Gives how many members that are.
    pub async fn arrange_storm(&self, groups: usize) -> usize {
        let members = groups * 8;
        self.members(members).await;
        let agreements = content::agreements();
        let kinds: Vec<_> = agreements.iter().map(|text| text.kind.code()).collect();
        let versions: Vec<_> = agreements.iter().map(|text| text.version.clone()).collect();
        let count = i32::try_from(groups).unwrap();
        for sql in [
            "insert into groups select (jsonb_populate_record(g, jsonb_build_object('id', gen_random_uuid(), 'slug', 'storm-' || n))).*
             from groups g, generate_series(1, $1) n where slug = 'g0'",
            "insert into meetings select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'group_id', g.id))).*
             from meetings m join groups o on o.id = m.group_id and o.slug = 'g0', groups g where g.slug like 'storm-%' and $1 > 0",
            "insert into seats (group_id, seat_no, state, member_id, hold_id, held_at, held_until)
             select g.id, s, 'held', md5('member' || ((n - 1) * 8 + s))::uuid, gen_random_uuid(), now(), now() + interval '1 hour'
             from generate_series(1, $1) n join groups g on g.slug = 'storm-' || n, generate_series(1, 8) s",
            "insert into holds (id, group_id, member_id) select hold_id, group_id, member_id from seats where state = 'held' and $1 > 0",
            "insert into members (account_id, display_name, legal_name, phone, state, says_adult, born_on, zone, contact_name, contact_phone)
             select member_id, 'Robin', 'Robin Ashby', '+1 555 010 0142', 'NY', true, '1991-03-09', 'America/New_York', 'Sam', '+1 555 010 0143'
             from seats where state = 'held' and $1 > 0",
        ] {
            sqlx::query(sql).bind(count).execute(&self.owner).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        sqlx::query(
            "insert into agreements (id, member_id, kind, version, text_hash, signed_name)
             select gen_random_uuid(), member_id, kind, version, 'ab', 'Robin Ashby'
             from seats, unnest($1::text[], $2::text[]) as texts (kind, version) where state = 'held'",
        )
        .bind(kinds)
        .bind(versions)
        .execute(&self.owner)
        .await
        .unwrap();
        members
    }

    /// Every member has her seat, once, with one mail and one line in the trail.
    pub async fn assert_confirmed_once(&self, members: usize) {
        let members = i64::try_from(members).unwrap();
        for sql in [
            "select count(*) from reservations where ended_at is null",
            "select count(*) from reservations",
            "select count(distinct member_id) from reservations",
            "select count(*) from seats s join reservations r on r.id = s.reservation_id and r.member_id = s.member_id
               and r.group_id = s.group_id where s.state = 'reserved'",
            "select count(*) from outbox where kind = 'seat_confirmed'",
            "select count(distinct to_address) from outbox where kind = 'seat_confirmed'",
            "select count(*) from audit_events where action = 'seat reserved'",
            "select count(*) from idempotency_keys where action = 'confirm'",
            "select count(*) from holds where outcome = 'confirmed'",
        ] {
            assert_eq!(self.count(sql).await, members, "{sql}");
        }
        assert_eq!(self.count("select count(*) from seats where group_id in (select id from groups where slug like 'storm-%') and state <> 'reserved'").await, 0);
    }
}

/// What has been acknowledged until now, and how often an answer did not come.
#[derive(Default)]
pub struct Tally {
    pub acknowledged: AtomicUsize,
    pub failed: AtomicUsize,
}

/// The storm: members confirm when they are let go, each with one key until she is told that the seat is hers.
pub struct Storm {
    pub tally: Arc<Tally>,
    gate: Arc<Semaphore>,
    clients: JoinSet<()>,
}

impl Storm {
    /// Through servers at these ports, which all believe to be at `public`.
    pub fn begin(members: usize, ports: &[u16], public: u16) -> Self {
        let (tally, gate) = (Arc::new(Tally::default()), Arc::new(Semaphore::new(0)));
        let next = Arc::new(Mutex::new(1..=members));
        let mut clients = JoinSet::new();
        for client in 0..AT_ONCE {
            let (tally, gate, next, ports) = (tally.clone(), gate.clone(), next.clone(), ports.to_vec());
            clients.spawn(async move {
                let mut turn = client;
                loop {
                    gate.acquire().await.unwrap().forget();
                    let Some(member) = next.lock().await.next() else { return };
                    confirm(member, &ports, &mut turn, public, &tally).await;
                    tally.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Self { tally, gate, clients }
    }

    /// Lets so many more confirm.
    pub fn let_go(&self, members: usize) {
        self.gate.add_permits(members);
    }

    /// Lets all of them, and waits until each has been told that her seat is hers.
    pub async fn calm(mut self) -> Arc<Tally> {
        self.let_go(100_000);
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
        self.tally
    }
}

async fn confirm(member: usize, ports: &[u16], turn: &mut usize, public: u16, tally: &Tally) {
    let (slug, key) = (format!("storm-{}", (member - 1) / 8 + 1), new_key().to_string());
    let cookie = format!("session=token{member}");
    let began = Instant::now();
    loop {
        *turn += 1;
        let pairs = [("slug", slug.as_str()), ("key", key.as_str())];
        match http::call(ports[*turn % ports.len()], public, "/api/seats/confirm", &cookie, &pairs).await {
            Ok(reply) if is_done(&reply) => {
                let expected = format!("/reserve/{slug}/confirmed");
                assert_eq!(reply.header("location"), Some(expected.as_str()), "{}", reply.body);
                return;
            }
            // Killed, not there, about to end, or a database that is away: what a client tries again.
            Ok(reply) if reply.status.as_u16() != 503 => panic!("{reply:?}"),
            Ok(_) | Err(_) => {
                tally.failed.fetch_add(1, Ordering::Relaxed);
                assert!(began.elapsed() < Duration::from_secs(30), "member {member} is never told");
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
        }
    }
}
