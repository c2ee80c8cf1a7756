//! Releasing a seat, by herself and by the leader; absences; `/seats`.

use super::{
    House, SEATS, address, assert_confirmed, assert_held, confirm, hold,
    line::{assert_done, assert_joined, join, mine},
    offers::accept,
    race::release,
    refusal, tell, token,
};
use axum::http::StatusCode;
use common_ground::{
    domain::{
        ids::{AccountId, GroupId},
        line::Line,
    },
    error::AppError,
    server::{seats, state::new_key, state::sha256},
};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_released_seat_goes_to_the_line_in_the_same_breath() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    house.fill("g0", SEATS - 1).await;
    let mut wren = house.member("wren").await;
    assert_joined(&join(&mut wren, "g0").await);

    let means = robin.call("/api/seats/release-page", &[("slug", "g0")]).await;
    assert!(means.body.contains("One person is in line for it"), "{}", means.body);
    assert_eq!(refusal(&wren.call("/api/seats/release-page", &[("slug", "g0")]).await), AppError::NotFound);
    assert_eq!(refusal(&release(&mut wren, "g0").await), AppError::NotFound, "it is not hers");
    // The same form twice, without script: one release.
    let key = new_key().to_string();
    for _ in 0..2 {
        let released = robin.post("/api/seats/release", &[("slug", "g0"), ("key", &key)]).await;
        assert_eq!((released.status, released.location()), (StatusCode::FOUND, Some("/seats")), "{}", released.body);
    }
    // No worker has run.
    assert!(house.offer_of("wren", "g0").await.is_some());
    assert_eq!(house.seat_of("robin", "g0").await, None);
    let ended =
        "select count(*) from reservations where end_reason = 'released' and ended_at is not null and end_note is null";
    assert_eq!(house.count(ended).await, 1);
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat released'").await, 1);
    let told = house.mailed("robin", "seat_released").await;
    assert!(told.len() == 1 && !told[0].contains("Circle g0"), "{told:?}");
    assert_eq!(house.mailed("wren", "offer_made").await.len(), 1);
    assert_eq!(robin.get("/reserve/g0/confirmed").await.location(), Some("/groups/g0"));
    // Coming back is the end of the line; her answers and signatures are still good.
    assert_joined(&join(&mut robin, "g0").await);
    assert_eq!(house.line("g0").await.len(), 2);

    let back = wren.post("/api/seats/release", &[("slug", "g0"), ("key", &new_key().to_string())]).await;
    assert_eq!((back.status, back.location()), (StatusCode::FOUND, Some("/seats/g0/release")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_so_a_released_seat_is_free() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    house.seat("robin", "g0").await;
    assert_eq!(refusal(&hold(&mut wren, "g0").await), AppError::GroupFull);
    assert_eq!(release(&mut robin, "g0").await.status, StatusCode::OK);
    assert_held(&hold(&mut wren, "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_released_shortly_before_a_meeting_begins_with_the_one_after() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    house.seat("robin", "g0").await;
    assert_joined(&join(&mut wren, "g0").await);
    let soon = "update meetings set starts_at = now() + interval '90 minutes', ends_at = now() + interval '150 minutes'
       where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at limit 1)";
    assert_eq!(house.change(soon).await, 1);
    release(&mut robin, "g0").await;
    let offer = house.offer_of("wren", "g0").await.expect("it is offered at once all the same");
    let told = house.mailed("wren", "offer_made").await;
    accept(&mut wren, offer).await;
    tell(&mut wren, "g0").await;
    assert_confirmed(&confirm(&mut wren, "g0").await, "g0");
    let second: (Uuid, chrono::DateTime<chrono::Utc>) = sqlx::query_as(
        "select m.id, m.starts_at from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 1 limit 1",
    )
    .fetch_one(&house.owner)
    .await
    .unwrap();
    let first: Uuid =
        sqlx::query_scalar("select first_meeting_id from reservations where ended_at is null and member_id = $1")
            .bind(house.account("wren").await)
            .fetch_one(&house.owner)
            .await
            .unwrap();
    assert_eq!(first, second.0);
    let day = second.1.with_timezone(&chrono_tz::America::New_York).format("%B %-d").to_string();
    assert!(told[0].contains(&day), "{day}: {}", told[0]);
    assert!(house.mailed("wren", "seat_confirmed").await[0].contains(&day));
    let shown = mine(&mut wren).await;
    assert_eq!(shown["seats"][0]["meetings"][0]["id"], second.0.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leader_of_the_group_may_end_a_seat_and_nobody_else() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    house.fill("g0", SEATS - 1).await;
    house.seat("robin", "g0").await;
    let mut wren = house.member("wren").await;
    assert_joined(&join(&mut wren, "g0").await);
    for who in ["ruth", "sam"] {
        sqlx::query(
            "insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
             select gen_random_uuid(), $2, id, 3600, now() + interval '1 hour' from accounts where email = $1",
        )
        .bind(format!("{who}@corner.example"))
        .bind(sha256(who.as_bytes()).to_vec())
        .execute(&house.owner)
        .await
        .unwrap();
    }
    let (group, member) = (GroupId(house.group("g0").await), AccountId(house.account("robin").await));
    let reason = || Line::<300>::parse("Agreed on the phone.").unwrap();
    let end = |token| seats::release_by_leader(&house.test.app, token, group, member, reason());
    assert_eq!(end(None).await, Err(AppError::SignInNeeded));
    assert_eq!(end(Some(token(&robin))).await, Err(AppError::Forbidden), "a member");
    assert_eq!(end(Some(sha256(b"sam"))).await, Err(AppError::Forbidden), "another group's leader");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
    assert_eq!(end(Some(sha256(b"ruth"))).await, Ok(()));
    assert_eq!(end(Some(sha256(b"ruth"))).await, Err(AppError::NotFound), "it has ended already");
    let kept = "select count(*) from reservations where end_reason = 'by leader' and end_note = 'Agreed on the phone.'";
    assert_eq!(house.count(kept).await, 1);
    assert!(house.offer_of("wren", "g0").await.is_some());
    let told = house.mailed("robin", "seat_released").await;
    assert!(told.len() == 1 && told[0].contains("by the practice") && !told[0].contains("Agreed"), "{told:?}");
    assert_eq!(house.count("select count(*) from audit_events where detail::text like '%Agreed%'").await, 0);
    assert_eq!(mine(&mut robin).await["seats"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn absences_are_told_and_taken_back_until_the_meeting_begins() {
    let house = House::new().await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    house.seat("robin", "g0").await;
    let shown = mine(&mut robin).await;
    let meetings = shown["seats"][0]["meetings"].as_array().unwrap().clone();
    assert!(meetings.len() >= 3 && meetings.iter().all(|meeting| meeting["absent"] == false), "{shown}");
    let id = meetings[1]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        assert_done(&robin.call("/api/absences/tell", &[("meeting", &id)]).await);
    }
    assert_eq!(mine(&mut robin).await["seats"][0]["meetings"][1]["absent"], true);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"), "it frees no seat");
    assert_eq!(refusal(&wren.call("/api/absences/take-back", &[("meeting", &id)]).await), AppError::NotFound);
    for _ in 0..2 {
        assert_done(&robin.call("/api/absences/take-back", &[("meeting", &id)]).await);
    }
    assert_eq!(mine(&mut robin).await["seats"][0]["meetings"][1]["absent"], false);
    assert_eq!(house.count("select count(*) from audit_events where action like 'absence %'").await, 2);

    // It has begun, or is cancelled: nothing changes any more. Without script the refusal is shown on the page.
    let told = robin.call("/api/absences/tell", &[("meeting", &id)]).await;
    assert_done(&told);
    house.change("update meetings set starts_at = now(), ends_at = now() + interval '1 hour' where id in (select meeting_id from absences)").await;
    assert_eq!(refusal(&robin.call("/api/absences/take-back", &[("meeting", &id)]).await), AppError::MeetingBegun);
    let back = robin.post("/api/absences/take-back", &[("meeting", &id)]).await;
    assert_eq!((back.status, back.location()), (StatusCode::FOUND, Some("/seats")));
    assert!(mine(&mut robin).await["form"]["message"].as_str().is_some_and(|said| said.contains("has begun")));
    let other = meetings[2]["id"].as_str().unwrap().to_owned();
    house.change("update meetings set status = 'cancelled' where starts_at > now() + interval '1 day'").await;
    assert_eq!(refusal(&robin.call("/api/absences/tell", &[("meeting", &other)]).await), AppError::MeetingBegun);

    // What she told of coming meetings goes with the seat.
    house.change("update meetings set status = 'scheduled', starts_at = now() + interval '3 days', ends_at = now() + interval '4 days' where id in (select meeting_id from absences)").await;
    release(&mut robin, "g0").await;
    assert_eq!(house.count("select count(*) from absences").await, 0);
    assert_eq!(house.mailed("robin", "seat_released").await.len(), 1, "{}", address("robin"));
}
