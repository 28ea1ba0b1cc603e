/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/scan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "core/text.h"
#include "iio/context.h"
#include "iio/map.h"
#include "iio/trigger.h"
#include "waveform/reader.h"

#define INTERVAL_S 0.05 /* of a block, when nobody says */
#define BLOCK_MAX (1u << 20)
#define STAMPS_MAX_HZ 100e3 /* above, eight bytes a sample cost more than they tell */
#define RATE_OFF 1e-3       /* a rate that is read back may differ so much from the one asked for */
#define SAMPLES_MAX (1u << 24)
#define RATE "sampling_frequency"

static bool is_scannable(const struct iio_channel *channel)
{
    return !iio_channel_is_output(channel) && iio_channel_is_scan_element(channel) &&
           iio_channel_get_type(channel) != IIO_TIMESTAMP;
}

static size_t scannable(const struct iio_device *device)
{
    size_t n = 0;

    for (unsigned i = 0; i < iio_device_get_channels_count(device); i++)
        n += is_scannable(iio_device_get_channel(device, i));
    return n;
}

static int find_device(struct mb_iio_scan *scan, const char *name, struct mb_error *err)
{
    for (unsigned i = 0; !name && !scan->device && i < iio_context_get_devices_count(scan->context); i++)
        if (scannable(iio_context_get_device(scan->context, i)) > 0)
            scan->device = iio_context_get_device(scan->context, i);
    if (name)
        scan->device = iio_context_find_device(scan->context, name);
    if (!scan->device)
        return mb_error_set(err, -ENODEV, "%s: the context has no device %s%s", scan->label,
                            name ? name : "that can be captured", name ? "" : " (no buffer)");
    return 0;
}

static enum mb_wave_quantity quantity_of_type(const struct iio_channel *channel)
{
    switch (iio_channel_get_type(channel)) {
    case IIO_VOLTAGE:
    case IIO_ALTVOLTAGE:
        return MB_WAVE_VOLTAGE;
    case IIO_CURRENT:
        return MB_WAVE_CURRENT;
    case IIO_ACCEL:
        return MB_WAVE_ACCELERATION;
    default:
        return MB_WAVE_NUMBER;
    }
}

/* value = ((number + offset) * scale) in the unit of IIO, in SI units, times factor plus zero. */
static int set_scale(const struct mb_iio_scan *scan, const struct iio_channel *channel,
                     const struct mb_iio_element *element, const struct mb_iio_channel *map,
                     struct mb_wave_channel *wave, struct mb_error *err)
{
    double offset = 0, scale = 1;
    int r = 0;

    if (iio_channel_find_attr(channel, "offset"))
        r = mb_iio_attribute_number(channel, "offset", &offset);
    if (r == 0 && iio_channel_find_attr(channel, "scale"))
        r = mb_iio_attribute_number(channel, "scale", &scale);
    else if (r == 0 && wave->quantity != MB_WAVE_NUMBER)
        return mb_error_set(err, -EINVAL, "%s: channel %s: the device does not say its scale", scan->label,
                            wave->name);
    if (r < 0)
        return mb_error_set(err, r, "%s: channel %s: scale or offset cannot be read: %s", scan->label,
                            wave->name, r == -EPROTO ? "not a number" : strerror(-r));
    wave->gain = scale * mb_iio_channel_unit(channel) * (map ? map->factor : 1);
    if (wave->gain == 0 || !isfinite(wave->gain))
        return mb_error_set(err, -EINVAL, "%s: channel %s: a scale of %g means nothing", scan->label,
                            wave->name, scale);
    wave->offset = (offset - mb_iio_element_bias(element)) * wave->gain + (map ? map->zero : 0);
    wave->limit = mb_iio_element_limit(element);
    return 0;
}

static int add_channel(struct mb_iio_scan *scan, struct iio_channel *channel,
                       const struct mb_iio_channel *map, struct mb_error *err)
{
    const size_t c = scan->format.channel_count;
    const struct iio_data_format *format = iio_channel_get_data_format(channel);
    struct mb_wave_channel *wave;
    int r = 0;

    if (c == MB_IIO_QUEUE_CHANNELS)
        return mb_error_set(err, -E2BIG, "%s: more than %d channels", scan->label, MB_IIO_QUEUE_CHANNELS);
    wave = &scan->format.channels[c];
    (void)snprintf(wave->name, sizeof wave->name, "%s%s", scan->prefix ? scan->prefix : "",
                   iio_channel_get_id(channel));
    mb_text_clean(wave->name);
    wave->quantity = quantity_of_type(channel);
    if (map)
        r = mb_iio_map_wave(map, wave, err);
    scan->elements[c] = (struct mb_iio_element){.bytes = format->length / 8,
                                                .bits = format->bits,
                                                .shift = format->shift,
                                                .is_signed = format->is_signed,
                                                .is_big_endian = format->is_be};
    if (r == 0 && (format->repeat > 1 || format->length % 8 != 0 ||
                   mb_iio_element_storage(&scan->elements[c], &scan->format.storage[c]) < 0))
        r = mb_error_set(err, -EINVAL, "%s: channel %s: samples of %u bits in %u are not known here",
                         scan->label, wave->name, format->bits, format->length);
    if (r == 0)
        r = set_scale(scan, channel, &scan->elements[c], map, wave, err);
    scan->channels[c] = channel;
    scan->format.channel_count += r == 0;
    return r;
}

static int find_channels(struct mb_iio_scan *scan, const struct mb_iio_scan_setting *setting,
                         struct mb_error *err)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < setting->channel_count; i++) {
        const struct mb_iio_channel *map = &setting->channels[i];
        struct iio_channel *channel = iio_device_find_channel(scan->device, map->channel, false);

        r = channel && is_scannable(channel)
                ? add_channel(scan, channel, map, err)
                : mb_error_set(err, -ENXIO, "%s: channel %s: the device '%s' has no input '%s' to capture",
                               scan->label, map->name, map->device, map->channel);
    }
    for (unsigned i = 0;
         r == 0 && setting->channel_count == 0 && i < iio_device_get_channels_count(scan->device); i++)
        if (is_scannable(iio_device_get_channel(scan->device, i)))
            r = add_channel(scan, iio_device_get_channel(scan->device, i), NULL, err);
    return r;
}

/* The names of the triggers that the context has: ", it has: a, b". */
static void list_triggers(const struct mb_iio_scan *scan, char *buffer, size_t size)
{
    size_t used = 0;

    (void)snprintf(buffer, size, ", it has none");
    for (unsigned i = 0; i < iio_context_get_devices_count(scan->context) && used < size; i++) {
        const struct iio_device *device = iio_context_get_device(scan->context, i);

        if (iio_device_is_trigger(device))
            used += (size_t)snprintf(buffer + used, size - used, "%s%s",
                                     used ? ", " : ", it has: ", iio_device_get_name(device));
    }
    mb_text_clean(buffer);
}

static int find_trigger(struct mb_iio_scan *scan, const char *name, struct mb_error *err)
{
    char list[200];
    int r;

    scan->trigger = iio_context_find_device(scan->context, name);
    if (!scan->trigger || !iio_device_is_trigger(scan->trigger)) {
        list_triggers(scan, list, sizeof list);
        return mb_error_set(err, -EINVAL, "%s: the context has no trigger '%s'%s", scan->label, name, list);
    }
    r = iio_device_set_trigger(scan->device, scan->trigger);
    return r < 0 ? mb_error_set(err, r, "%s: trigger %s is refused: %s", scan->label, name, strerror(-r)) : 0;
}

/* Where a rate may stand: the device, its first channel, the trigger. */
static ssize_t read_rate_text(const struct mb_iio_scan *scan, char *text, size_t size)
{
    if (iio_device_find_attr(scan->device, RATE))
        return iio_device_attr_read(scan->device, RATE, text, size);
    if (iio_channel_find_attr(scan->channels[0], RATE))
        return iio_channel_attr_read(scan->channels[0], RATE, text, size);
    if (scan->trigger && iio_device_find_attr(scan->trigger, RATE))
        return iio_device_attr_read(scan->trigger, RATE, text, size);
    return -ENOENT;
}

static ssize_t write_rate_text(const struct mb_iio_scan *scan, const char *text)
{
    if (iio_device_find_attr(scan->device, RATE))
        return iio_device_attr_write(scan->device, RATE, text);
    if (iio_channel_find_attr(scan->channels[0], RATE))
        return iio_channel_attr_write(scan->channels[0], RATE, text);
    if (scan->trigger && iio_device_find_attr(scan->trigger, RATE))
        return iio_device_attr_write(scan->trigger, RATE, text);
    return -ENOENT;
}

int mb_iio_scan_rate(const struct mb_iio_scan *scan, double *ret_hz)
{
    char text[64];
    ssize_t n = read_rate_text(scan, text, sizeof text);
    double rate_hz;

    if (n < 0)
        return (int)n;
    text[sizeof text - 1] = '\0';
    if (mb_number_parse(text, strcspn(text, " \n"), &rate_hz) < 0 ||
        mb_wave_reader_rate("", rate_hz, NULL) < 0)
        return -EPROTO;
    *ret_hz = rate_hz;
    return 0;
}

/* Sets the rate and reads it back. A device without one runs at what the user says. */
static int set_rate(struct mb_iio_scan *scan, double wanted_hz, struct mb_error *err)
{
    char text[32];
    ssize_t written = 0;
    int r = 0;

    (void)snprintf(text, sizeof text, "%.15g", wanted_hz);
    if (wanted_hz > 0)
        written = write_rate_text(scan, text);
    if (written == -ENOENT) {
        scan->format.rate_hz = wanted_hz;
        return 0;
    }
    if (written < 0)
        return mb_error_set(err, (int)written, "%s: a rate of %s Hz is refused: %s", scan->label, text,
                            strerror((int)-written));
    r = mb_iio_scan_rate(scan, &scan->format.rate_hz);
    if (r == -ENOENT)
        return mb_error_set(err, r, "%s: the device does not say its rate: rate_hz is needed", scan->label);
    if (r < 0)
        return mb_error_set(err, r, "%s: the rate cannot be read: %s", scan->label,
                            r == -EPROTO ? "not a rate" : strerror(-r));
    if (wanted_hz > 0 && fabs(scan->format.rate_hz - wanted_hz) > RATE_OFF * wanted_hz)
        return mb_error_set(err, -ERANGE, "%s: the device runs at %.10g Hz, not at %.10g Hz", scan->label,
                            scan->format.rate_hz, wanted_hz);
    return 0;
}

static void enable(struct mb_iio_scan *scan, bool with_stamps)
{
    for (unsigned i = 0; i < iio_device_get_channels_count(scan->device); i++)
        iio_channel_disable(iio_device_get_channel(scan->device, i));
    for (size_t c = 0; c < scan->format.channel_count; c++)
        iio_channel_enable(scan->channels[c]);
    scan->timestamp = with_stamps ? iio_device_find_channel(scan->device, "timestamp", false) : NULL;
    if (scan->timestamp && iio_channel_is_scan_element(scan->timestamp) &&
        iio_channel_get_data_format(scan->timestamp)->length == 64)
        iio_channel_enable(scan->timestamp);
    else
        scan->timestamp = NULL;
}

/* Refills are waited for so long at most; the context's own limit may be longer. */
static void set_timeout(const struct mb_iio_scan *scan)
{
    const double block_s = (double)scan->format.capacity / scan->format.rate_hz;

    (void)iio_context_set_timeout(scan->context, (unsigned)(fmin(fmax(3 * block_s, 1.5), 60) * 1e3));
}

/* So many blocks of theirs, as many as the device has memory for: a busy machine may leave them lie. */
static int create_buffers(struct mb_iio_scan *scan)
{
    static const unsigned counts[] = {32, 8, 4}; /* in flight; libiio's own is four */
    int r = -ENOMEM;

    for (size_t i = 0; r == -ENOMEM && i < sizeof counts / sizeof *counts; i++) {
        const bool told = iio_device_set_kernel_buffers_count(scan->device, counts[i]) == 0;

        scan->depth_s = (told ? counts[i] : 4) * (double)scan->format.capacity / scan->format.rate_hz;
        errno = 0;
        scan->buffer = iio_device_create_buffer(scan->device, scan->format.capacity, false);
        r = scan->buffer ? 0 : errno ? -errno : -EIO;
    }
    return r;
}

static int create_buffer(struct mb_iio_scan *scan, double interval_s)
{
    const ssize_t sample_size = iio_device_get_sample_size(scan->device);
    double samples = floor(scan->format.rate_hz * (interval_s > 0 ? interval_s : INTERVAL_S));

    if (sample_size <= 0)
        return sample_size < 0 ? (int)sample_size : -EINVAL;
    samples = fmax(fmin(samples, BLOCK_MAX / (double)sample_size), 1);
    scan->format.capacity = (size_t)samples;
    scan->least_step = (size_t)sample_size;
    set_timeout(scan);
    return create_buffers(scan);
}

static int start(struct mb_iio_scan *scan, double interval_s, struct mb_error *err)
{
    int r;

    enable(scan, scan->format.rate_hz <= STAMPS_MAX_HZ);
    r = create_buffer(scan, interval_s);
    if (r == -EINVAL && scan->timestamp) { /* some devices refuse it beside all channels */
        enable(scan, false);
        r = create_buffer(scan, interval_s);
    }
    if (r == -EBUSY)
        return mb_error_set(err, r, "%s: somebody else captures from this device", scan->label);
    return r < 0 ? mb_error_set(err, r, "%s: the capture cannot be started: %s", scan->label, strerror(-r))
                 : 0;
}

int mb_iio_scan_open(const struct mb_iio_scan_setting *setting, struct mb_iio_scan *ret, struct mb_error *err)
{
    char trigger[64] = "";
    int r = 0;

    *ret = (struct mb_iio_scan){.prefix = setting->prefix};
    (void)snprintf(ret->label, sizeof ret->label, "%s", setting->uri);
    if (setting->trigger) /* of another computer's kernel nothing can be made here */
        r = mb_iio_trigger_prepare(strncmp(setting->uri, "local:", 6) == 0 ? "/sys" : NULL, setting->trigger,
                                   trigger, sizeof trigger, err);
    if (r == 0)
        r = mb_iio_context_open(setting->uri, NULL, 0, &ret->context, NULL, err);
    if (r == 0)
        r = find_device(ret, setting->device, err);
    if (r == 0)
        r = find_channels(ret, setting, err);
    if (r == 0 && setting->trigger)
        r = find_trigger(ret, trigger, err);
    if (r == 0)
        r = set_rate(ret, setting->rate_hz, err);
    if (r == 0)
        r = start(ret, setting->interval_s, err);
    return r;
}

void mb_iio_scan_close(struct mb_iio_scan *scan)
{
    if (scan->buffer)
        iio_buffer_destroy(scan->buffer);
    if (scan->context)
        iio_context_destroy(scan->context);
    *scan = (struct mb_iio_scan){.context = NULL};
}

/* The other end chooses which channels come: more than ours where somebody else captures too, never fewer. */
static bool all_there(const struct mb_iio_scan *scan, size_t count, size_t step)
{
    const char *end = iio_buffer_end(scan->buffer);

    if (step < scan->least_step)
        return false;
    for (size_t c = 0; c < scan->format.channel_count; c++) {
        const char *first = iio_buffer_first(scan->buffer, scan->channels[c]);

        if (first > end || (size_t)(end - first) < (count - 1) * step + scan->elements[c].bytes)
            return false;
    }
    return !scan->timestamp ||
           (size_t)(end - (const char *)iio_buffer_first(scan->buffer, scan->timestamp)) >=
               (count - 1) * step + sizeof(int64_t);
}

int mb_iio_scan_refill(struct mb_iio_scan *scan, size_t *ret_count, struct mb_error *err)
{
    const ssize_t n = iio_buffer_refill(scan->buffer);
    const ptrdiff_t step = iio_buffer_step(scan->buffer);
    size_t count;

    if (n < 0)
        return mb_error_set(err, (int)n, "%s: %s", scan->label,
                            n == -ETIMEDOUT ? "no samples come" : strerror((int)-n));
    count = step > 0 ? (size_t)n / (size_t)step : 0;
    if (count == 0 || !all_there(scan, count, (size_t)step))
        return mb_error_set(err, -EPIPE, "%s: a block came without samples of all channels", scan->label);
    *ret_count = count < scan->format.capacity ? count : scan->format.capacity;
    return 0;
}

void mb_iio_scan_take(const struct mb_iio_scan *scan, size_t channel, size_t from, size_t n, void *target)
{
    const size_t step = (size_t)iio_buffer_step(scan->buffer);
    const char *first = iio_buffer_first(scan->buffer, scan->channels[channel]);

    mb_iio_element_take(&scan->elements[channel], first + from * step, step, n, scan->format.storage[channel],
                        target);
}

int64_t mb_iio_scan_stamp(const struct mb_iio_scan *scan, size_t sample)
{
    const size_t step = (size_t)iio_buffer_step(scan->buffer);
    const char *first = iio_buffer_first(scan->buffer, scan->timestamp);
    int64_t stamp;

    iio_channel_convert(scan->timestamp, &stamp, first + sample * step);
    return stamp;
}
