#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# To be sourced by the scripts of this folder: TAP, waiting, and what a bench needs. A script ends with done_testing.
set -u
number=0 failed=0

note() { # TEXT...: lines of comment
    printf '%s\n' "$*" | sed 's/^/# /'
}

# check TITLE COMMAND...: passes when the command does; what it printed is shown when it does not.
check() {
    local title=$1 output
    shift
    number=$((number + 1))
    if output=$("$@" 2>&1); then
        echo "ok $number - $title"
        return 0
    fi
    echo "not ok $number - $title"
    note "$* said: $output"
    failed=$((failed + 1))
    return 1
}

skip() { # TITLE REASON
    number=$((number + 1))
    echo "# skipped $1: $2"
    echo "ok $number - $1 # SKIP $2"
}

done_testing() {
    echo "1..$number"
    exit $((failed > 0))
}

fails() { # COMMAND...
    ! "$@"
}

is_equal() { # A B
    [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }
}

says() { # PATTERN COMMAND...: what the command prints has a line with the pattern
    local pattern=$1 output
    shift
    output=$("$@" 2>&1)
    grep -qE -- "$pattern" <<<"$output" || { echo "$output"; return 1; }
}

wait_for() { # SECONDS COMMAND...: until the command succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

as_user() { # USER COMMAND...: with the groups that the user has now
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$user" --init-groups env HOME=/ "$@"
}

make_users() { # an operator, in the group; a visitor, not
    id operator >/dev/null 2>&1 || useradd --groups motorbench operator
    id visitor >/dev/null 2>&1 || useradd visitor
}
