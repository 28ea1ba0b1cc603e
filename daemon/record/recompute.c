/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stored readings, evaluated again with the limit tables frozen in the same record. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document/evaluation.h"
#include "record/internal.h"

/* Across builds: 1e-12 relative; below 1e-14 a difference is the rounding of a fraction near one (a margin is
 * the difference of two such fractions). */
#define RELATIVE_TOLERANCE 1e-12
#define ABSOLUTE_TOLERANCE 1e-14

static bool numbers_agree(double a, double b, bool exact)
{
    double tolerance = fmax(RELATIVE_TOLERANCE * fmax(fabs(a), fabs(b)), ABSOLUTE_TOLERANCE);

    return a == b || (!exact && fabs(a - b) <= tolerance);
}

static int report(const char *path, const json_t *stored, const json_t *recomputed, json_t *differences)
{
    (void)json_array_append_new(differences, json_pack("{s:s, s:O?, s:O?}", "path", path, "stored", stored,
                                                       "recomputed", recomputed));
    return 1;
}

static int compare_objects(const char *path, const json_t *stored, const json_t *recomputed, bool exact,
                           json_t *differences)
{
    char inner[256];
    const char *key;
    json_t *value;
    int n = 0;

    json_object_foreach((json_t *)stored, key, value)
    {
        (void)snprintf(inner, sizeof inner, "%s/%s", path, key);
        n += mb_json_compare(inner, value, json_object_get(recomputed, key), exact, differences);
    }
    /* A later program may say more than the one that wrote the record: that is no difference. */
    json_object_foreach((json_t *)recomputed, key, value) if (exact && !json_object_get(stored, key))
    {
        (void)snprintf(inner, sizeof inner, "%s/%s", path, key);
        n += report(inner, NULL, value, differences);
    }
    return n;
}

static int compare_lists(const char *path, const json_t *stored, const json_t *recomputed, bool exact,
                         json_t *differences)
{
    size_t size = json_array_size(stored);
    char inner[256];
    int n = 0;

    if (size != json_array_size(recomputed))
        return report(path, stored, recomputed, differences);
    for (size_t i = 0; i < size; i++) {
        (void)snprintf(inner, sizeof inner, "%s/%zu", path, i);
        n += mb_json_compare(inner, json_array_get(stored, i), json_array_get(recomputed, i), exact,
                             differences);
    }
    return n;
}

int mb_json_compare(const char *path, const json_t *stored, const json_t *recomputed, bool exact,
                    json_t *differences)
{
    if (json_is_object(stored) && json_is_object(recomputed))
        return compare_objects(path, stored, recomputed, exact, differences);
    if (json_is_array(stored) && json_is_array(recomputed))
        return compare_lists(path, stored, recomputed, exact, differences);
    if (json_is_number(stored) && json_is_number(recomputed)) {
        if (numbers_agree(json_number_value(stored), json_number_value(recomputed), exact))
            return 0;
    } else if (recomputed && json_equal(stored, recomputed))
        return 0;
    return report(path, stored, recomputed, differences);
}

static bool same_build(const json_t *document)
{
    const json_t *program = json_object_get(document, "program");
    const char *version = json_string_value(json_object_get(program, "version"));
    const char *build = json_string_value(json_object_get(program, "build"));
    char own[MB_BUILD_SIZE];

    mb_build_identity(own);
    /* Without a build id nothing can be said about the build. */
    return version && build && strcmp(version, MB_VERSION) == 0 && strcmp(build, own) == 0 &&
           strncmp(own, "none", 4) != 0;
}

static int sheet_read(const json_t *document, struct mb_sheet **ret, struct mb_error *err)
{
    const json_t *json = json_object_get(document, "sheet");
    char *text;
    int r;

    if (!json_is_object(json))
        return mb_error_set(err, -ENODATA, "the record's readings make no test sheet");
    text = mb_payload_text(json);
    if (!text)
        return -ENOMEM;
    r = mb_sheet_parse(json_string_value(json_object_get(document, "uuid")), text, strlen(text), ret, err);
    free(text);
    return r;
}

/* With one frozen table. -ENOENT: the standard that judges is not in it. */
static int evaluate_with(struct mb_store *store, int64_t run, const char *name, const struct mb_sheet *sheet,
                         json_t **ret, struct mb_error *err)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    char *text = NULL;
    size_t size = 0;
    int r = mb_run_frozen(store, run, name, &text, &size, err);

    if (r >= 0)
        r = mb_limits_parse(name + strlen("limits/"), text, size, &limits, err);
    if (r >= 0)
        r = mb_evaluation_new(sheet, limits, &evaluation, err);
    if (r >= 0) {
        *ret = mb_evaluation_json(sheet, evaluation);
        r = *ret ? 0 : -ENOMEM;
    }
    (void)mb_evaluation_free(evaluation);
    (void)mb_limits_free(limits);
    free(text);
    return r;
}

/* A run that passes while its efficiency does not was not judged by its own evaluation. */
static void compare_verdict(const json_t *document, const json_t *evaluation, json_t *differences)
{
    const json_t *verdict = json_object_get(document, "verdict");
    const json_t *recomputed = json_object_get(json_object_get(evaluation, "grade"), "verdict");

    if (json_is_string(verdict) && strcmp(json_string_value(verdict), "PASS") == 0 && recomputed &&
        !json_equal(verdict, recomputed))
        (void)report("/verdict", verdict, recomputed, differences);
}

/* Several tables may be frozen, and which one judged is not said: the table with which the stored result
 * comes out again is it. Without such a table the one that leaves the fewest differences is reported.
 * -ENOENT: none fits at all. */
static int recompute(struct mb_store *store, int64_t run, const json_t *document, bool exact,
                     json_t **ret_differences, struct mb_error *err)
{
    struct mb_sheet *sheet = NULL;
    json_t *frozen, *best = NULL;
    size_t i;
    int r = sheet_read(document, &sheet, err);

    if (r < 0)
        return r;
    (void)mb_error_set(err, -ENOENT, "no limit table is frozen in the record");
    json_array_foreach(json_object_get(document, "frozen"), i, frozen)
    {
        const char *name = json_string_value(json_object_get(frozen, "name"));
        json_t *evaluation = NULL, *differences;

        if (!name || strncmp(name, "limits/", strlen("limits/")) != 0 || (best && json_array_size(best) == 0))
            continue;
        if (evaluate_with(store, run, name, sheet, &evaluation, err) < 0)
            continue;
        differences = json_array();
        (void)mb_json_compare("", json_object_get(document, "evaluation"), evaluation, exact, differences);
        compare_verdict(document, evaluation, differences);
        json_decref(evaluation);
        if (!best || json_array_size(differences) < json_array_size(best)) {
            json_decref(best);
            best = differences;
        } else
            json_decref(differences);
    }
    (void)mb_sheet_free(sheet);
    if (!best)
        return -ENOENT;
    *ret_differences = best;
    return 0;
}

int mb_run_recompute(struct mb_store *store, int64_t run, const json_t *document, json_t **ret,
                     struct mb_error *err)
{
    json_t *differences = NULL;
    bool same = same_build(document), ok = true;
    struct mb_error why = {""};

    if (json_is_object(json_object_get(document, "evaluation"))) {
        ok = recompute(store, run, document, same, &differences, &why) >= 0;
        if (ok)
            why.text[0] = '\0';
    } else
        (void)mb_error_set(&why, 0, "no evaluation is stored, there is nothing to recompute");
    if (!differences)
        differences = json_array();
    *ret = json_pack("{s:b, s:b, s:o}", "ok", ok && json_array_size(differences) == 0, "same_build", same,
                     "differences", differences);
    if (!*ret)
        return mb_error_set(err, -ENOMEM, "no memory to compare");
    if (why.text[0])
        (void)json_object_set_new(*ret, "note", json_string(why.text));
    return 0;
}
