/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Set points flow down: the loops of voltage and torque, and switching on. */
#include <errno.h>
#include <math.h>

#include "bench/internal.h"

/* An actuator whose scale is off by more than this is a fault to find, not an error to trim away [laboratory
 * choice]. */
#define CORRECTION_SHARE_MAX 0.2
#define GAIN 0.7
/* A partner's torque goes with the slips of two motors: the nameplate's is within 20 %, a cold cage has a
 * quarter less. */
#define PARTNER_CORRECTION_SHARE_MAX 0.6
/* So many corrections that came to nothing, the correction at its end and the error still there, are a fault:
 * a lead is off, a sensor dead. Each waits for the lag of the one before, so a slow link is none. */
#define SATURATED_CORRECTIONS 4
/* Errors up to this share (of the target voltage up to the rated one; of the rated torque) are left alone, a
 * tenth of what a reading may be off [laboratory choice]. */
#define VOLTAGE_DEADBAND 5e-4
#define TORQUE_DEADBAND 1e-3
/* Set points closer than this to the last one sent are not sent again: fraction of the rated value. */
#define RESOLUTION 2e-5
/* A driven shaft is where it should be within this share of its speed [laboratory choice]. */
#define DRIVEN_NEAR 2e-3
/* Set points of speed closer than this to the last one sent are not sent again. */
#define SPEED_RESOLUTION_RPM 0.05
/* Below this share of the rated torque the load machine is switched off instead of regulated. */
#define TORQUE_OFF_SHARE 1e-3
#define CONTACTOR_STEP 3 /* of energise_next: waits for it where there is one */

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
    a->sent_real_ns = mb_monotonic_ns();
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
    mb_regulator_reset(&bench->load_speed.regulator);
    bench->supply.sent = bench->load.sent = bench->load_speed.sent = NAN;
    bench->supply.saturated = bench->load.saturated = 0;
    bench->energise_step = 0;
    bench->contactor_closed = false;
    bench->held = bench->speed_holds = bench->drives = bench->source_off = false;
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
 * stays off. A contactor closes without current: the guard has begun with it when it heard of the state. */
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
    case CONTACTOR_STEP:
        if (bench->setting->contactor.line.chip && !bench->contactor_closed)
            return; /* bench_contactor_closed */
        r = source->ops->output(source, true, energise_done, bench);
        break;
    default:
        bench->supply.sent = 0;
        break;
    }
    if (r < 0)
        bench_fault(bench, "%s cannot be switched on at %g Hz", source->id, bench->frequency_hz);
}

void bench_contactor_closed(struct mb_bench *bench)
{
    if (bench->contactor_closed || bench->safe_state != MB_ENERGISED)
        return;
    bench->contactor_closed = true;
    if (bench->energise_step == CONTACTOR_STEP)
        energise_next(bench);
}

void bench_control_begin_supply(struct mb_bench *bench)
{
    bench->energise_step = 1;
    energise_next(bench);
}

static void prepare_loops(struct mb_bench *bench)
{
    const struct mb_bench_setting *s = bench->setting;

    bench->supply.regulator = (struct mb_regulator){
        .rate_per_s = bench->rated_voltage_v / s->supply.ramp_s,
        .gain = GAIN,
        .correction_max = CORRECTION_SHARE_MAX * bench->rated_voltage_v,
        .command_max = s->limits.voltage_v,
        .deadband = VOLTAGE_DEADBAND * bench->rated_voltage_v,
        .hold_s = s->supply.lag_s,
    };
    bench->load.regulator = (struct mb_regulator){
        .rate_per_s = bench->rated_torque_nm / s->load.ramp_s,
        .gain = GAIN,
        .correction_max =
            (s->load.partner ? PARTNER_CORRECTION_SHARE_MAX : CORRECTION_SHARE_MAX) * bench->rated_torque_nm,
        .command_max = s->limits.torque_nm,
        .deadband = TORQUE_DEADBAND * bench->rated_torque_nm,
        .hold_s = s->load.lag_s,
    };
    /* The drive's own loop keeps the speed: nothing is corrected here. */
    bench->load_speed.regulator = (struct mb_regulator){
        .rate_per_s = s->limits.speed_rpm / s->load.run_up_s,
        .command_min = -s->limits.speed_rpm,
        .command_max = s->limits.speed_rpm,
        .deadband = INFINITY,
        .hold_s = s->load.lag_s,
    };
}

/* 0, or why nothing may be switched on. */
static int may_energise(struct mb_bench *bench)
{
    if (!bench_stop_line_closed(bench) || bench->fault[0])
        return -EIO;
    if (bench->safe_state != MB_SAFE)
        return -EBUSY;
    return bench->mode == MB_BENCH_RUNNING ? 0 : -EINVAL; /* else nothing would watch the limits */
}

/* The state comes last: the guard hears of it at once, and of which machine it is. */
static void begin_energised(struct mb_bench *bench, bool source_off)
{
    bench_control_stop(bench);
    bench_partner_begin(bench);
    bench->source_off = source_off;
    bench->source_is_off &= source_off;
    bench->shaft = MB_SHAFT_UNKNOWN;
    prepare_loops(bench);
    mb_protection_begin(&bench->protection, &bench->protection_limits);
    bench_set_safe_state(bench, MB_ENERGISED);
}

int mb_bench_energise(struct mb_bench *bench, double frequency_hz)
{
    int r = may_energise(bench);

    if (r < 0)
        return r;
    begin_energised(bench, false);
    bench->frequency_hz = frequency_hz;
    if (!bench_excitation_begin(bench))
        bench_control_begin_supply(bench);
    bench_notify(bench);
    return 0;
}

int mb_bench_energise_load(struct mb_bench *bench)
{
    int r = mb_bench_can_drive(bench) ? may_energise(bench) : -ENOTSUP;

    if (r < 0)
        return r;
    begin_energised(bench, true);
    bench->energise_step = SWITCHED_ON;
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
    if (bench->source_off && voltage_v > 0)
        return -EINVAL;
    if (bench->speed_holds)
        bench->load.sent = NAN; /* its controller is told the torque again */
    bench->speed_holds = bench->drives = false;
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

    if (bench->setting->load.partner)
        return -ENOTSUP;
    if (bench->safe_state != MB_ENERGISED)
        return -EINVAL;
    if (!(speed_rpm > 0 && speed_rpm <= bench->setting->limits.speed_rpm))
        return -ERANGE;
    bench->speed_holds = true;
    bench->drives = false;
    if (a->pending) /* the next one is newer */
        return 0;
    a->pending = true;
    r = a->instrument->ops->set(a->instrument, MB_SPEED, speed_rpm, set_done, a);
    if (r < 0)
        a->pending = bench->speed_holds = false;
    return r;
}

bool mb_bench_can_drive(const struct mb_bench *bench)
{
    return bench->setting->load.drives;
}

static double value_or_nan(const struct mb_snapshot *snapshot, enum mb_signal signal)
{
    return mb_snapshot_valid(snapshot, signal) ? snapshot->signal[signal].value : NAN;
}

int mb_bench_drive(struct mb_bench *bench, double speed_rpm)
{
    struct actuator *a = &bench->load_speed;
    double now_rpm = value_or_nan(&bench->last, MB_SIGNAL_N);

    if (!mb_bench_can_drive(bench))
        return -ENOTSUP;
    if (bench->safe_state != MB_ENERGISED)
        return -EINVAL;
    if (!(fabs(speed_rpm) <= bench->setting->limits.speed_rpm))
        return -ERANGE;
    if (!bench->drives && isfinite(now_rpm))
        a->regulator.reference =
            fabs(now_rpm - speed_rpm) <= DRIVEN_NEAR * fabs(speed_rpm) ? speed_rpm : now_rpm;
    if (!bench->drives)
        a->sent = NAN;
    a->regulator.target = speed_rpm;
    bench->speed_holds = bench->drives = true;
    return 0;
}

void mb_bench_set_converter(struct mb_bench *bench, bool converter)
{
    bench->converter = converter;
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
    case MB_SIGNAL_EXCITATION_I:
        return s->limits.excitation_a;
    default:
        return INFINITY;
    }
}

void mb_bench_hold(struct mb_bench *bench, bool held)
{
    bench->held = held;
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

/* What makes flux: of a converter's voltage the fundamental alone. */
static enum mb_signal supply_signal(const struct mb_bench *bench)
{
    return bench->converter ? MB_SIGNAL_U_FUNDAMENTAL : MB_SIGNAL_U;
}

static void supply_step(struct mb_bench *bench, const struct mb_snapshot *snapshot, double dt_s)
{
    double voltage_v = value_or_nan(snapshot, supply_signal(bench));
    double command = loop_step(&bench->supply, dt_s, voltage_v);

    check_saturation(&bench->supply, voltage_v);
    actuator_send(&bench->supply, command / bench_source_ratio(bench, bench->supply.instrument),
                  RESOLUTION * bench->rated_voltage_v);
}

static bool load_is_off(const struct mb_bench *bench)
{
    const struct mb_regulator *t = &bench->load.regulator;

    return t->target < TORQUE_OFF_SHARE * bench->rated_torque_nm && t->reference == t->target;
}

/* A standing shaft carries what the motor gives, one that runs up what the inertia takes besides: neither is
 * what the load machine is set to. */
#define STANDING_SHARE 0.01 /* of rated speed [laboratory choice] */
#define MOVING_SHARE 0.02   /* the same, from one reading to the next */

static double load_reading(struct mb_bench *bench, const struct mb_snapshot *snapshot)
{
    double n_rpm = value_or_nan(snapshot, MB_SIGNAL_N), rated_rpm = bench->protection_limits.rated_rpm;
    double moved_rpm = n_rpm - bench->load_rpm;

    bench->load_rpm = n_rpm;
    return fabs(n_rpm) < STANDING_SHARE * rated_rpm || fabs(moved_rpm) > MOVING_SHARE * rated_rpm
               ? NAN
               : value_or_nan(snapshot, MB_SIGNAL_T);
}

static void load_step(struct mb_bench *bench, const struct mb_snapshot *snapshot, double dt_s)
{
    double torque_nm = load_reading(bench, snapshot), command;

    if (bench->setting->load.partner && !bench_partner_is_up(bench)) {
        bench_partner_step(bench, 0, dt_s, bench->load.regulator.target <= 0);
        return;
    }
    command = loop_step(&bench->load, dt_s, torque_nm);
    check_saturation(&bench->load, torque_nm);
    if (load_is_off(bench)) {
        bench->load.regulator.correction = 0;
        command = 0;
    }
    if (bench->setting->load.partner)
        bench_partner_step(bench, command, dt_s, load_is_off(bench));
    else
        actuator_send(&bench->load, command, RESOLUTION * bench->rated_torque_nm);
}

/* A shaft that is driven at its speed needs no other command: a link that has died would not be seen before
 * the shaft is to be let go. It is told its speed again as often as readings must come. */
static void prove_drive(struct mb_bench *bench)
{
    struct actuator *a = &bench->load_speed;
    double sent = a->sent;

    if (!bench->drives || a->pending || isnan(sent) ||
        (double)(mb_monotonic_ns() - a->sent_real_ns) * 1e-9 < bench->setting->loss_s)
        return;
    a->sent = NAN;
    actuator_send(a, sent, SPEED_RESOLUTION_RPM);
}

void bench_control_step(struct mb_bench *bench, const struct mb_snapshot *snapshot, double dt_s)
{
    if (bench->safe_state != MB_ENERGISED || bench->energise_step < SWITCHED_ON)
        return;
    observe(&bench->supply, snapshot, supply_signal(bench), dt_s);
    observe(&bench->load, snapshot, MB_SIGNAL_T, dt_s);
    observe(&bench->load_speed, snapshot, MB_SIGNAL_N, dt_s);
    prove_drive(bench);
    if (bench->held)
        return;
    if (!bench->source_off)
        supply_step(bench, snapshot, dt_s);
    if (bench->drives)
        actuator_send(&bench->load_speed, loop_step(&bench->load_speed, dt_s, NAN), SPEED_RESOLUTION_RPM);
    if (!bench->speed_holds)
        load_step(bench, snapshot, dt_s);
}

/* No voltage is what the source gives without being regulated. */
static bool supply_settled(const struct mb_bench *bench, double tolerance)
{
    const struct mb_regulator *u = &bench->supply.regulator;

    return u->target > 0 ? mb_regulator_settled(u, tolerance, 0) : u->reference == 0;
}

static bool load_settled(const struct mb_bench *bench, double tolerance)
{
    const struct mb_regulator *t = &bench->load.regulator;

    if (bench->drives)
        return mb_regulator_settled(&bench->load_speed.regulator, DRIVEN_NEAR, 0);
    if (!bench_partner_settled(bench))
        return false;
    return bench->speed_holds || load_is_off(bench) ||
           mb_regulator_settled(t, tolerance, 0.1 * bench->rated_torque_nm);
}

bool mb_bench_settled(const struct mb_bench *bench, double voltage_tolerance, double torque_tolerance)
{
    return bench->safe_state == MB_ENERGISED && supply_settled(bench, voltage_tolerance) &&
           load_settled(bench, torque_tolerance);
}
