/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Makes one line of UTF-8 of whatever came from an instrument or a file: control characters become blanks,
 * bytes that are no UTF-8 become question marks. D-Bus, JSON and the record take nothing else. In place; the
 * length stays. */
void mb_text_clean(char *text);
