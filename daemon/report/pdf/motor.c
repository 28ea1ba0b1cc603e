/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

/* Members of the motor file (interfaces.md) in the order of a nameplate. */
static const struct {
    const char *path, *name, *unit;
    bool number;
} members[] = {
    {"kind", "Kind", NULL, false},
    {"rated.power_w", "Rated power", "W", true},
    {"rated.voltage_v", "Rated voltage", "V", true},
    {"rated.frequency_hz", "Rated frequency", "Hz", true},
    {"rated.current_a", "Rated current", "A", true},
    {"rated.speed_rpm", "Rated speed", "min\u207b\u00b9", true},
    {"rated.poles", "Poles", NULL, true},
    {"rated.power_factor", "Power factor", NULL, true},
    {"rated.efficiency", "Declared efficiency", NULL, true},
    {"rated.connection", "Connection", NULL, false},
    {"rated.duty", "Duty", NULL, false},
    {"rated.thermal_class", "Thermal class", NULL, false},
    {"frame.shaft_height_mm", "Shaft height", "mm", true},
    {"frame.mounting", "Mounting", NULL, false},
    {"frame.cooling", "Cooling", NULL, false},
    {"frame.protection", "Protection", NULL, false},
    {"drive.voltage_max_v", "Highest direct voltage", "V", true},
    {"drive.speed_max_rpm", "Highest speed", "min\u207b\u00b9", true},
    {"drive.peak_torque_nm", "Peak torque", "N\u00b7m", true},
    {"drive.peak_power_w", "Peak power", "W", true},
    {"drive.peak_time_s", "Time of the peak torque", "s", true},
    {"drive.winding_limit_c", "Winding limit", "\u00b0C", true},
    {"conductor", "Winding conductor", NULL, false},
    {"sealing_ring", "Shaft sealing ring", NULL, false},
    {"production_date", "Production date", NULL, false},
    {"label.grade", "Grade on the label", NULL, true},
    {"label.efficiency", "Efficiency on the label", NULL, true},
    {"label.standard", "Standard on the label", NULL, false},
    {"label.registration", "Registration of the label", NULL, false},
    {"ccc.certificate", "CCC certificate, declaration", NULL, false},
    {"ccc.route", "CCC route", NULL, false},
    {"ccc.mark", "CCC mark", NULL, false},
    {"ccc.issued", "CCC issued", NULL, false},
    {"ccc.valid_until", "CCC valid until", NULL, false},
};
#define MEMBER_COUNT (sizeof members / sizeof members[0])

static void join(const json_t *list, char *buffer, size_t size)
{
    const json_t *text;
    size_t i, n = 0;

    buffer[0] = '\0';
    json_array_foreach(list, i, text) if (json_is_string(text) && n < size) n +=
        (size_t)snprintf(buffer + n, size - n, "%s%s", n > 0 ? ", " : "", json_string_value(text));
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

        (void)snprintf(numbers[i].text, sizeof numbers[i].text, "%.7g%s%s", value, members[i].unit ? " " : "",
                       members[i].unit ? members[i].unit : ""); /* as the nameplate has it */
        pairs[i] = (struct pair){members[i].name, text_at(motor, members[i].path, NULL)};
        if (members[i].number && value == value)
            pairs[i].value = numbers[i].text;
    }
    join(value_at(motor, "claims"), claims, sizeof claims);
    join(value_at(motor, "sold_for"), sold_for, sizeof sold_for);
    pairs[MEMBER_COUNT] = (struct pair){"Claims", *claims ? claims : NULL};
    pairs[MEMBER_COUNT + 1] = (struct pair){"Sold for", *sold_for ? sold_for : NULL};
    pairs_draw(report, pairs, MEMBER_COUNT + 2);
}
