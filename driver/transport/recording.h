/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link that writes down what goes over another one: address "record:FILE:ADDRESS", where FILE has no colon
 * and ADDRESS is any other address. FILE is emptied when the transport is made and is a transcript
 * (transport/transcript.h) at any time, so that what a crash leaves can be read. The owner sees no other
 * difference; a file that cannot be written any more takes the link down. */
#pragma once

#include "transport/transport.h"

int mb_recording_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
