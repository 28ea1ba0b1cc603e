/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/evaluate_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "document/node_json.h"
#include "motorbench/record.h"
#include "record/bundle.h"

/* Every bundle is an SQLite file, and no sheet begins so. A sheet may come through a pipe: not a byte of that
 * is taken here. */
static bool is_bundle(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char begin[sizeof magic] = "";
    struct stat st;
    FILE *file = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? fopen(path, "rbe") : NULL;
    bool is = file && fread(begin, 1, sizeof begin, file) == sizeof begin &&
              memcmp(begin, magic, sizeof magic) == 0;

    if (file)
        (void)fclose(file);
    return is;
}

static int load_bundle(const char *path, json_t **ret)
{
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    char uuid[MB_UUID_SIZE];
    int r = mb_bundle_open(path, &store, uuid, &err);

    if (r >= 0)
        r = mb_store_load(store, uuid, ret, &err);
    (void)mb_store_close(store);
    return r < 0 ? fail(EXIT_BAD_INPUT, "%s", err.text[0] ? err.text : strerror(-r)) : EXIT_DONE;
}

/* JSON is YAML: a run's sheet goes through the same reader as one on paper. */
static int read_run(const char *word, const json_t *document, json_t **ret_readings, struct mb_sheet **ret)
{
    json_t *readings = json_object_get(document, "sheet");
    struct mb_error err = {""};
    char *text;
    int r;

    if (!json_is_object(readings))
        return fail(EXIT_BAD_INPUT, "%s: the run's readings make no test sheet", word);
    text = json_dumps(readings, JSON_COMPACT | JSON_REAL_PRECISION(17));
    r = text ? mb_sheet_parse(word, text, strlen(text), ret, &err)
             : mb_error_set(&err, -ENOMEM, "not enough memory");
    free(text);
    if (r < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    if (ret_readings)
        *ret_readings = json_incref(readings);
    return EXIT_DONE;
}

static int read_paper(const char *path, json_t **ret_readings, struct mb_sheet **ret)
{
    struct mb_document *tree = NULL;
    struct mb_error err = {""};

    if (mb_sheet_load(path, ret, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    if (!ret_readings)
        return EXIT_DONE;
    if (mb_document_load(path, &tree, &err) < 0) {
        *ret = mb_sheet_free(*ret);
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    }
    *ret_readings = mb_node_json(mb_document_root(tree));
    (void)mb_document_free(tree);
    return EXIT_DONE;
}

int load_readings(const char *word, const struct options *options, json_t **ret_readings,
                  struct mb_sheet **ret)
{
    json_t *document = NULL;
    int status;

    if (!names_run(word) && !is_bundle(word))
        return read_paper(word, ret_readings, ret);
    status = names_run(word) ? load_record(word, options, &document) : load_bundle(word, &document);
    if (status == EXIT_DONE)
        status = read_run(word, document, ret_readings, ret);
    json_decref(document);
    return status;
}
