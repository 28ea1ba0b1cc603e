/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/bench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "sim/iiod.h"
#include "sim/line.h"
#include "sim/meter.h"

#define TICK_US 2000 /* real time */
#define FULL_SCALE_V 10.0

/* The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. */
static double round_up(double value)
{
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    double decade = pow(10, floor(log10(value)));
    size_t i = 0;

    while (i + 1 < sizeof steps / sizeof steps[0] && steps[i] * decade < value * (1 - 1e-9))
        i++;
    return steps[i] * decade;
}

static double smallest_range(const double ranges[], double value)
{
    double best = ranges[0];

    for (size_t i = 0; ranges[i] > 0; i++)
        if (ranges[i] >= value)
            best = ranges[i];
    return best;
}

/* Its transducer takes 1.6 times the rated torque; with a start capacitor what the motor starts with, too,
 * and of a synchronous motor that and what it falls out of step with; of a drive its peak torque. */
static double highest_nm(const struct plant_motor *m, const struct plant_curve *curve, double rated_nm)
{
    bool starts = m->start_capacitor_f > 0 || curve->pull_in_nm > 0;

    if (m->machine == PLANT_DRIVE)
        return fmax(1.6 * rated_nm, 1.1 * m->start_nm);
    return fmax(1.6 * rated_nm, 1.1 * fmax(starts ? curve->locked_nm : 0, curve->pull_out_nm));
}

/* A synchronous motor is switched on against loads, again and again. */
static double highest_a(const struct plant_motor *m, const struct plant_curve *curve)
{
    return fmax(4 * m->rated_current_a, curve->pull_in_nm > 0 ? 1.2 * curve->locked_current_a : 0);
}

void sim_fit_motor(const struct plant_config *config, double accuracy_class, struct sim_fit *ret)
{
    const struct plant_motor *m = &config->motor;
    double rated_nm = m->rated_power_w / (m->rated_speed_rpm * M_PI / 30);
    double synchronous_rpm = 120 * m->rated_frequency_hz / m->poles, torque_full_nm, class;
    double highest_rpm = 1.2 * synchronous_rpm * (m->machine == PLANT_DRIVE ? 1.05 * SIM_DRIVE_SPEED : 1);
    struct plant_curve curve = {0};

    if (m->machine != PLANT_DRIVE)
        plant_curve_at(config, 25, &curve);
    torque_full_nm = round_up(highest_nm(m, &curve, rated_nm));
    class = accuracy_class > 0 ? accuracy_class : 0.01;
    *ret = (struct sim_fit){
        .torque_nm_per_v = torque_full_nm / FULL_SCALE_V,
        .speed_rpm_per_v = round_up(highest_rpm) / FULL_SCALE_V,
        .voltage_v_per_v = round_up(m->rated_voltage_v) / FULL_SCALE_V,
        .current_a_per_v = round_up(12 * m->rated_current_a) / FULL_SCALE_V,
        .voltage_range_v =
            smallest_range(sim_voltage_ranges, 1.2 * m->rated_voltage_v / config->voltage_ratio),
        .limit_v = ceil(0.12 * m->rated_voltage_v) * 10,
        .limit_a = round_up(highest_a(m, &curve)),
        .limit_nm = round_up(fmax(2 * rated_nm, torque_full_nm)),
        .limit_rpm = highest_rpm,
        /* Gain error at the highest load, and the zero. */
        .torque_accuracy_nm = 0.01 * class * 1.25 * rated_nm + 0.002 * class * torque_full_nm,
        .speed_accuracy_rpm = 0.1,
        .temperature_accuracy_k = 1.0,
    };
}

void sim_bench_catch_up(struct sim_bench *bench)
{
    sim_world_advance(bench->world, mb_clock_now_ns(&bench->clock));
}

static void catch_up(void *userdata)
{
    sim_bench_catch_up(userdata);
}

static int on_timer(sd_event_source *timer, uint64_t usec, void *userdata)
{
    struct sim_bench *bench = userdata;

    sim_bench_catch_up(bench);
    for (int i = 0; i < SIM_SERVER_COUNT; i++)
        if (bench->servers[i] != NULL)
            sim_server_poll(bench->servers[i]);
    for (unsigned i = 0; i < bench->options.gadget_count; i++)
        sim_gadget_poll(bench->gadgets[i]);
    /* After a pause the missed turns are not made up one by one. */
    return sd_event_source_set_time_relative(timer, TICK_US) < 0 || usec == 0 ? -EIO : 0;
}

int sim_bench_device_count(const struct sim_bench *bench)
{
    return sim_world_partner(bench->world) != NULL ? SIM_DEVICE_COUNT : SIM_PARTNER_ANALYSER;
}

static struct sim_device *make_device(struct sim_bench *b, int i)
{
    static struct sim_device *(*const make[])(struct sim_world *, const struct sim_device_options *) = {
        [SIM_ANALYSER] = sim_analyser_new,
        [SIM_SOURCE] = sim_source_new,
        [SIM_BRAKE] = sim_brake_new,
        [SIM_OHMMETER] = sim_ohmmeter_new,
        [SIM_GPT9800] = sim_gpt9800_new,
        [SIM_CHROMA19032] = sim_chroma19032_new,
        [SIM_TOS9300] = sim_tos9300_new,
        [SIM_FIELD] = sim_field_new,
        [SIM_PARTNER_ANALYSER] = sim_analyser_new,
        [SIM_PARTNER_SOURCE] = sim_source_new,
        [SIM_PARTNER_OHMMETER] = sim_ohmmeter_new,
    };
    static const char *const names[SIM_DEVICE_COUNT] = {
        [SIM_PARTNER_ANALYSER] = "partner-analyser",
        [SIM_PARTNER_SOURCE] = "partner-source",
        [SIM_PARTNER_OHMMETER] = "partner-ohmmeter",
    };
    struct sim_device_options options = {.exact = b->options.accuracy_class == 0,
                                         .errors = names[i] ? &b->partner_errors : &b->errors,
                                         .regenerative = i == SIM_PARTNER_SOURCE};
    struct sim_device *device = make[i](names[i] ? sim_world_partner(b->world) : b->world, &options);

    if (device != NULL && names[i] != NULL)
        device->name = names[i];
    return device;
}

static int make_devices(struct sim_bench *b, struct mb_error *err)
{
    struct sim_iio_options iio = {
        .errors = &b->errors,
        .exact = b->options.accuracy_class == 0,
        .torque_nm_per_v = b->fit.torque_nm_per_v,
        .speed_rpm_per_v = b->fit.speed_rpm_per_v,
        .voltage_v_per_v = b->fit.voltage_v_per_v,
        .current_a_per_v = b->fit.current_a_per_v,
    };

    for (int i = 0; i < sim_bench_device_count(b); i++) {
        b->devices[i] = make_device(b, i);
        if (b->devices[i] == NULL)
            return mb_error_set(err, -ENOMEM, "out of memory");
    }
    b->iio = sim_iio_new(b->world, &iio);
    return b->iio != NULL ? 0 : mb_error_set(err, -ENOMEM, "out of memory");
}

/* A device that starts anew, with the settings of power-on and its outputs off. */
static void *power_on(void *context, void *userdata)
{
    struct sim_device *old = context, *new;
    struct sim_bench *b = userdata;
    int i = 0;

    while (i < SIM_DEVICE_COUNT && b->devices[i] != old)
        i++;
    new = i < SIM_DEVICE_COUNT ? make_device(b, i) : NULL;
    if (new == NULL)
        return old;
    if (i == SIM_SOURCE || i == SIM_PARTNER_SOURCE)
        sim_world_supply(new->world, 0, 0, false);
    if (i == SIM_BRAKE) {
        sim_world_load_speed(b->world, 0);
        sim_world_brake(b->world, 0, false);
    }
    if (i == SIM_FIELD)
        sim_world_field(b->world, 0, false);
    for (unsigned k = 0; k < b->options.gadget_count; k++)
        if (b->gadgets[k] != NULL && strcmp(sim_gadget_name(b->gadgets[k]), new->name) == 0)
            sim_gadget_replace(b->gadgets[k], new);
    b->devices[i] = new;
    (void)sim_device_free(old);
    return new;
}

static int make_servers(sd_event *event, struct sim_bench *b, struct mb_error *err)
{
    struct sim_server_setting setting = {
        .catch_up = catch_up, .catch_up_userdata = b, .power_on_userdata = b};
    int r = 0;

    for (int i = 0; r == 0 && i < SIM_SERVER_COUNT; i++) {
        if (i < SIM_DEVICE_COUNT && b->devices[i] == NULL)
            continue;
        setting.name = i < SIM_DEVICE_COUNT ? b->devices[i]->name : i == SIM_DAQ ? "daq" : "control";
        setting.ops = i < SIM_DEVICE_COUNT ? &sim_line_session
                      : i == SIM_DAQ       ? &sim_iiod_session
                                           : &sim_control_session;
        setting.context = i < SIM_DEVICE_COUNT ? (void *)b->devices[i]
                          : i == SIM_DAQ       ? (void *)b->iio
                                               : (void *)b;
        setting.power_on = i < SIM_DEVICE_COUNT ? power_on : NULL;
        r = sim_server_new(event, &setting, &b->servers[i], err);
    }
    return r;
}

struct sim_gadget *sim_bench_gadget(const struct sim_bench *b, const char *name)
{
    for (unsigned i = 0; i < b->options.gadget_count; i++)
        if (b->gadgets[i] != NULL && strcasecmp(sim_gadget_name(b->gadgets[i]), name) == 0)
            return b->gadgets[i];
    return NULL;
}

static int make_gadgets(sd_event *event, struct sim_bench *b, struct mb_error *err)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < b->options.gadget_count; i++) {
        struct sim_gadget_setting setting = {
            .option = b->options.gadgets[i], .catch_up = catch_up, .userdata = b};
        const char *name = setting.option.instrument;

        for (int k = 0; k < sim_bench_device_count(b); k++)
            if (strcmp(b->devices[k]->name, name) == 0)
                setting.device = b->devices[k];
        if (setting.device == NULL && strcmp(name, SIM_GADGET_MODEL) != 0)
            return mb_error_set(err, -EINVAL, "%s: no such instrument for a USB gadget", name);
        r = sim_gadget_new(event, &setting, &b->gadgets[i], err);
    }
    return r;
}

static int fill(sd_event *event, struct sim_bench *b, struct mb_error *err)
{
    const struct sim_options *o = &b->options;
    int r;

    sim_fit_motor(&o->config, o->accuracy_class, &b->fit);
    sim_errors_draw(o->config.seed, o->accuracy_class, b->fit.torque_nm_per_v * FULL_SCALE_V, &b->errors);
    sim_errors_draw(o->config.seed + 1, o->accuracy_class, b->fit.torque_nm_per_v * FULL_SCALE_V,
                    &b->partner_errors);
    b->world = sim_world_new(&o->config);
    if (b->world == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    r = o->scenario != NULL ? sim_scenario_new(b->world, o->scenario, &b->scenario, err) : 0;
    if (r == 0)
        r = make_devices(b, err);
    if (r == 0)
        r = make_servers(event, b, err);
    if (r == 0)
        r = make_gadgets(event, b, err);
    if (r == 0 && o->truth != NULL)
        r = sim_truth_file_new(b->world, o->truth, &b->truth, err);
    if (r == 0 && o->switching != NULL)
        r = sim_switching_new(b->world, o->switching, &b->switching, err);
    if (r < 0)
        return r;
    mb_clock_init(&b->clock, o->factor);
    r = sd_event_add_time_relative(event, &b->timer, CLOCK_MONOTONIC, TICK_US, TICK_US / 4, on_timer, b);
    if (r >= 0)
        r = sd_event_source_set_enabled(b->timer, SD_EVENT_ON);
    return r < 0 ? mb_error_set(err, r, "cannot start the timer") : 0;
}

int sim_bench_new(sd_event *event, const struct sim_options *options, struct sim_bench **ret,
                  struct mb_error *err)
{
    struct sim_bench *b = calloc(1, sizeof *b);
    int r;

    if (b == NULL)
        return mb_error_set(err, -ENOMEM, "out of memory");
    b->options = *options;
    r = fill(event, b, err);
    if (r < 0) {
        (void)sim_bench_free(b);
        return r;
    }
    *ret = b;
    return 0;
}

struct sim_bench *sim_bench_free(struct sim_bench *b)
{
    if (b == NULL)
        return NULL;
    (void)sd_event_source_disable_unref(b->timer);
    for (unsigned i = 0; i < SIM_GADGETS_MAX; i++)
        (void)sim_gadget_free(b->gadgets[i]);
    for (int i = 0; i < SIM_SERVER_COUNT; i++)
        (void)sim_server_free(b->servers[i]);
    (void)sim_switching_free(b->switching);
    (void)sim_truth_file_free(b->truth);
    (void)sim_iio_free(b->iio);
    for (int i = 0; i < SIM_DEVICE_COUNT; i++)
        (void)sim_device_free(b->devices[i]);
    (void)sim_scenario_free(b->scenario);
    (void)sim_world_free(b->world);
    free(b);
    return NULL;
}
