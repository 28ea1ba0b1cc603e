/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One bench: its instruments, what each is used for, the closed loops of voltage and torque, the limits, and
 * the way to off. Safe actions belong to the bench, not to the plan (design.md, rule 4). Nothing blocks;
 * everything runs on one loop. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "bench/setting.h"
#include "bench/signal.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/instrument.h"
#include "standard/motor.h"

enum mb_bench_mode {
    MB_BENCH_IDLE,    /* nothing is polled: no wake-ups */
    MB_BENCH_REST,    /* outputs off: winding resistance and temperatures */
    MB_BENCH_RUNNING, /* analyser, torque, speed, temperatures */
};

enum mb_safe_state {
    MB_SAFE, /* every output commanded off and confirmed */
    MB_ENERGISED,
    MB_GOING_SAFE,
    MB_SAFE_UNKNOWN, /* a safe command could not be confirmed: the outputs may still be live */
    MB_TESTING,      /* a safety tester has the motor; every other output is off */
};

enum mb_shaft {
    MB_SHAFT_UNKNOWN, /* nobody has read its speed since it may have turned */
    MB_SHAFT_STANDS,
    MB_SHAFT_TURNS,
};

#define MB_SHAFT_STANDING_SHARE 0.01 /* of rated or synchronous speed [laboratory choice] */

struct mb_bench;

/* The one who runs the bench; every member may be NULL. Called from the event loop, never from inside a call.
 */
struct mb_bench_observer {
    void (*snapshot)(const struct mb_snapshot *snapshot, void *userdata);
    /* A limit was exceeded, an instrument was lost or refused a command: the outputs are on their way to off.
     */
    void (*fault)(const char *text, void *userdata);
    /* The safe state, the fault text or an instrument's state has changed. */
    void (*changed)(void *userdata);
};

/* Who watches from outside that the outputs go off when the daemon cannot see to it (bench/guard.h). */
struct mb_bench_guard {
    /* 0, or a negative errno with the reason why nothing may be switched on yet. */
    int (*allows)(const struct mb_bench *bench, void *userdata, struct mb_error *err);
    /* The safe state has changed: called at once, before the first command that switches on goes out, and so
     * often besides from the loop. Must not call the bench. */
    void (*changed)(const struct mb_bench *bench, void *userdata);
};

/* One safety test as its owner hears of it, from the event loop. */
struct mb_bench_test_observer {
    void (*testing)(enum mb_safety_phase phase, double elapsed_s, void *userdata);
    void (*tested)(int error, const char *text, const struct mb_safety_result *result, void *userdata);
};

/* Takes the setting over. Opens nothing yet. -EINVAL: the instruments' times to safe add up to more than the
 * setting allows. */
int mb_bench_new(sd_event *event, struct mb_bench_setting *setting, const char *profile_directory,
                 struct mb_bench **ret, struct mb_error *err);
/* Sends the safe commands' last chance away: the caller has brought the bench to safe before, if it could. */
struct mb_bench *mb_bench_free(struct mb_bench *bench);
/* Opens every instrument; they reconnect by themselves. */
int mb_bench_open(struct mb_bench *bench);

const struct mb_bench_setting *mb_bench_get_setting(const struct mb_bench *bench);
const struct mb_clock *mb_bench_clock(const struct mb_bench *bench);
struct mb_instrument *mb_bench_instrument(const struct mb_bench *bench, size_t index);
/* What an instrument of a bench answered last, parallel to its channels. */
const struct mb_reading *mb_bench_last_readings(const struct mb_instrument *instrument);
/* Its calibration as the bench file states it; NULL: not stated. */
const char *mb_bench_calibration(const struct mb_instrument *instrument);
enum mb_safe_state mb_bench_safe_state(const struct mb_bench *bench);
const char *
mb_safe_state_name(enum mb_safe_state state); /* "safe", "energised", "going-safe", "unknown", "testing" */
/* By the last reading of its speed. Outputs that are off leave it turning until it has run out. */
enum mb_shaft mb_bench_shaft(const struct mb_bench *bench);
const char *mb_shaft_name(enum mb_shaft shaft);           /* "unknown", "stands", "turns" */
const char *mb_bench_fault(const struct mb_bench *bench); /* "" when none */
const struct mb_snapshot *mb_bench_last(const struct mb_bench *bench);
/* 0 when every instrument is ready, there is no fault and the guard allows it; else -EAGAIN with the first
 * reason in err. */
int mb_bench_ready(const struct mb_bench *bench, struct mb_error *err);
void mb_bench_set_observer(struct mb_bench *bench, const struct mb_bench_observer *observer, void *userdata);
/* Someone who only looks (the bus): called from the loop after every change of state, with or without an
 * observer. */
void mb_bench_set_watcher(struct mb_bench *bench, void (*changed)(struct mb_bench *bench, void *userdata),
                          void *userdata);

/* NULL: nobody. */
void mb_bench_set_guard(struct mb_bench *bench, const struct mb_bench_guard *guard, void *userdata);

/* What is polled from now on. MB_BENCH_REST only in the safe state, MB_BENCH_IDLE not while energised:
 * -EBUSY. */
int mb_bench_measure(struct mb_bench *bench, enum mb_bench_mode mode);
/* Rated values that ramps and tolerances refer to; before energise. */
void mb_bench_set_rating(struct mb_bench *bench, double voltage_v, double torque_nm);
/* The motor whose nameplate the protection goes by (bench/protection.h), from the next switching on; NULL:
 * none. */
void mb_bench_set_motor(struct mb_bench *bench, const struct mb_motor *motor);
/* Output on at zero voltage and the given frequency, load machine off. -EBUSY unless safe, -EIO while there
 * is a fault, -EINVAL unless MB_BENCH_RUNNING is measured. Goes on asynchronously; a refusal of an instrument
 * is a fault. */
int mb_bench_energise(struct mb_bench *bench, double frequency_hz);
/* Targets of the closed loops: voltage line to line, torque at the shaft (0: load machine off). Clamped to
 * nothing: -ERANGE beyond the bench limits, -EINVAL unless energised, or for a voltage of a source left off.
 */
int mb_bench_set_targets(struct mb_bench *bench, double voltage_v, double torque_nm);
/* The load machine holds a speed by its own loop and the set point of torque rests, until the next targets.
 * -ENOTSUP: it cannot; -ERANGE beyond the bench limits, -EINVAL unless energised. */
int mb_bench_set_load_speed(struct mb_bench *bench, double speed_rpm);
/* Whether the bench file says that the load machine drives. */
bool mb_bench_can_drive(const struct mb_bench *bench);
/* As mb_bench_energise with the source left off: the load machine alone turns the motor. -ENOTSUP: it does
 * not drive. */
int mb_bench_energise_load(struct mb_bench *bench);
/* The load machine turns the shaft at this speed whatever the motor does, below 0 against the supply's field:
 * on a ramp from the present speed, until the next targets. mb_bench_settled waits for it. -ENOTSUP: it does
 * not drive; -ERANGE beyond the bench limits, -EINVAL unless energised. */
int mb_bench_drive(struct mb_bench *bench, double speed_rpm);
/* Whether the load machine is a second motor like the tested one, with a source of its own. Its torque is set
 * by that source's frequency: targets and readings are those of the machine that drives. */
bool mb_bench_has_partner(const struct mb_bench *bench);
/* From the next switching on the partner drives and the tested motor is its load: snapshots of the observer
 * then have the partner's readings in the motor's place, the motor's in the partner's, and the torque as it
 * drives. -ENOTSUP: there is no partner. */
int mb_bench_reverse_power(struct mb_bench *bench, bool reversed);
/* Current of a separate field winding; 0: off. Before the bench is energised: the supply is switched on only
 * when this current is read (a motor of direct current needs its field first); switching off and another
 * owner end it. A field that is lost is a fault. -ENOTSUP: no instrument has the role; -ERANGE beyond the
 * bench limits. */
int mb_bench_set_excitation(struct mb_bench *bench, double current_a);
/* No change is on its way: the current has been read since the last one. */
bool mb_bench_excitation_settled(const struct mb_bench *bench);
/* Its analyser reads one voltage and one current (wiring 1P2W). */
bool mb_bench_is_single_phase(const struct mb_bench *bench);
/* Power is corrected for the phase displacement of transformers, which takes a current that lags. */
bool mb_bench_assumes_lag(const struct mb_bench *bench);
/* The same analyser reads the fundamentals of every line's voltage and current. */
bool mb_bench_reads_fundamental(const struct mb_bench *bench);
/* A converter feeds the motor; while the outputs are off. Voltage and current are then the fundamentals, for
 * the loop and in the observer's snapshots, which have neither apparent power nor harmonic voltage factor;
 * protections, limits and mb_bench_last go by the rms values as ever. */
void mb_bench_set_converter(struct mb_bench *bench, bool converter);
/* What the bench file allows of a voltage, current, torque or speed; INFINITY for other signals. */
double mb_bench_limit(const struct mb_bench *bench, enum mb_signal signal);
/* Both loops have arrived and stand there: the last readings, taken after the actuator's lag, are within the
 * given fractions of their targets (torque: of the rated torque at least a tenth). */
bool mb_bench_settled(const struct mb_bench *bench, double voltage_tolerance, double torque_tolerance);
/* Leaves the set points alone while a reading is prepared and taken: the instruments do not see a correction
 * at the same moment. New targets and switching off end it. */
void mb_bench_hold(struct mb_bench *bench, bool held);
/* One safety test by the first tester of the bench that can do it. The bench does one dangerous thing at a
 * time: -EBUSY unless every output is confirmed off and no test runs, and energise is refused until its end
 * is confirmed; -EIO while there is a fault; -ENOTSUP: no tester here can; other errors as of the
 * instrument's op `test`. Whatever makes the bench safe ends the test first; setting another observer of the
 * bench silences this one. */
int mb_bench_test(struct mb_bench *bench, const struct mb_safety_test *test,
                  const struct mb_bench_test_observer *observer, void *userdata, struct mb_error *err);
/* Outputs off now, whatever is going on. The observer hears `changed` when confirmed or when it could not be.
 */
void mb_bench_make_safe(struct mb_bench *bench);
/* As make_safe, and the bench refuses to energise until mb_bench_reset. reason: one line. */
void mb_bench_trip(struct mb_bench *bench, const char *reason);
/* Clears the fault once the bench is safe; -EBUSY before, and while a wired emergency stop is not released. A
 * deliberate act of a person. */
int mb_bench_reset(struct mb_bench *bench, struct mb_error *err);

/* A quantity without a remote instrument (resistance, coolant): whether it is entered by hand, and the entry.
 */
/* A resistance of 1e-6 to 1e6 ohm, a coolant of -50 to 100 degC: else -EINVAL. forget: what was entered for
 * the last motor. */
void mb_bench_forget_manual(struct mb_bench *bench);
bool mb_bench_is_manual(const struct mb_bench *bench, enum mb_signal signal);
int mb_bench_enter(struct mb_bench *bench, enum mb_signal signal, double value, double standard_uncertainty);
