/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the two files of the fixture. */
#pragma once

struct daemon_fixture;

/* Prints the ends of the logs, then ends the test with the message. */
void fixture_fail(const struct daemon_fixture *f, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
