/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libiio as the worker uses it: everything here may block. */
#pragma once

#include <iio.h>

#include "core/error.h"
#include "core/instrument.h"
#include "iio/worker.h"

/* Makes the context and finds each channel; found has n places. -errno with err. */
int mb_iio_context_open(const char *uri, const struct mb_iio_channel *channels, size_t n,
                        struct iio_context **ret, struct iio_channel **found, struct mb_error *err);
void mb_iio_context_identity(const struct iio_context *context, char *buffer, size_t size);
/* Offset and scale as the channel said them last; not known: they are asked with the next value. */
struct mb_iio_scaling {
    bool known;
    double offset, scale;
};
/* ((raw + offset) * scale, or input) in V, A, W, degC ..., times factor plus zero. 0; -EPROTO: no number, or
 * a scale of 0; -errno. */
int mb_iio_channel_value(const struct iio_channel *channel, const struct mb_iio_channel *map,
                         struct mb_iio_scaling *scaling, double *ret);
/* What turns the numbers of a kind of channel into V, A, W, degC: Linux gives mV, mA, mW and millidegrees;
 * the rest comes in SI units already. */
double mb_iio_channel_unit(const struct iio_channel *channel);
/* The text of an attribute as a number, whatever the locale. -EPROTO: it is none; -errno. */
int mb_iio_attribute_number(const struct iio_channel *channel, const char *attribute, double *ret);
