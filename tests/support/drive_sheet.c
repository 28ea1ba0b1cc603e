/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/drive_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define VOLTAGE_V 350.0

double drive_motor_loss_w(double n_rpm, double t_nm)
{
    return 100 + 0.2 * n_rpm + 0.08 * t_nm * t_nm;
}

double drive_controller_loss_w(double t_nm)
{
    return 80 + 2 * fabs(t_nm);
}

static void write_point(FILE *f, double n_rpm, double t_nm, double wrong)
{
    double ac_w = 2 * M_PI * n_rpm / 60 * t_nm + drive_motor_loss_w(n_rpm, t_nm);
    double dc_w = ac_w + drive_controller_loss_w(t_nm);

    if (t_nm != 0 && !(t_nm < 0 && dc_w > 0)) /* too slow to brake with a gain */
        (void)fprintf(f, "    - {n_rpm: %.9g, t_nm: %.9g, udc_v: %g, idc_a: %.12g, pac_w: %.12g}\n", n_rpm,
                      t_nm * wrong, VOLTAGE_V, dc_w / VOLTAGE_V, ac_w);
}

char *drive_sheet(const char *standard, int side, bool both, double wrong)
{
    size_t size = 0;
    char *text = NULL;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    (void)fprintf(f,
                  "sheet: {method: ev-map, standard: \"%s\"}\n"
                  "motor: {id: ev, model: \u9a71\u52a8\u7535\u673a, kind: ev-drive, sealing_ring: none,\n"
                  "        rated: {power_w: 60000, voltage_v: 350, frequency_hz: 200, poles: 8}}\n"
                  "map:\n  threshold: 0.85\n  points:\n",
                  standard);
    for (int i = 1; i <= side; i++)
        for (int k = both ? -side : 1; k <= side; k++)
            write_point(f, DRIVE_SPEED_RPM * i / side, DRIVE_TORQUE_NM * k / side, wrong);
    if (fclose(f) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
