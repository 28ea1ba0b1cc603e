/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shipped profile with some of its text changed. */
#pragma once

struct profile_change {
    const char *from, *to; /* the first FROM becomes TO; FROM NULL ends a list */
};

/* The changed text, to be freed. A FROM that is not there ends the test. */
char *changed_profile_text(const char *id, const struct profile_change *changes);
/* The same as FOLDER/ID.yaml. */
void changed_profile_write(const char *folder, const char *id, const struct profile_change *changes);
