/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which family makes which instrument. */
#include <errno.h>
#include <string.h>

#include "core/instrument.h"
#include "iio/iio.h"
#include "scpi/instrument.h"

int mb_instrument_new(sd_event *event, const char *profile_directory,
                      const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                      struct mb_error *err)
{
    struct mb_profile *profile = NULL;
    int r;

    if (strcmp(setting->profile, "iio") == 0)
        return mb_iio_new(event, setting, ret, err);
    r = mb_profile_load(profile_directory, setting->profile, &profile, err);
    return r < 0 ? r : mb_scpi_new(event, profile, setting, ret, err);
}
