/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/element.h"

#include <errno.h>
#include <math.h>
#include <string.h>

int mb_iio_element_storage(const struct mb_iio_element *element, enum mb_wave_storage *ret)
{
    if (element->bytes < 1 || element->bytes > 8 || element->bits < 1 ||
        element->bits + element->shift > 8 * element->bytes)
        return -EINVAL;
    *ret = element->bits <= 16 ? MB_WAVE_INT16 : element->bits <= 32 ? MB_WAVE_INT32 : MB_WAVE_DOUBLE;
    return 0;
}

double mb_iio_element_bias(const struct mb_iio_element *element)
{
    return element->is_signed ? 0 : -ldexp(1, (int)element->bits - 1);
}

double mb_iio_element_limit(const struct mb_iio_element *element)
{
    return ldexp(1, (int)element->bits - 1) - 1;
}

/* Two's complement of the element, an unsigned one moved by half of its range: that is its top bit inverted.
 */
static inline int64_t number(uint64_t raw, const struct mb_iio_element *e)
{
    const unsigned unused = 64 - e->bits;

    raw >>= e->shift;
    if (!e->is_signed)
        raw ^= UINT64_C(1) << (e->bits - 1);
    return (int64_t)(raw << unused) >> unused;
}

static inline uint64_t load(const uint8_t *p, const struct mb_iio_element *e)
{
    uint64_t raw = 0;

    if (e->is_big_endian)
        for (unsigned i = 0; i < e->bytes; i++)
            raw = raw << 8 | p[i];
    else
        for (unsigned i = e->bytes; i > 0; i--)
            raw = raw << 8 | p[i - 1];
    return raw;
}

/* What most converters give, in loops that the compiler can make something of: little endian, 16 or 32 bits.
 */
static void take_plain(const struct mb_iio_element *e, const uint8_t *p, size_t step, size_t n, void *target)
{
    for (size_t i = 0; i < n && e->bytes == 2; i++, p += step)
        ((int16_t *)target)[i] = (int16_t)(uint16_t)(p[0] | p[1] << 8);
    for (size_t i = 0; i < n && e->bytes == 4; i++, p += step)
        ((int32_t *)target)[i] =
            (int32_t)(p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

static bool is_plain(const struct mb_iio_element *e)
{
    return (e->bytes == 2 || e->bytes == 4) && e->bits == 8 * e->bytes && e->is_signed && !e->is_big_endian;
}

void mb_iio_element_take(const struct mb_iio_element *element, const void *first, size_t step, size_t n,
                         enum mb_wave_storage storage, void *target)
{
    const uint8_t *p = first;

    if (is_plain(element)) {
        take_plain(element, p, step, n, target);
        return;
    }
    for (size_t i = 0; i < n; i++, p += step) {
        int64_t x = number(load(p, element), element);

        if (storage == MB_WAVE_INT16)
            ((int16_t *)target)[i] = (int16_t)x;
        else if (storage == MB_WAVE_INT32)
            ((int32_t *)target)[i] = (int32_t)x;
        else
            ((double *)target)[i] = (double)x;
    }
}
