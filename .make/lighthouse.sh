#!/usr/bin/env bash
# Lighthouse against the release binary with the demo practice, on a port and a database of its own. Arguments are paths.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL MIGRATE_URL
[ -x "$binary" ] || die "There is no release build at $binary: run 'make lighthouse', which makes it."
cmp -s end2end/lighthouse/package-lock.json end2end/lighthouse/node_modules/.installed-from || {
    say "lighthouse: its npm packages …"
    (cd end2end/lighthouse && npm ci --no-audit --no-fund --loglevel=error)
    cp end2end/lighthouse/package-lock.json end2end/lighthouse/node_modules/.installed-from
}

address="127.0.0.1:3190"
export APP_ENV=development LEPTOS_SITE_ADDR="$address" METRICS_ADDR=off DATA_DIR="$target_dir/lighthouse" RUST_LOG=warn
filled=0
"$binary" demo >/dev/null || filled=$?
[ "$filled" -eq 0 ] || [ "$filled" -eq 3 ] || exit "$filled"
"$binary" serve &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    curl -fs -o /dev/null "http://$address/readyz" && break
    sleep 0.2
done
node end2end/lighthouse/measure.mjs "http://$address" "$@"
