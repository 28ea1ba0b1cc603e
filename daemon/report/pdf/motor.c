/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

/* Members of the motor file (interfaces.md) in the order of a nameplate. */
static const struct {
    const char *path, *name, *unit;
    int significant; /* 0: a text */
} members[] = {
    {"kind", "Kind", NULL, 0},
    {"rated.power_w", "Rated power", "W", 5},
    {"rated.voltage_v", "Rated voltage", "V", 4},
    {"rated.frequency_hz", "Rated frequency", "Hz", 4},
    {"rated.current_a", "Rated current", "A", 4},
    {"rated.speed_rpm", "Rated speed", "min\u207b\u00b9", 5},
    {"rated.poles", "Poles", NULL, 3},
    {"rated.power_factor", "Power factor", NULL, 3},
    {"rated.efficiency", "Declared efficiency", NULL, 4},
    {"rated.connection", "Connection", NULL, 0},
    {"rated.duty", "Duty", NULL, 0},
    {"rated.thermal_class", "Thermal class", NULL, 0},
    {"frame.shaft_height_mm", "Shaft height", "mm", 4},
    {"frame.mounting", "Mounting", NULL, 0},
    {"frame.cooling", "Cooling", NULL, 0},
    {"frame.protection", "Protection", NULL, 0},
    {"conductor", "Winding conductor", NULL, 0},
    {"sealing_ring", "Shaft sealing ring", NULL, 0},
    {"production_date", "Production date", NULL, 0},
};
#define MEMBER_COUNT (sizeof members / sizeof members[0])

static void join(const json_t *list, char *buffer, size_t size)
{
    const json_t *text;
    size_t i, n = 0;

    buffer[0] = '\0';
    json_array_foreach(list, i, text)
        if (json_is_string(text) && n < size)
            n += (size_t)snprintf(buffer + n, size - n, "%s%s", n > 0 ? ", " : "", json_string_value(text));
    text_whole(buffer);
}

void section_motor(struct report *report)
{
    const json_t *motor = value_at(report->document, "motor");
    struct pair pairs[MEMBER_COUNT + 2];
    struct number numbers[MEMBER_COUNT];
    char claims[512], sold_for[256];

    heading(report, "Motor");
    if (!motor) {
        paragraph(report, STYLE_BODY, "The record does not describe the motor.");
        return;
    }
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        double value = number_at(motor, members[i].path);

        numbers[i] = number_text(value, decimals_for(value, members[i].significant, 4) > 1 && value >= 1
                                            ? 1 : decimals_for(value, members[i].significant, 4),
                                 members[i].unit);
        pairs[i] = (struct pair){members[i].name, text_at(motor, members[i].path, NULL)};
        if (members[i].significant > 0 && value == value)
            pairs[i].value = numbers[i].text;
    }
    join(value_at(motor, "claims"), claims, sizeof claims);
    join(value_at(motor, "sold_for"), sold_for, sizeof sold_for);
    pairs[MEMBER_COUNT] = (struct pair){"Claims", *claims ? claims : NULL};
    pairs[MEMBER_COUNT + 1] = (struct pair){"Sold for", *sold_for ? sold_for : NULL};
    pairs_draw(report, pairs, MEMBER_COUNT + 2);
}
