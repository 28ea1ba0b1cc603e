#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# To be sourced by the scripts of this folder: TAP, waiting, and what a bench needs. A script ends with done_testing.
set -u
number=0 failed=0
# An emulated machine beside other work may be ten times slower than alone; a wait that is met costs nothing.
patience=6

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

timeout_in() { # SECONDS COMMAND...: as timeout
    local seconds=$(($1 * patience))
    shift
    timeout "$seconds" "$@"
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

# The run of inspection.log says so. One that was paused because a starved guest lost its readings is let go on, as an operator would.
# Looking twenty times a second, as wait_for does, starves it; looking every few seconds misses what a quick machine does meanwhile.
reaches() { # WORDS
    grep -qF -- "$1" "$folder/inspection.log" || { let_go_on && false; }
}

# It has come so far, and its output is on.
is_on_at() { # WORDS
    reaches "$1" && { output_is true || { let_go_on && false; }; }
}

let_go_on() {
    grep -q 'outputs off' "$folder/inspection.log" &&
        "$bin/motorbench" continue "$(sed -n 's/^run \([0-9a-f-]*\).*/\1/p' "$folder/inspection.log" | head -n 1)" >/dev/null 2>&1 &&
        sleep 2
    sleep 1
}

# ---- A simulated bench on loopback, as a user sets one up. ----

bin=/run/bench/bin folder=/run/bench
bus=unix:path=/run/dbus/system_bus_socket
pids=()
# shellcheck source=tools/sim/private-bench
. "$(dirname "${BASH_SOURCE[0]}")/private-bench"

die() { # TEXT...: instead of that of private-bench, whose logs nobody sees here
    note "$*" "$(tail -n 20 "$folder"/*.log 2>&1)"
    exit 4
}

as_user() { # USER COMMAND...: with the groups that the user has now
    local user=$1
    shift
    setpriv --reuid "$user" --regid "$user" --init-groups env HOME=/ "$@"
}

make_users() { # a tester, in the group: an operator of the bench; a visitor, not
    id tester >/dev/null 2>&1 || useradd --groups motorbench tester
    id visitor >/dev/null 2>&1 || useradd visitor
}

# USB on this machine's own bus: a controller for gadgets, one for the host, and a cable between them.
load_usb() { # MODULE...: functions and drivers
    modprobe -a libcomposite dummy_hcd "$@"
    mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
}

# What the bench needs: users, the shortened plan in the administrator's folder, one line for the unit.
configure_daemon() {
    make_users
    mkdir -p "$bin" "$folder/benches" /etc/motorbench/data /etc/systemd/system/motorbenchd.service.d
    # The command line runs as the operator, whoever calls it.
    printf '#!/bin/sh\nexec setpriv --reuid tester --regid tester --init-groups /usr/bin/motorbench "$@"\n' >"$bin/motorbench"
    chmod 755 "$bin/motorbench"
    ln -sf /usr/bin/motorbench-sim "$bin/motorbench-sim"
    cp -r /usr/share/motorbench/. /etc/motorbench/data/
    cp /run/payload/data/plans/*.yaml /etc/motorbench/data/plans/
    printf '[Service]\nEnvironment=MOTORBENCH_DATADIR=/etc/motorbench/data\n' >/etc/systemd/system/motorbenchd.service.d/data.conf
    systemctl daemon-reload
}

# The simulated bench as the daemon's only one; started anew with what the simulator wrote.
use_bench() { # FILE
    cp "$1" /etc/motorbench/benches/sim.yaml
    systemctl restart motorbenchd.service
    wait_for 60 "$bin/motorbench" bench check sim
}

remove_bench() {
    rm -rf /etc/motorbench/benches/*.yaml /etc/motorbench/data /etc/systemd/system/motorbenchd.service.d
    systemctl daemon-reload
    systemctl reset-failed motorbenchd.service 2>/dev/null
    systemctl restart motorbenchd.service
    finish
}

truth() { # KEY: of the simulator's own state
    local address answer=
    address=$(sed -n 's/^# control: //p' "$folder/benches/sim.yaml")
    exec 3<>"/dev/tcp/${address%:*}/${address##*:}" || return 1
    echo status >&3
    read -r -t $((5 * patience)) answer <&3
    exec 3>&-
    sed -nE "s/.*\"$1\":([^,}]*).*/\1/p" <<<"$answer"
}

output_is() { # true|false
    is_equal "$(truth output_on)" "$1"
}
