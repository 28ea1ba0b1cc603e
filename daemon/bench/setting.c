/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/setting.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "data/data.h"

#define USUAL_ITEMS "all" /* a bench that does not say inspects what the plan of the motor asks */
#define BENCH_FILE_MAX (1u << 20)
#define PROOF_MINUTES 60 /* [laboratory choice] */
#define HANG_S 0.5       /* [laboratory choice] a disk may hold up a durable write for some 0.1 s */
#define DEBOUNCE_S 0.005 /* [laboratory choice] contacts of push buttons bounce for some ms */
#define RUN_UP_S 30      /* [laboratory choice] as a start of the motor from its source */
#define SETTLE_S 0.1     /* [laboratory choice] contactors take some 10 to 50 ms either way */
#define LEASE_GRACE_S 60 /* [laboratory choice] to log in again after a lost connection */

/* The bench file as the field table sees it: roles need a second look once all instruments are known. */
struct raw_bench {
    struct mb_bench_setting setting;
    const struct mb_node *instruments, *roles;
};

struct raw_instrument {
    struct mb_bench_instrument instrument;
    const struct mb_node *channels;
};

/* What a certificate says of a sensor: value = gain (shown - offset), late by delay_s, leading by phase_rad
 * at phase_hz (dsp/correction.h). */
struct raw_correction {
    double gain, offset, delay_s, phase_rad, phase_hz;
};

struct raw_channel {
    char *name, *device, *channel;
    int quantity;
    double factor, zero, accuracy, per_turn, zero_hz, torque_per_hz;
    bool stream;
    struct raw_correction correction;
};

struct raw_roles {
    char *analyser, *supply, *load, *excitation, *ohmmeter, *torque, *speed, *coolant, *winding, *vibration,
        *sound, *partner_analyser, *partner_ohmmeter;
    const struct mb_node *monitored, *safety_tester;
};

static const char *const quantity_choices[] = {
    "voltage", "current", "active-power", "apparent-power", "power-factor", "frequency",
    "torque",  "speed",   "resistance",   "temperature",    "acceleration", "sound-pressure",
    "number",  NULL}; /* order of enum mb_quantity */

#define S(member) offsetof(struct mb_bench_setting, member)
static const struct mb_field limit_fields[] = {
    {"voltage_v", MB_FIELD_NUMBER, S(limits.voltage_v) - S(limits), .required = true, .maximum = 20e3,
     .exclusive_minimum = true},
    {"current_a", MB_FIELD_NUMBER, S(limits.current_a) - S(limits), .required = true, .maximum = 1e5,
     .exclusive_minimum = true},
    {"torque_nm", MB_FIELD_NUMBER, S(limits.torque_nm) - S(limits), .required = true, .maximum = 1e6,
     .exclusive_minimum = true},
    {"speed_rpm", MB_FIELD_NUMBER, S(limits.speed_rpm) - S(limits), .required = true, .maximum = 1e5,
     .exclusive_minimum = true},
    {"winding_c", MB_FIELD_NUMBER, S(limits.winding_c) - S(limits), .minimum = 50, .maximum = 300},
    {"vibration_mps", MB_FIELD_NUMBER, S(limits.vibration_mps) - S(limits), .maximum = 1,
     .exclusive_minimum = true},
    {"excitation_a", MB_FIELD_NUMBER, S(limits.excitation_a) - S(limits), .maximum = 1e4,
     .exclusive_minimum = true},
    {0},
};
static const struct mb_field supply_fields[] = {
    {"ratio", MB_FIELD_NUMBER, S(supply.ratio) - S(supply), .maximum = 1e4, .exclusive_minimum = true},
    {"ramp_s", MB_FIELD_NUMBER, S(supply.ramp_s) - S(supply), .minimum = 0.1, .maximum = 600},
    {"lag_s", MB_FIELD_NUMBER, S(supply.lag_s) - S(supply), .maximum = 60},
    {0},
};
static const struct mb_field load_fields[] = {
    {"ramp_s", MB_FIELD_NUMBER, S(load.ramp_s) - S(load), .minimum = 0.1, .maximum = 600},
    {"lag_s", MB_FIELD_NUMBER, S(load.lag_s) - S(load), .maximum = 60},
    {"drives", MB_FIELD_BOOL, S(load.drives) - S(load)},
    {"partner", MB_FIELD_BOOL, S(load.partner) - S(load)},
    {"ratio", MB_FIELD_NUMBER, S(load.ratio) - S(load), .maximum = 1e4, .exclusive_minimum = true},
    {"run_up_s", MB_FIELD_NUMBER, S(load.run_up_s) - S(load), .minimum = 1, .maximum = 600},
    {0},
};
static const char *const bias_choices[] = {"none", "pull-up", "pull-down", NULL}; /* enum mb_gpio_bias */
static const struct mb_field emergency_stop_fields[] = {
    {"chip", MB_FIELD_STRING, S(emergency_stop.line.chip) - S(emergency_stop), .required = true},
    {"line", MB_FIELD_STRING, S(emergency_stop.line.line) - S(emergency_stop), .required = true},
    {"active_low", MB_FIELD_BOOL, S(emergency_stop.line.active_low) - S(emergency_stop)},
    {"bias", MB_FIELD_CHOICE, S(emergency_stop.line.bias) - S(emergency_stop), .choices = bias_choices},
    {"debounce_s", MB_FIELD_NUMBER, S(emergency_stop.debounce_s) - S(emergency_stop), .maximum = 0.1},
    {0},
};
static const struct mb_field feedback_fields[] = {
    {"chip", MB_FIELD_STRING, offsetof(struct mb_gpio_setting, chip)}, /* else that of the coil */
    {"line", MB_FIELD_STRING, offsetof(struct mb_gpio_setting, line), .required = true},
    {"active_low", MB_FIELD_BOOL, offsetof(struct mb_gpio_setting, active_low)},
    {"bias", MB_FIELD_CHOICE, offsetof(struct mb_gpio_setting, bias), .choices = bias_choices},
    {0},
};
static const struct mb_field contactor_fields[] = {
    {"chip", MB_FIELD_STRING, S(contactor.line.chip) - S(contactor), .required = true},
    {"line", MB_FIELD_STRING, S(contactor.line.line) - S(contactor), .required = true},
    {"active_low", MB_FIELD_BOOL, S(contactor.line.active_low) - S(contactor)},
    {"feedback", MB_FIELD_MAP, S(contactor.feedback) - S(contactor), .fields = feedback_fields},
    {"settle_s", MB_FIELD_NUMBER, S(contactor.settle_s) - S(contactor), .maximum = 2,
     .exclusive_minimum = true},
    {0},
};
#undef S

/* Bounds [laboratory choice]: what is further off is a slip of the pen, as percent or minutes for SI. */
#define T(member) offsetof(struct mb_transformer, member)
static const struct mb_field transformer_fields[] = {
    {"ratio_error", MB_FIELD_NUMBER, T(ratio_error), .minimum = -0.1, .maximum = 0.1},
    {"displacement_rad", MB_FIELD_NUMBER, T(displacement_rad), .minimum = -0.1, .maximum = 0.1},
    {"ratio_uncertainty", MB_FIELD_NUMBER, T(ratio_uncertainty), .maximum = 0.1},
    {"displacement_uncertainty_rad", MB_FIELD_NUMBER, T(displacement_uncertainty_rad), .maximum = 0.1},
    {0},
};
#undef T

#define G(member) offsetof(struct mb_bench_instrument, member)
static const struct mb_field guard_fields[] = {
    {"address", MB_FIELD_STRING, G(guard.address) - G(guard), .required = true},
    {0},
};
#undef G

#define V(member) offsetof(struct raw_instrument, instrument.transformers.voltage.member)
#define I(member) offsetof(struct raw_instrument, instrument.transformers.current.member)
static const struct mb_field instrument_fields[] = {
    {"id", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.id), .required = true},
    {"profile", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.profile), .required = true},
    {"address", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.address), .required = true},
    {"calibration", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.calibration)},
    {"guard", MB_FIELD_MAP, offsetof(struct raw_instrument, instrument.guard), .fields = guard_fields},
    {"voltage_range_v", MB_FIELD_NUMBER, offsetof(struct raw_instrument, instrument.voltage_range_v),
     .maximum = 1e5},
    {"current_range_a", MB_FIELD_NUMBER, offsetof(struct raw_instrument, instrument.current_range_a),
     .maximum = 1e5},
    {"voltage_ratio", MB_FIELD_NUMBER, V(ratio), .maximum = 1e4, .exclusive_minimum = true},
    {"current_ratio", MB_FIELD_NUMBER, I(ratio), .maximum = 1e5, .exclusive_minimum = true},
    {"voltage_transformer", MB_FIELD_MAP, V(ratio), .fields = transformer_fields},
    {"current_transformer", MB_FIELD_MAP, I(ratio), .fields = transformer_fields},
    {"wiring", MB_FIELD_CHOICE, offsetof(struct raw_instrument, instrument.wiring), .choices = mb_wirings},
    {"rate_hz", MB_FIELD_NUMBER, offsetof(struct raw_instrument, instrument.rate_hz), .maximum = 1e9},
    {"trigger", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.trigger)},
    {"update_s", MB_FIELD_NUMBER, offsetof(struct raw_instrument, instrument.update_s), .minimum = 0.05,
     .maximum = 1},
    {"counts_per_turn", MB_FIELD_NUMBER, offsetof(struct raw_instrument, instrument.counts_per_turn),
     .maximum = 1e9, .exclusive_minimum = true},
    {"function", MB_FIELD_STRING, offsetof(struct raw_instrument, instrument.function)},
    {"channels", MB_FIELD_NODE, offsetof(struct raw_instrument, channels)},
    {0},
};
#undef V
#undef I
#define C(member) offsetof(struct raw_correction, member)
/* Bounds [laboratory choice]: what is further off is a slip of the pen or a sensor to be mended. */
static const struct mb_field correction_fields[] = {
    {"gain", MB_FIELD_NUMBER, C(gain), .minimum = 0.5, .maximum = 2},
    {"offset", MB_FIELD_NUMBER, C(offset), .minimum = -1e9, .maximum = 1e9},
    {"delay_s", MB_FIELD_NUMBER, C(delay_s), .minimum = -1e-3, .maximum = 1e-3},
    {"phase_rad", MB_FIELD_NUMBER, C(phase_rad), .minimum = -0.5, .maximum = 0.5},
    {"phase_hz", MB_FIELD_NUMBER, C(phase_hz), .maximum = 1e6, .exclusive_minimum = true},
    {0},
};
#undef C
static const struct mb_field channel_fields[] = {
    {"name", MB_FIELD_STRING, offsetof(struct raw_channel, name), .required = true},
    {"device", MB_FIELD_STRING, offsetof(struct raw_channel, device), .required = true},
    {"channel", MB_FIELD_STRING, offsetof(struct raw_channel, channel), .required = true},
    {"quantity", MB_FIELD_CHOICE, offsetof(struct raw_channel, quantity), .required = true,
     .choices = quantity_choices},
    {"factor", MB_FIELD_NUMBER, offsetof(struct raw_channel, factor), .minimum = -1e9, .maximum = 1e9},
    {"zero", MB_FIELD_NUMBER, offsetof(struct raw_channel, zero), .minimum = -1e9, .maximum = 1e9},
    {"accuracy", MB_FIELD_NUMBER, offsetof(struct raw_channel, accuracy), .maximum = 1e9},
    {"stream", MB_FIELD_BOOL, offsetof(struct raw_channel, stream)},
    {"pulses_per_turn", MB_FIELD_NUMBER, offsetof(struct raw_channel, per_turn), .maximum = 1e6,
     .exclusive_minimum = true},
    {"zero_hz", MB_FIELD_NUMBER, offsetof(struct raw_channel, zero_hz), .maximum = 1e6,
     .exclusive_minimum = true},
    {"torque_per_hz", MB_FIELD_NUMBER, offsetof(struct raw_channel, torque_per_hz), .minimum = -1e6,
     .maximum = 1e6},
    {"correction", MB_FIELD_MAP, offsetof(struct raw_channel, correction), .fields = correction_fields},
    {0},
};
static const struct mb_field role_fields[] = {
    {"analyser", MB_FIELD_STRING, offsetof(struct raw_roles, analyser), .required = true},
    {"supply", MB_FIELD_STRING, offsetof(struct raw_roles, supply), .required = true},
    {"load", MB_FIELD_STRING, offsetof(struct raw_roles, load), .required = true},
    {"excitation", MB_FIELD_STRING, offsetof(struct raw_roles, excitation)},
    {"partner_analyser", MB_FIELD_STRING, offsetof(struct raw_roles, partner_analyser)},
    {"partner_ohmmeter", MB_FIELD_STRING, offsetof(struct raw_roles, partner_ohmmeter)},
    {"ohmmeter", MB_FIELD_STRING, offsetof(struct raw_roles, ohmmeter), .required = true},
    {"torque", MB_FIELD_STRING, offsetof(struct raw_roles, torque), .required = true},
    {"speed", MB_FIELD_STRING, offsetof(struct raw_roles, speed), .required = true},
    {"coolant", MB_FIELD_STRING, offsetof(struct raw_roles, coolant), .required = true},
    {"winding", MB_FIELD_STRING, offsetof(struct raw_roles, winding)},
    {"vibration", MB_FIELD_STRING, offsetof(struct raw_roles, vibration)},
    {"sound", MB_FIELD_STRING, offsetof(struct raw_roles, sound)},
    {"monitored", MB_FIELD_NODE, offsetof(struct raw_roles, monitored)},
    {"safety_tester", MB_FIELD_NODE, offsetof(struct raw_roles, safety_tester)},
    {0},
};

static int copy_text(const struct mb_node *node, const char *text, char *target, size_t size,
                     struct mb_error *err)
{
    if (strlen(text) >= size)
        return mb_node_error(node, err, "'%.40s' is longer than %zu characters", text, size - 1);
    memcpy(target, text, strlen(text) + 1);
    return 0;
}

/* Gain and offset hold for single readings, too, so they become part of factor and zero. */
static int take_correction(const struct mb_node *node, const struct raw_channel *raw,
                           struct mb_iio_channel *ret, struct mb_error *err)
{
    const struct raw_correction *c = &raw->correction;

    ret->factor = raw->factor * c->gain;
    ret->zero = (raw->zero - c->offset) * c->gain;
    ret->delay_s = c->delay_s;
    ret->phase_rad = c->phase_rad;
    ret->phase_hz = c->phase_hz;
    ret->per_turn = raw->per_turn;
    ret->zero_hz = raw->zero_hz;
    ret->torque_per_hz = raw->torque_per_hz;
    if (c->phase_rad != 0 && c->phase_hz == 0)
        return mb_node_error(node, err, "channel %s: phase_rad needs the phase_hz that it was found at",
                             raw->name);
    if ((raw->zero_hz == 0) != (raw->torque_per_hz == 0) || (raw->zero_hz != 0 && raw->per_turn != 0))
        return mb_node_error(node, err,
                             "channel %s: a torque as a frequency needs zero_hz and torque_per_hz, other "
                             "than 0, and is no encoder",
                             raw->name);
    if ((raw->per_turn > 0 || raw->zero_hz > 0) && raw->quantity != MB_NUMBER)
        return mb_node_error(node, err, "channel %s: pulses are of the quantity number", raw->name);
    return 0;
}

static int read_channel(const struct mb_node *node, struct mb_iio_channel *ret, struct mb_error *err)
{
    struct raw_channel raw = {.factor = 1, .correction.gain = 1};
    int r = mb_node_read(node, channel_fields, &raw, err);

    if (r == 0)
        r = copy_text(node, raw.name, ret->name, sizeof ret->name, err);
    if (r == 0)
        r = copy_text(node, raw.device, ret->device, sizeof ret->device, err);
    if (r == 0)
        r = copy_text(node, raw.channel, ret->channel, sizeof ret->channel, err);
    if (r == 0)
        r = take_correction(node, &raw, ret, err);
    ret->quantity = (enum mb_quantity)raw.quantity;
    ret->accuracy = raw.accuracy;
    ret->stream = raw.stream;
    free(raw.name);
    free(raw.device);
    free(raw.channel);
    return r;
}

static int read_channels(const struct mb_node *list, struct mb_bench_instrument *instrument,
                         struct mb_error *err)
{
    const bool samples = strcmp(instrument->profile, MB_PROFILE_DAQ) == 0;
    int r = 0;

    if (list->kind != MB_NODE_LIST || list->count == 0 || list->count > MB_IIO_CHANNELS_MAX)
        return mb_node_error(list, err, "a list of 1 to %d channels is expected here", MB_IIO_CHANNELS_MAX);
    instrument->iio_channels = calloc(list->count, sizeof *instrument->iio_channels);
    if (!instrument->iio_channels)
        return -ENOMEM;
    instrument->iio_channel_count = list->count;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = read_channel(&list->items[i], &instrument->iio_channels[i], err);
    for (size_t i = 0; samples && i < list->count; i++) /* that is all that they are for */
        instrument->iio_channels[i].stream = true;
    return r;
}

/* Keys that mean something to one kind of instrument only are refused elsewhere. */
static int check_kind(const struct mb_node *node, const struct mb_bench_instrument *i, struct mb_error *err)
{
    const bool encoder = strcmp(i->profile, MB_PROFILE_COUNTER) == 0;

    if (encoder && i->counts_per_turn == 0)
        return mb_node_error(node, err, "'counts_per_turn' is missing here: an encoder needs it");
    if (!encoder && (i->counts_per_turn != 0 || i->function))
        return mb_node_error(node, err, "counts_per_turn and function are of the profile %s only",
                             MB_PROFILE_COUNTER);
    if (i->update_s != 0 && strcmp(i->profile, MB_PROFILE_DAQ) != 0)
        return mb_node_error(node, err, "update_s is of the profile %s only", MB_PROFILE_DAQ);
    return 0;
}

static int read_instrument(const struct mb_node *node, struct mb_bench_setting *setting, struct mb_error *err)
{
    struct raw_instrument raw = {.instrument = {.wiring = -1, .transformers = {{.ratio = 1}, {.ratio = 1}}}};
    struct mb_bench_instrument *instrument = &setting->instruments[setting->instrument_count];
    int r = mb_node_read(node, instrument_fields, &raw, err);

    *instrument = raw.instrument;
    setting->instrument_count++;
    for (size_t i = 0; r == 0 && i + 1 < setting->instrument_count; i++)
        if (strcmp(setting->instruments[i].id, instrument->id) == 0)
            r = mb_node_error(node, err, "instrument '%s' stands twice", instrument->id);
    if (r == 0)
        r = check_kind(node, instrument, err);
    if (r == 0 && raw.channels && mb_transformers_any(&instrument->transformers))
        r = mb_node_error(node, err,
                          "transformers: each channel here has its factor and correction for that");
    if (r == 0 && raw.channels)
        r = read_channels(raw.channels, instrument, err);
    return r;
}

static int read_instruments(const struct mb_node *list, struct mb_bench_setting *setting,
                            struct mb_error *err)
{
    int r = 0;

    if (list->kind != MB_NODE_LIST || list->count > MB_BENCH_INSTRUMENTS_MAX)
        return mb_node_error(list, err, "a list of at most %d instruments is expected here",
                             MB_BENCH_INSTRUMENTS_MAX);
    setting->instruments = calloc(list->count ? list->count : 1, sizeof *setting->instruments);
    if (!setting->instruments)
        return -ENOMEM;
    for (size_t i = 0; r == 0 && i < list->count; i++)
        r = read_instrument(&list->items[i], setting, err);
    return r;
}

static int find_instrument(const struct mb_node *node, const struct mb_bench_setting *setting, const char *id,
                           size_t n, struct mb_error *err)
{
    for (size_t i = 0; i < setting->instrument_count; i++)
        if (strlen(setting->instruments[i].id) == n && strncmp(setting->instruments[i].id, id, n) == 0)
            return (int)i;
    return mb_node_error(node, err, "role names instrument '%.*s', which is not in the list", (int)n, id);
}

/* "INSTRUMENT/CHANNEL", "INSTRUMENT" (the channel has the default name) or "manual". */
static int read_source(const struct mb_node *node, const struct mb_bench_setting *setting, const char *text,
                       const char *channel, struct mb_bench_source *ret, struct mb_error *err)
{
    const char *slash = strchr(text, '/');
    int r;

    ret->manual = strcmp(text, "manual") == 0;
    if (ret->manual)
        return 0;
    r = find_instrument(node, setting, text, slash ? (size_t)(slash - text) : strlen(text), err);
    if (r < 0)
        return r;
    ret->instrument = r;
    return copy_text(node, slash ? slash + 1 : channel, ret->channel, sizeof ret->channel, err);
}

static int read_monitored(const struct mb_node *list, struct mb_bench_setting *setting, struct mb_error *err)
{
    const char *text = NULL;
    int r = 0;

    if (list->kind != MB_NODE_LIST || list->count > MB_MONITORED_MAX)
        return mb_node_error(list, err, "a list of at most %d channels is expected here", MB_MONITORED_MAX);
    for (size_t i = 0; r == 0 && i < list->count; i++) {
        r = mb_node_string(&list->items[i], &text, err);
        if (r == 0)
            r = read_source(&list->items[i], setting, text, "temperature", &setting->monitored[i], err);
        if (r == 0 && setting->monitored[i].manual)
            r = mb_node_error(&list->items[i], err, "a monitored temperature cannot be manual");
        setting->monitored_count = i + 1;
    }
    return r;
}

static int read_safety_tester(const struct mb_node *node, struct mb_bench_setting *setting,
                              struct mb_error *err)
{
    const char *id = NULL;
    int r = mb_node_string(node, &id, err);

    if (r == 0)
        r = find_instrument(node, setting, id, strlen(id), err);
    if (r < 0)
        return r;
    setting->safety_testers[setting->safety_tester_count++] = r;
    return 0;
}

/* An instrument, or a list of them: one tester seldom does every test. */
static int read_safety_testers(const struct mb_node *node, struct mb_bench_setting *setting,
                               struct mb_error *err)
{
    int r = 0;

    if (node->kind != MB_NODE_LIST)
        return read_safety_tester(node, setting, err);
    if (node->count == 0 || node->count > MB_SAFETY_TESTERS_MAX)
        return mb_node_error(node, err, "an instrument or a list of 1 to %d is expected here",
                             MB_SAFETY_TESTERS_MAX);
    for (size_t i = 0; r == 0 && i < node->count; i++)
        r = read_safety_tester(&node->items[i], setting, err);
    return r;
}

/* Two motors on one shaft: nothing else can be the load machine, and each has meters of its own. */
static int check_partner(const struct mb_node *node, const struct raw_roles *raw,
                         const struct mb_bench_setting *s, struct mb_error *err)
{
    if (!s->load.partner && (raw->partner_analyser || raw->partner_ohmmeter))
        return mb_node_error(node, err, "the roles of a partner need load: {partner: true}");
    if (s->load.partner && (!raw->partner_analyser || !raw->partner_ohmmeter))
        return mb_node_error(node, err,
                             "load: {partner: true} needs the roles partner_analyser and partner_ohmmeter");
    if (s->load.partner && s->load.drives)
        return mb_node_error(node, err, "load: a partner is no drive");
    if (s->load.partner && (s->load_machine == s->supply_source || s->partner_analyser == s->analyser))
        return mb_node_error(node, err, "the partner has a source and an analyser of its own");
    return 0;
}

static int resolve_actors(const struct mb_node *node, const struct raw_roles *raw, struct mb_bench_setting *s,
                          struct mb_error *err)
{
    const struct {
        const char *id;
        int *target;
    } actors[] = {{raw->analyser, &s->analyser},
                  {raw->supply, &s->supply_source},
                  {raw->load, &s->load_machine},
                  {raw->excitation, &s->excitation},
                  {raw->partner_analyser, &s->partner_analyser}};

    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
        int r = actors[i].id ? find_instrument(node, s, actors[i].id, strlen(actors[i].id), err) : -1;

        if (r < 0 && actors[i].id)
            return r;
        *actors[i].target = r;
    }
    if (raw->excitation && s->limits.excitation_a == 0)
        return mb_node_error(node, err, "the role excitation needs limits.excitation_a");
    if (raw->excitation && s->excitation == s->supply_source)
        return mb_node_error(node, err, "excitation: a field winding's supply is not that of the motor");
    return check_partner(node, raw, s, err);
}

static int resolve_sources(const struct mb_node *node, const struct raw_roles *raw,
                           struct mb_bench_setting *s, struct mb_error *err)
{
    const struct {
        const char *text, *channel;
        struct mb_bench_source *target;
        bool manual_allowed;
    } sources[] = {
        {raw->ohmmeter, "resistance", &s->ohmmeter, true},
        {raw->torque, "torque", &s->torque, false},
        {raw->speed, "speed", &s->speed, false},
        {raw->coolant, "temperature", &s->coolant, true},
        {raw->winding, "temperature", &s->winding, false},
        {raw->vibration, "", &s->vibration, true},
        {raw->sound, "", &s->sound, true},
        {raw->partner_ohmmeter, "resistance", &s->partner_ohmmeter, false},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < sizeof sources / sizeof *sources; i++) {
        if (!sources[i].text)
            continue;
        r = read_source(node, s, sources[i].text, sources[i].channel, sources[i].target, err);
        if (r == 0 && sources[i].target->manual && !sources[i].manual_allowed)
            r = mb_node_error(
                node, err, "this role cannot be manual; allowed for ohmmeter, coolant, vibration and sound");
    }
    return r;
}

static int read_roles(const struct mb_node *node, struct mb_bench_setting *setting, struct mb_error *err)
{
    struct raw_roles raw = {0};
    int r = mb_node_read(node, role_fields, &raw, err);

    if (r == 0)
        r = resolve_actors(node, &raw, setting, err);
    if (r == 0)
        r = resolve_sources(node, &raw, setting, err);
    if (r == 0 && raw.monitored)
        r = read_monitored(raw.monitored, setting, err);
    if (r == 0 && raw.safety_tester)
        r = read_safety_testers(raw.safety_tester, setting, err);
    free(raw.analyser);
    free(raw.supply);
    free(raw.load);
    free(raw.excitation);
    free(raw.ohmmeter);
    free(raw.torque);
    free(raw.speed);
    free(raw.coolant);
    free(raw.winding);
    free(raw.vibration);
    free(raw.sound);
    free(raw.partner_analyser);
    free(raw.partner_ohmmeter);
    return r;
}

#define AT(member) offsetof(struct raw_bench, member)
static const struct mb_field bench_fields[] = {
    {"name", MB_FIELD_STRING, AT(setting.name), .required = true},
    {"simulated", MB_FIELD_BOOL, AT(setting.simulated)},
    {"time_factor", MB_FIELD_NUMBER, AT(setting.time_factor), .maximum = 1e5, .exclusive_minimum = true},
    {"limits", MB_FIELD_MAP, AT(setting.limits), .required = true, .fields = limit_fields},
    {"supply", MB_FIELD_MAP, AT(setting.supply), .fields = supply_fields},
    {"load", MB_FIELD_MAP, AT(setting.load), .fields = load_fields},
    {"poll_s", MB_FIELD_NUMBER, AT(setting.poll_s), .minimum = 0.05, .maximum = 60},
    {"speed_signed", MB_FIELD_BOOL, AT(setting.speed_signed)},
    {"loss_s", MB_FIELD_NUMBER, AT(setting.loss_s), .minimum = 0.1, .maximum = 60},
    {"items", MB_FIELD_STRING, AT(setting.items)},
    {"guard_proof_minutes", MB_FIELD_NUMBER, AT(setting.guard_proof_minutes), .maximum = 1440},
    {"guard_hang_s", MB_FIELD_NUMBER, AT(setting.guard_hang_s), .minimum = 0.1, .maximum = 10},
    {"lease_grace_s", MB_FIELD_NUMBER, AT(setting.lease_grace_s), .maximum = 3600},
    {"emergency_stop", MB_FIELD_MAP, AT(setting.emergency_stop), .fields = emergency_stop_fields},
    {"contactor", MB_FIELD_MAP, AT(setting.contactor), .fields = contactor_fields},
    {"time_to_safe_s", MB_FIELD_NUMBER, AT(setting.time_to_safe_s), .maximum = 600,
     .exclusive_minimum = true},
    {"instruments", MB_FIELD_NODE, AT(instruments), .required = true},
    {"roles", MB_FIELD_NODE, AT(roles), .required = true},
    {0},
};
#undef AT

/* A wire that breaks leaves the bias alone at the line: that must not be the level of what is wished for. */
static int check_bias(const struct mb_node *bench, const char *key, const struct mb_gpio_setting *line,
                      int wrong, const char *reads, struct mb_error *err)
{
    if (line->line && line->bias == wrong)
        return mb_node_error(bench, err, "%s: with bias %s and active_low %s a broken wire reads as %s", key,
                             bias_choices[line->bias], line->active_low ? "true" : "false", reads);
    return 0;
}

static int check_emergency_stop(const struct mb_node *bench, const struct mb_gpio_setting *line,
                                struct mb_error *err)
{
    return check_bias(bench, "emergency_stop", line,
                      line->active_low ? MB_GPIO_BIAS_PULL_DOWN : MB_GPIO_BIAS_PULL_UP, "a closed contact",
                      err);
}

static int check_contactor(const struct mb_node *bench, struct mb_bench_setting *s, struct mb_error *err)
{
    struct mb_gpio_setting *feedback = &s->contactor.feedback;

    if (!s->contactor.line.chip)
        return 0;
    if (s->guard_proof_minutes == 0)
        return mb_node_error(bench, err, "contactor: the guard holds it, so guard_proof_minutes cannot be 0");
    if (feedback->line && !feedback->chip && !(feedback->chip = strdup(s->contactor.line.chip)))
        return -ENOMEM;
    return check_bias(bench, "contactor: feedback", feedback,
                      feedback->active_low ? MB_GPIO_BIAS_PULL_UP : MB_GPIO_BIAS_PULL_DOWN,
                      "an open contactor", err);
}

static int read_bench(const struct mb_node *root, struct mb_bench_setting *setting, struct mb_error *err)
{
    struct raw_bench raw = {.setting = *setting};
    const struct mb_node *bench = mb_node_get(root, "bench");
    int r;

    if (!bench)
        return mb_node_error(root, err, "'bench' is missing here");
    r = mb_node_read(bench, bench_fields, &raw, err);
    *setting = raw.setting;
    if (r < 0)
        return r;
    if (!setting->simulated && setting->time_factor != 1)
        return mb_node_error(bench, err, "time_factor other than 1 is allowed only with 'simulated: true'");
    if (setting->guard_proof_minutes < 0)
        setting->guard_proof_minutes = setting->simulated ? 0 : PROOF_MINUTES;
    if (!setting->simulated && setting->guard_proof_minutes == 0)
        return mb_node_error(bench, err, "guard_proof_minutes: 0 is allowed only with 'simulated: true'");
    if (!setting->items && !(setting->items = strdup(USUAL_ITEMS)))
        return -ENOMEM;
    r = check_emergency_stop(bench, &setting->emergency_stop.line, err);
    if (r == 0)
        r = check_contactor(bench, setting, err);
    if (r == 0)
        r = read_instruments(raw.instruments, setting, err);
    return r < 0 ? r : read_roles(raw.roles, setting, err);
}

static struct mb_bench_setting *setting_new(void)
{
    struct mb_bench_setting *s = calloc(1, sizeof *s);
    struct mb_bench_source none = {.instrument = -1};

    if (!s)
        return NULL;
    s->time_factor = 1;
    s->supply.ratio = 1;
    s->supply.ramp_s = 10;
    s->supply.lag_s = 1.5;
    s->load.ratio = 1;
    s->load.ramp_s = 5;
    s->load.lag_s = 1.5;
    s->load.run_up_s = RUN_UP_S;
    s->poll_s = 0.5;
    s->loss_s = 3;
    s->guard_proof_minutes = -1; /* not stated */
    s->guard_hang_s = HANG_S;
    s->lease_grace_s = LEASE_GRACE_S;
    s->emergency_stop.debounce_s = DEBOUNCE_S;
    s->contactor.settle_s = SETTLE_S;
    s->analyser = s->supply_source = s->load_machine = s->excitation = s->partner_analyser = -1;
    s->ohmmeter = s->torque = s->speed = s->coolant = s->winding = s->vibration = s->sound =
        s->partner_ohmmeter = none;
    s->speed_signed = true;
    for (int i = 0; i < MB_MONITORED_MAX; i++)
        s->monitored[i] = none;
    return s;
}

int mb_bench_setting_parse(const char *name, const char *text, size_t size, struct mb_bench_setting **ret,
                           struct mb_error *err)
{
    struct mb_bench_setting *setting = setting_new();
    struct mb_document *document = NULL;
    int r = setting ? mb_document_parse(name, text, size, &document, err) : -ENOMEM;

    if (r == 0)
        r = read_bench(mb_document_root(document), setting, err);
    mb_document_free(document);
    if (r == 0) {
        setting->text = strndup(text, size);
        setting->text_size = size;
        if (!setting->text)
            r = -ENOMEM;
    }
    if (r < 0)
        mb_bench_setting_free(setting);
    else
        *ret = setting;
    return r;
}

int mb_bench_setting_load(const char *path, struct mb_bench_setting **ret, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    int r = mb_file_read(path, BENCH_FILE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_bench_setting_parse(path, text, size, ret, err);
    free(text);
    return r;
}

static void free_line(struct mb_gpio_setting *line)
{
    free(line->chip);
    free(line->line);
}

struct mb_bench_setting *mb_bench_setting_free(struct mb_bench_setting *setting)
{
    if (!setting)
        return NULL;
    for (size_t i = 0; i < setting->instrument_count; i++) {
        free(setting->instruments[i].id);
        free(setting->instruments[i].profile);
        free(setting->instruments[i].address);
        free(setting->instruments[i].calibration);
        free(setting->instruments[i].trigger);
        free(setting->instruments[i].function);
        free(setting->instruments[i].guard.address);
        free(setting->instruments[i].iio_channels);
    }
    free(setting->instruments);
    free(setting->name);
    free_line(&setting->emergency_stop.line);
    free_line(&setting->contactor.line);
    free_line(&setting->contactor.feedback);
    free(setting->items);
    free(setting->text);
    free(setting);
    return NULL;
}
