/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Readings flow up: one poll asks every instrument in use at the same moment, and becomes one snapshot. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/internal.h"
#include "dsp/three_phase.h"

/* Channel names that every power analyser profile uses. */
static const struct {
    const char *channel;
    enum mb_signal signal;
} analyser_channels[] = {
    {"voltage-1", MB_SIGNAL_U12},
    {"voltage-2", MB_SIGNAL_U23},
    {"voltage-3", MB_SIGNAL_U31},
    {"current-1", MB_SIGNAL_I1},
    {"current-2", MB_SIGNAL_I2},
    {"current-3", MB_SIGNAL_I3},
    {"active-power", MB_SIGNAL_P},
    {"apparent-power", MB_SIGNAL_S},
    {"frequency", MB_SIGNAL_F},
    {"main-current", MB_SIGNAL_MAIN_I},
    {"auxiliary-current", MB_SIGNAL_AUXILIARY_I},
    {"capacitor-voltage", MB_SIGNAL_CAPACITOR_U},
    {"voltage-fundamental-1", MB_SIGNAL_U12_FUNDAMENTAL},
    {"voltage-fundamental-2", MB_SIGNAL_U23_FUNDAMENTAL},
    {"voltage-fundamental-3", MB_SIGNAL_U31_FUNDAMENTAL},
    {"current-fundamental-1", MB_SIGNAL_I1_FUNDAMENTAL},
    {"current-fundamental-2", MB_SIGNAL_I2_FUNDAMENTAL},
    {"current-fundamental-3", MB_SIGNAL_I3_FUNDAMENTAL},
};

static int add_use(struct member *member, size_t channel, int signal, int harmonic)
{
    struct channel_use *uses = realloc(member->uses, (member->use_count + 1) * sizeof *uses);

    if (!uses)
        return -ENOMEM;
    uses[member->use_count++] = (struct channel_use){channel, signal, harmonic};
    member->uses = uses;
    return 0;
}

static bool has_channel(const struct mb_instrument *instrument, const char *name)
{
    for (size_t c = 0; c < instrument->channel_count; c++)
        if (strcmp(instrument->channels[c].name, name) == 0)
            return true;
    return false;
}

bool mb_bench_is_single_phase(const struct mb_bench *bench)
{
    return bench->single_phase;
}

bool mb_bench_reads_fundamental(const struct mb_bench *bench)
{
    const struct mb_instrument *analyser = bench->members[bench->setting->analyser].instrument;
    int lines = bench->single_phase ? 1 : 3;

    for (int k = 1; k <= lines; k++) {
        char voltage[40], current[40];

        (void)snprintf(voltage, sizeof voltage, "voltage-fundamental-%d", k);
        (void)snprintf(current, sizeof current, "current-fundamental-%d", k);
        if (!has_channel(analyser, voltage) || !has_channel(analyser, current))
            return false;
    }
    return true;
}

static bool turns(const struct mb_bench *bench, int instrument)
{
    return instrument >= 0 && mb_transformers_turn(&bench->setting->instruments[instrument].transformers);
}

bool mb_bench_assumes_lag(const struct mb_bench *bench)
{
    return turns(bench, bench->setting->analyser) || turns(bench, bench->setting->partner_analyser);
}

/* An induction machine draws reactive power when it generates, too. */
static int check_transformers(const struct member *member, struct mb_error *err)
{
    const struct mb_instrument *instrument = member->instrument;

    if (!turns(member->bench, (int)(member - member->bench->members)) ||
        has_channel(instrument, "apparent-power"))
        return 0;
    return mb_error_set(err, -EINVAL,
                        "bench %s: the phase displacement of transformers cannot be corrected, "
                        "instrument %s reads no apparent power",
                        member->bench->setting->name, instrument->id);
}

/* A partner's signals are in the order of the motor's. */
static int partner_signal(int signal)
{
    return signal >= MB_SIGNAL_U12 && signal <= MB_SIGNAL_F ? signal - MB_SIGNAL_U12 + MB_SIGNAL_PARTNER_U12
                                                            : -1;
}

static int use_channel(struct member *member, size_t channel, bool partner)
{
    const char *name = member->instrument->channels[channel].name;
    int r = 0, order;

    for (size_t i = 0; r == 0 && i < sizeof analyser_channels / sizeof *analyser_channels; i++) {
        int signal =
            partner ? partner_signal((int)analyser_channels[i].signal) : (int)analyser_channels[i].signal;

        if (strcmp(analyser_channels[i].channel, name) == 0 && signal >= 0)
            r = add_use(member, channel, signal, 0);
    }
    if (r == 0 && sscanf(name, "voltage-harmonic-%d", &order) == 1 && order > 1 && order < MB_HARMONICS) {
        r = add_use(member, channel, -1, order);
        if (r == 0)
            member->uses[member->use_count - 1].partner = partner;
    }
    return r;
}

static int use_partner_analyser(struct mb_bench *bench, struct mb_error *err)
{
    struct member *member;
    int r;

    if (bench->setting->partner_analyser < 0)
        return 0;
    member = &bench->members[bench->setting->partner_analyser];
    r = check_transformers(member, err);
    member->used_running = true;
    for (size_t c = 0; r == 0 && c < member->instrument->channel_count; c++)
        r = use_channel(member, c, true);
    return r;
}

static int use_analyser(struct member *member, struct mb_error *err)
{
    const struct mb_instrument *instrument = member->instrument;
    int r = check_transformers(member, err);

    member->used_running = true;
    member->bench->single_phase = has_channel(instrument, "voltage-1") &&
                                  !has_channel(instrument, "voltage-2") &&
                                  !has_channel(instrument, "voltage-3");
    for (size_t c = 0; r == 0 && c < instrument->channel_count; c++)
        r = use_channel(member, c, false);
    return r;
}

static int use_source(struct mb_bench *bench, const struct mb_bench_source *source, enum mb_signal signal,
                      struct mb_error *err)
{
    struct member *member;

    if (source->instrument < 0 || source->manual)
        return 0;
    member = &bench->members[source->instrument];
    for (size_t c = 0; c < member->instrument->channel_count; c++) {
        if (strcmp(member->instrument->channels[c].name, source->channel) != 0)
            continue;
        if (signal == MB_SIGNAL_RESISTANCE || signal == MB_SIGNAL_PARTNER_RESISTANCE) {
            member->used_at_rest = true;
        } else {
            member->used_running = true;
            /* Temperatures and speed are looked at while the motor rests, too. */
            member->used_at_rest |= signal != MB_SIGNAL_T;
        }
        return add_use(member, c, (int)signal, 0);
    }
    return mb_error_set(err, -ENOENT, "bench %s: instrument %s has no channel '%s'", bench->setting->name,
                        member->instrument->id, source->channel);
}

static void clear_building(struct mb_bench *bench)
{
    mb_snapshot_init(&bench->building);
    bench->building.monitored_count = bench->setting->monitored_count;
    bench->harmonics = bench->partner_harmonics = (struct bench_harmonics){0};
}

static void store_readings(struct member *member, const struct mb_reading *readings)
{
    struct mb_bench *bench = member->bench;

    for (size_t i = 0; i < member->use_count; i++) {
        const struct channel_use *use = &member->uses[i];
        const struct mb_reading *reading = &readings[use->channel];
        struct bench_harmonics *h = use->partner ? &bench->partner_harmonics : &bench->harmonics;

        if (use->harmonic && reading->validity != MB_VALID)
            h->bad = true;
        if (use->harmonic && reading->validity == MB_VALID) {
            h->v[use->harmonic] = reading->value;
            h->read = true;
        } else if (!use->harmonic) {
            bench->building.signal[use->signal] = *reading;
        }
        if (reading->t_ns > bench->building.t_ns)
            bench->building.t_ns = reading->t_ns;
    }
}

/* What a person read longer ago than this is not a reading of now [laboratory choice]. */
#define MANUAL_MAX_AGE_NS (1800ull * 1000000000)

static void add_manual(const struct mb_bench *bench, struct mb_snapshot *s)
{
    uint64_t now = mb_clock_now_ns(&bench->clock);

    for (int i = 0; i < MB_SIGNAL_COUNT; i++) {
        if (bench->manual[i].validity != MB_VALID)
            continue;
        s->signal[i] = bench->manual[i];
        if (now - bench->manual[i].t_ns > MANUAL_MAX_AGE_NS)
            s->signal[i].validity = MB_STALE;
    }
}

static void add_harmonic_factor(struct mb_bench *bench, const struct bench_harmonics *h,
                                enum mb_signal voltage, enum mb_signal factor)
{
    struct mb_snapshot *s = &bench->building;

    if (h->read && !h->bad && bench->rated_voltage_v > 0)
        s->signal[factor] = (struct mb_reading){
            .value =
                mb_harmonic_voltage_factor(h->v, MB_HARMONICS, bench->rated_voltage_v, !bench->single_phase),
            .standard_uncertainty = NAN,
            .t_ns = s->t_ns,
            .validity = MB_VALID,
            .flags = s->signal[voltage].flags,
        };
}

static void add_derived(struct mb_bench *bench)
{
    struct mb_snapshot *s = &bench->building;

    mb_snapshot_derive(s, bench->single_phase);
    if (!bench->setting->speed_signed)
        s->signal[MB_SIGNAL_N].flags |= MB_READING_UNSIGNED;
    add_harmonic_factor(bench, &bench->harmonics, MB_SIGNAL_U, MB_SIGNAL_HVF);
    add_harmonic_factor(bench, &bench->partner_harmonics, MB_SIGNAL_PARTNER_U, MB_SIGNAL_PARTNER_HVF);
    add_manual(bench, s);
}

static void check_limits(struct mb_bench *bench, const struct mb_snapshot *s)
{
    const struct {
        enum mb_signal signal;
        double limit;
    } limits[] = {/* each phase: a mean hides the one that carries too much */
                  {MB_SIGNAL_U12, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_U23, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_U31, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_I1, bench->setting->limits.current_a},
                  {MB_SIGNAL_I2, bench->setting->limits.current_a},
                  {MB_SIGNAL_I3, bench->setting->limits.current_a},
                  {MB_SIGNAL_PARTNER_U12, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_PARTNER_U23, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_PARTNER_U31, bench->setting->limits.voltage_v},
                  {MB_SIGNAL_PARTNER_I1, bench->setting->limits.current_a},
                  {MB_SIGNAL_PARTNER_I2, bench->setting->limits.current_a},
                  {MB_SIGNAL_PARTNER_I3, bench->setting->limits.current_a},
                  {MB_SIGNAL_T, bench->setting->limits.torque_nm},
                  {MB_SIGNAL_N, bench->setting->limits.speed_rpm},
                  {MB_SIGNAL_EXCITATION_I, bench->setting->limits.excitation_a}};

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (mb_snapshot_valid(s, limits[i].signal) &&
            fabs(s->signal[limits[i].signal].value) > limits[i].limit)
            bench_fault(bench, "%s %.4g %s exceeds the bench limit %.4g: outputs off",
                        mb_signal_name(limits[i].signal), s->signal[limits[i].signal].value,
                        mb_signal_unit(limits[i].signal), limits[i].limit);
}

/* Who reads a signal; what is derived comes from the analyser. */
static const struct mb_instrument *reader_of(const struct mb_bench *bench, int signal)
{
    for (size_t i = 0; i < bench->member_count; i++)
        for (size_t u = 0; u < bench->members[i].use_count; u++)
            if (bench->members[i].uses[u].signal == signal)
                return bench->members[i].instrument;
    return bench
        ->members[signal == MB_SIGNAL_PARTNER_U || signal == MB_SIGNAL_PARTNER_I
                      ? bench->setting->partner_analyser
                      : bench->setting->analyser]
        .instrument;
}

/* The first signal that must be readable now and is not, or -1. */
static int lost_signal(const struct mb_bench *bench, const struct mb_snapshot *s)
{
    static const enum mb_signal energised[] = {MB_SIGNAL_U, MB_SIGNAL_I, MB_SIGNAL_P, MB_SIGNAL_T,
                                               MB_SIGNAL_N};
    static const enum mb_signal pair[] = {MB_SIGNAL_PARTNER_U, MB_SIGNAL_PARTNER_I, MB_SIGNAL_PARTNER_P};
    static const enum mb_signal at_rest[] = {MB_SIGNAL_RESISTANCE, MB_SIGNAL_COOLANT,
                                             MB_SIGNAL_PARTNER_RESISTANCE};
    const struct mb_regulator *supply = &bench->supply.regulator;

    if (bench->mode == MB_BENCH_RUNNING && bench->safe_state == MB_ENERGISED)
        for (size_t i = 0; i < sizeof energised / sizeof *energised; i++)
            if (!mb_snapshot_valid(s, energised[i]))
                return energised[i];
    if (bench->setting->load.partner && bench->safe_state == MB_ENERGISED)
        for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
            if (!mb_snapshot_valid(s, pair[i]))
                return pair[i];
    /* On the way up from nothing a meter may not have found its period yet. */
    if (bench->safe_state == MB_ENERGISED && bench->converter && !bench->source_off && supply->target > 0 &&
        supply->reference == supply->target && !mb_snapshot_valid(s, MB_SIGNAL_U_FUNDAMENTAL))
        return MB_SIGNAL_U_FUNDAMENTAL;
    if (bench->safe_state == MB_ENERGISED && bench->excitation.wanted_a > 0 &&
        !mb_snapshot_valid(s, MB_SIGNAL_EXCITATION_I))
        return MB_SIGNAL_EXCITATION_I;
    /* At rest a meter may well have nothing to show yet; but it has to answer. */
    if (bench->mode == MB_BENCH_REST)
        for (size_t i = 0; i < sizeof at_rest / sizeof *at_rest; i++)
            if (s->signal[at_rest[i]].validity == MB_LINK_FAULT ||
                s->signal[at_rest[i]].validity == MB_GARBLED)
                return at_rest[i];
    return -1;
}

/* The time counts from the question that was the first to stay without a good answer. */
static void check_loss(struct mb_bench *bench, const struct mb_snapshot *s)
{
    double waited_s =
        (double)(mb_clock_now_ns(&bench->clock) - bench->poll_started_ns) * 1e-9 / bench->clock.factor;
    const struct mb_instrument *reader;
    const char *why; /* a device that lives may have its own reason: samples are missing */
    uint64_t now = mb_monotonic_ns();
    int lost = lost_signal(bench, s);

    if (lost < 0) {
        bench->bad_since_real_ns = 0;
        return;
    }
    if (bench->bad_since_real_ns == 0)
        bench->bad_since_real_ns = now - (uint64_t)(fmax(0, waited_s) * 1e9);
    if ((double)(now - bench->bad_since_real_ns) * 1e-9 < bench->setting->loss_s)
        return;
    reader = reader_of(bench, lost);
    why = reader->fault[0] ? reader->fault : reader->notice;
    bench_fault(bench, "%s: no valid reading of %s for %g s (%s)%s%s: outputs off", reader->id,
                mb_signal_name(lost), bench->setting->loss_s, mb_validity_name(s->signal[lost].validity),
                why[0] ? ", " : "", why);
}

/* Source and load machine: who cannot be commanded cannot be switched off either. */
static void check_actuator(struct mb_bench *bench, const struct mb_instrument *i)
{
    if (bench->safe_state == MB_ENERGISED && i->state != MB_INSTRUMENT_READY)
        bench_fault(bench, "%s at %s is %s while the bench is energised%s%s: outputs off", i->id, i->address,
                    mb_instrument_state_name(i->state), i->fault[0] ? ": " : "", i->fault);
}

/* A meter's apparent power and harmonics are those of the whole voltage. */
static void hide(struct mb_reading *reading)
{
    reading->validity = MB_NO_DATA;
    reading->value = NAN;
}

/* What steps see: of a converter's voltage and current what makes torque. */
static void tell_snapshot(struct mb_bench *bench, const struct mb_snapshot *seen)
{
    struct mb_snapshot s = *seen;

    if (bench->converter && !bench->source_off) {
        s.signal[MB_SIGNAL_U] = s.signal[MB_SIGNAL_U_FUNDAMENTAL];
        s.signal[MB_SIGNAL_I] = s.signal[MB_SIGNAL_I_FUNDAMENTAL];
        hide(&s.signal[MB_SIGNAL_S]);
        hide(&s.signal[MB_SIGNAL_HVF]);
    }
    bench->observer->snapshot(&s, bench->observer_userdata);
}

static void finish_poll(struct mb_bench *bench)
{
    const struct mb_snapshot *seen;
    double t_s, dt_s;

    (void)sd_event_source_set_enabled(bench->loss_timer, SD_EVENT_OFF);
    add_derived(bench);
    if (bench->building.t_ns == 0)
        bench->building.t_ns = mb_clock_now_ns(&bench->clock);
    bench->last = bench->building;
    t_s = mb_snapshot_t_s(&bench->last);
    dt_s = fmax(0, t_s - bench->previous_t_s);
    bench->previous_t_s = t_s;
    check_loss(bench, &bench->last);
    check_actuator(bench, bench->supply.instrument);
    check_actuator(bench, bench->load.instrument);
    if (bench->excitation.instrument)
        check_actuator(bench, bench->excitation.instrument);
    bench_shaft_look(bench, &bench->last);
    bench_excitation_watch(bench, &bench->last);
    seen = bench_partner_view(bench);
    bench_protect(bench, seen);
    bench_control_step(bench, seen, dt_s);
    /* A fault is told from the loop: until then a snapshot would let a step ask for what the bench must
     * refuse. */
    if (bench->observer && bench->observer->snapshot && bench->mode != MB_BENCH_IDLE &&
        (!bench->fault[0] || bench->fault_announced))
        tell_snapshot(bench, seen);
    bench_poll_start(bench);
}

/* What an instrument behind transformers reads is theirs; from here on it is the motor's. */
static void take_readings(struct member *member, const struct mb_reading *readings)
{
    const struct mb_instrument *i = member->instrument;
    const struct mb_bench *bench = member->bench;

    memcpy(member->last, readings, i->channel_count * sizeof *readings);
    mb_transformers_correct(&bench->setting->instruments[member - bench->members].transformers, i->channels,
                            i->channel_count, member->last);
}

static void read_done(struct mb_instrument *instrument, int error, const char *text,
                      const struct mb_reading *readings, size_t n, void *userdata)
{
    struct member *member = userdata;

    (void)error; /* each reading says by its validity what became of it */
    (void)text;
    member->reading = false;
    if (n == instrument->channel_count) {
        take_readings(member, readings);
        store_readings(member, member->last);
        check_limits(member->bench, &member->bench->building); /* not only when the slowest has answered */
    }
    if (--member->bench->polls_pending == 0)
        finish_poll(member->bench);
}

static void mark_lost(struct member *member)
{
    for (size_t i = 0; i < member->use_count; i++)
        if (!member->uses[i].harmonic)
            member->bench->building.signal[member->uses[i].signal].validity = MB_LINK_FAULT;
}

/* Blind for longer than the bench allows: whoever has not answered is named. */
static int on_blind(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_bench *bench = userdata;

    (void)source;
    (void)usec;
    for (size_t i = 0; i < bench->member_count && bench->safe_state == MB_ENERGISED; i++)
        if (bench->members[i].reading)
            bench_fault(bench, "%s: no valid reading for %g s (no answer): outputs off",
                        bench->members[i].instrument->id, bench->setting->loss_s);
    return 0;
}

static int poll_now(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_bench *bench = userdata;

    (void)source;
    (void)usec;
    if (bench->mode == MB_BENCH_IDLE || bench->polls_pending > 0)
        return 0;
    bench_stop_line_poll(bench);
    clear_building(bench);
    bench->poll_started_ns = mb_clock_now_ns(&bench->clock);
    (void)sd_event_source_set_time_relative(bench->loss_timer, (uint64_t)(bench->setting->loss_s * 1e6));
    (void)sd_event_source_set_enabled(bench->loss_timer, SD_EVENT_ONESHOT);
    bench->polls_pending = 1; /* held until every question is out */
    for (size_t i = 0; i < bench->member_count; i++) {
        struct member *member = &bench->members[i];

        if (!(bench->mode == MB_BENCH_REST ? member->used_at_rest : member->used_running))
            continue;
        if (member->instrument->ops->read(member->instrument, read_done, member) < 0) {
            mark_lost(member);
            continue;
        }
        member->reading = true;
        bench->polls_pending++;
    }
    if (--bench->polls_pending == 0)
        finish_poll(bench);
    return 0;
}

/* What the field winding's supply itself reads. */
static int use_excitation(struct mb_bench *bench, struct mb_error *err)
{
    const struct mb_bench_source voltage = {.instrument = bench->setting->excitation, .channel = "voltage"},
                                 current = {.instrument = bench->setting->excitation, .channel = "current"};
    int r = use_source(bench, &voltage, MB_SIGNAL_EXCITATION_U, err);

    return r < 0 ? r : use_source(bench, &current, MB_SIGNAL_EXCITATION_I, err);
}

int bench_poll_init(struct mb_bench *bench, struct mb_error *err)
{
    const struct mb_bench_setting *s = bench->setting;
    int r = use_analyser(&bench->members[s->analyser], err);

    if (r == 0)
        r = use_partner_analyser(bench, err);
    if (r == 0)
        r = use_source(bench, &s->ohmmeter, MB_SIGNAL_RESISTANCE, err);
    if (r == 0)
        r = use_source(bench, &s->partner_ohmmeter, MB_SIGNAL_PARTNER_RESISTANCE, err);
    if (r == 0)
        r = use_source(bench, &s->torque, MB_SIGNAL_T, err);
    if (r == 0)
        r = use_source(bench, &s->speed, MB_SIGNAL_N, err);
    if (r == 0)
        r = use_source(bench, &s->coolant, MB_SIGNAL_COOLANT, err);
    if (r == 0)
        r = use_source(bench, &s->winding, MB_SIGNAL_WINDING, err);
    if (r == 0)
        r = use_excitation(bench, err);
    for (size_t i = 0; r == 0 && i < s->monitored_count; i++)
        r = use_source(bench, &s->monitored[i], (enum mb_signal)(MB_SIGNAL_MONITORED + (int)i), err);
    if (r < 0)
        return r;
    r = sd_event_add_time(bench->event, &bench->loss_timer, CLOCK_MONOTONIC, 0, 1000, on_blind, bench);
    if (r >= 0)
        r = sd_event_source_set_enabled(bench->loss_timer, SD_EVENT_OFF);
    if (r < 0)
        return r;
    /* Accuracy 0 would mean sd-event's default of 250 ms. */
    r = sd_event_add_time(bench->event, &bench->poll_timer, CLOCK_MONOTONIC, 0, 1, poll_now, bench);
    return r < 0 ? r : sd_event_source_set_enabled(bench->poll_timer, SD_EVENT_OFF);
}

/* The next poll comes poll_s of bench time after the last one began, never sooner than the loop can breathe.
 */
void bench_poll_start(struct mb_bench *bench)
{
    uint64_t real_ns = mb_clock_real_ns(&bench->clock, bench->setting->poll_s);
    uint64_t elapsed_bench_ns = mb_clock_now_ns(&bench->clock) - bench->poll_started_ns;
    uint64_t elapsed_ns = (uint64_t)((double)elapsed_bench_ns / bench->clock.factor);
    uint64_t wait_ns = elapsed_ns < real_ns ? real_ns - elapsed_ns : 0;

    if (bench->mode == MB_BENCH_IDLE || bench->polls_pending > 0)
        return;
    (void)sd_event_source_set_time_relative(bench->poll_timer, wait_ns / 1000);
    (void)sd_event_source_set_enabled(bench->poll_timer, SD_EVENT_ONESHOT);
}

int mb_bench_measure(struct mb_bench *bench, enum mb_bench_mode mode)
{
    if ((mode == MB_BENCH_REST && bench->safe_state != MB_SAFE) ||
        (mode == MB_BENCH_IDLE && bench->safe_state == MB_ENERGISED))
        return -EBUSY;
    bench->mode = mode;
    bench->bad_since_real_ns = 0;
    bench->previous_t_s = (double)mb_clock_now_ns(&bench->clock) * 1e-9;
    if (mode == MB_BENCH_IDLE)
        return sd_event_source_set_enabled(bench->poll_timer, SD_EVENT_OFF);
    bench->poll_started_ns = 0;
    bench_poll_start(bench);
    return 0;
}
