/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The object: making it, its instruments, its simple questions. Polling: poll.c. Loops: control.c. Way to
 * off: safe.c. */
#include "bench/bench.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/capture.h"
#include "bench/internal.h"
#include "bench/record.h"

/* Nothing is believed of an instrument that (re)appears before its safe state is confirmed. A source or a
 * load machine that is lost while the motor runs cannot be told to stop later: the rest goes off now. */
static void instrument_changed(struct mb_instrument *instrument, void *userdata)
{
    struct member *member = userdata;
    struct mb_bench *bench = member->bench;
    bool ready = instrument->state == MB_INSTRUMENT_READY;

    if (ready && !member->was_ready)
        bench->recheck_safe = member->unconfirmed = true;
    if (member->unconfirmed && instrument == bench->supply.instrument)
        bench->source_is_off = false;
    member->was_ready = ready;
    if (instrument->state == MB_INSTRUMENT_LOST && bench->safe_state == MB_ENERGISED &&
        (instrument == bench->supply.instrument || instrument == bench->load.instrument ||
         instrument == bench->excitation.instrument))
        bench_fault(bench, "%s at %s is lost (%s): outputs off", instrument->id, instrument->address,
                    instrument->fault);
    bench_notify(bench);
}

static int open_member(struct mb_bench *bench, size_t index, const char *profile_directory,
                       struct mb_error *err)
{
    const struct mb_bench_instrument *s = &bench->setting->instruments[index];
    struct member *member = &bench->members[index];
    const struct mb_instrument_setting setting = {
        .id = s->id,
        .profile = s->profile,
        .address = s->address,
        .clock = &bench->clock,
        .simulated = bench->setting->simulated,
        .voltage_range_v = s->voltage_range_v,
        .current_range_a = s->current_range_a,
        .wiring = s->wiring,
        .iio_channels = s->iio_channels,
        .iio_channel_count = s->iio_channel_count,
        .rate_hz = s->rate_hz,
        .trigger = s->trigger,
        .update_s = s->update_s,
        .counts_per_turn = s->counts_per_turn,
        .function = s->function,
    };
    int r = mb_instrument_new(bench->event, profile_directory, &setting, &member->instrument, err);

    if (r < 0)
        return r;
    member->last = calloc(member->instrument->channel_count + 1, sizeof *member->last);
    if (!member->last)
        return -ENOMEM;
    for (size_t c = 0; c < member->instrument->channel_count; c++)
        member->last[c] =
            (struct mb_reading){.value = NAN, .standard_uncertainty = NAN, .validity = MB_NO_DATA};
    member->bench = bench;
    member->instrument->state_changed = instrument_changed;
    member->instrument->userdata = member;
    return 0;
}

/* In words: "source 3 s, brake 3 s". */
static void list_times(const struct mb_bench *bench, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < bench->member_count; i++) {
        const struct mb_instrument *instrument = bench->members[i].instrument;

        if (bench_can_be_live(instrument) && used < size)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s %g s", used ? ", " : "",
                                     instrument->id, instrument->time_to_safe_s);
    }
    if (bench->setting->contactor.line.chip && used < size)
        (void)snprintf(buffer + used, size - used, "%scontactor %g s", used ? ", " : "",
                       bench->setting->contactor.settle_s);
}

static int check_time_to_safe(const struct mb_bench *bench, struct mb_error *err)
{
    double sum_s = bench->setting->contactor.line.chip ? bench->setting->contactor.settle_s : 0;
    double limit_s = bench->setting->time_to_safe_s;
    char list[256];

    for (size_t i = 0; i < bench->member_count; i++)
        sum_s += bench->members[i].instrument->time_to_safe_s;
    if (limit_s == 0 || sum_s <= limit_s)
        return 0;
    list_times(bench, list, sizeof list);
    return mb_error_set(err, -EINVAL,
                        "bench %s: its instruments may take %g s to their safe state (%s), time_to_safe_s "
                        "allows %g s",
                        bench->setting->name, sum_s, list, limit_s);
}

int mb_bench_new(sd_event *event, struct mb_bench_setting *setting, const char *profile_directory,
                 struct mb_bench **ret, struct mb_error *err)
{
    struct mb_bench *bench = calloc(1, sizeof *bench);
    int r = 0;

    if (!bench)
        return -ENOMEM;
    bench->event = sd_event_ref(event);
    bench->setting = setting;
    bench->safe_state = MB_SAFE_UNKNOWN; /* until every instrument has answered and confirmed */
    mb_clock_init(&bench->clock, setting->time_factor);
    mb_snapshot_init(&bench->last);
    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        bench->manual[s] = bench->last.signal[s];
    bench->members =
        calloc(setting->instrument_count ? setting->instrument_count : 1, sizeof *bench->members);
    if (!bench->members)
        r = -ENOMEM;
    for (size_t i = 0; r == 0 && i < setting->instrument_count; i++) {
        bench->member_count = i + 1;
        r = open_member(bench, i, profile_directory, err);
    }
    if (r == 0)
        r = check_time_to_safe(bench, err);
    if (r == 0)
        r = bench_notify_init(bench);
    if (r == 0)
        r = bench_poll_init(bench, err);
    if (r >= 0)
        r = bench_stop_line_new(bench);
    if (r < 0) {
        bench->setting = NULL; /* still the caller's */
        mb_bench_free(bench);
        return r;
    }
    bench_control_init(bench);
    bench_excitation_init(bench);
    mb_bench_set_motor(bench, NULL);
    *ret = bench;
    return 0;
}

struct mb_bench *mb_bench_free(struct mb_bench *bench)
{
    if (!bench)
        return NULL;
    bench->observer = NULL;
    bench->test_observer = NULL;
    bench->watcher = NULL;
    bench->guard = NULL;
    mb_bench_capture_forget(bench);
    mb_bench_record_forget(bench);
    /* What is pending answers from here on; nothing new may go to an instrument that is gone already. */
    bench->mode = MB_BENCH_IDLE;
    bench->safe_state = MB_SAFE_UNKNOWN;
    bench->energise_step = 0;
    bench->field_waits = false;
    for (size_t i = 0; i < bench->member_count; i++) {
        mb_instrument_free(bench->members[i].instrument);
        free(bench->members[i].uses);
        free(bench->members[i].last);
    }
    free(bench->members);
    bench_live_free(bench);
    bench_streams_free(bench);
    bench_stop_line_free(bench);
    sd_event_source_disable_unref(bench->poll_timer);
    sd_event_source_disable_unref(bench->loss_timer);
    sd_event_source_disable_unref(bench->notify);
    mb_bench_setting_free(bench->setting);
    sd_event_unref(bench->event);
    free(bench);
    return NULL;
}

int mb_bench_open(struct mb_bench *bench)
{
    for (size_t i = 0; i < bench->member_count; i++) {
        struct mb_instrument *instrument = bench->members[i].instrument;
        int r = instrument->ops->open(instrument);

        if (r < 0)
            return r;
    }
    (void)bench_stop_line_closed(bench); /* nothing is on: the fault alone says what is wrong */
    return 0;
}

const struct mb_reading *mb_bench_last_readings(const struct mb_instrument *instrument)
{
    return ((const struct member *)instrument->userdata)->last;
}

const char *mb_bench_calibration(const struct mb_instrument *instrument)
{
    const struct member *member = instrument->userdata;

    return member->bench->setting->instruments[member - member->bench->members].calibration;
}

const struct mb_bench_setting *mb_bench_get_setting(const struct mb_bench *bench)
{
    return bench->setting;
}

const struct mb_clock *mb_bench_clock(const struct mb_bench *bench)
{
    return &bench->clock;
}

struct mb_instrument *mb_bench_instrument(const struct mb_bench *bench, size_t index)
{
    return index < bench->member_count ? bench->members[index].instrument : NULL;
}

enum mb_safe_state mb_bench_safe_state(const struct mb_bench *bench)
{
    return bench->safe_state;
}

const char *mb_safe_state_name(enum mb_safe_state state)
{
    static const char *const names[] = {
        [MB_SAFE] = "safe",
        [MB_ENERGISED] = "energised",
        [MB_GOING_SAFE] = "going-safe",
        [MB_SAFE_UNKNOWN] = "unknown",
        [MB_TESTING] = "testing",
    };

    return names[state];
}

const char *mb_bench_fault(const struct mb_bench *bench)
{
    return bench->fault;
}

const struct mb_snapshot *mb_bench_last(const struct mb_bench *bench)
{
    return &bench->last;
}

int mb_bench_ready(const struct mb_bench *bench, struct mb_error *err)
{
    if (bench->fault[0])
        return mb_error_set(err, -EAGAIN, "bench %s: %s", bench->setting->name, bench->fault);
    if (bench->guard && bench->guard->allows(bench, bench->guard_userdata, err) < 0)
        return -EAGAIN;
    for (size_t i = 0; i < bench->member_count; i++) {
        const struct mb_instrument *instrument = bench->members[i].instrument;

        if (instrument->state != MB_INSTRUMENT_READY)
            return mb_error_set(err, -EAGAIN, "instrument %s (%s at %s) is %s%s%s", instrument->id,
                                instrument->profile, instrument->address,
                                mb_instrument_state_name(instrument->state), instrument->fault[0] ? ": " : "",
                                instrument->fault);
    }
    if (bench->safe_state == MB_SAFE_UNKNOWN || bench->safe_state == MB_GOING_SAFE)
        return mb_error_set(err, -EAGAIN, "bench %s: the outputs are not confirmed off yet",
                            bench->setting->name);
    return 0;
}

void mb_bench_set_observer(struct mb_bench *bench, const struct mb_bench_observer *observer, void *userdata)
{
    bench->observer = observer;
    bench->observer_userdata = userdata;
    bench->test_observer = NULL;
    if (bench->safe_state != MB_ENERGISED) {
        bench_excitation_stop(bench);
        bench->partner.wanted_reversed = bench->partner.reversed = false;
    }
    if (!observer) /* the bench looks whether it may go idle */
        bench_notify(bench);
}

void mb_bench_set_watcher(struct mb_bench *bench, void (*changed)(struct mb_bench *bench, void *userdata),
                          void *userdata)
{
    bench->watcher = changed;
    bench->watcher_userdata = userdata;
}

void mb_bench_set_guard(struct mb_bench *bench, const struct mb_bench_guard *guard, void *userdata)
{
    bench->guard = guard;
    bench->guard_userdata = userdata;
}

void mb_bench_set_motor(struct mb_bench *bench, const struct mb_motor *motor)
{
    mb_protection_limits(motor, bench->setting->limits.winding_c, &bench->protection_limits);
}

void mb_bench_set_rating(struct mb_bench *bench, double voltage_v, double torque_nm)
{
    bench->rated_voltage_v = voltage_v;
    bench->rated_torque_nm = torque_nm;
}

bool mb_bench_is_manual(const struct mb_bench *bench, enum mb_signal signal)
{
    return (signal == MB_SIGNAL_RESISTANCE && bench->setting->ohmmeter.manual) ||
           (signal == MB_SIGNAL_COOLANT && bench->setting->coolant.manual);
}

/* What a person may enter [laboratory choice]: outside it is a slip of the finger. */
static bool manual_range_ok(enum mb_signal signal, double value)
{
    if (signal == MB_SIGNAL_COOLANT)
        return value >= -50 && value <= 100;
    return value >= 1e-6 && value <= 1e6;
}

void mb_bench_forget_manual(struct mb_bench *bench)
{
    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        bench->manual[s].validity = MB_NO_DATA;
}

int mb_bench_enter(struct mb_bench *bench, enum mb_signal signal, double value, double standard_uncertainty)
{
    if (!mb_bench_is_manual(bench, signal) || !isfinite(value) || !manual_range_ok(signal, value))
        return -EINVAL;
    bench->manual[signal] = (struct mb_reading){
        .value = value,
        .standard_uncertainty = standard_uncertainty,
        .t_ns = mb_clock_now_ns(&bench->clock),
        .validity = MB_VALID,
        .flags = MB_READING_MANUAL | (bench->setting->simulated ? MB_READING_SIMULATED : 0),
    };
    return 0;
}
