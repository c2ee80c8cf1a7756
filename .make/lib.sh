# Sourced by the other scripts: where things are, and how they speak.
# shellcheck shell=bash
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"

# A relative CARGO_TARGET_DIR would mean another folder once a step changes directory.
target_dir="${CARGO_TARGET_DIR:-target}"
case "$target_dir" in
    /*) ;;
    *) target_dir="$root/$target_dir" ;;
esac
if [ -n "${CARGO_TARGET_DIR:-}" ]; then export CARGO_TARGET_DIR="$target_dir"; fi
# Further scripts read these two after sourcing this file.
# shellcheck disable=SC2034
binary="$target_dir/release/common-ground"

# A newer node that setup.sh fetched, then the project's own tools (wasm-opt), then cargo's.
export PATH="$root/end2end/.node/bin:$root/end2end/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

have() { command -v "$1" >/dev/null 2>&1; }

say() { printf '%s\n' "$*"; }

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Seconds as a person reads them: 42 s, 3.4 min.
duration() {
    if [ "$1" -lt 90 ]; then
        printf '%d s' "$1"
    else
        printf '%d.%d min' $(($1 / 60)) $(($1 % 60 / 6))
    fi
}

# A Python environment of its own below the target folder, made anew when its list of packages has changed; says its program.
python_environment() {
    local list=".make/$1.txt" venv="$target_dir/$1"
    if ! cmp -s "$list" "$venv/.installed-from"; then
        python3 -c 'import ensurepip' 2>/dev/null || die "Python cannot make an environment (python3-venv): run 'make setup'."
        rm -rf "$venv"
        mkdir -p "$target_dir"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --no-input --disable-pip-version-check --requirement "$list" >&2
        cp "$list" "$venv/.installed-from"
    fi
    printf '%s' "$venv/bin/python"
}

# The folder of initdb and postgres, looked up as the program itself does it; empty when there is none.
postgres_bin() {
    local dir
    if [ -n "${PG_BIN:-}" ] && [ -x "$PG_BIN/initdb" ]; then
        printf '%s' "$PG_BIN"
        return
    fi
    if have pg_config; then
        dir="$(pg_config --bindir 2>/dev/null || true)"
        if [ -x "$dir/initdb" ]; then
            printf '%s' "$dir"
            return
        fi
    fi
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        if [ -x "$dir/initdb" ]; then
            printf '%s' "$dir"
            return
        fi
    done
}
