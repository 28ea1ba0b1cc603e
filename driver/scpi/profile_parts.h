/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that fill a profile from its document: profile.c, profile_link.c, profile_like.c. */
#pragma once

#include <stddef.h>

#include "core/error.h"
#include "data/data.h"
#include "scpi/profile.h"

#define MB_PROFILE_LIST_MAX 256 /* elements of any list in a profile */

/* list may be NULL: then nothing is read. */
int mb_profile_read_exchanges(const struct mb_node *list, struct mb_exchange_list *ret, struct mb_error *err);
void mb_exchange_list_done(struct mb_exchange_list *list);
/* profile_check.c: each row by itself; where names the list in the message. */
int mb_profile_check_exchanges(const struct mb_profile *p, const char *where,
                               const struct mb_exchange_list *list, struct mb_error *err);

/* profile_link.c: usb, serial, identify: alternatives, exit */
int mb_profile_read_link(struct mb_profile *p, struct mb_error *err);
void mb_profile_link_done(struct mb_profile *p);
/* profile_link.c: what mb_profile_check adds for them */
int mb_profile_check_link(const struct mb_profile *p, struct mb_error *err);

/* profile_dialect.c: every marker of the profile's family is mapped */
int mb_profile_check_dialect(const struct mb_profile *p, struct mb_error *err);

/* profile_like.c: the map of one file over that of another. Both documents must outlive it. */
int mb_like_new(const struct mb_node *own, const struct mb_node *base, struct mb_document *base_document,
                struct mb_like **ret, struct mb_error *err);
const struct mb_node *mb_like_root(const struct mb_like *like);
struct mb_like *mb_like_free(struct mb_like *like); /* with the base document */
