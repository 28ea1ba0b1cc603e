/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which family makes which instrument. */
#include <errno.h>
#include <string.h>

#include "core/instrument.h"
#include "counter/instrument.h"
#include "daq/daq.h"
#include "data/profile_data.h"
#include "iio/iio.h"
#include "modbus/instrument.h"
#include "scpi/instrument.h"

int mb_instrument_new(sd_event *event, const char *profile_directory,
                      const struct mb_instrument_setting *setting, struct mb_instrument **ret,
                      struct mb_error *err)
{
    struct mb_profile *profile = NULL;
    struct mb_modbus_profile *registers = NULL;
    struct mb_document *document = NULL;
    bool modbus;
    int r;

    if (strcmp(setting->profile, "iio") == 0)
        return mb_iio_new(event, setting, ret, err);
    if (strcmp(setting->profile, "daq") == 0)
        return mb_daq_new(event, setting, ret, err);
    if (strcmp(setting->profile, "counter") == 0)
        return mb_encoder_new(event, setting, ret, err);
    r = mb_profile_document(profile_directory, setting->profile, &document, err);
    if (r < 0)
        return r;
    modbus = mb_modbus_is(document);
    (void)mb_document_free(document);
    if (modbus) {
        r = mb_modbus_profile_load(profile_directory, setting->profile, &registers, err);
        return r < 0 ? r : mb_modbus_new(event, registers, setting, ret, err);
    }
    r = mb_profile_load(profile_directory, setting->profile, &profile, err);
    return r < 0 ? r : mb_scpi_new(event, profile, setting, ret, err);
}
