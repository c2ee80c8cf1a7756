#!/usr/bin/env bash
# How many years of school our texts ask for; `reading.sh FILE …` measures these files alone and judges nothing. textstat does
# the counting, in an environment of its own below the target folder, made anew when .make/reading.txt has changed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

venv="$target_dir/reading"
if ! cmp -s .make/reading.txt "$venv/.installed-from"; then
    python3 -c 'import ensurepip' 2>/dev/null || die "Python cannot make an environment (python3-venv): run 'make setup'."
    rm -rf "$venv"
    mkdir -p "$target_dir"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement .make/reading.txt
    cp .make/reading.txt "$venv/.installed-from"
fi
exec "$venv/bin/python" -I .make/reading.py "$@"
