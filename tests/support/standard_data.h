/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For groups of tests (cmocka) whose state is the data that is shipped. */
#pragma once

/* struct mb_limits */
int limits_setup(void **state);
int limits_teardown(void **state);
/* struct mb_standards, without a laboratory's folder */
int standards_setup(void **state);
int standards_teardown(void **state);
