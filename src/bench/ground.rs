//! What is measured on: a throw-away Postgres, one database with 1,000 groups in it, and thousands of members who are signed in.

use crate::{
    Options,
    server::{self, Mode},
};
use common_ground::{server::embedded::Embedded, store::migrate};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{fs, path::PathBuf, time::Instant};

/// Groups, as the targets say.
pub const GROUPS: u32 = 1000;
/// Members: enough that each holds at most once in a round.
pub const MEMBERS: u32 = 20_000;
/// The group that everybody wants.
pub const HOT: &str = "group-hot";
/// Its seats.
pub const HOT_SEATS: u32 = 8;

/// The cluster with its database.
pub struct Ground {
    cluster: Embedded,
    /// Folder of everything; removed at the end.
    pub place: PathBuf,
    /// The database, for the application's role.
    pub application_url: String,
    /// The database, for the superuser.
    pub owner_url: String,
}

/// Another database of the cluster.
pub struct Other {
    /// Its name.
    pub name: String,
    /// Its address for the application's role.
    pub application_url: String,
    /// Its address for the superuser.
    pub owner_url: String,
}

impl Ground {
    /// Makes the cluster, runs the migrations, fills it with `common-ground demo`, and lets members sign in.
    pub async fn prepare(options: &Options) -> Self {
        let began = Instant::now();
        // Directly below /tmp, because as root the user of Postgres has to be able to enter it.
        let place = std::env::temp_dir().join(format!("cg-bench-{}", std::process::id()));
        fs::create_dir_all(&place).expect("a folder for the bench");
        fs::write(place.join("secret"), "a secret of thirty-two bytes or so").expect("a secret");
        let cluster = Embedded::attach_or_start(&place).await.expect("a Postgres for the bench");
        let (application_url, owner_url) = (cluster.application_url(), cluster.migrate_url());
        migrate::run(&owner_url, &application_url).await.expect("migrations");
        let ground = Self { cluster, place, application_url, owner_url };

        let filled = server::command(&ground, Mode::Unlimited)
            .args(["demo", "--groups", &GROUPS.to_string()])
            .output()
            .expect("the demo runs");
        assert!(filled.status.success(), "demo: {}", String::from_utf8_lossy(&filled.stderr));
        let mut owner = ground.owner().await;
        for statement in SETUP {
            sqlx::raw_sql(*statement).execute(&mut owner).await.expect(statement);
        }
        let members = format!("select bench_sign_in({MEMBERS}), bench_remember({MEMBERS})");
        sqlx::raw_sql(AssertSqlSafe(members)).execute(&mut owner).await.expect("members");
        sqlx::raw_sql("vacuum (freeze, analyze)").execute(&mut owner).await.expect("statistics");
        println!(
            "Postgres {} with fsync on, over its Unix socket; {GROUPS} groups, {MEMBERS} members; {} rounds{}; ready after {:.0} s",
            ground.version(&mut owner).await,
            options.rounds(),
            if options.quick { ", quick: the numbers show that it runs and no more" } else { "" },
            began.elapsed().as_secs_f64()
        );
        ground
    }

    async fn version(&self, owner: &mut PgConnection) -> String {
        sqlx::query_scalar("show server_version").fetch_one(owner).await.expect("a version")
    }

    /// A connection of the superuser.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.owner_url).await.expect("a superuser's connection")
    }

    /// The process of the postmaster.
    pub fn postmaster(&self) -> u32 {
        // Where root's Postgres could not enter the folder its data lives elsewhere; the lock beside its socket names it too.
        let lock = fs::read_to_string(self.socket().join(".s.PGSQL.5432.lock")).expect("the socket's lock");
        lock.lines().next().and_then(|pid| pid.trim().parse().ok()).expect("the postmaster's number")
    }

    /// Folder of the Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.cluster.socket_folder().to_owned()
    }

    /// Another database in the same cluster, with so many groups in it as `common-ground demo` makes them.
    pub async fn beside(&self, groups: u32) -> Other {
        let name = format!("with_{groups}_groups");
        let create = format!("create database {name}");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut self.owner().await).await.expect("another database");
        let of = |url: &str| url.replace("/common_ground?", &format!("/{name}?"));
        let other = Other { application_url: of(&self.application_url), owner_url: of(&self.owner_url), name };
        migrate::run(&other.owner_url, &other.application_url).await.expect("migrations");
        let filled = server::command(self, Mode::Unlimited)
            .env("DATABASE_URL", &other.application_url)
            .env("MIGRATE_URL", &other.owner_url)
            .args(["demo", "--groups", &groups.to_string()])
            .output()
            .expect("the demo runs");
        assert!(filled.status.success(), "demo: {}", String::from_utf8_lossy(&filled.stderr));
        other
    }

    /// A program of Postgres, if it is there: the npm package has the server alone.
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let program = self.cluster.binaries().join(name);
        program.is_file().then_some(program)
    }

    /// Everything as before the first round: seats free, nobody waits, no hold and no key; and nothing left to do for a
    /// checkpoint or a vacuum that would fall into somebody's round.
    pub async fn reset(&self, owner: &mut PgConnection) {
        let statements = [
            "select bench_free_all()",
            "vacuum seats, members, accounts, sessions, groups, holds, idempotency_keys, group_changes",
            "checkpoint",
        ];
        for statement in statements {
            sqlx::raw_sql(statement).execute(&mut *owner).await.expect(statement);
        }
    }

    /// A number from the database.
    pub async fn count(&self, owner: &mut PgConnection, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(owner).await.expect(query)
    }

    /// Stops the cluster and removes its folder.
    pub async fn finish(self) {
        self.cluster.stop().await;
        let _ = fs::remove_dir_all(&self.place);
    }
}

/// Token of a member's session.
pub fn session(member: u32) -> String {
    format!("bench-{member}")
}

/// Run once, by the superuser. Ids follow from numbers, because pgbench knows numbers only.
const SETUP: &[&str] = &[
    "create function bench_member(n int) returns uuid language sql immutable as
       $$ select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$",
    // What happens in a round must not depend on the weekday: every group's cycle begins today.
    "update groups set cycle_began_on = current_date",
    "insert into groups select (jsonb_populate_record(g, jsonb_build_object(
        'id', gen_random_uuid(), 'slug', 'group-hot', 'capacity', 8))).* from groups g where slug = 'group-0'",
    "insert into meetings (id, group_id, week, starts_at, ends_at)
       select gen_random_uuid(), hot.id, m.week, m.starts_at, m.ends_at
       from groups hot, meetings m join groups g on g.id = m.group_id where g.slug = 'group-0' and hot.slug = 'group-hot'",
    "insert into seats (group_id, seat_no) select id, n from groups, generate_series(1, 8) n where slug = 'group-hot'",
    // Every fresh member has told where she lives and that she is of age, as the page before the hold asks.
    "create function bench_sign_in(members int) returns void language sql as $$
       insert into accounts (id, email) select bench_member(n), 'bench-' || n || '@example.org' from generate_series(1, members) n;
       insert into members (account_id, state, says_adult) select bench_member(n), 'NY', true from generate_series(1, members) n;
       insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
         select gen_random_uuid(), sha256(convert_to('bench-' || n, 'UTF8')), bench_member(n), 43200, now() + interval '1 day'
         from generate_series(1, members) n $$",
    "create function bench_free_all() returns void language sql as $$
       update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
         reservation_id = null, offer_id = null, vacancy = null, free_from = null where state <> 'free' or vacancy is not null;
       delete from waiting_entries;
       delete from holds where held_at > now() - interval '1 day';
       delete from idempotency_keys where created_at > now() - interval '1 hour' $$",
    // A practice has a past. Over tables that are empty when a plan is made, Postgres would plan to read them whole, and would
    // go on doing so while a round fills them.
    "create function bench_remember(members int) returns void language sql as $$
       insert into holds (id, group_id, member_id, held_at, ended_at, outcome)
         select gen_random_uuid(), g.id, bench_member(1 + n * 7919 % members), now() - interval '3 days', now() - interval '3 days', 'let go'
         from groups g, generate_series(1, 40) n;
       insert into idempotency_keys (member_id, action, key, answer, created_at)
         select bench_member(n), 'hold', gen_random_uuid(), '\"/program\"', now() - interval '1 day' from generate_series(1, members) n $$",
    "create function bench_free_hot() returns void language sql as $$
       update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0
         where group_id = (select id from groups where slug = 'group-hot') and state <> 'free' $$",
    "alter function bench_free_hot() security definer",
    "grant execute on function bench_free_hot() to public",
    // The least that sells a seat wrongly: look, then write.
    "create table bench_naive (race int not null, seat_of int not null)",
    "grant select, insert on bench_naive to public",
    crate::anchor::FUNCTION,
];
