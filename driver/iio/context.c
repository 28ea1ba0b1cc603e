/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "core/text.h"

#define LIBRARY_TIMEOUT_MS 1500
#define ATTRIBUTE_MAX 128

static int find_channel(struct iio_context *context, const struct mb_iio_channel *map,
                        struct iio_channel **ret, struct mb_error *err)
{
    struct iio_device *device = iio_context_find_device(context, map->device);
    struct iio_channel *channel;

    if (!device)
        return mb_error_set(err, -ENODEV, "channel %s: the context has no device '%s'", map->name,
                            map->device);
    channel = iio_device_find_channel(device, map->channel, false);
    if (!channel)
        return mb_error_set(err, -ENXIO, "channel %s: the device '%s' has no input '%s'", map->name,
                            map->device, map->channel);
    *ret = channel;
    return 0;
}

/* libiio 0.24 cuts the port off the text that it is given, const or not. */
static struct iio_context *create(const char *uri)
{
    char *copy = strdup(uri);
    struct iio_context *context;
    int error;

    errno = 0;
    context = copy ? iio_create_context_from_uri(copy) : NULL;
    error = errno;
    free(copy);
    errno = error;
    return context;
}

int mb_iio_context_open(const char *uri, const struct mb_iio_channel *channels, size_t n,
                        struct iio_context **ret, struct iio_channel **found, struct mb_error *err)
{
    struct iio_context *context = create(uri);
    int r = 0;

    if (!context)
        return mb_error_set(err, errno ? -errno : -EIO, "%s: %s", uri, strerror(errno ? errno : EIO));
    (void)iio_context_set_timeout(context, LIBRARY_TIMEOUT_MS);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = find_channel(context, &channels[i], &found[i], err);
    if (r < 0) {
        iio_context_destroy(context);
        return r;
    }
    *ret = context;
    return 0;
}

void mb_iio_context_identity(const struct iio_context *context, char *buffer, size_t size)
{
    const char *description = iio_context_get_description(context);

    (void)snprintf(buffer, size, "%s %s", iio_context_get_name(context), description ? description : "");
    mb_text_clean(buffer);
}

/* libiio's own conversion follows the locale. */
int mb_iio_attribute_number(const struct iio_channel *channel, const char *attribute, double *ret)
{
    char text[ATTRIBUTE_MAX];
    ssize_t n = iio_channel_attr_read(channel, attribute, text, sizeof text);

    if (n < 0)
        return (int)n;
    return mb_number_parse(text, strcspn(text, "\n"), ret) < 0 ? -EPROTO : 0;
}

/* What the attribute says where the channel has it; else *value stays. */
static int read_optional(const struct iio_channel *channel, const char *attribute, double *value)
{
    return iio_channel_find_attr(channel, attribute) ? mb_iio_attribute_number(channel, attribute, value) : 0;
}

double mb_iio_channel_unit(const struct iio_channel *channel)
{
    switch (iio_channel_get_type(channel)) {
    case IIO_VOLTAGE:
    case IIO_ALTVOLTAGE:
    case IIO_CURRENT:
    case IIO_POWER:
    case IIO_TEMP:
        return 1e-3;
    default:
        return 1;
    }
}

static int read_scaling(const struct iio_channel *channel, struct mb_iio_scaling *scaling)
{
    int r;

    scaling->offset = 0;
    scaling->scale = 1;
    r = read_optional(channel, "offset", &scaling->offset);
    if (r == 0)
        r = read_optional(channel, "scale", &scaling->scale);
    if (r == 0 && scaling->scale == 0)
        r = -EPROTO;
    scaling->known = r == 0;
    return r;
}

int mb_iio_channel_value(const struct iio_channel *channel, const struct mb_iio_channel *map,
                         struct mb_iio_scaling *scaling, double *ret)
{
    double value = 0;
    int r;

    if (iio_channel_find_attr(channel, "input")) {
        *scaling = (struct mb_iio_scaling){.known = true, .scale = 1};
        r = mb_iio_attribute_number(channel, "input", &value);
    } else {
        r = mb_iio_attribute_number(channel, "raw", &value);
        if (r == 0 && !scaling->known)
            r = read_scaling(channel, scaling);
    }
    if (r < 0)
        return r;
    *ret =
        (value + scaling->offset) * scaling->scale * mb_iio_channel_unit(channel) * map->factor + map->zero;
    return 0;
}
