/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/ends.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "support/eventually.h"
#include "support/outputs.h"

#define TRANSFER_US 3000u /* the simulator answers within one */

const char *const end_names[] = {"daemon killed", "daemon hangs", "in transfer",
                                 "guard killed",  "guard hangs",  "both killed"};

/* ---- What the simulator says. ---- */

static bool read_outputs(const struct daemon_fixture *f, struct outputs *ret)
{
    return outputs_last(f->sim.switching, ret);
}

bool outputs_are_live(const struct daemon_fixture *f)
{
    struct outputs last;

    return read_outputs(f, &last) && outputs_live(&last);
}

struct awaited {
    struct daemon_fixture *f;
    bool live;
    struct outputs last;
};

static bool outputs_are(void *userdata)
{
    struct awaited *a = userdata;

    return read_outputs(a->f, &a->last) && outputs_live(&a->last) == a->live;
}

bool outputs_await_live(struct daemon_fixture *f, unsigned timeout_ms)
{
    struct awaited a = {.f = f, .live = true};

    return eventually(outputs_are, &a, timeout_ms);
}

double outputs_off_after_ms(struct daemon_fixture *f, uint64_t from_ns)
{
    struct awaited a = {.f = f};

    if (!eventually(outputs_are, &a, ENDS_OFF_MS))
        daemon_fixture_fail(f, "an output is live %u ms after the end", ENDS_OFF_MS);
    return a.last.since_ns > from_ns ? (double)(a.last.since_ns - from_ns) * 1e-6 : 0;
}

void ends_run_until_live(struct daemon_fixture *f)
{
    char waiting[200];

    daemon_fixture_run(f);
    if (!outputs_await_live(f, FIXTURE_PATIENCE_MS))
        daemon_fixture_fail(f, "the run did not switch on: %s",
                            daemon_fixture_run_text(f, "Waiting", waiting, sizeof waiting));
}

/* ---- The ends. ---- */

/* What systemd does after the daemon's end (ExecStopPost). */
static void third_line(struct daemon_fixture *f)
{
    char program[256], benches[64];
    const char *const argv[] = {run_program_path("motorbench-guard", program, sizeof program), "--now",
                                benches, NULL};
    struct run_result result;

    (void)snprintf(benches, sizeof benches, "%s/benches", f->folder);
    assert_int_equal(run_program(argv, NULL, &result), 0);
    if (result.status != 0)
        fail_msg("--now: status %d: %s", result.status, result.err);
    run_result_clear(&result);
}

static void let_replies_trickle(struct daemon_fixture *f)
{
    static const char *const instruments[] = {"analyser", "source", "brake", "ohmmeter", "daq"};
    char command[64];

    for (size_t i = 0; i < sizeof instruments / sizeof *instruments; i++) {
        (void)snprintf(command, sizeof command, "fault %s split", instruments[i]);
        daemon_fixture_simulator(f, command);
    }
    (void)usleep(TRANSFER_US);
}

double end_it(struct daemon_fixture *f, enum end end)
{
    const bool guard = end == GUARD_KILLED || end == GUARD_HANGS || end == BOTH_KILLED;
    const bool daemon = end != GUARD_KILLED && end != GUARD_HANGS;
    const int signal = end == DAEMON_HANGS || end == GUARD_HANGS ? SIGSTOP : SIGKILL;
    uint64_t from_ns;
    double ms;

    assert_true(!guard || f->guard.pid > 0);
    assert_true(!daemon || f->daemon.pid > 0);
    if (end == IN_TRANSFER)
        let_replies_trickle(f);
    from_ns = mb_monotonic_ns();
    if (guard)
        (void)kill(f->guard.pid, signal);
    if (daemon)
        (void)kill(f->daemon.pid, signal);
    if (end == BOTH_KILLED)
        third_line(f);
    ms = outputs_off_after_ms(f, from_ns);
    /* At rest that takes no time: who looks whether the guard has ended must not come before its end. */
    if (guard && signal == SIGKILL && !child_wait(&f->guard, ENDS_OFF_MS))
        daemon_fixture_fail(f, "the killed guard does not end");
    if (end == IN_TRANSFER)
        daemon_fixture_simulator(f, "clear");
    return ms;
}

void ends_without_testers(struct daemon_fixture *f)
{
    daemon_fixture_change(f, "benches/sim.yaml", ", safety_tester: [tos9300, gpt9800]", "");
    daemon_fixture_change(f, "benches/sim.yaml", "- {id: tos9300", "# {id: tos9300");
    daemon_fixture_change(f, "benches/sim.yaml", "- {id: gpt9800", "# {id: gpt9800");
}
