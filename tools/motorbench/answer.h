/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "motorbench/client.h"

#define RUN_INTERFACE CLIENT_NAME ".Run"

/* Answers the question that the run at path asks; photo: descriptor, -1 none. */
int send_answer(sd_bus *bus, const char *path, const char *item, const char *value, int photo);
