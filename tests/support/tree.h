/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* $MOTORBENCH_DATA, default ../shared/data: measurements that are not part of the project. */
const char *test_data_folder(void);
/* $BUILD, default "build": programs under test are in its bin/. Tests run from the top of the tree. */
const char *test_build_folder(void);
/* Removes a folder of a test with all that is in it. */
void tree_remove(const char *folder);
