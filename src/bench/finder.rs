//! The finder over many groups: a page of twenty and all its counts, beside the best SQL that answers the same.
//!
//! The application's side is the whole page, rendered and over HTTP; the anchor's is one statement through pgbench. The
//! anchor has two variants: over the tables as they are, and over one narrow row a group with everything that is filtered and
//! counted in it, which nobody keeps up to date here, so that it is cheaper than anything that would be right.

use crate::{
    Options, anchor,
    cpu::{Client, Cost, Meter},
    ground::{Ground, Other},
    line::{Line, Target, print_costs, ratios},
    load::Browser,
    pages::{Visit, pages},
    server::{Server, WORKERLESS},
};
use sqlx::{Connection as _, PgConnection};
use std::{fs, process::Command};

/// Clients at a time.
const CLIENTS: u32 = 8;
/// Pages of each client in a round, and statements of each of the anchor's.
const PAGES: u32 = 60;
const STATEMENTS: u32 = 4;

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const PLAIN: &str = "pgbench, one statement over the tables";
    const NARROW: &str = "pgbench, one narrow row a group";
    let (few, many) = if options.quick { (100, 1000) } else { (1000, 10_000) };
    let name = format!("finder: page of 20 and all counts, {many} groups");
    let growth = format!("the same, {few} → {many} groups");
    if let Some(reason) = anchor::missing(ground) {
        return vec![Line::skipped(&name, PLAIN, &reason), Line::skipped(&growth, "itself", reason)];
    }
    println!("\n{name}: CPU µs of one");
    let few = practice(ground, few).await;
    let many = practice(ground, many).await;
    let small = Server::start_over(ground, &few, WORKERLESS).await;
    let large = Server::start_over(ground, &many, WORKERLESS).await;
    let mut costs: [Vec<Cost>; 5] = Default::default();
    let mut wrong = Vec::new();
    let each = if options.quick { 10 } else { PAGES };
    let mut writer = PgConnection::connect(&many.owner_url).await.expect("a superuser's connection");
    for round in 0..=options.rounds() {
        // In turns, and each time in another order; the first round warms up.
        for turn in 0..costs.len() {
            let turn = (turn + round) % costs.len();
            let (cost, said) = match turn {
                0 => finder(ground, &small, each, round).await,
                1 => finder(ground, &large, each, round).await,
                2 => sql(ground, &many, PLAIN_TABLES),
                3 => sql(ground, &many, NARROW_ROWS),
                _ => while_seats_change(ground, &large, &mut writer, each, round).await,
            };
            if round > 0 {
                costs[turn].push(cost);
            }
            wrong.extend(said);
        }
    }
    let [of_few, of_many, plain, narrow, changing] = costs;
    print_costs("the application", &of_many);
    print_costs("with a tenth of the groups", &of_few);
    print_costs("a seat changes before each page", &changing);
    print_costs(PLAIN, &plain);
    print_costs(NARROW, &narrow);
    let whole = |cost: &Cost| cost.each(cost.server + cost.postgres).max(1e-9);
    let times = |anchor: &[Cost]| ratios(anchor, &of_many).into_iter().map(|ratio| 1.0 / ratio).collect();
    let against = |costs: &[Cost]| of_few.iter().zip(costs).map(|(few, cost)| whole(cost) / whole(few)).collect();
    vec![
        Line::new(&name, PLAIN, times(&plain), "×", Target::AtMost(1.5)).with_wrong(&wrong),
        Line::new(&name, NARROW, times(&narrow), "×", Target::AtMost(1.5)).with_wrong(&wrong),
        Line::new(&growth, "itself", against(&of_many), "×", Target::AtMost(1.3)).with_wrong(&wrong),
        Line::new(&growth, "itself, a seat changes before each page", against(&changing), "×", Target::None)
            .with_wrong(&wrong),
    ]
}

/// A practice of so many groups in a database of its own, with the narrow rows beside it.
async fn practice(ground: &Ground, groups: u32) -> Other {
    let other = ground.beside(groups).await;
    let mut owner = PgConnection::connect(&other.owner_url).await.expect("a superuser's connection");
    for statement in SETUP {
        sqlx::raw_sql(*statement).execute(&mut owner).await.expect(statement);
    }
    other
}

/// A wish that nobody has had: the page is the same, but nothing of it is kept.
fn path(round: usize, number: u32) -> String {
    format!("/groups?bench={round}-{number}")
}

async fn finder(ground: &Ground, server: &Server, each: u32, round: usize) -> (Cost, Vec<String>) {
    let mut browser = Browser::open(server.address).await.expect("a connection");
    let expected = browser.look(&path(round, u32::MAX)).await.expect("a page").body;
    let visit = Visit { clients: CLIENTS, each, session: None, expected: &expected };
    pages(ground, server.pid(), server.address, visit, |number| path(round, number)).await
}

async fn while_seats_change(
    ground: &Ground,
    server: &Server,
    writer: &mut PgConnection,
    each: u32,
    round: usize,
) -> (Cost, Vec<String>) {
    let mut browser = Browser::open(server.address).await.expect("a connection");
    let mut wrong = Vec::new();
    let meter = Meter::start(Some(server.pid()), ground.postmaster(), Client::Us);
    for number in 0..each {
        // Each group once.
        let group = round * usize::try_from(each).unwrap_or_default() + usize::try_from(number).unwrap_or_default();
        sqlx::query("select bench_hold_one($1)")
            .bind(i32::try_from(group).unwrap_or_default())
            .execute(&mut *writer)
            .await
            .expect("a seat changes");
        match browser.look(&path(round, 1_000_000 + number)).await {
            Ok(page) if page.status == 200 => {}
            Ok(page) => wrong.push(format!("the finder: {}", page.status)),
            Err(error) => wrong.push(format!("the finder: {error}")),
        }
    }
    (meter.read(each), wrong)
}

fn sql(ground: &Ground, other: &Other, statement: &str) -> (Cost, Vec<String>) {
    let program = ground.program("pgbench").expect("pgbench is there: it was looked for");
    let file = ground.place.join("finder.sql");
    fs::write(&file, statement).expect("pgbench's script");
    let mut command = Command::new(program);
    command
        .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "1"])
        .args(["--client", &CLIENTS.to_string(), "--transactions", &STATEMENTS.to_string()])
        .arg("--file")
        .arg(&file)
        .arg("--host")
        .arg(ground.socket())
        .args(["--username", "common_ground", &other.name]);
    let meter = Meter::start(None, ground.postmaster(), Client::Child);
    let output = command.output().expect("pgbench runs");
    let operations = CLIENTS * STATEMENTS;
    let cost = meter.read(operations);
    let whole = format!("number of transactions actually processed: {operations}/{operations}");
    let mut wrong = Vec::new();
    if !output.status.success() || !String::from_utf8_lossy(&output.stdout).contains(&whole) {
        wrong.push(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)));
    }
    (cost, wrong)
}

/// Run once in each database, by the superuser. The narrow rows: day and time as minutes, states as numbers, all of it as it
/// is now.
const SETUP: &[&str] = &[
    "create table bench_facts as
       select g.id, g.slug, g.topic, g.kind, m.starts_at, (extract(epoch from m.starts_at) / 60)::int as minute,
         s.free > 0 and not exists (select from waiting_entries w where w.group_id = g.id and w.ended_at is null) as open,
         case when g.kind <> 'skills' then coalesce((select array_agg(distinct a.state) from authorities a
           where a.therapist_id = g.leader_id and (m.starts_at at time zone g.zone)::date between a.valid_from and a.valid_to),
           '{}') end as states
       from groups g
       join lateral (select starts_at from meetings where group_id = g.id and status = 'scheduled' and ends_at > now()
         order by starts_at limit 1) m on true
       join lateral (select count(*) filter (where state = 'free' or state <> 'reserved' and held_until <= now()) as free
         from seats where group_id = g.id) s on true
       where g.status in ('forming', 'open')",
    "create index on bench_facts (starts_at, slug)",
    "grant select on bench_facts to public",
    "insert into accounts (id, email) values ('00000000-0000-4000-8000-000000000000', 'bench@example.org')",
    "create function bench_hold_one(number int) returns void language sql as $$
       update seats set state = 'held', member_id = '00000000-0000-4000-8000-000000000000',
           hold_id = gen_random_uuid(), held_at = now(), held_until = now() + interval '1 hour'
         where (group_id, seat_no) = (select group_id, seat_no from seats where state = 'free' and group_id in (
           select id from groups where slug = 'group-' || number) limit 1) $$",
    "vacuum (freeze, analyze)",
];

/// The page, and the counts of a wish without any filter, over the tables as they are.
const PLAIN_TABLES: &str = "
with facts as materialized (
  select g.id, g.slug, g.topic, g.kind, g.leader_id, m.starts_at, (m.starts_at at time zone g.zone)::date as group_day,
    extract(isodow from m.starts_at at time zone 'America/New_York') as day,
    extract(hour from m.starts_at at time zone 'America/New_York') as hour,
    s.free > 0 and w.group_id is null as open
  from groups g
  join (select distinct on (group_id) group_id, starts_at from meetings where status = 'scheduled' and ends_at > now()
    order by group_id, starts_at) m on m.group_id = g.id
  join (select group_id, count(*) filter (where state = 'free' or state <> 'reserved' and held_until <= now()) as free
    from seats group by group_id) s on s.group_id = g.id
  left join (select distinct group_id from waiting_entries where ended_at is null) w on w.group_id = g.id
  where g.status in ('forming', 'open'))
select
  (select jsonb_agg(to_jsonb(page)) from (select g.slug, g.title, g.summary, g.minutes, g.price_cents, g.capacity, t.name,
     t.credentials, t.profession, f.starts_at, (select count(*) from seats s where s.group_id = g.id and s.state = 'reserved')
     from (select id, starts_at from facts order by starts_at, slug limit 20) f
     join groups g on g.id = f.id join therapists t on t.id = g.leader_id) page),
  (select jsonb_agg(to_jsonb(counts)) from (select topic, kind, day, hour between 5 and 11 as morning, hour between 12 and 16 as afternoon,
     open, count(*) from facts
     group by grouping sets ((topic), (kind), (day), (hour between 5 and 11, hour between 12 and 16), (open), ())) counts),
  (select jsonb_object_agg(state, count) from (select a.state, count(distinct f.id) from facts f
     join authorities a on a.therapist_id = f.leader_id and f.group_day between a.valid_from and a.valid_to
     where f.kind <> 'skills' group by a.state) places);
";

/// The same over the narrow rows; minutes in place of a calendar, Eastern time being five hours behind.
const NARROW_ROWS: &str = "
select
  (select jsonb_agg(to_jsonb(page)) from (select g.slug, g.title, g.summary, g.minutes, g.price_cents, g.capacity, t.name,
     t.credentials, t.profession, f.starts_at, (select count(*) from seats s where s.group_id = g.id and s.state = 'reserved')
     from (select id, starts_at from bench_facts order by starts_at, slug limit 20) f
     join groups g on g.id = f.id join therapists t on t.id = g.leader_id) page),
  (select jsonb_agg(to_jsonb(counts)) from (select topic, kind, (minute - 300) / 1440 % 7 as day,
     (minute - 300) % 1440 / 300 as time, open, count(*) from bench_facts
     group by grouping sets ((topic), (kind), ((minute - 300) / 1440 % 7), ((minute - 300) % 1440 / 300), (open), ())) counts),
  (select jsonb_object_agg(state, sum) from (select unnest(states) as state, sum(count) from (
     select states, count(*) from bench_facts group by states) sets group by 1) places);
";
