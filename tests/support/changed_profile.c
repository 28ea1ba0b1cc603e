/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/changed_profile.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"

#define PROFILE_MAX (1 << 18)

static char *replaced(char *text, const struct profile_change *change)
{
    char *at = strstr(text, change->from), *result = NULL;

    if (!at)
        fail_msg("the profile has no '%s'", change->from);
    assert_true(asprintf(&result, "%.*s%s%s", (int)(at - text), text, change->to, at + strlen(change->from)) >
                0);
    free(text);
    return result;
}

char *changed_profile_text(const char *id, const struct profile_change *changes)
{
    struct mb_error err = {""};
    char path[128], *text = NULL;
    size_t size;

    (void)snprintf(path, sizeof path, "driver/profiles/%s.yaml", id);
    if (mb_file_read(path, PROFILE_MAX, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    for (; changes->from; changes++)
        text = replaced(text, changes);
    return text;
}

void changed_profile_write(const char *folder, const char *id, const struct profile_change *changes)
{
    struct mb_error err = {""};
    char path[256], *text = changed_profile_text(id, changes);

    (void)snprintf(path, sizeof path, "%s/%s.yaml", folder, id);
    if (mb_file_write(path, text, strlen(text), &err) < 0)
        fail_msg("%s", err.text);
    free(text);
}
