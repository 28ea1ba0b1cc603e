/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two like motors on one shaft, each with a source of its own: one drives, the other gives the power back.
 * Whichever is the load, its source stands at the frequency that makes the wanted torque, below that of the
 * machine that drives, and at a voltage that goes with it [laboratory choice]. It comes on at the driving
 * machine's frequency, where there is hardly a torque, with its voltage on a ramp. */
#include <errno.h>
#include <math.h>

#include "bench/internal.h"

#define FREQUENCY_RESOLUTION_HZ 0.0005
#define VOLTAGE_RESOLUTION 2e-5 /* of the rated voltage */
/* The load's frequency stays above this part of the motor's: beyond that it is a stall, not a load
 * [laboratory choice]. */
#define FREQUENCY_SHARE_MIN 0.6

enum { OFF, LEVEL, FREQUENCY, OUTPUT, UP };

bool mb_bench_has_partner(const struct mb_bench *bench)
{
    return bench->setting->load.partner;
}

int mb_bench_reverse_power(struct mb_bench *bench, bool reversed)
{
    if (reversed && !mb_bench_has_partner(bench))
        return -ENOTSUP;
    bench->partner.wanted_reversed = reversed;
    return 0;
}

double bench_source_ratio(const struct mb_bench *bench, const struct mb_instrument *source)
{
    const struct mb_bench_setting *s = bench->setting;

    return s->load.partner && source == bench->members[s->load_machine].instrument ? s->load.ratio
                                                                                   : s->supply.ratio;
}

void bench_partner_stop(struct mb_bench *bench)
{
    struct bench_partner *p = &bench->partner;

    /* A command on its way answers with -ECANCELED or finds the bench off. */
    p->step = OFF;
    p->voltage_share = 0;
    p->sent_v = p->sent_hz = NAN;
}

/* The bench is off: the sources change their parts. */
void bench_partner_begin(struct mb_bench *bench)
{
    const struct mb_bench_setting *s = bench->setting;
    struct bench_partner *p = &bench->partner;

    if (!s->load.partner)
        return;
    bench_partner_stop(bench);
    p->reversed = p->wanted_reversed;
    bench->supply.instrument = bench->members[p->reversed ? s->load_machine : s->supply_source].instrument;
    bench->load.instrument = bench->members[p->reversed ? s->supply_source : s->load_machine].instrument;
    bench->load_speed.instrument = bench->load.instrument;
    mb_protection_begin(&p->guarded, &bench->protection_limits);
}

static void exchange(struct mb_snapshot *s, enum mb_signal a, enum mb_signal b)
{
    struct mb_reading kept = s->signal[a];

    s->signal[a] = s->signal[b];
    s->signal[b] = kept;
}

/* What the machine at the other end of the shaft sees; the fundamentals are read of the tested motor alone.
 */
static void from_the_other_end(const struct mb_snapshot *snapshot, struct mb_snapshot *ret)
{
    *ret = *snapshot;
    for (int i = MB_SIGNAL_U12; i <= MB_SIGNAL_HVF; i++)
        exchange(ret, (enum mb_signal)i, (enum mb_signal)(i - MB_SIGNAL_U12 + MB_SIGNAL_PARTNER_U12));
    exchange(ret, MB_SIGNAL_RESISTANCE, MB_SIGNAL_PARTNER_RESISTANCE);
    exchange(ret, MB_SIGNAL_U, MB_SIGNAL_PARTNER_U);
    exchange(ret, MB_SIGNAL_I, MB_SIGNAL_PARTNER_I);
    for (int i = MB_SIGNAL_U12_FUNDAMENTAL; i <= MB_SIGNAL_I_FUNDAMENTAL; i++)
        ret->signal[i] =
            (struct mb_reading){.value = NAN, .standard_uncertainty = NAN, .validity = MB_NO_DATA};
    ret->signal[MB_SIGNAL_T].value = -ret->signal[MB_SIGNAL_T].value;
}

const struct mb_snapshot *bench_partner_view(struct mb_bench *bench)
{
    if (!bench->setting->load.partner || !bench->partner.reversed)
        return &bench->last;
    from_the_other_end(&bench->last, &bench->partner.view);
    return &bench->partner.view;
}

static double rated_v(const struct mb_bench *bench)
{
    return bench->partner.voltage_share * bench->rated_voltage_v * bench->partner.frequency_hz /
           bench->frequency_hz;
}

bool bench_partner_check(struct mb_bench *bench, char *reason, size_t size)
{
    struct mb_snapshot other;
    const struct mb_protection_view view = {
        .snapshot = &other,
        .voltage_v = bench_partner_is_up(bench) ? rated_v(bench) : NAN,
        .torque_nm = NAN,
        .driven_rpm = NAN,
    };

    if (!bench->setting->load.partner)
        return false;
    from_the_other_end(bench_partner_view(bench), &other);
    return mb_protection_check(&bench->partner.guarded, &view, reason, size);
}

static void send_next(struct mb_bench *bench, bool off);

static void sent(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct mb_bench *bench = userdata;
    struct bench_partner *p = &bench->partner;

    bench->load.pending = false;
    if (error == -ECANCELED || bench->safe_state != MB_ENERGISED)
        return;
    if (error < 0)
        bench_fault(bench, "%s refused a set point: %s", instrument->id, text);
    else if (p->step > OFF && p->step < UP) {
        p->step++;
        send_next(bench, false);
    }
}

/* Once up: the frequency first, it is what counts. */
static int send_running(struct mb_bench *bench)
{
    struct mb_instrument *source = bench->load.instrument;
    struct bench_partner *p = &bench->partner;
    double volt = rated_v(bench) / bench_source_ratio(bench, source);

    if (!(fabs(p->frequency_hz - p->sent_hz) < FREQUENCY_RESOLUTION_HZ)) {
        p->sent_hz = p->frequency_hz;
        return source->ops->set(source, MB_FREQUENCY, p->sent_hz, sent, bench);
    }
    if (!(fabs(volt - p->sent_v) < VOLTAGE_RESOLUTION * bench->rated_voltage_v)) {
        p->sent_v = volt;
        return source->ops->set(source, MB_VOLTAGE, volt, sent, bench);
    }
    bench->load.pending = false;
    return 0;
}

/* At most one command outstanding. On: level 0, frequency, output, then the ramp (instruments.md 6). */
static void send_next(struct mb_bench *bench, bool off)
{
    struct mb_instrument *source = bench->load.instrument;
    struct bench_partner *p = &bench->partner;
    int r = 0;

    if (bench->load.pending || bench->safe_state != MB_ENERGISED || (off && p->step == OFF))
        return;
    bench->load.pending = true;
    if (off) {
        bench_partner_stop(bench);
        r = source->ops->output(source, false, sent, bench);
    } else if (p->step <= LEVEL) {
        p->step = LEVEL;
        p->sent_v = 0;
        r = source->ops->set(source, MB_VOLTAGE, 0, sent, bench);
    } else if (p->step == FREQUENCY) {
        p->sent_hz = p->frequency_hz;
        r = source->ops->set(source, MB_FREQUENCY, p->frequency_hz, sent, bench);
    } else if (p->step == OUTPUT) {
        r = source->ops->output(source, true, sent, bench);
    } else {
        r = send_running(bench);
    }
    if (r < 0) {
        bench->load.pending = false;
        bench_fault(bench, "%s cannot be set to %g Hz", source->id, p->frequency_hz);
    }
}

bool bench_partner_is_up(const struct mb_bench *bench)
{
    return bench->partner.step == UP && bench->partner.voltage_share >= 1;
}

bool bench_partner_settled(const struct mb_bench *bench)
{
    const struct bench_partner *p = &bench->partner;

    return !bench->setting->load.partner ||
           (!bench->load.pending && (p->step == OFF || bench_partner_is_up(bench)));
}

/* Both machines slip, each as its nameplate has it at rated torque. */
static double frequency_for(const struct mb_bench *bench, double torque_nm)
{
    const struct mb_protection_limits *l = &bench->protection_limits;
    double slip = 1 - l->rated_rpm / (l->rpm_per_hz * bench->frequency_hz);
    double share = 1 - 2 * slip * torque_nm / l->torque_nm;

    return bench->frequency_hz * fmax(share, FREQUENCY_SHARE_MIN);
}

void bench_partner_step(struct mb_bench *bench, double torque_nm, double dt_s, bool off)
{
    struct bench_partner *p = &bench->partner;

    if (!off && !(bench->protection_limits.rated_rpm > 0 && bench->frequency_hz > 0)) {
        bench_fault(bench, "a partner is loaded by the slip of its nameplate, and no motor is known");
        return;
    }
    if (!off)
        p->frequency_hz = frequency_for(bench, torque_nm);
    if (p->step == UP)
        p->voltage_share = fmin(1, p->voltage_share + dt_s / bench->setting->supply.ramp_s);
    send_next(bench, off);
}
