/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/session_run.h"

static void on_done(void *userdata)
{
    *(bool *)userdata = true;
}

void session_run(sd_event *event, const struct session_setting *setting, const char *expected)
{
    struct session_setting own = *setting;
    struct session *s = NULL;
    struct mb_error err = {""};
    bool done = false;
    const char *why;

    own.done = on_done;
    own.userdata = &done;
    if (session_new(event, &own, &s, &err) < 0)
        fail_msg("%s", err.text);
    while (!done)
        assert_true(sd_event_run(event, 100000) >= 0);
    if (session_error(s, &why) < 0)
        fail_msg("%s", why);
    assert_string_equal(session_text(s), expected);
    (void)session_free(s);
}
