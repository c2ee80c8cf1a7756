#!/usr/bin/env bash
# Lints one of the two targets: `clippy.sh server` or `clippy.sh browser`.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
case "${1:-}" in
    server) exec cargo clippy --locked --all-targets --features ssr -- -D warnings ;;
    browser)
        exec cargo clippy --locked --target wasm32-unknown-unknown --no-default-features --features hydrate --lib -- -D warnings
        ;;
    *) die "usage: clippy.sh server|browser" ;;
esac
