/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/record_sample.h"

#include <string.h>

int record_sample_append(const json_t *sample, struct mb_record *record, struct mb_error *err)
{
    static const char *const own[] = {"seq", "time", "t_s", "type", "hash", "replaced_by"};
    json_t *entry;
    size_t i;
    int r = 0;

    json_array_foreach(json_object_get(sample, "entries"), i, entry)
    {
        const char *type = json_string_value(json_object_get(entry, "type"));
        json_t *payload;

        if (r < 0 || (strcmp(type, "run") != 0 && strcmp(type, "reading") != 0))
            continue;
        payload = json_copy(entry);
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++)
            (void)json_object_del(payload, own[k]);
        r = mb_record_append(record, 0, type, payload, err);
        json_decref(payload);
    }
    return r;
}
