/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A photograph, JPEG or PNG, small enough for a page. */
#pragma once

#include <cairo.h>
#include <stddef.h>

#define PICTURE_SIDE 900 /* pixels of the longer side at most: 250 a printed inch of half a page's width */
#define PICTURE_PIXELS_MAX 150e6 /* of the file; more is not decoded */

/* The surface, or NULL; ret_why: what is wrong with it, "" nothing. A damaged file may have both. */
cairo_surface_t *picture_load(const char *bytes, size_t size, const char **ret_why);
