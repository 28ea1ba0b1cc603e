/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link that writes down what goes over another one: address "record:FILE:ADDRESS", where FILE has no colon
 * and ADDRESS is any other address. FILE is emptied when the transport is made and is a transcript
 * (transport/transcript.h) at any time, so that what a crash leaves can be read. The owner sees no
 * difference: a file that cannot be written any more ends the recording and not the link. */
#pragma once

#include "transport/transport.h"

/* The last comment of a recording that is whole. */
#define MB_RECORDING_END "the link is closed"

int mb_recording_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err);
