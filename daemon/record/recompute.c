/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stored readings, evaluated again with the limit tables frozen in the same record. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/paths.h"
#include "document/evaluation.h"
#include "record/internal.h"

/* Across builds: 1e-12 relative; below 1e-14 a difference is the rounding of a fraction near one (a margin is
 * the difference of two such fractions). */
#define RELATIVE_TOLERANCE 1e-12
#define ABSOLUTE_TOLERANCE 1e-14

#define TABLES_MAX (1u << 20)

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

#define FROZEN_MAX 64

/* The limits that a record froze, as they were read from it. */
struct frozen {
    struct mb_limits_file files[FROZEN_MAX];
    char *texts[FROZEN_MAX];
    size_t count;
};

static int add_frozen(struct frozen *frozen, const char *name, char *text, size_t size)
{
    frozen->texts[frozen->count] = text;
    frozen->files[frozen->count++] = (struct mb_limits_file){
        .name = name,
        .text = text,
        .size = size,
        .site = strncmp(name, MB_LIMITS_FROZEN_SITE, strlen(MB_LIMITS_FROZEN_SITE)) == 0};
    return 0;
}

/* A record of a program that froze one table only: what its columns mean is known since. */
static int add_tables(struct frozen *frozen, struct mb_error *err)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int r;

    for (size_t i = 0; i < frozen->count; i++)
        if (strcmp(frozen->files[i].name, MB_LIMITS_FROZEN MB_LIMITS_TABLES) == 0)
            return 0;
    r = mb_data_path(MB_LIMITS_FROZEN MB_LIMITS_TABLES, path, sizeof path);
    if (r == 0)
        r = mb_file_read(path, TABLES_MAX, &text, &size, err);
    return r < 0 ? r : add_frozen(frozen, MB_LIMITS_FROZEN MB_LIMITS_TABLES, text, size);
}

static int read_frozen(struct mb_store *store, int64_t run, const json_t *document, struct frozen *frozen,
                       struct mb_error *err)
{
    json_t *entry;
    size_t i;
    int r = 0;

    json_array_foreach(json_object_get(document, "frozen"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        char *text = NULL;
        size_t size = 0;

        if (!name || strncmp(name, MB_LIMITS_FROZEN, strlen(MB_LIMITS_FROZEN)) != 0)
            continue;
        if (frozen->count == FROZEN_MAX - 1) /* one more for tables.csv */
            return mb_error_set(err, -E2BIG, "more than %d limit tables are frozen", FROZEN_MAX - 1);
        r = mb_run_frozen(store, run, name, &text, &size, err);
        if (r < 0)
            return r;
        (void)add_frozen(frozen, name, text, size);
    }
    return frozen->count ? add_tables(frozen, err)
                         : mb_error_set(err, -ENOENT, "no limit table is frozen in the record");
}

static int evaluate_frozen(struct mb_store *store, int64_t run, const json_t *document,
                           const struct mb_sheet *sheet, json_t **ret, struct mb_error *err)
{
    struct mb_evaluation *evaluation = NULL;
    struct mb_limits *limits = NULL;
    struct frozen frozen = {0};
    int r = read_frozen(store, run, document, &frozen, err);

    if (r >= 0)
        r = mb_limits_parse(frozen.files, frozen.count, &limits, err);
    if (r >= 0)
        r = mb_evaluation_new(sheet, limits, &evaluation, err);
    if (r >= 0) {
        *ret = mb_evaluation_json(sheet, evaluation);
        r = *ret ? 0 : -ENOMEM;
    }
    (void)mb_evaluation_free(evaluation);
    (void)mb_limits_free(limits);
    for (size_t i = 0; i < frozen.count; i++)
        free(frozen.texts[i]);
    return r;
}

/* A run that passes while one of its items does not. What is not applicable does not count. */
static bool verdict_hides(const json_t *document, const json_t *item_verdict)
{
    const char *verdict = json_string_value(json_object_get(document, "verdict"));
    const char *item = json_string_value(item_verdict);

    return verdict && item && strcmp(verdict, "PASS") == 0 && strcmp(item, "PASS") != 0 &&
           strcmp(item, "NOT-APPLICABLE") != 0;
}

static void compare_verdict(const json_t *document, const json_t *item_verdict, json_t *differences)
{
    if (verdict_hides(document, item_verdict))
        (void)report("/verdict", json_object_get(document, "verdict"), item_verdict, differences);
}

/* With the frozen limits, whatever is installed now. */
static int recompute(struct mb_store *store, int64_t run, const json_t *document, bool exact,
                     json_t *differences, struct mb_error *err)
{
    struct mb_sheet *sheet = NULL;
    json_t *evaluation = NULL;
    bool overall;
    int r = sheet_read(document, &sheet, err);

    if (r >= 0)
        r = evaluate_frozen(store, run, document, sheet, &evaluation, err);
    (void)mb_sheet_free(sheet);
    if (r < 0)
        return r;
    (void)mb_json_compare("", json_object_get(document, "evaluation"), evaluation, exact, differences);
    /* The first records had the efficiency as their only item. */
    overall = json_object_get(json_object_get(document, "evaluation"), "overall") != NULL;
    compare_verdict(document,
                    json_object_get(json_object_get(evaluation, overall ? "overall" : "grade"), "verdict"),
                    differences);
    json_decref(evaluation);
    return 0;
}

/* ---- The items that make no sheet. ---- */

static int frozen_requirements(struct mb_store *store, int64_t run, struct mb_requirements **ret,
                               struct mb_error *err)
{
    struct mb_requirements *requirements = NULL;
    char *text = NULL, *confirmations = NULL;
    size_t size = 0, confirmations_size = 0;
    int r = mb_run_frozen(store, run, MB_FROZEN_REQUIREMENTS, &text, &size, err);

    if (r == 0)
        r = mb_requirements_parse(MB_REQUIREMENTS_FILE, text, size, &requirements, err);
    if (r == 0 &&
        mb_run_frozen(store, run, MB_FROZEN_CONFIRMATIONS, &confirmations, &confirmations_size, NULL) == 0)
        r = mb_requirements_confirm_text(requirements, MB_FROZEN_CONFIRMATIONS, confirmations,
                                         confirmations_size, err);
    free(text);
    free(confirmations);
    if (r < 0)
        mb_requirements_free(requirements);
    else
        *ret = requirements;
    return r;
}

/* Judged by findings: not by the evaluation of a sheet, and not void. */
static bool has_findings(const json_t *item)
{
    return json_array_size(json_object_get(item, "findings")) > 0 &&
           !json_is_true(json_object_get(item, "void"));
}

static int compare_item(const json_t *document, const json_t *item,
                        const struct mb_requirements *requirements, bool exact, json_t *differences,
                        struct mb_error *err)
{
    static const char *const keys[] = {"verdict", "reason", "findings"};
    const char *id = json_string_value(json_object_get(item, "id"));
    json_t *again = NULL;
    char path[128];
    int r = mb_record_judge(document, id, requirements, &again, err);

    for (size_t k = 0; r == 0 && k < sizeof keys / sizeof keys[0]; k++) {
        (void)snprintf(path, sizeof path, "/items/%.60s/%s", id, keys[k]);
        (void)mb_json_compare(path, json_object_get(item, keys[k]), json_object_get(again, keys[k]), exact,
                              differences);
    }
    if (r == 0)
        compare_verdict(document, json_object_get(again, "verdict"), differences);
    json_decref(again);
    return r;
}

/* Each item that was judged, again, by the requirements frozen in the record. How many: 0 when none was. */
static int recompute_items(struct mb_store *store, int64_t run, const json_t *document, bool exact,
                           json_t *differences, struct mb_error *err)
{
    struct mb_requirements *requirements = NULL;
    json_t *item;
    size_t i;
    int r = 0, n = 0;

    json_array_foreach(json_object_get(document, "items"), i, item)
    {
        if (!has_findings(item))
            continue;
        if (!requirements)
            r = frozen_requirements(store, run, &requirements, err);
        if (r == 0)
            r = compare_item(document, item, requirements, exact, differences, err);
        if (r < 0)
            break;
        n++;
    }
    mb_requirements_free(requirements);
    return r < 0 ? r : n;
}

int mb_run_recompute(struct mb_store *store, int64_t run, const json_t *document, json_t **ret,
                     struct mb_error *err)
{
    json_t *differences = json_array();
    bool same = same_build(document), evaluated = json_is_object(json_object_get(document, "evaluation"));
    struct mb_error why = {""};
    int r = evaluated ? recompute(store, run, document, same, differences, &why) : 0;
    int items = r < 0 ? r : recompute_items(store, run, document, same, differences, &why);
    bool ok = items >= 0;

    if (ok)
        why.text[0] = '\0';
    if (items == 0 && !evaluated)
        (void)mb_error_set(&why, 0, "no evaluation is stored, there is nothing to recompute");
    *ret = json_pack("{s:b, s:b, s:o}", "ok", ok && json_array_size(differences) == 0, "same_build", same,
                     "differences", differences);
    if (!*ret)
        return mb_error_set(err, -ENOMEM, "no memory to compare");
    if (why.text[0])
        (void)json_object_set_new(*ret, "note", json_string(why.text));
    return 0;
}
