#!/usr/bin/env bash
# How near the program comes to the limits of what it stands on. Arguments go to the bench: `--quick`, `--only hold`, `--help`.
#
# cargo builds the server for it, in release; the half of the program that runs in browsers is not needed. Whatever the shell
# says about a database or about logs is not meant for what is measured here.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL MIGRATE_URL RUST_LOG
[ -n "$(postgres_bin)" ] || die "No Postgres found (initdb): run 'make setup'."
exec cargo bench --locked --features ssr --bench limits -- "$@"
