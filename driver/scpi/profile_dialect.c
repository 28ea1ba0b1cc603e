/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What instruments of one family send instead of a value. A profile that names its dialect must know all of
 * it: some of these look like good numbers. */
#include <errno.h>
#include <string.h>

#include "scpi/profile_parts.h"
#include "scpi/reply.h"

#define MARKERS_MAX 8

/* Where each comes from: M the maker's manual, H replies of real hardware, S a single source. */
static const struct {
    const char *name;
    const char *markers[MARKERS_MAX];
} dialects[] = {
    {"scpi", {"+9.9E37", "-9.9E37", "+9.91E37"}}, /* M */
    {"yokogawa-wt", {"INF", "NAN"}},              /* M */
    {"yokogawa-wt200", {"9.9E+37", "9.91E+37"}},  /* M */
    {"hioki-pw33",
     {"+999.99E+9", "-999.99E+9", "+777.77E+9", "-777.77E+9", "+888.88E+9", "-888.88E+9"}}, /* M */
    {"hioki-3193", {"+9999.9E+99", "+6666.6E+99", "+7777.7E+99"}},                          /* S */
    {"chroma-66200", {"-1", "-2", "-3"}},                                                   /* M */
    {"tonghui", {"+9.900000E+37"}},                                                         /* H */
    {"gpm", {"NAN"}},                                                                       /* H */
    {"letters", {NULL}}, /* states stand in the ending letter, numbers have no markers */
};

static int check_marker(const struct mb_profile *p, const char *marker, struct mb_error *err)
{
    static const struct mb_group group = {.layout = MB_LAYOUT_SINGLE};
    char name[] = "value";
    const struct mb_value_field field = {.name = name, .unit_factor = 1}, *const fields[] = {&field};
    struct mb_reply_value value;

    if (mb_reply_values(p, &group, fields, 1, marker, &value, NULL) == 0 && value.validity != MB_VALID)
        return 0;
    return mb_node_error(mb_document_root(p->document), err,
                         "invalid: '%s' of the dialect %s has no validity: it would be taken for a value",
                         marker, p->dialect);
}

int mb_profile_check_dialect(const struct mb_profile *p, struct mb_error *err)
{
    int r = 0;

    if (!p->dialect)
        return 0;
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++) {
        if (strcmp(dialects[i].name, p->dialect) != 0)
            continue;
        for (size_t j = 0; r == 0 && j < MARKERS_MAX && dialects[i].markers[j]; j++)
            r = check_marker(p, dialects[i].markers[j], err);
        return r;
    }
    return mb_node_error(mb_document_root(p->document), err,
                         "profile: the dialect '%s' is not known, e.g. scpi, yokogawa-wt, hioki-pw33",
                         p->dialect);
}
