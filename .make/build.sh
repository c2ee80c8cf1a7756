#!/usr/bin/env bash
# The release: the server below the target folder, what browsers load in target/site with .br and .gz beside each file.
# --split: each page behind the finder is a part of its own, loaded when somebody goes there. LEPTOS_BUILD_FLAGS adds flags.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
read -r -a more <<<"${LEPTOS_BUILD_FLAGS:-}"
exec cargo leptos build --release --split --precompress --cargo-locked "${more[@]}"
