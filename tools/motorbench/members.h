/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <jansson.h>

/* An object of numbers, objects and lists of objects, as lines and tables for a person. */
void print_members(const json_t *object);
