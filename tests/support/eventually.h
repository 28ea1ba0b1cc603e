/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instead of sleeping for as long as a slow machine might need. */
#pragma once

#include <stdbool.h>

/* Asks again and again until the answer is yes; false when it was still no after timeout_ms. */
bool eventually(bool (*holds)(void *userdata), void *userdata, unsigned timeout_ms);
