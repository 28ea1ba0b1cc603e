/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a profile: refused with one line, or good enough to make every script of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/profile.h"
#include "scpi/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_scripts(const struct mb_profile *p, const struct mb_script_context *c)
{
    struct mb_script s = {0};

    (void)mb_script_open(c, &s, NULL);
    mb_script_done(&s);
    (void)mb_script_read(c, &s, NULL);
    mb_script_done(&s);
    if (mb_script_safe(c, &s, NULL) == 0 && (s.count == 0 || s.steps[0].kind != MB_STEP_WRITE))
        abort(); /* the way to off begins with a command */
    mb_script_done(&s);
    (void)mb_script_output(c, true, &s, NULL);
    mb_script_done(&s);
    for (size_t i = 0; i < p->set_point_count; i++) {
        (void)mb_script_set(c, p->set_points[i].quantity, p->set_points[i].maximum, &s, NULL);
        mb_script_done(&s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_instrument_setting setting = {.voltage_range_v = 0, .current_range_a = 0, .wiring = -1};
    struct mb_script_context context;
    struct mb_channel *channels;
    struct mb_profile *p = NULL;
    struct mb_error err = {""};
    size_t n;

    if (mb_profile_parse("fuzz", (const char *)data, size, &p, &err) < 0) {
        if (!err.text[0] || strchr(err.text, '\n'))
            abort();
        return 0;
    }
    for (setting.wiring = -1; setting.wiring < MB_WIRING_COUNT; setting.wiring++) {
        if (mb_script_context_init(p, &setting, &context, &channels, &n, &err) < 0)
            continue;
        make_scripts(p, &context);
        mb_script_context_done(&context);
        free(channels);
    }
    (void)mb_profile_free(p);
    return 0;
}
