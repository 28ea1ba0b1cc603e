/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The text with each `from` as `to`; allocated. Fails the test where memory does. */
char *replaced(const char *text, const char *from, const char *to);
