//! What lies in a test's database, as a whole: to see that something changed nothing.

use super::TestApp;

/// The names of all tables.
pub async fn tables(test: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1")
        .fetch_all(test.pool())
        .await
        .expect("the tables")
}

/// Each table with the number of its rows and a hash of all that they hold, in whatever order they lie.
pub async fn rows(test: &TestApp) -> Vec<(String, i64, String)> {
    rows_without(test, &[]).await
}

/// The same without some columns, each named with its table.
pub async fn rows_without(test: &TestApp, columns: &[(&str, &str)]) -> Vec<(String, i64, String)> {
    let mut found = Vec::new();
    for table in tables(test).await {
        let left_out = columns.iter().filter(|(of, _)| *of == table).map(|(_, column)| format!(" - '{column}'"));
        let row = format!("(to_jsonb(t){})::text", left_out.collect::<String>());
        let sql =
            format!("select count(*), coalesce(md5(string_agg({row}, e'\\n' order by {row})), '') from {table} t");
        let (count, hash): (i64, String) =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(test.pool()).await.expect("the rows of a table");
        found.push((table, count, hash));
    }
    found
}
