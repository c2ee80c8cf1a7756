//! A therapist's page: where she may practice, from which day to which.

use super::TestApp;
use sqlx::Connection as _;

const PAGE: &str = "/therapists/ruth-okafor";
const ROW: &str = "<th scope=\"row\">New York</th>";

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_shows_both_its_days_and_goes_when_it_ends() {
    let test = TestApp::demo().await;
    let (from, to): (String, String) = sqlx::query_as(
        "select to_char(valid_from, 'Mon FMDD, YYYY'), to_char(valid_to, 'Mon FMDD, YYYY') from authorities
         where state = 'NY' and therapist_id = (select id from therapists where slug = 'ruth-okafor')",
    )
    .fetch_one(test.pool())
    .await
    .unwrap();
    let page = test.browser().get(PAGE).await.body.replace("<!>", "");
    assert!(page.contains(ROW) && page.contains(&format!(">{from} to {to}</td>")), "{from}, {to}: {page}");
    let others = page.matches("<th scope=\"row\">").count() - 1;
    assert!(others > 0, "a negative control");

    let mut owner = sqlx::PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::query(
        "update authorities set valid_from = '2019-01-01', valid_to = current_date - 2
         where state = 'NY' and therapist_id = (select id from therapists where slug = 'ruth-okafor')",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let page = test.browser().get(PAGE).await.body.replace("<!>", "");
    assert!(!page.contains(ROW), "{page}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), others, "the others stay");
}
