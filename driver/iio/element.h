/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One scan element of a buffer ("le:s24/32>>8"): where it lies in a sample and how its bits become a number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waveform/recording.h"

struct mb_iio_element {
    unsigned bytes, bits, shift; /* storage; significant bits; how far they stand above bit 0 */
    bool is_signed, is_big_endian;
};

/* The smallest storage of a recording that holds every number. -EINVAL: not an element of 1 to 8 bytes. */
int mb_iio_element_storage(const struct mb_iio_element *element, enum mb_wave_storage *ret);
/* What is added to an unsigned number before it is stored, so that it fits the signed storage: minus half of
 * the range; 0 for signed ones. Nothing is lost by that, and clipping is symmetrical. */
double mb_iio_element_bias(const struct mb_iio_element *element);
/* Numbers at or beyond plus or minus this are the ends of the converter. */
double mb_iio_element_limit(const struct mb_iio_element *element);
/* n numbers, step bytes from one to the next, into target of that storage. */
void mb_iio_element_take(const struct mb_iio_element *element, const void *first, size_t step, size_t n,
                         enum mb_wave_storage storage, void *target);
