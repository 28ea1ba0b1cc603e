/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/iio.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "sim/random.h"
#include "sim/signals.h"

#define STREAM_IIO 0x69696fu
#define ADC_SCALE_MV 0.00125 /* 24 bits: +-10.486 V */
#define ADC_MAX 8388607.0
#define THERMOCOUPLE_SCALE_M 7.8125 /* millidegrees a count, as a MAX31856 has it */
#define EXACT_SCALE_M 0.0001
#define ACCEL_SCALE 0.0002 /* m/s^2 a count: 20 bits reach +-105 m/s^2 */
#define ACCEL_MAX 524287.0
#define ACCEL_SHIFT 12
#define BUFFER_BLOCKS 4 /* blocks the "kernel" keeps, as libiio's default */
#define BUFFER_SAMPLES_MAX (1u << 20)

enum source {
    FROM_TORQUE,
    FROM_SPEED,
    FROM_END_WINDING,
    FROM_FRAME,
    FROM_COOLANT,
    FROM_TIME,
    FROM_SIGNAL, /* and so on, one a signal */
};
#define SIGNAL(name) ((enum source)(FROM_SIGNAL + SIM_SIGNAL_##name))
#define ADC_FORMAT "le:s24/32&gt;&gt;0"
#define ACCEL_FORMAT "le:s20/32&gt;&gt;12"

struct channel {
    const char *id;
    enum source source;
    const char *format; /* of the scan element; NULL: cannot be captured */
    size_t size;        /* storage bytes in a capture */
};

#define CHANNELS_MAX 14
static const struct device {
    const char *id, *name;
    int rate_max_hz;
    struct channel channels[CHANNELS_MAX];
    const char *attributes[3], *channel_attributes[4];
} devices[] = {
    {"iio:device0",
     "adc",
     10000,
     {{"voltage0", FROM_TORQUE, ADC_FORMAT, 4},
      {"voltage1", FROM_SPEED, ADC_FORMAT, 4},
      {"timestamp", FROM_TIME, "le:s64/64&gt;&gt;0", 8}},
     {"sampling_frequency", "sampling_frequency_available"},
     {"raw", "scale"}},
    {"iio:device1",
     "thermocouples",
     0,
     {{"temp0", FROM_END_WINDING, NULL, 0}, {"temp1", FROM_FRAME, NULL, 0}, {"temp2", FROM_COOLANT, NULL, 0}},
     {NULL},
     {"raw", "scale", "thermocouple_type"}},
    {"iio:device2",
     "waveforms",
     200000,
     {{"voltage0", SIGNAL(U1), ADC_FORMAT, 4},
      {"voltage1", SIGNAL(U2), ADC_FORMAT, 4},
      {"voltage2", SIGNAL(U3), ADC_FORMAT, 4},
      {"voltage3", SIGNAL(I1), ADC_FORMAT, 4},
      {"voltage4", SIGNAL(I2), ADC_FORMAT, 4},
      {"voltage5", SIGNAL(I3), ADC_FORMAT, 4},
      {"voltage6", SIGNAL(TORQUE), ADC_FORMAT, 4},
      {"voltage7", SIGNAL(PULSES), ADC_FORMAT, 4},
      {"voltage8", SIGNAL(SOUND), ADC_FORMAT, 4},
      {"accel_x", SIGNAL(ACCEL_X), ACCEL_FORMAT, 4},
      {"accel_y", SIGNAL(ACCEL_Y), ACCEL_FORMAT, 4},
      {"accel_z", SIGNAL(ACCEL_Z), ACCEL_FORMAT, 4},
      {"voltage9", SIGNAL(SPEED), ADC_FORMAT, 4},
      {"timestamp", FROM_TIME, "le:s64/64&gt;&gt;0", 8}},
     {"sampling_frequency", "sampling_frequency_available"},
     {"raw", "scale"}},
};
#define DEVICE_COUNT ((int)(sizeof devices / sizeof devices[0]))

struct sim_iio_buffer {
    struct sim_iio *iio;
    struct sim_iio_buffer *next;
    int device;
    uint32_t mask;
    size_t sample_size, samples;
    struct sim_random random;
    struct sim_text data;
};

struct sim_iio {
    struct sim_world *world;
    struct sim_iio_options options;
    uint64_t seed;
    int rate_hz[DEVICE_COUNT];
    struct sim_signals signals;
    struct {
        double torque_nm, speed_rpm;
        uint64_t t_ns;
    } before; /* at the end of the quantum before, to interpolate from */
    struct sim_iio_buffer *buffers;
};

static unsigned channel_count(int device)
{
    unsigned n = 0;

    while (n < CHANNELS_MAX && devices[device].channels[n].id != NULL)
        n++;
    return n;
}

int sim_iio_find_device(const char *name)
{
    for (int i = 0; i < DEVICE_COUNT; i++)
        if (strcmp(name, devices[i].id) == 0 || strcmp(name, devices[i].name) == 0)
            return i;
    return -ENODEV;
}

int sim_iio_find_channel(int device, const char *name)
{
    for (int i = 0; i < (int)channel_count(device); i++)
        if (strcmp(name, devices[device].channels[i].id) == 0)
            return i;
    return -ENXIO;
}

const char *sim_iio_attribute(int device, int channel, unsigned n)
{
    const char *const *list = channel < 0 ? devices[device].attributes : devices[device].channel_attributes;

    if (channel >= 0 && devices[device].channels[channel].source == FROM_TIME)
        return NULL;
    for (unsigned i = 0; list[i] != NULL; i++)
        if (i == n)
            return list[i];
    return NULL;
}

static bool has_attribute(int device, int channel, const char *attribute)
{
    const char *name;

    for (unsigned n = 0; (name = sim_iio_attribute(device, channel, n)) != NULL; n++)
        if (strcmp(name, attribute) == 0)
            return true;
    return false;
}

static double temperature_scale(const struct sim_iio *iio)
{
    return iio->options.exact ? EXACT_SCALE_M : THERMOCOUPLE_SCALE_M;
}

static bool is_acceleration(enum source source)
{
    return source >= SIGNAL(ACCEL_X) && source <= SIGNAL(ACCEL_Z);
}

/* Of the transducer in front of a converter, for one volt. */
static double signal_unit(const struct sim_iio *iio, enum source source)
{
    if (source <= SIGNAL(U3))
        return iio->options.voltage_v_per_v;
    if (source <= SIGNAL(I3))
        return iio->options.current_a_per_v;
    if (source == SIGNAL(TORQUE))
        return iio->options.torque_nm_per_v;
    if (source == SIGNAL(SPEED))
        return iio->options.speed_rpm_per_v;
    return source == SIGNAL(SOUND) ? SIM_SOUND_PA_PER_V : 1;
}

static double adc_counts(double volt)
{
    return fmin(fmax(round(volt * 1000 / ADC_SCALE_MV), -ADC_MAX - 1), ADC_MAX);
}

static double signal_counts(const struct sim_iio *iio, enum source source, double share,
                            struct sim_random *random)
{
    double value = sim_signal_at(&iio->signals, (enum sim_signal)(source - FROM_SIGNAL), share, random);

    if (is_acceleration(source))
        return fmin(fmax(round(value / ACCEL_SCALE), -ACCEL_MAX - 1), ACCEL_MAX);
    return adc_counts(value / signal_unit(iio, source));
}

static double to_counts(const struct sim_iio *iio, enum source source, double value, double normal)
{
    const struct sim_errors *errors = iio->options.errors;

    switch (source) {
    case FROM_TORQUE:
        value = sim_errors_apply(errors, MB_TORQUE, value, normal) / iio->options.torque_nm_per_v;
        break;
    case FROM_SPEED:
        value = sim_errors_apply(errors, MB_SPEED, value, normal) / iio->options.speed_rpm_per_v;
        break;
    case FROM_END_WINDING:
    case FROM_FRAME:
    case FROM_COOLANT:
        return round(sim_errors_apply(errors, MB_TEMPERATURE, value, normal) * 1000 / temperature_scale(iio));
    case FROM_TIME:
    case FROM_SIGNAL:
        return value;
    }
    return adc_counts(value);
}

static double truth(const struct sim_iio *iio, enum source source)
{
    const struct plant_state *state = sim_world_state(iio->world);

    switch (source) {
    case FROM_TORQUE:
        return sim_world_torque_nm(iio->world);
    case FROM_SPEED:
        return state->speed_rpm;
    case FROM_END_WINDING:
        return state->end_winding_c;
    case FROM_FRAME:
        return state->frame_c;
    case FROM_COOLANT:
        return state->coolant_c;
    case FROM_TIME:
    case FROM_SIGNAL:
        break;
    }
    return 0;
}

/* Noise of single readings depends on bench time, not on how often somebody asked. */
static double raw(const struct sim_iio *iio, enum source source)
{
    uint64_t quantum = sim_world_now_ns(iio->world) / SIM_QUANTUM_NS;
    struct sim_random random;

    sim_random_seed(&random, iio->seed, STREAM_IIO + (quantum << 24) + source);
    if (source >= FROM_SIGNAL)
        return signal_counts(iio, source, 1, &random);
    return to_counts(iio, source, truth(iio, source), sim_random_normal(&random));
}

static bool capturing(const struct sim_iio *iio, int device)
{
    const struct sim_iio_buffer *b = iio->buffers;

    while (b != NULL && b->device != device)
        b = b->next;
    return b != NULL;
}

int sim_iio_read(const struct sim_iio *iio, int device, int channel, const char *attribute,
                 struct sim_text *ret)
{
    const struct channel *c = channel < 0 ? NULL : &devices[device].channels[channel];

    if (!has_attribute(device, channel, attribute))
        return -ENOENT;
    if (strcmp(attribute, "sampling_frequency") == 0)
        return sim_text_printf(ret, "%d", iio->rate_hz[device]);
    if (strcmp(attribute, "sampling_frequency_available") == 0)
        return sim_text_printf(ret, "[1 1 %d]", devices[device].rate_max_hz);
    if (strcmp(attribute, "thermocouple_type") == 0)
        return sim_text_printf(ret, "T");
    if (strcmp(attribute, "scale") == 0)
        return sim_text_printf(ret, "%.9f",
                               is_acceleration(c->source) ? ACCEL_SCALE
                               : c->format != NULL        ? ADC_SCALE_MV
                                                          : temperature_scale(iio));
    if (capturing(iio, device))
        return -EBUSY;
    return sim_text_printf(ret, "%.0f", raw(iio, c->source));
}

int sim_iio_write(struct sim_iio *iio, int device, int channel, const char *attribute, const char *value)
{
    int64_t rate;

    if (!has_attribute(device, channel, attribute))
        return -ENOENT;
    if (strcmp(attribute, "sampling_frequency") != 0)
        return -EACCES;
    if (mb_integer_parse(value, strcspn(value, "\n"), &rate) < 0 || rate < 1 ||
        rate > devices[device].rate_max_hz)
        return -EINVAL;
    if (capturing(iio, device))
        return -EBUSY;
    iio->rate_hz[device] = (int)rate;
    return 0;
}

static void channel_xml(const struct device *d, int device, int channel, struct sim_text *ret)
{
    const struct channel *c = &d->channels[channel];
    const char *name;

    (void)sim_text_printf(ret, "<channel id=\"%s\" type=\"input\" >", c->id);
    if (c->format != NULL)
        (void)sim_text_printf(ret, "<scan-element index=\"%d\" format=\"%s\" />", channel, c->format);
    for (unsigned n = 0; (name = sim_iio_attribute(device, channel, n)) != NULL; n++)
        (void)sim_text_printf(ret, "<attribute name=\"%s\" filename=\"in_%s_%s\" />", name, c->id, name);
    (void)sim_text_printf(ret, "</channel>");
}

/* The document type is the one libiio validates against. */
#define XML_HEAD                                                                                             \
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE context ["                                          \
    "<!ELEMENT context (device | context-attribute)*><!ELEMENT context-attribute EMPTY>"                     \
    "<!ELEMENT device (channel | attribute | debug-attribute | buffer-attribute)*>"                          \
    "<!ELEMENT channel (scan-element?, attribute*)><!ELEMENT attribute EMPTY><!ELEMENT scan-element EMPTY>"  \
    "<!ELEMENT debug-attribute EMPTY><!ELEMENT buffer-attribute EMPTY>"                                      \
    "<!ATTLIST context name CDATA #REQUIRED version-major CDATA #REQUIRED version-minor CDATA #REQUIRED "    \
    "version-git CDATA #REQUIRED description CDATA #IMPLIED>"                                                \
    "<!ATTLIST context-attribute name CDATA #REQUIRED value CDATA #REQUIRED>"                                \
    "<!ATTLIST device id CDATA #REQUIRED name CDATA #IMPLIED label CDATA #IMPLIED>"                          \
    "<!ATTLIST channel id CDATA #REQUIRED type (input|output) #REQUIRED name CDATA #IMPLIED>"                \
    "<!ATTLIST scan-element index CDATA #REQUIRED format CDATA #REQUIRED scale CDATA #IMPLIED>"              \
    "<!ATTLIST attribute name CDATA #REQUIRED filename CDATA #IMPLIED>"                                      \
    "<!ATTLIST debug-attribute name CDATA #REQUIRED value CDATA #IMPLIED>"                                   \
    "<!ATTLIST buffer-attribute name CDATA #REQUIRED value CDATA #IMPLIED>]>"

int sim_iio_xml(const struct sim_iio *iio, struct sim_text *ret)
{
    const char *name;

    (void)iio;
    (void)sim_text_printf(ret, XML_HEAD
                          "<context name=\"motorbench-sim\" version-major=\"0\" version-minor=\"24\" "
                          "version-git=\"sim0001\" description=\"simulated motor bench\" >"
                          "<context-attribute name=\"simulated\" value=\"1\" />");
    for (int d = 0; d < DEVICE_COUNT; d++) {
        (void)sim_text_printf(ret, "<device id=\"%s\" name=\"%s\" >", devices[d].id, devices[d].name);
        for (int c = 0; c < (int)channel_count(d); c++)
            channel_xml(&devices[d], d, c, ret);
        for (unsigned n = 0; (name = sim_iio_attribute(d, -1, n)) != NULL; n++)
            (void)sim_text_printf(ret, "<attribute name=\"%s\" />", name);
        (void)sim_text_printf(ret, "</device>");
    }
    return sim_text_printf(ret, "</context>");
}

/* Enabled channels in order, each aligned to its own size, the whole to the largest. data NULL: only the
 * size. */
static size_t place_sample(const struct sim_iio_buffer *b, const int64_t values[CHANNELS_MAX], uint8_t *data)
{
    size_t offset = 0, largest = 1;

    for (unsigned i = 0; i < channel_count(b->device); i++) {
        size_t size = devices[b->device].channels[i].size;

        if (!(b->mask & (1u << i)))
            continue;
        offset = (offset + size - 1) / size * size;
        largest = size > largest ? size : largest;
        for (size_t k = 0; data != NULL && k < size; k++)
            data[offset + k] = (uint8_t)((uint64_t)values[i] >> (8 * k));
        offset += size;
    }
    return (offset + largest - 1) / largest * largest;
}

/* A channel at a share of the quantum, as it stands in the buffer. */
static int64_t captured(struct sim_iio_buffer *b, enum source source, double share, uint64_t t_ns)
{
    const struct sim_iio *iio = b->iio;
    double after, before;

    if (source == FROM_TIME)
        return (int64_t)t_ns;
    if (source >= FROM_SIGNAL)
        return (int64_t)signal_counts(iio, source, share, &b->random) *
               (is_acceleration(source) ? 1 << ACCEL_SHIFT : 1);
    after = truth(iio, source);
    before = source == FROM_TORQUE ? iio->before.torque_nm : iio->before.speed_rpm;
    return (int64_t)to_counts(iio, source, before + share * (after - before), sim_random_normal(&b->random));
}

static void capture_sample(struct sim_iio_buffer *b, double share, uint64_t t_ns)
{
    int64_t values[CHANNELS_MAX];
    uint8_t data[CHANNELS_MAX * 8] = {0};

    if (b->data.size + b->sample_size > BUFFER_BLOCKS * b->samples * b->sample_size)
        return;
    for (unsigned i = 0; i < channel_count(b->device); i++)
        if (b->mask & (1u << i))
            values[i] = captured(b, devices[b->device].channels[i].source, share, t_ns);
    (void)place_sample(b, values, data);
    (void)sim_text_append(&b->data, data, b->sample_size);
}

/* All sampling instants k / rate in (before, now]. */
static void observe(const struct plant_state *state, double dt_s, void *userdata)
{
    struct sim_iio *iio = userdata;
    uint64_t now = sim_world_now_ns(iio->world);

    sim_signals_advance(&iio->signals, sim_world_config(iio->world), state, sim_world_torque_nm(iio->world),
                        dt_s);
    for (struct sim_iio_buffer *b = iio->buffers; b != NULL; b = b->next) {
        uint64_t rate = (uint64_t)iio->rate_hz[b->device];

        for (uint64_t k = iio->before.t_ns * rate / 1000000000u + 1; k * 1000000000u <= now * rate; k++) {
            uint64_t t_ns = k * 1000000000u / rate;

            capture_sample(b, (double)(t_ns - iio->before.t_ns) / (double)(now - iio->before.t_ns), t_ns);
        }
    }
    iio->before.t_ns = now;
    iio->before.torque_nm = sim_world_torque_nm(iio->world);
    iio->before.speed_rpm = state->speed_rpm;
}

struct sim_iio *sim_iio_new(struct sim_world *world, const struct sim_iio_options *options)
{
    struct sim_iio *iio = calloc(1, sizeof *iio);

    if (iio == NULL)
        return NULL;
    iio->world = world;
    iio->options = *options;
    iio->seed = sim_world_config(world)->seed;
    iio->rate_hz[0] = 1000;
    iio->rate_hz[DEVICE_COUNT - 1] = 10000;
    sim_signals_start(&iio->signals, sim_world_config(world), sim_world_state(world));
    if (sim_world_observe(world, observe, iio) < 0)
        return sim_iio_free(iio);
    return iio;
}

struct sim_iio *sim_iio_free(struct sim_iio *iio)
{
    if (iio != NULL)
        sim_world_unobserve(iio->world, iio);
    free(iio);
    return NULL;
}

int sim_iio_buffer_new(struct sim_iio *iio, int device, uint32_t mask, size_t samples,
                       struct sim_iio_buffer **ret)
{
    struct sim_iio_buffer *b;

    if (mask == 0 || mask >> channel_count(device) != 0 || devices[device].channels[0].format == NULL ||
        samples == 0 || samples > BUFFER_SAMPLES_MAX)
        return -EINVAL;
    b = calloc(1, sizeof *b);
    if (b == NULL)
        return -ENOMEM;
    b->iio = iio;
    b->device = device;
    b->mask = mask;
    b->samples = samples;
    b->sample_size = place_sample(b, NULL, NULL);
    sim_random_seed(&b->random, iio->seed, STREAM_IIO + (sim_world_now_ns(iio->world) << 8) + 0xff);
    b->next = iio->buffers;
    iio->buffers = b;
    *ret = b;
    return 0;
}

struct sim_iio_buffer *sim_iio_buffer_free(struct sim_iio_buffer *b)
{
    struct sim_iio_buffer **p;

    if (b == NULL)
        return NULL;
    for (p = &b->iio->buffers; *p != b; p = &(*p)->next)
        ;
    *p = b->next;
    sim_text_clear(&b->data);
    free(b);
    return NULL;
}

size_t sim_iio_buffer_sample_size(const struct sim_iio_buffer *b)
{
    return b->sample_size;
}

size_t sim_iio_buffer_samples(const struct sim_iio_buffer *b)
{
    return b->samples;
}

uint32_t sim_iio_buffer_mask(const struct sim_iio_buffer *b)
{
    return b->mask;
}

int sim_iio_buffer_take(struct sim_iio_buffer *b, size_t n, struct sim_text *ret)
{
    int r;

    if (b->data.size < n)
        return -EAGAIN;
    r = sim_text_append(ret, b->data.data, n);
    if (r == 0)
        sim_text_consume(&b->data, n);
    return r;
}
