#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""client.py: lists the benches. client.py BENCH MOTOR.yaml REPORT.pdf: runs an inspection, follows it live and saves its report.

Needs python3-dasbus and python3-gi of Debian. The bench is held for as long as this program runs: when it ends in the middle, the
run is paused after the grace time of the bench file.
"""
import os
import sys

from dasbus.connection import SystemMessageBus
from dasbus.loop import EventLoop
from dasbus.typing import get_variant
from dasbus.unix import GLibClientUnix

NAME = "org.motorbench1"
ENDED = ("done", "aborted", "fault")


def list_benches(bus):
    for name, path in bus.get_proxy(NAME, "/org/motorbench1").ListBenches():
        bench = bus.get_proxy(NAME, path)
        print(f"{name}: {bench.SafeState}{', simulated' if bench.Simulated else ''} {bench.Fault}")


def follow(bus, path):
    """Prints each event until the run has ended; returns its verdict."""
    run, loop = bus.get_proxy(NAME, path), EventLoop()

    def changed(_interface, values, _invalidated):
        if "State" in values and values["State"].get_string() in ENDED:
            loop.quit()

    run.Event.connect(lambda kind, step, text: print(f"{kind} {step}: {text}", flush=True))
    run.PropertiesChanged.connect(changed)
    if run.State not in ENDED:  # it may have ended before we listened
        loop.run()
    print(f"{run.State}: {run.Verdict} {run.Reason}")
    return run.Verdict


def save_report(bus, run_path, target):
    """The daemon hands over a file descriptor of sealed memory."""
    record = bus.get_proxy(NAME, run_path.replace("/run/", "/record/"), client=GLibClientUnix)
    with os.fdopen(record.OpenReport("pdf", "en", timeout=90000), "rb") as report, open(target, "wb") as file:
        file.write(report.read())
    print(f"report in {target}")


def main():
    bus = SystemMessageBus()
    if len(sys.argv) == 1:
        list_benches(bus)
        return 0
    bench, motor, report = sys.argv[1:4]
    with open(motor, encoding="utf-8") as file:
        document = {"document": get_variant("s", file.read()), "name": get_variant("s", motor)}
    path = bus.get_proxy(NAME, "/org/motorbench1").StartInspection(bench, document, {}, timeout=30000)
    verdict = follow(bus, path)
    save_report(bus, path, report)
    return 0 if verdict == "PASS" else 1


if __name__ == "__main__":
    sys.exit(main())
