/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a profile exists on this bench: ranges, wiring, fields, channels. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/script.h"

static int check_range(const struct mb_profile *p, const char *what, double value, const double *ranges,
                       size_t n, struct mb_error *err)
{
    char allowed[256] = "";
    size_t used = 0;

    if (value == 0 || n == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        if (fabs(value - ranges[i]) <= 1e-9 * ranges[i])
            return 0;
        if (used < sizeof allowed)
            used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%g", i ? ", " : "", ranges[i]);
    }
    return mb_error_set(err, -EINVAL, "%s: the %s %g is not offered, allowed: %s", p->id, what, value,
                        allowed);
}

static int check_setting(const struct mb_profile *p, const struct mb_instrument_setting *s,
                         struct mb_error *err)
{
    int r =
        check_range(p, "voltage range", s->voltage_range_v, p->ranges.voltage, p->ranges.voltage_count, err);

    if (r == 0)
        r = check_range(p, "current range", s->current_range_a, p->ranges.current, p->ranges.current_count,
                        err);
    /* A profile without any wiring is of an instrument whose wiring cannot be chosen. */
    if (r == 0 && s->wiring >= MB_WIRING_COUNT)
        r = mb_error_set(err, -EINVAL, "%s: the wiring is not known", p->id);
    if (r == 0 && s->wiring >= 0 && p->nodes.wirings && !p->wirings[s->wiring])
        r = mb_error_set(err, -EINVAL, "%s: the wiring %s is not offered", p->id, mb_wirings[s->wiring]);
    return r;
}

static size_t find_channel(const struct mb_channel *channels, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(channels[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* With no wiring given, the first of several fields with one name is taken. */
static void add_field(struct mb_script_context *c, size_t group, const struct mb_value_field *f,
                      struct mb_channel *channels, size_t *channel_count)
{
    struct mb_active_field *active = &c->fields[c->field_count];

    if (c->wiring >= 0 && !(f->wirings & 1u << c->wiring))
        return;
    if (f->name && find_channel(channels, *channel_count, f->name) != SIZE_MAX)
        return;
    *active = (struct mb_active_field){.field = f, .group = group, .channel = SIZE_MAX};
    c->field_count++;
    if (!f->name)
        return;
    active->channel = *channel_count;
    (void)snprintf(channels[*channel_count].name, sizeof channels->name, "%s", f->name);
    channels[*channel_count].quantity = f->quantity;
    (*channel_count)++;
}

int mb_script_context_init(const struct mb_profile *profile, const struct mb_instrument_setting *setting,
                           struct mb_script_context *ret, struct mb_channel **ret_channels,
                           size_t *ret_channel_count, struct mb_error *err)
{
    struct mb_script_context c = {.profile = profile,
                                  .voltage_range_v = setting->voltage_range_v,
                                  .current_range_a = setting->current_range_a,
                                  .wiring = setting->wiring};
    struct mb_channel *channels;
    size_t all = 1, channel_count = 0;
    int r = check_setting(profile, setting, err);

    if (r < 0)
        return r;
    for (size_t g = 0; g < profile->group_count; g++)
        all += profile->groups[g].field_count;
    c.fields = calloc(all, sizeof *c.fields);
    channels = calloc(all, sizeof *channels);
    if (!c.fields || !channels) {
        free(c.fields);
        free(channels);
        return mb_error_set(err, -ENOMEM, "out of memory for the channels");
    }
    for (size_t g = 0; g < profile->group_count; g++)
        for (size_t i = 0; i < profile->groups[g].field_count; i++)
            add_field(&c, g, &profile->groups[g].fields[i], channels, &channel_count);
    *ret = c;
    *ret_channels = channels;
    *ret_channel_count = channel_count;
    return 0;
}

void mb_script_context_done(struct mb_script_context *c)
{
    free(c->fields);
    c->fields = NULL;
}
