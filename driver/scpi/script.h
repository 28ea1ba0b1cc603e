/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be said to an instrument, in order: made from the profile and the bench's setting, without any
 * link. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/instrument.h"
#include "core/tally.h"
#include "scpi/profile.h"

enum mb_step_kind {
    MB_STEP_WRITE,     /* text */
    MB_STEP_WAIT,      /* seconds, real or bench time */
    MB_STEP_CHECK,     /* query text; the reply must fit match or number */
    MB_STEP_IDENTIFY,  /* query text; the reply must be the known identity, or fit the profile at first */
    MB_STEP_DRAIN,     /* query text until the error queue is empty */
    MB_STEP_CLEAN,     /* query text; the error queue must be empty */
    MB_STEP_VALUES,    /* query text; values of a group */
    MB_STEP_CONDITION, /* query text; bits that spoil readings */
    MB_STEP_LABELS,    /* query text; the reply must be the list of names in match */
    MB_STEP_FRESH,     /* query text until the reply fits new_data: match */
    /* Of a safety test (safety_task.h): */
    MB_STEP_READ_BACK,       /* query text; the value at position must be number */
    MB_STEP_BEFORE,          /* query text; the result as it is before the start */
    MB_STEP_INTERLOCK,       /* query text; it must be closed */
    MB_STEP_START,           /* text: the start command */
    MB_STEP_POLL,            /* query text until the test has ended */
    MB_STEP_INTERLOCK_AFTER, /* query text; whether it was opened */
    MB_STEP_RESULT,          /* query text; result number group */
    MB_STEP_KIND_COUNT
};

struct mb_safety_position; /* safety_profile.h */

struct mb_step {
    enum mb_step_kind kind;
    char *text;
    char *match;  /* CHECK: or NULL; LABELS: the names */
    char *marker; /* CHECK: of number, or NULL */
    bool has_number, bench_time;
    double number, tolerance, seconds;
    size_t group;                              /* VALUES, RESULT */
    const struct mb_safety_position *position; /* READ_BACK */
};

struct mb_script {
    struct mb_step *steps;
    size_t count;
};

/* One value that this bench's wiring gives: where it stands in the replies, and which channel it fills. */
struct mb_active_field {
    const struct mb_value_field *field;
    size_t group;
    size_t channel;        /* SIZE_MAX: checked and skipped */
    struct mb_tally tally; /* a counter: since the setup */
};

/* The part of mb_instrument_setting that scripts depend on. */
struct mb_script_context {
    const struct mb_profile *profile;
    double voltage_range_v, current_range_a; /* 0: not given */
    int wiring;                              /* -1: not given */
    size_t identity_choice;                  /* 0: identify; n: identify: alternatives, element n - 1 */
    struct mb_active_field *fields;
    size_t field_count;
};

/* Picks the fields that exist with the wiring and lists their channels. Frees with mb_script_context_done. */
int mb_script_context_init(const struct mb_profile *profile, const struct mb_instrument_setting *setting,
                           struct mb_script_context *ret, struct mb_channel **ret_channels,
                           size_t *ret_channel_count, struct mb_error *err);
void mb_script_context_done(struct mb_script_context *c);

/* All return 0, -ENOMEM or -EINVAL with err; ret must be freed with mb_script_done. */
int mb_script_open(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err);
int mb_script_verify(const struct mb_script_context *c, struct mb_script *ret,
                     struct mb_error *err); /* identity only */
int mb_script_read(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err);
/* -ENOTSUP: no such set point; -ERANGE: outside of what the profile allows. */
int mb_script_set(const struct mb_script_context *c, enum mb_quantity quantity, double value,
                  struct mb_script *ret, struct mb_error *err);
int mb_script_output(const struct mb_script_context *c, bool on, struct mb_script *ret, struct mb_error *err);
int mb_script_safe(const struct mb_script_context *c, struct mb_script *ret, struct mb_error *err);
/* Which way to ask for the identity is in use. */
const struct mb_identify *mb_script_identify(const struct mb_script_context *c);
/* For scripts that are put together elsewhere. A new step at the end with a copy of text (may be NULL); NULL:
 * out of memory, or too long. */
struct mb_step *mb_script_add(struct mb_script *s, enum mb_step_kind kind, const char *text);
int mb_script_add_rows(struct mb_script *s, const struct mb_script_context *c,
                       const struct mb_exchange_list *rows, struct mb_error *err);
void mb_script_done(struct mb_script *s);
