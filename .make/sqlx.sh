#!/usr/bin/env bash
# `sqlx.sh check` compares .sqlx with the queries in the code, `sqlx.sh write` writes it anew.
#
# Both lay the migrations on an empty, throw-away Postgres and let `query!` ask it while the project is checked: that is what
# sqlx-cli does, without a tool to install.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mode="${1:-check}"
case "$mode" in
    check | write) ;;
    *) die "usage: sqlx.sh check|write" ;;
esac

bin="$(postgres_bin)"
[ -n "$bin" ] || die "No Postgres found (initdb): run 'make setup'."
psql="$bin/psql"
[ -x "$psql" ] || psql="$(command -v psql)" || die "No psql found: run 'make setup'."

# The folder's own name is short, because a socket path has at most 107 bytes.
scratch="$(mktemp -d /tmp/cg-sqlx.XXXXXX)"
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
    # initdb refuses root.
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    as_owner=(runuser -u "$owner" --)
    chown "$owner" "$scratch"
    chmod 755 "$scratch"
fi
postgres() { (cd "$scratch" && "${as_owner[@]}" "$@"); }
finish() {
    postgres "$bin/pg_ctl" -D "$scratch/data" -m immediate -s stop >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

postgres "$bin/initdb" -D "$scratch/data" -U app -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$scratch/initdb.log" 2>&1 ||
    die "initdb failed: $(cat "$scratch/initdb.log")"
postgres "$bin/pg_ctl" -D "$scratch/data" -l "$scratch/data/server.log" -w -s \
    -o "-c listen_addresses= -c unix_socket_directories=$scratch -c fsync=off" start

for file in migrations/*.sql; do
    [ -e "$file" ] || continue
    once=(--single-transaction)
    if head -n 1 "$file" | grep -q '^-- *no-transaction'; then once=(); fi
    "$psql" -X -q -h "$scratch" -U app -d postgres -v ON_ERROR_STOP=1 "${once[@]}" -f "$file" >/dev/null
done

fresh="$scratch/queries"
mkdir "$fresh"
# cargo would not expand the macros of an unchanged file again.
touch -c src/lib.rs src/main.rs src/tests/main.rs src/bench/main.rs
SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$fresh" DATABASE_URL="postgres://app@localhost/postgres?host=$scratch" \
    cargo check --locked --all-targets --features ssr
# What follows must compile against .sqlx again and not against what was just built.
touch -c src/lib.rs src/main.rs src/tests/main.rs src/bench/main.rs

found="$(find "$fresh" -name 'query-*.json' | wc -l)"
if [ "$mode" = write ]; then
    mkdir -p .sqlx
    rm -f .sqlx/query-*.json
    if [ "$found" -gt 0 ]; then cp "$fresh"/query-*.json .sqlx/; fi
    say "sqlx: wrote $found queries to .sqlx"
    exit
fi
mkdir -p "$scratch/empty"
committed=.sqlx
[ -d "$committed" ] || committed="$scratch/empty"
if ! diff -rq "$committed" "$fresh"; then
    die "sqlx: .sqlx does not match the queries in the code: run 'make sqlx' and commit what changed."
fi
say "sqlx: .sqlx matches the $found queries in the code"
