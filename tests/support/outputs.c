/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/outputs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define LOG_MAX (64u << 20)
#define NO_VOLTAGE_V 20 /* what a profile of a source takes for none */

bool outputs_live(const struct outputs *o)
{
    return o->source || o->terminal_v > NO_VOLTAGE_V || o->load_nm != 0 || o->driven_rpm != 0 ||
           o->field_a != 0;
}

static bool parse(const char *line, struct outputs *ret)
{
    struct outputs o = {0};
    int source;
    bool whole = sscanf(line, "%" SCNu64 ",%lf,%d,%lf,%lf,%lf,%lf,%lf", &o.since_ns, &o.t_s, &source,
                        &o.terminal_v, &o.load_nm, &o.driven_rpm, &o.field_a, &o.speed_rpm) == 8;

    o.source = whole && source;
    if (whole)
        *ret = o;
    return whole;
}

/* Rows for which is_it says so, the first or the last. */
static bool find(const char *path, uint64_t from_ns, bool (*is_it)(const struct outputs *outputs), bool last,
                 struct outputs *ret)
{
    char *text = NULL, *end;
    struct outputs row;
    bool found = false;
    size_t size;

    if (mb_file_read(path, LOG_MAX, &text, &size, NULL) < 0)
        return false;
    for (char *line = text; (end = strchr(line, '\n')) && (last || !found); line = end + 1)
        if (parse(line, &row) && row.since_ns >= from_ns && (!is_it || is_it(&row))) {
            *ret = row;
            found = true;
        }
    free(text);
    return found;
}

bool outputs_last(const char *path, struct outputs *ret)
{
    return find(path, 0, NULL, true, ret);
}

bool outputs_first(const char *path, uint64_t from_ns, bool (*is_it)(const struct outputs *outputs),
                   struct outputs *ret)
{
    return find(path, from_ns, is_it, false, ret);
}
