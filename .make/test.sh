#!/usr/bin/env bash
# All that must pass, cheapest first; stops at the first step that fails. What each step printed stays in target/steps/.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Two runs over the same target folder would serve each other's binary.
mkdir -p "$target_dir"
exec 9>"$target_dir/.make-test.lock"
if ! flock --nonblock 9; then
    say "test: another run uses $target_dir, waiting for it …"
    flock 9
fi

logs="$root/target/steps"
rm -rf "$logs"
mkdir -p "$logs"

names=()
times=()
results=()
began=$SECONDS

# Adds up what the test runners wrote at their ends: cargo's "test result: …" and Playwright's "  12 passed (1.0m)".
count() {
    cat "$logs"/*.log 2>/dev/null | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | awk -v word="$1" '
        /^test result: / { for (i = 2; i <= NF; i++) if ($i ~ "^" word ";?$") sum += $(i - 1) }
        $0 ~ "^ +[0-9]+ " word "( \\(.*\\))?$" { sum += $1 }
        END { print sum + 0 }'
}

summary() {
    local code=$? i
    say ""
    for i in "${!names[@]}"; do printf '%-44s %10s  %s\n' "${names[$i]}" "${times[$i]}" "${results[$i]}"; done
    printf '%-44s %10s\n' "all steps" "$(duration $((SECONDS - began)))"
    say "The output of each step is in $logs"
    local passed failed skipped
    passed="$(count passed)"
    failed="$(count failed)"
    skipped=$(($(count skipped) + $(count ignored)))
    if [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    if [ "$skipped" -gt 0 ]; then
        say "$passed passed, $failed failed, $skipped skipped"
    else
        say "$passed passed, $failed failed"
    fi
}
trap summary EXIT
trap 'exit 130' INT TERM

step() {
    local name="$1" start=$SECONDS code=0 log
    shift
    log="$logs/$(printf '%02d' $((${#names[@]} + 1)))-$(tr -c 'a-z0-9\n' '-' <<<"${name,,}").log"
    say ""
    say "== $name"
    # Descriptor 9 is the lock: nothing that outlives a step may keep it.
    "$@" 9>&- 2>&1 </dev/null | tee "$log" 9>&- || code=$?
    names+=("$name")
    times+=("$(duration $((SECONDS - start)))")
    if [ "$code" -ne 0 ]; then
        results+=("FAILED")
        exit "$code"
    fi
    results+=("ok")
    say "== $name: $(duration $((SECONDS - start)))"
}

step "setup" .make/setup.sh test
step "format" .make/cargo.sh fmt --check
step "reading level of our texts" .make/reading.sh
step "sqlx is up to date" .make/sqlx.sh check
step "clippy for the server" .make/clippy.sh server
step "clippy for the browser" .make/clippy.sh browser
step "unit and integration tests" .make/rust-tests.sh
step "types of the browser tests" bash -c 'cd end2end && tsc --noEmit'
step "release build" .make/build.sh
step "browser tests and page weight" .make/browser.sh
