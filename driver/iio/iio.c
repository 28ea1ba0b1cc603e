/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iio/iio.h"

#include <errno.h>

int mb_iio_new(sd_event *event, const struct mb_instrument_setting *setting, struct mb_instrument **ret,
               struct mb_error *err)
{
    (void)event;
    (void)ret;
    return mb_error_set(err, -ENOTSUP, "%s: IIO is not part of this build", setting->id);
}
