#!/usr/bin/env bash
# The release: the server below the target folder, what browsers load in target/site with .br and .gz beside each file.
# LEPTOS_BUILD_FLAGS adds flags, such as --split.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
read -r -a more <<<"${LEPTOS_BUILD_FLAGS:-}"
exec cargo leptos build --release --precompress --cargo-locked "${more[@]}"
