/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/readings.h"

#include "support/test.h"

void readings_add(json_t *readings, const char *store, int index, const char *values)
{
    json_error_t error;
    json_t *parsed = json_loads(values, 0, &error);

    if (!parsed)
        fail_msg("%s: %s", values, error.text);
    assert_int_equal(json_array_append_new(readings, json_pack("{s:s, s:s, s:i, s:o}", "store", store, "step",
                                                               "s", "index", index, "values", parsed)),
                     0);
}
