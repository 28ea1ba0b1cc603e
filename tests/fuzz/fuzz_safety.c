/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the result of a safety tester, and as its identity. The first byte chooses profile, reply and
 * kind of test; the rest is what came. Whatever it is, values are finite, a mode that is not the asked one
 * is refused, and only a text with a verdict in it can be a pass. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/safety_reply.h"
#include "scpi/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD                                                                                                 \
    "profile: {id: x, maker: M, kind: k, models: [A], maturity: unverified, source: s}\n"                    \
    "identify: {query: '*IDN?', match: '^(GPT-980[1-4]|Chroma,19032(-P)?|KIKUSUI,TOS93),'}\n"                \
    "update_interval_s: 1\n"                                                                                 \
    "invalid: [{above: 9e36, validity: no-data}]\n"                                                          \
    "safe: {time_to_safe_s: 1, steps: [{write: 'STOP', query: 'S?', match: 'OFF'}]}\n"

#define PARAMETERS(level)                                                                                    \
    "parameters: [{of: " level                                                                               \
    ", minimum: 1, maximum: 9, digits: 0, write: 'V {value}', query: 'V?', at: 2, unit: V, tolerance: 1}, "  \
    "{of: hold, minimum: 1, maximum: 9, digits: 0, write: 'T {value}', query: 'T?', at: 4, prefix: 'T=', "   \
    "unit: s, tolerance: 1}, {of: limit-high, minimum: 1, maximum: 9, digits: 0, write: 'H {value}', "       \
    "query: "                                                                                                \
    "'H?', at: 3, prefix: 'H=', unit: A, tolerance: 1}]"

#define BLOCK                                                                                                \
    "safety_test:\n"                                                                                         \
    "  interlock: {query: 'I?', closed: '0'}\n"                                                              \
    "  start: {write: 'GO'}\n"                                                                               \
    "  poll: {query: 'P?', running: 'ON', finished: 'OFF', interval_s: 1, margin_s: 1}\n"                    \
    "  modes: [{kind: ac-withstand, word: '^(ACW|AC)$', " PARAMETERS(                                        \
        "voltage") "}, "                                                                                     \
                   "{kind: insulation, word: '^IR$', discharge_s: 1, " PARAMETERS(                           \
                       "voltage") "}, "                                                                      \
                                  "{kind: earth-bond, word: '^GB$', " PARAMETERS(                            \
                                      "current") "}]\n"                                                      \
                                                 "  verdicts: [{match: '^(PASS|116)$', means: pass}, "       \
                                                 "{match: '^FAIL$', means: fail}, {match: "                  \
                                                 "'^(TEST|115)$', means: running}]\n"

static const char *const texts[] = {
    HEAD BLOCK
    "  results: [{query: 'R?', fields: [{is: mode, at: 1}, {is: verdict, at: 2}, {is: applied, at: 3, "
    "unit: V}, {is: value, at: 4, unit: A}, {is: value, in: insulation, at: 4, unit: ohm}, {is: "
    "elapsed, at: 5, prefix: 'T=', ramp_prefix: 'R=', unit: s}]}]\n",
    HEAD BLOCK
    "  results: [{query: 'R?', fields: [{is: mode, at: 3}, {is: applied, at: 10}, {is: value, at: 11}, "
    "{is: value, in: insulation, at: 12, unit_factor: 1.0e+6}, {is: elapsed, at: 13}, {is: verdict, "
    "at: 14}]}]\n",
    HEAD BLOCK "  results: [{query: 'R?', fields: [{is: verdict, at: 1}]}]\n",
};

static const enum mb_safety_kind kinds[] = {MB_SAFETY_AC_WITHSTAND, MB_SAFETY_INSULATION,
                                            MB_SAFETY_EARTH_BOND};

static void check_reading(const struct mb_reading *r)
{
    if (r->validity >= MB_VALIDITY_COUNT || (r->validity == MB_VALID && !isfinite(r->value)))
        abort();
}

static void parse(const struct mb_profile *p, enum mb_safety_kind kind, const char *text)
{
    const struct mb_safety_mode *mode = mb_safety_mode_find(p->safety, kind);
    const struct mb_safety_test test = {.kind = kind,
                                        .limit_high = 1,
                                        .limit_low = NAN,
                                        .hold_s = 1,
                                        .voltage_tolerance = 0.1,
                                        .voltage_v = 1000};
    struct mb_safety_result result;
    struct mb_reading value;

    mb_safety_result_init(&result);
    if (mb_safety_reply_read(p, &p->safety->results[0], mode, text, &result, NULL) < 0 &&
        result.verdict != MB_SAFETY_NOT_MEASURED)
        abort();
    check_reading(&result.applied);
    check_reading(&result.value);
    check_reading(&result.elapsed);
    if (result.verdict == MB_SAFETY_PASS && !strstr(result.raw, "P") && !strstr(result.raw, "116"))
        abort();
    if (mb_safety_judge(&test, &result) == MB_SAFETY_PASS &&
        (result.verdict != MB_SAFETY_PASS || result.value.validity != MB_VALID))
        abort();
    for (size_t i = 0; i < mode->parameter_count; i++)
        if (mb_safety_reply_number(p, &mode->parameters[i].back, text, &value, NULL) == 0)
            check_reading(&value);
    (void)mb_regex_match(p->identify.match, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mb_profile *p = NULL;
    const char *source;
    char *text;

    if (size < 1)
        return 0;
    source = texts[data[0] % 3];
    if (mb_profile_parse("fuzz", source, strlen(source), &p, NULL) < 0)
        abort();
    text = strndup((const char *)data + 1, size - 1);
    if (text)
        parse(p, kinds[data[0] / 3 % 3], text);
    free(text);
    (void)mb_profile_free(p);
    return 0;
}
