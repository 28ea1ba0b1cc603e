/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All the profiles there are, in the order of their ids. */
#pragma once

#include "motorbench/command.h"
#include "scpi/profile.h"

struct profiles {
    struct mb_profile **item;
    size_t count;
};

/* The folder of the profiles. EXIT_DONE, or what fail() has said. */
int profiles_folder(char *buffer, size_t size);
/* Those of all families that have their commands in the profile. One that cannot be read is told of on
 * standard error and left out. */
int profiles_load(const char *folder, struct profiles *ret);
void profiles_done(struct profiles *p);
/* One of them, by its id. EXIT_DONE, or what fail() has said. */
int profiles_load_one(const char *id, struct mb_profile **ret);
/* Whether what an instrument answers to `query` is what this profile expects of its own. */
bool profile_fits(const struct mb_profile *p, const char *query, const char *reply);
