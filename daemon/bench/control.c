/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Set points flow down: the loops of voltage and torque, and switching on. */
#include <errno.h>
#include <math.h>

#include "bench/internal.h"

/* An actuator whose scale is off by more than this is a fault to find, not an error to trim away [laboratory
 * choice]. */
#define CORRECTION_SHARE_MAX 0.2
#define GAIN 0.7
/* So many corrections that came to nothing, the correction at its end and the error still there, are a fault:
 * a lead is off, a sensor dead. Each waits for the lag of the one before, so a slow link is none. */
#define SATURATED_CORRECTIONS 4
/* Errors up to this share (of the target voltage up to the rated one; of the rated torque) are left alone, a
 * tenth of what a reading may be off [laboratory choice]. */
#define VOLTAGE_DEADBAND 5e-4
#define TORQUE_DEADBAND 1e-3
/* Set points closer than this to the last one sent are not sent again: fraction of the rated value. */
#define RESOLUTION 2e-5
/* Below this share of the rated torque the load machine is switched off instead of regulated. */
#define TORQUE_OFF_SHARE 1e-3

void bench_control_init(struct mb_bench *bench)
{
    const struct mb_bench_setting *s = bench->setting;

    bench->supply = (struct actuator){
        .bench = bench,
        .instrument = bench->members[s->supply_source].instrument,
        .quantity = MB_VOLTAGE,
        .sent = NAN,
    };
    bench->load = (struct actuator){
        .bench = bench,
        .instrument = bench->members[s->load_machine].instrument,
        .quantity = MB_TORQUE,
        .sent = NAN,
    };
    bench->load_speed = bench->load;
    bench->load_speed.quantity = MB_SPEED;
}

static void set_done(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct actuator *a = userdata;

    a->pending = false;
    if (error < 0 && error != -ECANCELED)
        bench_fault(a->bench, "%s refused a set point: %s", instrument->id, text);
}

/* Sends the wanted value unless one is on its way: then the next step sends a newer one. */
static void actuator_send(struct actuator *a, double value, double resolution)
{
    int r;

    if (a->bench->safe_state != MB_ENERGISED || a->pending || fabs(value - a->sent) < resolution)
        return;
    a->pending = true;
    a->sent = value;
    r = a->instrument->ops->set(a->instrument, a->quantity, value, set_done, a);
    if (r < 0) {
        a->pending = false;
        bench_fault(a->bench, "%s cannot be set to %g %s", a->instrument->id, value,
                    mb_quantity_unit(a->quantity));
    }
}

void bench_control_stop(struct mb_bench *bench)
{
    mb_regulator_reset(&bench->supply.regulator);
    mb_regulator_reset(&bench->load.regulator);
    bench->supply.sent = bench->load.sent = NAN;
    bench->supply.saturated = bench->load.saturated = 0;
    bench->energise_step = 0;
    bench->held = bench->speed_holds = false;
}

static void energise_next(struct mb_bench *bench);

static void energise_done(struct mb_instrument *instrument, int error, const char *text, void *userdata)
{
    struct mb_bench *bench = userdata;

    if (error == -ECANCELED || bench->energise_step == 0)
        return;
    if (error < 0) {
        bench_fault(bench, "%s refused to switch on: %s", instrument->id, text);
        return;
    }
    bench->energise_step++;
    energise_next(bench);
}

/* Order for a motor supply (instruments.md 6): level 0, frequency, output on, then ramp. The load machine
 * stays off. */
static void energise_next(struct mb_bench *bench)
{
    struct mb_instrument *source = bench->supply.instrument;
    int r = 0;

    if (bench->energise_step == 2 && bench->frequency_hz <= 0)
        bench->energise_step++; /* direct current */
    switch (bench->energise_step) {
    case 1:
        r = source->ops->set(source, MB_VOLTAGE, 0, energise_done, bench);
        break;
    case 2:
        r = source->ops->set(source, MB_FREQUENCY, bench->frequency_hz, energise_done, bench);
        break;
    case 3:
        r = source->ops->output(source, true, energise_done, bench);
        break;
    default:
        bench->supply.sent = 0;
        break;
    }
    if (r < 0)
        bench_fault(bench, "%s cannot be switched on at %g Hz", source->id, bench->frequency_hz);
}

int mb_bench_energise(struct mb_bench *bench, double frequency_hz)
{
    if (!bench_stop_line_closed(bench) || bench->fault[0])
        return -EIO;
    if (bench->safe_state != MB_SAFE)
        return -EBUSY;
    if (bench->mode != MB_BENCH_RUNNING) /* nothing would watch the limits */
        return -EINVAL;
    bench_control_stop(bench);
    bench->supply.regulator = (struct mb_regulator){
        .rate_per_s = bench->rated_voltage_v / bench->setting->supply.ramp_s,
        .gain = GAIN,
        .correction_max = CORRECTION_SHARE_MAX * bench->rated_voltage_v,
        .command_max = bench->setting->limits.voltage_v,
        .deadband = VOLTAGE_DEADBAND * bench->rated_voltage_v,
        .hold_s = bench->setting->supply.lag_s,
    };
    bench->load.regulator = (struct mb_regulator){
        .rate_per_s = bench->rated_torque_nm / bench->setting->load.ramp_s,
        .gain = GAIN,
        .correction_max = CORRECTION_SHARE_MAX * bench->rated_torque_nm,
        .command_max = bench->setting->limits.torque_nm,
        .deadband = TORQUE_DEADBAND * bench->rated_torque_nm,
        .hold_s = bench->setting->load.lag_s,
    };
    bench->frequency_hz = frequency_hz;
    mb_protection_begin(&bench->protection, &bench->protection_limits);
    bench_set_safe_state(bench, MB_ENERGISED);
    bench->energise_step = 1;
    energise_next(bench);
    bench_notify(bench);
    return 0;
}

int mb_bench_set_targets(struct mb_bench *bench, double voltage_v, double torque_nm)
{
    const struct mb_bench_setting *s = bench->setting;

    if (bench->safe_state != MB_ENERGISED)
        return -EINVAL;
    if (!(voltage_v >= 0 && voltage_v <= s->limits.voltage_v && torque_nm >= 0 &&
          torque_nm <= s->limits.torque_nm))
        return -ERANGE;
    if (bench->speed_holds)
        bench->load.sent = NAN; /* its controller is told the torque again */
    bench->speed_holds = false;
    bench->supply.regulator.target = voltage_v;
    /* A reading at reduced voltage is as exact as one at the rated one. */
    bench->supply.regulator.deadband =
        VOLTAGE_DEADBAND * (voltage_v > 0 ? fmin(voltage_v, bench->rated_voltage_v) : bench->rated_voltage_v);
    bench->load.regulator.target = torque_nm;
    bench->held = false;
    return 0;
}

int mb_bench_set_load_speed(struct mb_bench *bench, double speed_rpm)
{
    struct actuator *a = &bench->load_speed;
    int r;

    if (bench->safe_state != MB_ENERGISED)
        return -EINVAL;
    if (!(speed_rpm > 0 && speed_rpm <= bench->setting->limits.speed_rpm))
        return -ERANGE;
    bench->speed_holds = true;
    if (a->pending) /* the next one is newer */
        return 0;
    a->pending = true;
    r = a->instrument->ops->set(a->instrument, MB_SPEED, speed_rpm, set_done, a);
    if (r < 0)
        a->pending = bench->speed_holds = false;
    return r;
}

double mb_bench_limit(const struct mb_bench *bench, enum mb_signal signal)
{
    const struct mb_bench_setting *s = bench->setting;

    switch (signal) {
    case MB_SIGNAL_U:
        return s->limits.voltage_v;
    case MB_SIGNAL_I:
        return s->limits.current_a;
    case MB_SIGNAL_T:
        return s->limits.torque_nm;
    case MB_SIGNAL_N:
        return s->limits.speed_rpm;
    default:
        return INFINITY;
    }
}

void mb_bench_hold(struct mb_bench *bench, bool held)
{
    bench->held = held;
}

static double value_or_nan(const struct mb_snapshot *snapshot, enum mb_signal signal)
{
    return mb_snapshot_valid(snapshot, signal) ? snapshot->signal[signal].value : NAN;
}

/* A correction waits until the last command has been confirmed and the actuator's lag is over: the links' own
 * time counts. */
static double loop_step(struct actuator *a, double dt_s, double measured)
{
    if (a->pending)
        a->regulator.since_s = 0;
    return mb_regulator_step(&a->regulator, dt_s, a->pending ? NAN : measured);
}

static void check_saturation(struct actuator *a, double measured)
{
    const struct mb_regulator *r = &a->regulator;
    bool stuck = r->reference == r->target && isfinite(measured) &&
                 fabs(r->correction) >= 0.999 * r->correction_max &&
                 fabs(r->target - measured) > r->deadband && (r->target - measured) * r->correction > 0;

    if (a->pending)
        return;
    if (!stuck)
        a->saturated = 0;
    else if (r->since_s == 0) /* one more correction, after the lag of the last one */
        a->saturated++;
    if (a->saturated >= SATURATED_CORRECTIONS)
        bench_fault(
            a->bench,
            "%s cannot bring %s to %.4g %s, it reads %.4g: a lead, a sensor or a scale is wrong; outputs off",
            a->instrument->id, mb_quantity_name(a->quantity), r->target, mb_quantity_unit(a->quantity),
            measured);
}

/* While a command is on its way, its lag has not begun. */
static void observe(struct actuator *a, const struct mb_snapshot *snapshot, enum mb_signal signal,
                    double dt_s)
{
    uint64_t t_ns = snapshot->signal[signal].t_ns;

    if (t_ns != 0 && t_ns == a->observed_ns) /* the same reading once more shows nothing new */
        return;
    a->observed_ns = t_ns;
    mb_regulator_observe(&a->regulator, a->pending ? 0 : dt_s, value_or_nan(snapshot, signal));
}

void bench_control_step(struct mb_bench *bench, const struct mb_snapshot *snapshot, double dt_s)
{
    struct mb_regulator *t = &bench->load.regulator;
    double command;

    if (bench->safe_state != MB_ENERGISED || bench->energise_step < 4)
        return;
    observe(&bench->supply, snapshot, MB_SIGNAL_U, dt_s);
    observe(&bench->load, snapshot, MB_SIGNAL_T, dt_s);
    if (bench->held)
        return;
    command = loop_step(&bench->supply, dt_s, value_or_nan(snapshot, MB_SIGNAL_U));
    check_saturation(&bench->supply, value_or_nan(snapshot, MB_SIGNAL_U));
    actuator_send(&bench->supply, command / bench->setting->supply.ratio,
                  RESOLUTION * bench->rated_voltage_v);
    if (bench->speed_holds)
        return;
    command = loop_step(&bench->load, dt_s, value_or_nan(snapshot, MB_SIGNAL_T));
    check_saturation(&bench->load, value_or_nan(snapshot, MB_SIGNAL_T));
    if (t->target < TORQUE_OFF_SHARE * bench->rated_torque_nm && t->reference == t->target) {
        t->correction = 0;
        command = 0;
    }
    actuator_send(&bench->load, command, RESOLUTION * bench->rated_torque_nm);
}

bool mb_bench_settled(const struct mb_bench *bench, double voltage_tolerance, double torque_tolerance)
{
    const struct mb_regulator *t = &bench->load.regulator;
    bool torque_off = t->target < TORQUE_OFF_SHARE * bench->rated_torque_nm && t->reference == t->target;

    return bench->safe_state == MB_ENERGISED &&
           mb_regulator_settled(&bench->supply.regulator, voltage_tolerance, 0) &&
           (bench->speed_holds || torque_off ||
            mb_regulator_settled(t, torque_tolerance, 0.1 * bench->rated_torque_nm));
}
