/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every method's entry, one file each: document/method_NAME.c. */
#pragma once

#include "document/method.h"
