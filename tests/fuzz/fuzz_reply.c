/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a reply of an instrument: no frame, no shape, or values that are finite. The first byte
 * chooses the profile and how the link frames; the rest is what came. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/frame.h"
#include "scpi/profile.h"
#include "scpi/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD                                                                                                 \
    "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n"                    \
    "identify: {query: '*IDN?', match: 'X'}\nupdate_interval_s: 1\n"                                         \
    "invalid: [{token: NAN, validity: no-data}, {above: 9e36, validity: over-range}, {equals: -1, "          \
    "validity: stale}]\n"

static const char *const texts[] = {
    HEAD "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage}, {name: i, quantity: "
         "current}]}]\n",
    HEAD "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage}, {match: "
         "'^[+-]?[0-9]+$'}, {match: '^$'}]}]\n",
    HEAD "read: [{query: 'V?', layout: single, fields: [{name: u, quantity: voltage}]}]\n",
    HEAD "read: [{query: 'V?', layout: letters, endings: [{letter: R, validity: valid}, {letter: A, "
         "validity: over-range}],\n"
         "  fields: [{name: n, quantity: speed, marker: S}, {name: t, quantity: torque, marker: T}]}]\n",
    HEAD
    "read: [{query: 'V?', layout: labelled, separator: ';', fields: [{name: u, quantity: voltage, marker: "
    "U1, units: {kV: 1000, V: 1}},\n"
    "  {name: i, quantity: current, marker: I1, optional: true}]}]\n",
    HEAD
    "read: [{query: 'READ?', layout: channels, fields: [{name: t1, quantity: temperature, marker: '101'},\n"
    "  {name: t2, quantity: temperature, marker: '102'}]}]\n",
    HEAD
    "read: [{query: 'V?', layout: comma, fields: [{name: u, quantity: voltage, units: {kV: 1000, V: 1}},\n"
    "  {match: '^A$', optional: true}, {name: i, quantity: current, optional: true}]}]\n",
};
#define TEXTS (sizeof texts / sizeof *texts)

static void parse_text(const struct mb_profile *p, const char *text)
{
    const struct mb_group *g = &p->groups[0];
    const struct mb_value_field *fields[4];
    struct mb_reply_value values[4];
    uint32_t condition;
    const char *body;
    double number;

    for (size_t i = 0; i < g->field_count; i++)
        fields[i] = &g->fields[i];
    if (mb_reply_values(p, g, fields, g->field_count, text, values, NULL) == 0)
        for (size_t i = 0; i < g->field_count; i++)
            if (!isfinite(values[i].value) || values[i].validity >= MB_VALIDITY_COUNT)
                abort();
    if (mb_reply_number(text, "T", &number, NULL) == 0 && !isfinite(number))
        abort();
    (void)mb_reply_number(text, NULL, &number, NULL);
    (void)mb_reply_labels_fit("Urms,Irms,P", text);
    body = mb_reply_body(":NUMeric:NORMal:NUMber?", text);
    if (body && strlen(body) > strlen(text))
        abort();
    (void)mb_reply_condition(text, &condition, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_profile *p = NULL;
    struct mb_frame frame;
    const char *profile;
    unsigned choice;
    char *text;

    if (size < 1)
        return 0;
    choice = data[0];
    if (mb_frame_find(data + 1, size - 1, choice & 4 ? MB_REPLY_BLOCK : MB_REPLY_LINE,
                      (enum mb_terminator)((choice >> 3) % 3), choice & 128, &frame) < 0)
        return 0;
    if (frame.offset + frame.length > frame.used || frame.used > size - 1)
        abort();
    profile = texts[((choice & 3) + (choice >> 3 & 4)) % TEXTS];
    if (mb_profile_parse("fuzz", profile, strlen(profile), &p, NULL) < 0)
        abort();
    text = strndup((const char *)data + 1 + frame.offset, frame.length);
    if (text)
        parse_text(p, text);
    free(text);
    (void)mb_profile_free(p);
    return 0;
}
