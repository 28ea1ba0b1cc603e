/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes on their way out: grows, bounded, may hold NULs. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define SIM_TEXT_MAX (8u << 20)

struct sim_text {
    char *data; /* NUL-terminated whenever not NULL */
    size_t size, room;
};

/* 0, -ENOMEM, -E2BIG above SIM_TEXT_MAX; the text stays as it was on failure. */
int sim_text_append(struct sim_text *text, const void *data, size_t n);
int sim_text_printf(struct sim_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes. */
void sim_text_consume(struct sim_text *text, size_t n);
void sim_text_clear(struct sim_text *text); /* frees */
