/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one number and block parser: data files, test sheets and instrument replies all go through it.
 * Independent of the locale (a decimal comma is never accepted). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Reads the whole of text[0..n) as a plain decimal or exponent number: [+-]digits[.digits][e[+-]digits], at
 * least one digit before the exponent. No blanks, no hexadecimal, no inf/nan words, no unit text. Returns 0;
 * -EINVAL: not such a number; -ERANGE: not finite as a double. *ret is untouched on failure. */
int mb_number_parse(const char *text, size_t n, double *ret);

/* As mb_number_parse for a whole number without point or exponent, -2^63..2^63-1. */
int mb_integer_parse(const char *text, size_t n, int64_t *ret);

/* IEEE 488.2 definite length block "#<k><k digits><bytes>" at data[0..n). Sets offset and length of the
 * bytes. Returns 0; -EAGAIN: more bytes are needed; -EINVAL: not a block, or longer than max. */
int mb_block_parse(const uint8_t *data, size_t n, size_t max, size_t *ret_offset, size_t *ret_length);
