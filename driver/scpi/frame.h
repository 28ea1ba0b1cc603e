/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a reply ends: pure, no link. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scpi/engine.h"

struct mb_frame {
    size_t offset, length; /* the reply inside the bytes */
    size_t used;           /* bytes up to and including the terminator */
};

/* Looks for one whole reply at the begin of data[0..n). complete: the link says that no more bytes belong to
 * it (end of message). 0: *ret is filled; -EAGAIN: more bytes are needed; -EPROTO: not such a reply;
 * -EMSGSIZE: too long. */
int mb_frame_find(const uint8_t *data, size_t n, enum mb_reply_shape shape, enum mb_terminator terminator,
                  bool complete, struct mb_frame *ret);
