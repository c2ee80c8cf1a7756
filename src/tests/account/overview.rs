//! The first page of the account.

use crate::seats::House;

/// A row is one thing, what it is, and one way to it: two in one row lay over each other.
#[tokio::test(flavor = "multi_thread")]
async fn each_fact_stands_in_a_row_of_its_own() {
    let house = House::new().await;
    let page = house.member("robin").await.get("/account").await;
    let rows: Vec<_> = page
        .body
        .split("<dl class=\"facts")
        .skip(1)
        .flat_map(|rest| rest.split("</dl>").next().unwrap().split("<div").skip(1))
        .collect();
    assert!(rows.len() > 6, "{}", page.body);
    for row in rows {
        assert_eq!(row.matches("<dt").count(), 1, "{row}");
        assert!(row.matches("class=\"go\"").count() <= 1, "{row}");
    }
}
