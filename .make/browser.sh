#!/usr/bin/env bash
# Playwright against the release binary; arguments go to `playwright test`.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[ -x "$binary" ] || die "There is no release build at $binary: run 'make browser', which makes it."
export COMMON_GROUND_BINARY="$binary"
cd end2end
exec playwright test "$@"
