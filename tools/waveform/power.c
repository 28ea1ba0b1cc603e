/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voltages, currents, powers, symmetry and the shaft, averaged over the windows. */
#include <errno.h>
#include <math.h>

#include "document/number_json.h"
#include "waveform/electrical.h"

static json_t *channel_rows(const struct report_setting *setting, const struct mb_analysis *a)
{
    json_t *rows = json_array();

    for (size_t c = 0; c < a->channel_count; c++) {
        const struct mb_channel_values *v = &a->channels[c].values;

        (void)json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "channel",
                      setting->channels[c].name, "unit", mb_wave_quantity_unit(setting->channels[c].quantity),
                      "rms", mb_json_number(v->rms), "mean", mb_json_number(v->mean), "rectified_mean",
                      mb_json_number(v->rectified_mean), "max", mb_json_number(v->max), "min",
                      mb_json_number(v->min), "peak", mb_json_number(v->peak), "crest",
                      mb_json_number(v->crest), "ac_rms", mb_json_number(v->ac_rms)));
    }
    return rows;
}

static json_t *power_row(const char *element, const struct mb_power *power)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "element", element, "p_w", mb_json_number(power->p_w),
                     "s_va", mb_json_number(power->s_va), "q_var", mb_json_number(power->q_var),
                     "power_factor", mb_json_number(power->power_factor));
}

static json_t *power_rows(const struct mb_wired_power *power)
{
    json_t *rows = json_array();
    char name[24];

    for (size_t k = 0; k < mb_wiring_power_elements(power->wiring); k++) {
        (void)snprintf(name, sizeof name, "%zu", k + 1);
        (void)json_array_append_new(rows, power_row(name, &power->element[k]));
    }
    (void)json_array_append_new(rows, power_row("total", &power->total));
    return rows;
}

static json_t *sequence_rows(const struct mb_analysis *a)
{
    const struct {
        const char *of;
        const struct mb_analysis_sequences *s;
    } both[] = {{"voltage", &a->voltage}, {"current", &a->current}};
    json_t *rows = json_array();

    for (size_t i = 0; i < 2; i++)
        (void)json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "of", both[i].of,
                                                    "positive", mb_json_number(both[i].s->positive),
                                                    "negative", mb_json_number(both[i].s->negative), "zero",
                                                    mb_json_number(both[i].s->zero), "unbalance",
                                                    mb_json_number(both[i].s->unbalance), "unbalance_zero",
                                                    mb_json_number(both[i].s->unbalance_zero)));
    return rows;
}

static void add_wired(json_t *values, const struct mb_analysis *a)
{
    (void)json_object_set_new(values, "wiring", json_string(mb_wiring_name(a->power.wiring)));
    (void)json_object_set_new(values, "reactive", json_string(mb_reactive_name(a->power.reactive)));
    (void)json_object_set_new(values, "apparent", json_string(mb_apparent_name(a->power.apparent)));
    (void)json_object_set_new(values, "dc_w", mb_json_number(a->dc_w));
    (void)json_object_set_new(values, "hvf", mb_json_number(a->hvf));
    (void)json_object_set_new(values, "power", power_rows(&a->power));
    (void)json_object_set_new(values, "fundamental", power_rows(&a->fundamental));
    if (!isnan(a->voltage.positive))
        (void)json_object_set_new(values, "sequences", sequence_rows(a));
}

/* Of a shaft: what there are channels for, and what follows. */
static void add_machine(json_t *values, const struct mb_analysis_machine *machine)
{
    const struct {
        const char *key;
        double value;
    } members[] = {{"torque_nm", machine->torque_nm},
                   {"speed_rpm", machine->speed_rpm},
                   {"shaft_w", machine->shaft_w},
                   {"efficiency", machine->efficiency},
                   {"slip", machine->slip}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!isnan(members[i].value))
            (void)json_object_set_new(values, members[i].key, mb_json_number(members[i].value));
}

static int power_finish(void *report, struct report_result *ret, struct mb_error *err)
{
    struct electrical *e = report;
    struct mb_analysis a;
    json_t *values;
    int r = electrical_end(e, &a, err);

    if (r < 0)
        return r;
    values = json_pack("{s:i, s:o, s:o, s:o}", "windows", (int)mb_analysis_mean_count(e->mean), "duration_s",
                       mb_json_number(a.duration_s), "frequency_hz", mb_json_number(a.frequency_hz),
                       "channels", channel_rows(e->setting, &a));
    if (!values)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    if (a.wired)
        add_wired(values, &a);
    add_machine(values, &a.machine);
    *ret = (struct report_result){.values = values, .flags = a.flags, .wanted_s = a.wanted_s};
    return 0;
}

const struct report_ops power_report = {.name = "power",
                                        .quantity = MB_WAVE_VOLTAGE,
                                        .example = "u1=voltage:V,i1=current:A",
                                        .invalid = MB_WAVE_INVALID | MB_WAVE_TOO_SHORT | MB_WAVE_RATE,
                                        .new = electrical_new,
                                        .push = electrical_push,
                                        .finish = power_finish,
                                        .free = electrical_free};
