/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transcript (transport/transcript.h) of a link under record, of any kind, line by line as it is said: a
 * transcript at any time, so that what a crash leaves can be read. Lines may come from any thread. What
 * cannot be written ends the recording and nothing else, since the way to off goes over such a link too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct mb_record_file;

/* rest, here and below: what follows "record:" in "record:FILE:ADDRESS", where FILE has no colon. -EINVAL. */
int mb_record_file_address(const char *rest, const char **ret, struct mb_error *err);
/* FILE is emptied; its head has ADDRESS and the kind of link. -EINVAL, -ENOMEM, -errno of the file. */
int mb_record_file_new(const char *rest, const char *link, struct mb_record_file **ret, struct mb_error *err);
/* NULL is allowed, here and below. */
struct mb_record_file *mb_record_file_ref(struct mb_record_file *f);
struct mb_record_file *mb_record_file_unref(struct mb_record_file *f); /* returns NULL */
/* data was said at this moment of the monotonic clock. */
void mb_record_file_put(struct mb_record_file *f, bool to_instrument, uint64_t at_ns, const uint8_t *data,
                        size_t n);
void mb_record_file_comment(struct mb_record_file *f, const char *text);
/* The recording ends early. */
void mb_record_file_stop(struct mb_record_file *f);
