/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that standard/data holds, loaded together. */
#pragma once

#include "core/error.h"
#include "standard/bulletin.h"
#include "standard/catalogue.h"
#include "standard/editions.h"
#include "standard/grade.h"
#include "standard/indicators.h"
#include "standard/items.h"
#include "standard/remedies.h"
#include "standard/requirement.h"
#include "standard/scheme.h"

struct mb_standards {
    struct mb_catalogue *catalogue;
    struct mb_editions *editions;
    struct mb_limits *limits;
    struct mb_requirements *requirements;
    struct mb_items *items;
    struct mb_schemes *schemes;
    struct mb_indicators *indicators;
    struct mb_remedies *remedies;
    struct mb_bulletins *bulletins; /* of the laboratory's folder */
};

/* site: the laboratory's own folder, whose limit tables, requirements, schemes, indicators and remedies
 * replace those of the program and whose bulletins flag what they replace; NULL, or not there: none. -errno;
 * -EINVAL with FILE:LINE. */
int mb_standards_load(const char *directory, const char *site, struct mb_standards **ret,
                      struct mb_error *err);
struct mb_standards *mb_standards_free(struct mb_standards *s);
