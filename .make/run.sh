#!/usr/bin/env bash
# Sets up, builds, fills an empty database with the demo practice and serves it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

.make/setup.sh run
began=$SECONDS
say "build: the release, server and browser …"
.make/build.sh
say "build: done in $(duration $((SECONDS - began)))"

# Exit code 3 says that the database holds something already, and that nothing was changed.
filled=0
"$binary" demo || filled=$?
case "$filled" in
    0 | 3) ;;
    *) exit "$filled" ;;
esac

address="${LEPTOS_SITE_ADDR:-127.0.0.1:3000}"
cat <<TEXT

  Common Ground is at http://$address
  Sign in at      http://$address/sign-in
    as a member     wren@example.org, or any address of your own: signing in is signing up
    as a therapist  ruth.okafor@alderstreet.example
    as the office   office@alderstreet.example
  Read the code at  http://$address/dev/mail (no mail leaves this machine)
  Stop with Ctrl-C.

TEXT
exec "$binary" serve
