/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sentence for a person, beside the negative errno for the program. */
#pragma once

#define MB_ERROR_MAX 512

struct mb_error {
    char text[MB_ERROR_MAX]; /* one line of UTF-8: "FILE:LINE: what is wrong, what is allowed"; empty when
                                unset */
};

/* Fills err (which may be NULL) and returns code, a negative errno, so that a caller can write
 * `return mb_error_set(err, -EINVAL, ...)`. A text that was set earlier is replaced. */
int mb_error_set(struct mb_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
