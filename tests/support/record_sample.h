/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sample of an exported record, a whole run of 2-1-1B. */
#pragma once

#include <jansson.h>

#include "record/record.h"

#define RECORD_SAMPLE "tests/data/record-sample.json"

/* Appends the sample's run and reading entries, without what the store adds to each. 0 or -errno with err. */
int record_sample_append(const json_t *sample, struct mb_record *record, struct mb_error *err);
