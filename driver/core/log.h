/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Library code hands its debug lines to one callback; programs decide where they go (journal, stderr,
 * nowhere). */
#pragma once

/* priority as in syslog(3): 3 error ... 7 debug. Library code never logs above debug: it returns errors. */
typedef void (*mb_log_function)(int priority, const char *text);

/* NULL (the default) drops everything. Not thread safe: set it once at start. */
void mb_log_set(mb_log_function function);
void mb_log(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define mb_debug(...) mb_log(7, __VA_ARGS__)
