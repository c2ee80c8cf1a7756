#!/usr/bin/env bash
# cargo with the project's tools on PATH and without a DATABASE_URL that `query!` would read when it compiles.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
exec cargo "$@"
