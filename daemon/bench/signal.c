/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/signal.h"

#include <math.h>

static const struct {
    const char *name;
    enum mb_quantity quantity;
} signals[MB_SIGNAL_COUNT] = {
    [MB_SIGNAL_U12] = {"voltage-12", MB_VOLTAGE},
    [MB_SIGNAL_U23] = {"voltage-23", MB_VOLTAGE},
    [MB_SIGNAL_U31] = {"voltage-31", MB_VOLTAGE},
    [MB_SIGNAL_I1] = {"current-1", MB_CURRENT},
    [MB_SIGNAL_I2] = {"current-2", MB_CURRENT},
    [MB_SIGNAL_I3] = {"current-3", MB_CURRENT},
    [MB_SIGNAL_P] = {"active-power", MB_ACTIVE_POWER},
    [MB_SIGNAL_S] = {"apparent-power", MB_APPARENT_POWER},
    [MB_SIGNAL_F] = {"frequency", MB_FREQUENCY},
    [MB_SIGNAL_HVF] = {"harmonic-voltage-factor", MB_HARMONIC_VOLTAGE_FACTOR},
    [MB_SIGNAL_T] = {"torque", MB_TORQUE},
    [MB_SIGNAL_N] = {"speed", MB_SPEED},
    [MB_SIGNAL_COOLANT] = {"temperature-coolant", MB_TEMPERATURE},
    [MB_SIGNAL_WINDING] = {"temperature-winding", MB_TEMPERATURE},
    [MB_SIGNAL_MAIN_I] = {"main-current", MB_CURRENT},
    [MB_SIGNAL_AUXILIARY_I] = {"auxiliary-current", MB_CURRENT},
    [MB_SIGNAL_CAPACITOR_U] = {"capacitor-voltage", MB_VOLTAGE},
    [MB_SIGNAL_EXCITATION_U] = {"excitation-voltage", MB_VOLTAGE},
    [MB_SIGNAL_EXCITATION_I] = {"excitation-current", MB_CURRENT},
    [MB_SIGNAL_RESISTANCE] = {"resistance", MB_RESISTANCE},
    [MB_SIGNAL_PARTNER_U12] = {"partner-voltage-12", MB_VOLTAGE},
    [MB_SIGNAL_PARTNER_U23] = {"partner-voltage-23", MB_VOLTAGE},
    [MB_SIGNAL_PARTNER_U31] = {"partner-voltage-31", MB_VOLTAGE},
    [MB_SIGNAL_PARTNER_I1] = {"partner-current-1", MB_CURRENT},
    [MB_SIGNAL_PARTNER_I2] = {"partner-current-2", MB_CURRENT},
    [MB_SIGNAL_PARTNER_I3] = {"partner-current-3", MB_CURRENT},
    [MB_SIGNAL_PARTNER_P] = {"partner-active-power", MB_ACTIVE_POWER},
    [MB_SIGNAL_PARTNER_S] = {"partner-apparent-power", MB_APPARENT_POWER},
    [MB_SIGNAL_PARTNER_F] = {"partner-frequency", MB_FREQUENCY},
    [MB_SIGNAL_PARTNER_HVF] = {"partner-harmonic-voltage-factor", MB_HARMONIC_VOLTAGE_FACTOR},
    [MB_SIGNAL_PARTNER_RESISTANCE] = {"partner-resistance", MB_RESISTANCE},
    [MB_SIGNAL_PARTNER_U] = {"partner-voltage", MB_VOLTAGE},
    [MB_SIGNAL_PARTNER_I] = {"partner-current", MB_CURRENT},
    [MB_SIGNAL_U] = {"voltage", MB_VOLTAGE},
    [MB_SIGNAL_I] = {"current", MB_CURRENT},
    [MB_SIGNAL_U12_FUNDAMENTAL] = {"voltage-fundamental-12", MB_VOLTAGE},
    [MB_SIGNAL_U23_FUNDAMENTAL] = {"voltage-fundamental-23", MB_VOLTAGE},
    [MB_SIGNAL_U31_FUNDAMENTAL] = {"voltage-fundamental-31", MB_VOLTAGE},
    [MB_SIGNAL_I1_FUNDAMENTAL] = {"current-fundamental-1", MB_CURRENT},
    [MB_SIGNAL_I2_FUNDAMENTAL] = {"current-fundamental-2", MB_CURRENT},
    [MB_SIGNAL_I3_FUNDAMENTAL] = {"current-fundamental-3", MB_CURRENT},
    [MB_SIGNAL_U_FUNDAMENTAL] = {"voltage-fundamental", MB_VOLTAGE},
    [MB_SIGNAL_I_FUNDAMENTAL] = {"current-fundamental", MB_CURRENT},
    [MB_SIGNAL_MONITORED + 0] = {"monitored-1", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 1] = {"monitored-2", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 2] = {"monitored-3", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 3] = {"monitored-4", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 4] = {"monitored-5", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 5] = {"monitored-6", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 6] = {"monitored-7", MB_TEMPERATURE},
    [MB_SIGNAL_MONITORED + 7] = {"monitored-8", MB_TEMPERATURE},
};

const char *mb_signal_name(enum mb_signal s)
{
    return signals[s].name;
}

const char *mb_signal_unit(enum mb_signal s)
{
    return mb_quantity_unit(signals[s].quantity);
}

void mb_snapshot_init(struct mb_snapshot *snapshot)
{
    snapshot->t_ns = 0;
    snapshot->monitored_count = 0;
    for (int s = 0; s < MB_SIGNAL_COUNT; s++)
        snapshot->signal[s] =
            (struct mb_reading){.value = NAN, .standard_uncertainty = NAN, .validity = MB_NO_DATA};
}

/* The three gain errors come from one instrument and are fully correlated (procedures G2): the uncertainty of
 * the mean is the mean of the uncertainties, not divided by the root of three. */
static struct mb_reading mean_of_three(const struct mb_reading *r)
{
    struct mb_reading mean = {
        .t_ns = r[0].t_ns, .flags = r[0].flags | r[1].flags | r[2].flags, .validity = MB_VALID};

    for (int i = 0; i < 3; i++) {
        if (r[i].validity != MB_VALID)
            mean.validity = r[i].validity;
        mean.value += r[i].value / 3;
        mean.standard_uncertainty += r[i].standard_uncertainty / 3;
    }
    return mean;
}

void mb_snapshot_derive(struct mb_snapshot *snapshot, bool single_phase)
{
    static const struct {
        enum mb_signal first, mean; /* of three lines in their order */
    } means[] = {{MB_SIGNAL_U12, MB_SIGNAL_U},
                 {MB_SIGNAL_I1, MB_SIGNAL_I},
                 {MB_SIGNAL_U12_FUNDAMENTAL, MB_SIGNAL_U_FUNDAMENTAL},
                 {MB_SIGNAL_I1_FUNDAMENTAL, MB_SIGNAL_I_FUNDAMENTAL},
                 {MB_SIGNAL_PARTNER_U12, MB_SIGNAL_PARTNER_U},
                 {MB_SIGNAL_PARTNER_I1, MB_SIGNAL_PARTNER_I}};

    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        const struct mb_reading *lines = &snapshot->signal[means[i].first];

        snapshot->signal[means[i].mean] = single_phase ? lines[0] : mean_of_three(lines);
    }
}
