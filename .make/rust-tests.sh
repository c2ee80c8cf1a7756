#!/usr/bin/env bash
# The unit and integration tests. Some measure time (a database that is well again within two seconds), and a machine that is
# busy with something else can fail them: up to three of those (.make/timing-tests.txt) that failed run once more, alone, and
# the output says which. Any other test that fails once has found something: a race shows itself seldom.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
unset DATABASE_URL
# Tests make hundreds of requests be given up, and the panics of what was being rendered for them would be looked up in a
# debug build one after the other, for a minute.
export RUST_BACKTRACE=0
# Why something was answered with 503 is only said there.
export TEST_LOG="$root/target/steps/applications.log"
# Another program reads the calendar files; where it is missing, the tests that need it fail.
TEST_PYTHON="$(python_environment calendars)"
export TEST_PYTHON
mkdir -p "$root/target/steps"
rm -f "$TEST_LOG"

log="$(mktemp)"
again="$(mktemp)"

# Some gigabytes of databases; the tests' own process cannot remove them when it ends.
clean() {
    rm -f "$log" "$again"
    local folder
    for folder in "${TMPDIR:-/tmp}"/common-ground-tests-*; do
        if [ -d "$folder" ] && [ ! -d "/proc/${folder##*-}" ]; then rm -rf "$folder"; fi
    done
}
trap clean EXIT

# Whether a test judges how long something took: its name, or the beginning of it, is in the list.
judges_time() {
    local line
    while read -r line; do
        case "$line" in
            '' | '#'*) ;;
            *::) if [[ "$1" == "$line"* ]]; then return 0; fi ;;
            *) if [ "$1" = "$line" ]; then return 0; fi ;;
        esac
    done <"$root/.make/timing-tests.txt"
    return 1
}

code=0
# The closing line of a run that failed is held back until it is known whether it stays so.
cargo test --locked --features ssr --no-fail-fast 2>&1 | tee "$log" | sed -u 's/^test result: FAILED\./first run: FAILED./' || code=$?
if [ "$code" -eq 0 ]; then exit 0; fi

fails="$(grep '^test result: FAILED\.' "$log" || true)"
mapfile -t names < <(sed -n 's/^test \([A-Za-z0-9_:]*\) \.\.\. FAILED$/\1/p' "$log" | sort -u)
strict=()
for name in "${names[@]}"; do
    judges_time "$name" || strict+=("$name")
done
if [ "${#strict[@]}" -gt 0 ]; then say "Failed, and is not run again, since it does not judge time: ${strict[*]}"; fi
if [ -z "$fails" ] || [ "${#names[@]}" -eq 0 ] || [ "${#names[@]}" -gt 3 ] || [ "${#strict[@]}" -gt 0 ]; then
    printf '%s\n' "${fails:-the tests did not run}"
    exit "$code"
fi

say ""
say "Failed in the first run, now once more and alone: ${names[*]}"
code=0
cargo test --locked --features ssr --no-fail-fast -- --exact --test-threads 1 "${names[@]}" 2>&1 | tee "$again" | sed -u 's/^test result:/second run:/' || code=$?
ran="$(sed -n 's/^test result: .* \([0-9]*\) passed; .*/\1/p' "$again" | awk '{ sum += $1 } END { print sum + 0 }')"
if [ "$code" -ne 0 ] || [ "$ran" -lt "${#names[@]}" ]; then
    printf '%s\n' "$fails"
    exit 1
fi
passed="$(awk '{ for (i = 2; i <= NF; i++) if ($i == "passed;") sum += $(i - 1) } END { print sum + 0 }' <<<"$fails")"
say "test result: ok. $((passed + ran)) passed; 0 failed; 0 ignored; unsteady: ${names[*]}"
