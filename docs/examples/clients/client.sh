#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# client.sh: lists the benches. client.sh RUN REPORT.pdf: follows a run that somebody has started and saves its report.
# A shell cannot hold a bench over D-Bus, as each busctl is a connection of its own: "motorbench run" starts runs.
set -eu
name=org.motorbench1 root=/org/motorbench1

list_benches() { # busctl prints: a(so) N "NAME" "PATH" ...
    busctl --json=short call $name $root $name.Manager ListBenches |
        sed 's/],\[/\n/g' | sed -E 's/.*"([^"]*)","(\/[^"]*)".*/\1 \2/' | while read -r bench path; do
        echo "$bench: $(busctl get-property $name "$path" $name.Bench SafeState | cut -d '"' -f 2)"
    done
}

property() { # RUN-PATH PROPERTY
    busctl get-property $name "$1" $name.Run "$2" | sed -E 's/^s "(.*)"$/\1/'
}

follow() { # RUN-PATH
    last=
    while :; do
        now="$(property "$1" State): $(property "$1" StepTitle)"
        [ "$now" = "$last" ] || echo "$now"
        last=$now
        case $now in done:* | aborted:* | fault:*) return ;; esac
        sleep 0.2
    done
}

if [ $# -eq 0 ]; then
    list_benches
    exit
fi
run=$root/run/$(echo "$1" | sed 's/-/_2d/g')
case $1 in [0-9]*) run=$root/run/_3$(echo "$1" | sed 's/-/_2d/g') ;; esac
follow "$run"
echo "$(property "$run" Verdict) $(property "$run" Reason)"
# File descriptors are not for shells: the command line fetches the report.
motorbench report "$1" -o "$2" ${DBUS_SYSTEM_BUS_ADDRESS:+--bus "$DBUS_SYSTEM_BUS_ADDRESS"}
