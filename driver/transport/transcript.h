/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was said between a computer and an instrument, as a text file (docs/decisions/0008-instruments.md):
 * a head of "key: value" lines, an empty line, then "> text" to the instrument and "< text" from it, each
 * with "@SECONDS" since the line before in front, or without. Bytes outside of printable ASCII and the
 * backslash are \r \n \t \\ \xHH; terminators are written. A line that begins with # is a comment. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/error.h"

#define MB_TRANSCRIPT_FORMAT "motorbench-transcript/1"
#define MB_TRANSCRIPT_SIZE_MAX 67108864u /* bytes of a file */

enum mb_transcript_key {
    MB_TRANSCRIPT_DEVICE,   /* maker and model */
    MB_TRANSCRIPT_FIRMWARE, /* and, where it is told, serial number */
    MB_TRANSCRIPT_DATE,     /* of the recording, ISO 8601 */
    MB_TRANSCRIPT_PROFILE,  /* id of the profile that spoke */
    MB_TRANSCRIPT_ORIGIN,   /* recorded | hand-made */
    MB_TRANSCRIPT_SOURCE,   /* where the bytes, or the grammar, come from */
    MB_TRANSCRIPT_LINK,     /* stream | message: a reply of a message link may lack its terminator | modbus: a
                               line is a unit and a PDU */
    MB_TRANSCRIPT_WIRING,   /* as in the bench file; these three chose the commands */
    MB_TRANSCRIPT_VOLTAGE_RANGE_V,
    MB_TRANSCRIPT_CURRENT_RANGE_A,
    MB_TRANSCRIPT_ACTIONS, /* what was done after opening: "read; set voltage 230; output on; safe" */
    MB_TRANSCRIPT_KEY_COUNT
};

struct mb_transcript_line {
    bool to_instrument;
    double delay_s; /* since the line before; 0 where the file does not say */
    uint8_t *data;  /* NUL-terminated behind n */
    size_t n;
    unsigned number; /* of the line in the file */
};

struct mb_transcript {
    char *head[MB_TRANSCRIPT_KEY_COUNT]; /* NULL: not given */
    struct mb_transcript_line *lines;
    size_t count;
};

/* "device", "firmware" ... as in the file. */
const char *mb_transcript_key_name(enum mb_transcript_key key);

/* 0; -errno of the file; -EINVAL with "FILE:LINE: ...". */
int mb_transcript_load(const char *path, struct mb_transcript **ret, struct mb_error *err);
/* From memory; name stands for the file in messages. */
int mb_transcript_parse(const char *name, const char *text, size_t size, struct mb_transcript **ret,
                        struct mb_error *err);
/* Writes the whole, never half a file. */
int mb_transcript_save(const char *path, const struct mb_transcript *t, struct mb_error *err);
struct mb_transcript *mb_transcript_free(struct mb_transcript *t); /* returns NULL */

/* Replaces one line of the head; control bytes become blanks. -ENOMEM. */
int mb_transcript_set(struct mb_transcript *t, enum mb_transcript_key key, const char *value);

/* One line for a stream that is being written; delay_s below 0: without a time. -EIO. */
int mb_transcript_print_line(FILE *file, bool to_instrument, double delay_s, const uint8_t *data, size_t n);
/* The head, and the empty line behind it. -EIO. */
int mb_transcript_print_head(FILE *file, char *const head[MB_TRANSCRIPT_KEY_COUNT]);
/* data as it stands in a file, for messages: at most size - 1 characters, cut at the end. */
void mb_transcript_escape(const uint8_t *data, size_t n, char *buffer, size_t size);
