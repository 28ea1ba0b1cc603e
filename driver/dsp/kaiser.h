/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Kaiser's window at edge, -1 .. 1 from one end to the other, up to a factor. */
double mb_kaiser(double edge, double beta);
/* 180 dB beside the main lobe: beta = 0.1102 (180 - 8.7). */
#define MB_KAISER_180DB 18.8773
