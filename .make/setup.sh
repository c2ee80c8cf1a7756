#!/usr/bin/env bash
# Sets up a bare Debian 12 machine that has Rust: `setup.sh run` for building and serving, `setup.sh test` for the tests too.
#
# Only what is missing is installed, and only from package registries through their ordinary clients. Debian's packages follow
# the stable release, which pins them; everything else has its exact version here, in Cargo.lock, in
# end2end/package-lock.json, in .make/reading.txt or in .make/calendars.txt.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

purpose="${1:-test}"
case "$purpose" in
    run | test) ;;
    *) die "usage: setup.sh run|test" ;;
esac

leptos_version=0.3.10
# Debian 12 has node 18 and Playwright needs 20: this one comes from npm when the machine's own is older.
node_version=22.23.3
node_least=20

have cargo || die "Rust is missing: install the stable toolchain 1.95 or newer (cargo, rustc) and run this again."

step() {
    local name="$1" began=$SECONDS
    shift
    say "setup: $name …"
    "$@"
    say "setup: $name: done in $(duration $((SECONDS - began)))"
}

# --- Debian packages ------------------------------------------------------------------------------------------------------

leptos_is_good() {
    local found
    # Version 0.3.11 needs a newer compiler than ours; any earlier 0.3 builds the project.
    found="$(cargo-leptos --version 2>/dev/null | awk '{ print $NF }')" || return 1
    case "$found" in
        0.3.[0-9] | 0.3.10) return 0 ;;
        *) return 1 ;;
    esac
}

missing_packages() {
    have cc || echo gcc libc6-dev
    have git || echo git
    have make || echo make
    if ! leptos_is_good; then
        have pkg-config || echo pkg-config
        # cargo-leptos itself links against OpenSSL; the project does not.
        pkg-config --exists openssl 2>/dev/null || echo libssl-dev
    fi
    if [ -z "$(postgres_bin)" ]; then
        echo postgresql
    elif ! have psql && [ ! -x "$(postgres_bin)/psql" ]; then
        echo postgresql-client
    fi
    have node || echo nodejs
    have npm || echo npm
    if [ "$purpose" = test ] && [ -z "${CHROMIUM:-}" ] && ! have chromium; then echo chromium; fi
    # A test runs the configuration of the README.
    if [ "$purpose" = test ] && ! have haproxy && [ ! -x /usr/sbin/haproxy ]; then echo haproxy; fi
    # reading.sh measures our texts, and rust-tests.sh has calendar files read, in Python environments of their own.
    if [ "$purpose" = test ] && ! python3 -c 'import ensurepip' 2>/dev/null; then echo python3-venv; fi
    # No linker: since 1.90 rustc on x86-64 Linux links with the lld that comes with it.
}

install_packages() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || die "These Debian packages are missing, and there is neither root nor sudo to install them. As root, run:
    apt-get update && apt-get install --no-install-recommends $*"
        as_root=(sudo)
    fi
    case " $* " in
        *" postgresql "*)
            # We need the programs only. Debian's package would also set up and start a server of its own.
            "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
            echo 'create_main_cluster = false' |
                "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/common-ground.conf >/dev/null
            ;;
    esac
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# --- The compiler's second target and two cargo tools ---------------------------------------------------------------------

wasm_target_is_there() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]
}

add_wasm_target() {
    have rustup || die "The target wasm32-unknown-unknown is missing and there is no rustup to add it."
    rustup target add wasm32-unknown-unknown
}

locked_version() {
    awk -v name="$1" '$0 == "name = \"" name "\"" { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock
}

tools_target=""
trap '[ -z "$tools_target" ] || rm -rf "$tools_target"' EXIT

# Both tools share one temporary target folder and a light profile: as released, cargo-leptos costs 34 CPU-minutes, so 14.
install_tool() {
    [ -n "$tools_target" ] || tools_target="$(mktemp -d "${TMPDIR:-/var/tmp}/common-ground-tools.XXXXXX")"
    (
        cd "$tools_target" # Away from the project, whose compiler flags are not meant for tools.
        env -u RUSTFLAGS CARGO_TARGET_DIR="$tools_target" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_STRIP=true cargo install --force --quiet "$@"
    )
}

# --- npm ------------------------------------------------------------------------------------------------------------------

node_is_new_enough() {
    local major
    major="$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')" || return 1
    [ -n "$major" ] && [ "$major" -ge "$node_least" ]
}

install_node() {
    local machine
    case "$(uname -m)" in
        x86_64) machine=x64 ;;
        aarch64) machine=arm64 ;;
        *) die "node is older than $node_least and npm has no newer one for $(uname -m)." ;;
    esac
    rm -rf end2end/.node
    mkdir -p end2end/.node/bin
    npm install --prefix end2end/.node --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
        "node-linux-$machine@$node_version"
    ln -s "../node_modules/node-linux-$machine/bin/node" end2end/.node/bin/node
    node_is_new_enough || die "The node that npm brought does not run."
}

npm_packages_are_there() {
    cmp -s end2end/package-lock.json end2end/node_modules/.installed-from
}

install_npm_packages() {
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    cp end2end/package-lock.json end2end/node_modules/.installed-from
}

# --- In order -------------------------------------------------------------------------------------------------------------

began=$SECONDS
read -r -a packages <<<"$(missing_packages | tr '\n' ' ')"
if [ "${#packages[@]}" -gt 0 ]; then step "Debian packages: ${packages[*]}" install_packages "${packages[@]}"; fi
wasm_target_is_there || step "compiler target wasm32-unknown-unknown" add_wasm_target
leptos_is_good || step "cargo-leptos $leptos_version (4 to 9 minutes on two cores, once a machine)" \
    install_tool --locked "cargo-leptos@$leptos_version" --features no_downloads
bindgen_version="$(locked_version wasm-bindgen)"
if [ "$(wasm-bindgen --version 2>/dev/null | awk '{ print $NF }')" != "$bindgen_version" ]; then
    # It must equal the crate in Cargo.lock. Not --locked: its own lock names a crate version that could not be had.
    step "wasm-bindgen-cli $bindgen_version" install_tool "wasm-bindgen-cli@$bindgen_version"
fi
node_is_new_enough || step "node $node_version, because $(node --version) is older than $node_least" install_node
npm_packages_are_there || step "npm packages of end2end/" install_npm_packages
say "setup: everything is there ($(duration $((SECONDS - began))))"
