/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bench file and the motor file of a simulated bench, as interfaces.md has them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/bench.h"
#include "sim/machine.h"
#include "sim/signals.h"

/* Beside the file and then in its place: nobody ever reads half of it. */
static int write_whole(const char *path, const struct sim_text *text, struct mb_error *err)
{
    char temporary[PATH_MAX];
    int fd, r = 0;

    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return mb_error_set(err, -ENAMETOOLONG, "%s: name too long", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return mb_error_set(err, -errno, "cannot write %s: %s", path, strerror(errno));
    for (size_t done = 0; r == 0 && done < text->size;) {
        ssize_t n = write(fd, text->data + done, text->size - done);

        if (n < 0 && errno != EINTR)
            r = -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    if (r == 0 && fchmod(fd, 0644) < 0)
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlink(temporary);
        return mb_error_set(err, r, "cannot write %s: %s", path, strerror(-r));
    }
    return 0;
}

static unsigned port(const struct sim_bench *b, int server)
{
    return sim_server_port(b->servers[server]);
}

#define ADDRESS_MAX 128

/* On USB where it has a gadget of ours, else on its loopback port. */
static const char *address(const struct sim_bench *b, int device, char ret[ADDRESS_MAX])
{
    const struct sim_gadget *g = sim_bench_gadget(b, b->devices[device]->name);

    if (g != NULL && sim_gadget_address(g)[0] != '\0')
        (void)snprintf(ret, ADDRESS_MAX, "%s", sim_gadget_address(g));
    else
        (void)snprintf(ret, ADDRESS_MAX, "tcp:127.0.0.1:%u", port(b, device));
    return ret;
}

#define EXCITATION_LIMIT 1.6 /* of the rated excitation */

static bool has_field(const struct sim_bench *b)
{
    return b->options.config.motor.field_ohm > 0;
}

static void bench_head(const struct sim_bench *b, struct sim_text *t)
{
    const struct sim_fit *f = &b->fit;
    char excitation[48] = "";

    if (has_field(b))
        (void)snprintf(excitation, sizeof excitation, ", excitation_a: %g",
                       EXCITATION_LIMIT * b->options.config.motor.field_a);
    (void)sim_text_printf(
        t,
        "# control: 127.0.0.1:%u\n"
        "bench:\n"
        "  name: sim\n"
        "  simulated: true\n"
        "  time_factor: %g\n"
        "  limits: {voltage_v: %g, current_a: %g, torque_nm: %g, speed_rpm: %g%s}\n"
        "  # `run` without --items: nobody stands beside a simulated motor. Without this line: every item of "
        "the plan.\n"
        "  items: efficiency\n"
        "  # The source takes phase volts, but its profile already turns line-to-line volts into them.\n"
        "  supply: {ratio: %g, ramp_s: 10}\n"
        "%s",
        port(b, SIM_CONTROL), b->options.factor, f->limit_v, f->limit_a, f->limit_nm, f->limit_rpm,
        excitation, b->options.config.supply_ratio,
        b->options.config.load_drives    ? "  load: {drives: true}\n"
        : b->options.config.load_partner ? "  load: {partner: true}\n"
                                         : "");
}

static const char *source_profile(const struct sim_bench *b)
{
    if (machine_of(&b->options.config.motor)->direct)
        return "simulated-dc-supply";
    return sim_world_config(b->world)->source_min_hz < SIM_SOURCE_MIN_HZ ? "simulated-converter"
                                                                         : "chroma-61500";
}

/* One of direct current measures means, one of a single-phase motor reads its windings beside the line. */
static const char *analyser_profile(const struct sim_bench *b)
{
    const struct machine_ops *machine = machine_of(&b->options.config.motor);

    return machine->direct        ? "yokogawa-wt300e-dc"
           : machine->phases == 1 ? "yokogawa-wt333e-windings"
                                  : "yokogawa-wt300e";
}

/* Its transformers, with the errors that a certificate would give. */
static void analyser_transformers(const struct plant_config *c, struct sim_text *t)
{
    if (c->voltage_ratio != 1 || c->current_ratio != 1)
        (void)sim_text_printf(t, ", voltage_ratio: %g, current_ratio: %g", c->voltage_ratio,
                              c->current_ratio);
    if (c->voltage_ratio_error != 0 || c->voltage_displacement_rad != 0)
        (void)sim_text_printf(t, ", voltage_transformer: {ratio_error: %g, displacement_rad: %g}",
                              c->voltage_ratio_error, c->voltage_displacement_rad);
    if (c->current_ratio_error != 0 || c->current_displacement_rad != 0)
        (void)sim_text_printf(t, ", current_transformer: {ratio_error: %g, displacement_rad: %g}",
                              c->current_ratio_error, c->current_displacement_rad);
}

/* Its source takes power back; its analyser stands behind the same transformers. */
static void bench_partner(const struct sim_bench *b, struct sim_text *t)
{
    char addresses[3][ADDRESS_MAX];

    (void)sim_text_printf(t,
                          "    - {id: partner-analyser, profile: %s, address: \"%s\", voltage_range_v: %g,"
                          " wiring: 3V3A",
                          analyser_profile(b), address(b, SIM_PARTNER_ANALYSER, addresses[0]),
                          b->fit.voltage_range_v);
    analyser_transformers(&b->options.config, t);
    (void)sim_text_printf(
        t,
        "}\n"
        "    - {id: partner-source, profile: simulated-regenerative-source, address: \"%s\"}\n"
        "    - {id: partner-ohmmeter, profile: tonghui-th2516, address: \"%s\"}\n",
        address(b, SIM_PARTNER_SOURCE, addresses[1]), address(b, SIM_PARTNER_OHMMETER, addresses[2]));
}

static void bench_instruments(const struct sim_bench *b, struct sim_text *t)
{
    const struct plant_config *c = &b->options.config;
    const struct sim_fit *f = &b->fit;
    char addresses[SIM_DEVICE_COUNT][ADDRESS_MAX];

    /* The analyser's current range follows by itself: no one range reads no load and the locked rotor. */
    (void)sim_text_printf(t,
                          "  instruments:\n"
                          "    - {id: analyser, profile: %s, address: \"%s\", voltage_range_v: %g,"
                          " wiring: %s",
                          analyser_profile(b), address(b, SIM_ANALYSER, addresses[0]), f->voltage_range_v,
                          machine_of(&b->options.config.motor)->phases == 1 ? "1P2W" : "3V3A");
    analyser_transformers(c, t);
    (void)sim_text_printf(t,
                          "}\n"
                          "    - {id: source, profile: %s, address: \"%s\"}\n",
                          source_profile(b), address(b, SIM_SOURCE, addresses[1]));
    if (!c->load_partner)
        (void)sim_text_printf(t, "    - {id: brake, profile: %s, address: \"%s\"}\n",
                              c->load_drives ? "simulated-drive" : "magtrol-dsp6001",
                              address(b, SIM_BRAKE, addresses[2]));
    (void)sim_text_printf(t, "    - {id: ohmmeter, profile: tonghui-th2516, address: \"%s\"}\n",
                          address(b, SIM_OHMMETER, addresses[3]));
    if (c->load_partner)
        bench_partner(b, t);
    if (has_field(b))
        (void)sim_text_printf(t, "    - {id: field, profile: simulated-field-supply, address: \"%s\"}\n",
                              address(b, SIM_FIELD, addresses[4]));
}

struct streamed {
    const char *name, *channel, *quantity;
    double factor;
};

/* An instrument of its own: "iio", from which the daemon streams and whose single readings have no role, or
 * "daq", a power analyser. */
static void bench_streams(const struct sim_bench *b, const char *id, const char *profile, double rate_hz,
                          const struct streamed *channels, size_t count, struct sim_text *t)
{
    (void)sim_text_printf(t,
                          "    - id: %s\n"
                          "      profile: %s\n"
                          "      address: \"ip:127.0.0.1:%u\"\n"
                          "      rate_hz: %g\n"
                          "      channels:\n",
                          id, profile, port(b, SIM_DAQ), rate_hz);
    for (size_t i = 0; i < count; i++)
        (void)sim_text_printf(t,
                              "        - {name: %s, device: waveforms, channel: %s, quantity: %s, factor: %g,"
                              " stream: true}\n",
                              channels[i].name, channels[i].channel, channels[i].quantity,
                              channels[i].factor);
}

/* Terminals and shaft in one; accelerometers and the microphone by themselves, so that an inspection in
 * accelerated time samples no more than it looks at. */
static void bench_waveforms(const struct sim_bench *b, struct sim_text *t)
{
    const struct sim_fit *f = &b->fit;
    const struct streamed waveforms[] = {
        {"u1", "voltage0", "voltage", f->voltage_v_per_v},
        {"u2", "voltage1", "voltage", f->voltage_v_per_v},
        {"u3", "voltage2", "voltage", f->voltage_v_per_v},
        {"i1", "voltage3", "current", f->current_a_per_v},
        {"i2", "voltage4", "current", f->current_a_per_v},
        {"i3", "voltage5", "current", f->current_a_per_v},
        {"shaft-torque", "voltage6", "torque", f->torque_nm_per_v},
        {"pulses", "voltage7", "number", 1 / SIM_PULSE_V},
        {"sound", "voltage8", "sound-pressure", SIM_SOUND_PA_PER_V},
        {"vibration-x", "accel_x", "acceleration", 1},
        {"vibration-y", "accel_y", "acceleration", 1},
        {"vibration-z", "accel_z", "acceleration", 1},
        {"shaft-speed", "voltage9", "speed", f->speed_rpm_per_v},
    };
    struct streamed power[8];

    if (b->options.samples_hz > 0) { /* terminals, torque and speed */
        memcpy(power, waveforms, 7 * sizeof power[0]);
        power[7] = waveforms[12];
        bench_streams(b, "power", "daq", b->options.samples_hz, power, 8, t);
    }
    bench_streams(b, "waveforms", "iio", 10000, waveforms, 12, t);
    bench_streams(b, "microphone", "iio", 16000, &waveforms[8], 1, t);
    bench_streams(b, "accelerometers", "iio", 4000, &waveforms[9], 3, t);
}

static void bench_channels(const struct sim_bench *b, struct sim_text *t)
{
    static const char *const temperatures[] = {"winding-end", "frame", "coolant"};
    const struct sim_fit *f = &b->fit;

    (void)sim_text_printf(
        t,
        "    - id: daq\n"
        "      profile: iio\n"
        "      address: \"ip:127.0.0.1:%u\"\n"
        "      channels:\n"
        "        - {name: torque, device: adc, channel: voltage0, quantity: torque, factor: %g,"
        " accuracy: %.3g}\n"
        "        - {name: speed, device: adc, channel: voltage1, quantity: speed, factor: %g,"
        " accuracy: %.3g}\n",
        port(b, SIM_DAQ), f->torque_nm_per_v, f->torque_accuracy_nm, f->speed_rpm_per_v,
        f->speed_accuracy_rpm);
    for (int i = 0; i < 3; i++)
        (void)sim_text_printf(t,
                              "        - {name: temperature-%s, device: thermocouples, channel: temp%d,"
                              " quantity: temperature, accuracy: %.1f}\n",
                              temperatures[i], i, f->temperature_accuracy_k);
    bench_waveforms(b, t);
}

static const struct {
    int device;
    const char *profile;
    bool used;
} testers[] = {
    {SIM_TOS9300, "kikusui-tos9300", true},   /* reports its interlock */
    {SIM_GPT9800, "gwinstek-gpt9800", true},  /* earth bond */
    {SIM_CHROMA19032, "chroma-19032", false}, /* the same once more */
};

/* One that the bench does not need stands in a comment. */
static void bench_testers(const struct sim_bench *b, struct sim_text *t)
{
    char text[ADDRESS_MAX];

    for (size_t i = 0; i < sizeof testers / sizeof testers[0]; i++)
        (void)sim_text_printf(t, "    %s {id: %s, profile: %s, address: \"%s\"}\n",
                              testers[i].used ? "-" : "#", b->devices[testers[i].device]->name,
                              testers[i].profile, address(b, testers[i].device, text));
}

int sim_write_bench(const struct sim_bench *b, const char *path, struct mb_error *err)
{
    const bool samples = b->options.samples_hz > 0;
    struct sim_text text = {0};
    int r;

    bench_head(b, &text);
    bench_instruments(b, &text);
    bench_channels(b, &text);
    bench_testers(b, &text);
    r = sim_text_printf(
        &text,
        "  roles: {analyser: %s, supply: source, load: %s, ohmmeter: ohmmeter,"
        " torque: %s/torque, speed: %s/speed, coolant: daq/temperature-coolant,"
        " winding: daq/temperature-winding-end,"
        " monitored: [daq/temperature-winding-end, daq/temperature-frame],"
        " safety_tester: [tos9300, gpt9800], vibration: accelerometers, sound: microphone/sound%s%s}\n",
        samples ? "power" : "analyser", b->options.config.load_partner ? "partner-source" : "brake",
        samples ? "power" : "daq", samples ? "power" : "daq", has_field(b) ? ", excitation: field" : "",
        b->options.config.load_partner
            ? ", partner_analyser: partner-analyser, partner_ohmmeter: partner-ohmmeter"
            : "");
    r = r < 0 ? mb_error_set(err, r, "out of memory") : write_whole(path, &text, err);
    sim_text_clear(&text);
    return r;
}

/* IEC 60072-1 shaft heights that motors of this power and pole number usually have. */
static int shaft_height_mm(const struct plant_motor *m)
{
    static const struct {
        double torque_nm;
        int height_mm;
    } table[] = {{3, 80},    {10, 90},   {25, 112},  {55, 132}, {110, 160},
                 {150, 180}, {220, 200}, {320, 225}, {450, 250}};
    double rated_nm = m->rated_power_w / (m->rated_speed_rpm * M_PI / 30);

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (rated_nm <= table[i].torque_nm)
            return table[i].height_mm;
    return 280;
}

/* What a maker declares of the torques of a synchronous motor, warm: weak magnets carry less. */
static int synchronous_values(const struct sim_bench *b, double rated_nm, double winding_c,
                              struct sim_text *t)
{
    const struct plant_motor *m = &b->options.config.motor;
    struct plant_curve curve;
    int r;

    plant_curve_at(&b->options.config, winding_c, &curve);
    r = sim_text_printf(t, ",\n          pull_out_torque_ratio: %.2f", curve.pull_out_nm / rated_nm);
    if (r == 0 && m->start_nm <= 0) /* a converter starts otherwise */
        r = sim_text_printf(t,
                            ", pull_in_torque_ratio: %.2f, pull_up_torque_ratio: %.2f,\n"
                            "          locked_rotor_current_ratio: %.1f, locked_rotor_torque_ratio: %.1f",
                            curve.pull_in_nm / rated_nm, curve.minimum_nm / rated_nm,
                            curve.locked_current_a / m->rated_current_a, curve.locked_nm / rated_nm);
    return r;
}

/* What a maker declares of the torque curve. */
static int starting_values(const struct sim_bench *b, double rated_nm, double winding_c, struct sim_text *t)
{
    struct plant_curve curve;

    plant_curve_at(&b->options.config, 25, &curve);
    if (curve.pull_out_nm > 0)
        return synchronous_values(b, rated_nm, winding_c, t);
    return sim_text_printf(t,
                           ",\n"
                           "          locked_rotor_current_ratio: %.1f, locked_rotor_torque_ratio: %.1f,\n"
                           "          breakdown_torque_ratio: %.1f, pull_up_torque_ratio: %.1f",
                           curve.locked_current_a / b->options.config.motor.rated_current_a,
                           curve.locked_nm / rated_nm, curve.breakdown_nm / rated_nm,
                           curve.pull_up_nm / rated_nm);
}

/* What a drive's maker declares: twice the rated torque and power for half a minute, twice the rated speed;
 * and that it is one for vehicles, by whose standard it is tested. */
static int drive_values(const struct plant_motor *m, struct sim_text *text)
{
    return sim_text_printf(
        text,
        "  claims: [\"GB/T 18488-2024\"]\n"
        "  drive: {voltage_max_v: %.0f, speed_max_rpm: %g, peak_torque_nm: %.4g, peak_power_w: %g,\n"
        "          peak_time_s: 30, winding_limit_c: 140}\n",
        1.5 * m->rated_voltage_v, SIM_DRIVE_SPEED * m->rated_speed_rpm, m->start_nm, 2 * m->rated_power_w);
}

/* Catalogues have cage motors of more than 1 kV apart; one that begins on a converter is sold for it. */
static const char *kind_of(const struct plant_config *c)
{
    const struct plant_motor *m = &c->motor;

    if (m->machine == PLANT_INDUCTION && c->converter)
        return "converter-fed-induction";
    return m->machine == PLANT_INDUCTION && m->rated_voltage_v > 1000 ? "hv-cage-induction"
                                                                      : machine_of(m)->kind;
}

int sim_write_motor(const struct sim_bench *b, const char *path, struct mb_error *err)
{
    const struct plant_motor *m = &b->options.config.motor;
    double rated_nm = m->rated_power_w / (m->rated_speed_rpm * M_PI / 30);
    bool direct = machine_of(m)->direct;
    struct sim_text text = {0};
    struct plant_truth truth;
    int r = plant_truth_at(&b->options.config, m->rated_power_w, 25, &truth);

    if (r < 0)
        return mb_error_set(err, r, "this motor cannot deliver its rated output");
    r = sim_text_printf(
        &text,
        "motor:\n"
        "  id: \"SIM-%s-%llu\"\n"
        "  manufacturer: \"motorbench-sim\"\n"
        "  model: \"%s\"\n"
        "  kind: %s\n"
        "  rated: {power_w: %g, voltage_v: %g, frequency_hz: %g, current_a: %.3g, speed_rpm: %g, poles: %d,\n"
        "          duty: S1, thermal_class: F",
        b->options.model, (unsigned long long)b->options.config.seed, b->options.model,
        kind_of(&b->options.config), m->rated_power_w, m->rated_voltage_v, direct ? 0 : m->rated_frequency_hz,
        m->rated_current_a, m->rated_speed_rpm, m->poles);
    if (r == 0 && m->field_ohm > 0)
        r = sim_text_printf(&text, ", excitation_a: %g", m->field_a);
    if (r == 0 && !direct)
        r = sim_text_printf(&text, ", power_factor: %.2f", truth.power_factor);
    if (r == 0 && machine_of(m)->phases == 3 && !direct)
        r = sim_text_printf(&text, ", connection: %s", m->rated_voltage_v > 1000 ? "star" : "delta");
    if (r == 0 && !direct && m->machine != PLANT_DRIVE)
        r = starting_values(b, rated_nm, truth.winding_c, &text);
    if (r == 0 && m->machine == PLANT_DRIVE)
        r = sim_text_printf(&text, ", locked_rotor_current_ratio: %.1f", m->start_nm / rated_nm);
    if (r == 0)
        r = sim_text_printf(
            &text,
            "}\n"
            "  frame: {shaft_height_mm: %d, mounting: \"IM B3\", cooling: IC411, protection: IP55}\n"
            "  sealing_ring: removed\n",
            shaft_height_mm(m));
    if (r == 0 && m->sold_for)
        r = sim_text_printf(&text, "  sold_for: [%s]\n", m->sold_for);
    if (r == 0 && m->machine == PLANT_DRIVE)
        r = drive_values(m, &text);
    r = r < 0 ? mb_error_set(err, r, "out of memory") : write_whole(path, &text, err);
    sim_text_clear(&text);
    return r;
}
