#!/usr/bin/env bash
# cargo with the project's tools on PATH and without a DATABASE_URL that `query!` would read when it compiles.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
# Whoever runs tests by hand after `make test` has its Python as well; rust-tests.sh makes it.
if [ -z "${TEST_PYTHON:-}" ] && cmp -s .make/calendars.txt "$target_dir/calendars/.installed-from"; then
    export TEST_PYTHON="$target_dir/calendars/bin/python"
fi
exec cargo "$@"
