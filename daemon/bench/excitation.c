/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supply of a separate field winding. It holds a current by itself; the bench says which, waits until it
 * is read, and goes off when it is lost: a motor of direct current without its field runs away, a synchronous
 * one falls out of step. */
#include <errno.h>
#include <math.h>

#include "bench/internal.h"

/* Read within this share of what is wanted, and of the limit: there [laboratory choice]. */
#define NEAR_SHARE 0.05
#define NEAR_LIMIT_SHARE 0.005
#define ESTABLISHED_WITHIN_S 30 /* bench time [laboratory choice]: a field winding takes seconds */
/* Below half of what is wanted in so many readings in a row, one of which may be a slip [laboratory choice].
 */
#define LOST_SHARE 0.5
#define LOST_READINGS 2

void bench_excitation_init(struct mb_bench *bench)
{
    if (bench->setting->excitation >= 0)
        bench->excitation.instrument = bench->members[bench->setting->excitation].instrument;
}

static void send_next(struct mb_bench *bench);

static void sent(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct mb_bench *bench = userdata;

    bench->excitation.pending = false;
    if (error == -ECANCELED || bench->safe_state != MB_ENERGISED)
        return;
    if (error < 0)
        bench_fault(bench, "%s refused its current: %s", instrument->id, text);
    else
        send_next(bench);
}

/* At most one command outstanding: the current, then the output. */
static void send_next(struct mb_bench *bench)
{
    struct bench_excitation *e = &bench->excitation;
    bool on = e->wanted_a > 0;
    int r;

    if (e->pending || bench->safe_state != MB_ENERGISED || (!on && !e->on) ||
        (e->sent_a == e->wanted_a && e->on == on))
        return;
    if (e->sent_a != e->wanted_a) {
        e->sent_a = e->wanted_a;
        r = e->instrument->ops->set(e->instrument, MB_CURRENT, e->wanted_a, sent, bench);
    } else {
        e->on = on;
        r = e->instrument->ops->output(e->instrument, on, sent, bench);
    }
    e->pending = r >= 0;
    e->since_s = (double)mb_clock_now_ns(&bench->clock) * 1e-9;
    if (r < 0)
        bench_fault(bench, "%s cannot be set to %g A", e->instrument->id, e->wanted_a);
}

bool bench_excitation_begin(struct mb_bench *bench)
{
    struct bench_excitation *e = &bench->excitation;

    e->first = e->wanted_a > 0;
    e->since_s = (double)mb_clock_now_ns(&bench->clock) * 1e-9;
    if (e->instrument)
        send_next(bench);
    return e->first;
}

void bench_excitation_stop(struct mb_bench *bench)
{
    struct bench_excitation *e = &bench->excitation;

    /* A command on its way answers with -ECANCELED or finds the bench off. */
    *e = (struct bench_excitation){.instrument = e->instrument, .sent_a = NAN, .pending = e->pending};
}

int mb_bench_set_excitation(struct mb_bench *bench, double current_a)
{
    struct bench_excitation *e = &bench->excitation;

    if (!e->instrument)
        return -ENOTSUP;
    if (!(current_a >= 0 && current_a <= bench->setting->limits.excitation_a))
        return -ERANGE;
    if (current_a == e->wanted_a)
        return 0;
    e->wanted_a = current_a;
    e->established = false;
    e->since_s = (double)mb_clock_now_ns(&bench->clock) * 1e-9;
    send_next(bench);
    return 0;
}

bool mb_bench_excitation_settled(const struct mb_bench *bench)
{
    const struct bench_excitation *e = &bench->excitation;

    return e->wanted_a == 0 || (e->established && !e->pending);
}

static void come_up(struct mb_bench *bench, const struct mb_reading *current)
{
    struct bench_excitation *e = &bench->excitation;
    double near_a = NEAR_SHARE * e->wanted_a + NEAR_LIMIT_SHARE * bench->setting->limits.excitation_a;
    double waited_s = (double)mb_clock_now_ns(&bench->clock) * 1e-9 - e->since_s;
    bool late = waited_s > ESTABLISHED_WITHIN_S;

    e->established =
        !e->pending && e->on && current->validity == MB_VALID && fabs(current->value - e->wanted_a) <= near_a;
    if (e->established && e->first) {
        e->first = false;
        bench_control_begin_supply(bench);
    } else if (!e->established && late) {
        bench_fault(bench,
                    "%s does not bring the excitation to %.4g A within %d s, it reads %.4g: outputs off",
                    e->instrument->id, e->wanted_a, ESTABLISHED_WITHIN_S, current->value);
    }
}

void bench_excitation_watch(struct mb_bench *bench, const struct mb_snapshot *snapshot)
{
    const struct mb_reading *current = &snapshot->signal[MB_SIGNAL_EXCITATION_I];
    struct bench_excitation *e = &bench->excitation;

    if (bench->safe_state != MB_ENERGISED || e->wanted_a == 0)
        return;
    send_next(bench); /* what came while a command was on its way */
    if (!e->established) {
        e->missing = 0;
        come_up(bench, current);
        return;
    }
    e->missing =
        current->validity == MB_VALID && current->value < LOST_SHARE * e->wanted_a ? e->missing + 1 : 0;
    if (e->missing >= LOST_READINGS)
        bench_fault(bench, "the excitation is lost: %.4g A of %.4g A; outputs off", current->value,
                    e->wanted_a);
}
