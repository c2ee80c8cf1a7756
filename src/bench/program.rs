//! A member's program: the page that she opens between two meetings.

use crate::{
    Options,
    asks::Asks,
    bare::Bare,
    cpu::Cost,
    ground::{Ground, session},
    line::{Line, Target, print_costs},
    load::Browser,
    pages::{Visit, keep, of_whole, pages},
    server::{Mode, Server},
};

/// Clients at a time.
const CLIENTS: u32 = 16;
/// Pages of each client in a round.
const EACH: u32 = 40;

/// One seat for the first member, in a group that runs and does not meet while it is measured.
const SEAT: &str = "with seat as (
    select s.group_id, s.seat_no from seats s join groups g on g.id = s.group_id
    where g.status = 'open' and s.state = 'free' and not exists (select from meetings m
      where m.group_id = g.id and m.ends_at > now() and m.starts_at < now() + interval '2 days') order by g.slug, s.seat_no limit 1),
  reserved as (
    insert into reservations (id, reference, group_id, member_id)
    select gen_random_uuid(), 'CG BEN CH1', group_id, bench_member(1) from seat returning id, group_id)
  update seats s set state = 'reserved', member_id = bench_member(1), reservation_id = reserved.id
  from seat join reserved on reserved.group_id = seat.group_id
  where s.group_id = seat.group_id and s.seat_no = seat.seat_no";

/// Measures it.
pub async fn measure(ground: &Ground, options: &Options) -> Vec<Line> {
    const NAME: &str = "/program signed in";
    const BARE: &str = "a bare axum handler, same SQL, same bytes";
    println!("\n{NAME}: CPU µs of one");
    let mut owner = ground.owner().await;
    ground.reset(&mut owner).await;
    sqlx::raw_sql(SEAT).execute(&mut owner).await.expect("a seat for the member");
    let server = Server::start(ground, Mode::Unlimited).await;
    let session = session(1);
    let page =
        Browser::open(server.address).await.expect("a connection").get("/program", &session).await.expect("a page");
    let mut wrong = Vec::new();
    if page.status != 200 || !page.body.contains("CG BEN CH1") {
        wrong.push(format!("/program: {} without the member's seat", page.status));
    }
    let file = keep(ground, "program.html", &page.head, &page.body);
    let bare = Bare::start_asking(Some(&file), Some((&ground.application_url, &Asks::Program(session.clone())))).await;

    let each = if options.quick { 10 } else { EACH };
    let (mut application, mut anchor): (Vec<Cost>, Vec<Cost>) = (Vec::new(), Vec::new());
    let visit = Visit { clients: CLIENTS, each, session: Some(&session), expected: &page.body };
    for round in 0..=options.rounds() {
        for turn in 0..2 {
            let is_ours = (turn + round) % 2 == 0;
            let (cost, said) = if is_ours {
                pages(ground, server.pid(), server.address, visit, |_| "/program".to_owned()).await
            } else {
                pages(ground, bare.pid(), bare.address, visit, |_| "/page".to_owned()).await
            };
            // The first round warms up.
            if round > 0 {
                if is_ours { &mut application } else { &mut anchor }.push(cost);
            }
            wrong.extend(said);
        }
    }
    print_costs(NAME, &application);
    print_costs(BARE, &anchor);
    ground.reset(&mut owner).await;
    sqlx::raw_sql("delete from reservations where reference = 'CG BEN CH1'")
        .execute(&mut owner)
        .await
        .expect("as before");
    vec![Line::new(NAME, BARE, of_whole(&anchor, &application), "", Target::AtLeast(0.5)).with_wrong(&wrong)]
}
