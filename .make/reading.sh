#!/usr/bin/env bash
# How many years of school our texts ask for; `reading.sh FILE …` measures these files alone and judges nothing. textstat does
# the counting, in an environment of its own below the target folder, made anew when .make/reading.txt has changed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

python="$(python_environment reading)"
exec "$python" -I .make/reading.py "$@"
