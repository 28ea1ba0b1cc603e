/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench standards check: the limit tables looked over, and what of them is the laboratory's own. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "motorbench/arguments.h"
#include "motorbench/standard.h"
#include "standard/bulletin.h"
#include "standard/check.h"

struct check {
    json_t *findings; /* of {"file", "line", "site", "text"} */
    size_t of_site;
};

static void add_finding(struct check *c, const char *path, unsigned line, bool site, const char *text)
{
    c->of_site += site;
    (void)json_array_append_new(c->findings, json_pack("{s:s, s:i, s:b, s:s}", "file", path, "line",
                                                       (int)line, "site", site, "text", text));
}

static int take_finding(const struct mb_check_finding *finding, void *userdata)
{
    add_finding(userdata, finding->path, finding->line, finding->site, finding->text);
    return 0;
}

/* A name in the folder of the site that no table has is a slip: the file would have no effect. */
static void check_names(struct check *c, const struct mb_limits_place *place)
{
    DIR *folder = opendir(place->site);
    char path[PATH_MAX];

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        bool table = dot && strcmp(dot, ".csv") == 0;
        int n = snprintf(path, sizeof path, "%s/%s", place->directory, entry->d_name);

        if (entry->d_name[0] == '.' || !dot || strcmp(entry->d_name, "confirmations.yaml") == 0 ||
            mb_bulletin_is_name(entry->d_name) ||
            (n > 0 && (size_t)n < sizeof path && table && access(path, F_OK) == 0))
            continue;
        n = snprintf(path, sizeof path, "%s/%s", place->site, entry->d_name);
        if (n > 0 && (size_t)n < sizeof path && (table || strcmp(dot, ".yaml") == 0))
            add_finding(c, path, 1, true, "no table has this name, the file has no effect");
    }
    if (folder)
        (void)closedir(folder);
}

static void check_confirmations(struct check *c, const struct mb_limits *limits,
                                const struct mb_limits_place *place)
{
    struct mb_limits_confirmation confirmation;
    char path[PATH_MAX], text[200];

    for (size_t i = 0; mb_limits_confirmation(limits, i, &confirmation) == 0; i++) {
        int n = snprintf(path, sizeof path, "%s/%s", place->directory, confirmation.file);

        if (confirmation.used || (n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0))
            continue;
        (void)snprintf(path, sizeof path, "%.3000s/confirmations.yaml", place->site);
        (void)snprintf(text, sizeof text, "there is no table %.100s to confirm", confirmation.file);
        add_finding(c, path, confirmation.line, true, text);
    }
}

static json_t *tables_json(const struct mb_limits *limits)
{
    json_t *list = json_array();
    struct mb_limits_table t;

    for (size_t i = 0; mb_limits_table(limits, i, &t) == 0; i++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:b, s:I, s:I, s:I}", "file", t.file, "standard", t.standard,
                            "table", t.table, "site", t.site, "cells", (json_int_t)t.cells, "deciding",
                            (json_int_t)t.deciding, "confirmed", (json_int_t)t.confirmed));
    return list;
}

static json_t *confirmations_json(const struct mb_limits *limits)
{
    json_t *list = json_array();
    struct mb_limits_confirmation c;

    for (size_t i = 0; mb_limits_confirmation(limits, i, &c) == 0; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:i}", "file", c.file, "by", c.by,
                                                    "date", c.date, "copy", c.copy, "line", (int)c.line));
    return list;
}

/* One table a line: its cells, those that may decide, those that the laboratory confirmed. */
static void print_tables(const struct mb_limits *limits)
{
    struct mb_limits_confirmation c;
    struct mb_limits_table t;

    printf("%-23s %-6s %-8s %-9s %s\n", "standard", "cells", "deciding", "confirmed", "table");
    for (size_t i = 0; mb_limits_table(limits, i, &t) == 0; i++)
        printf("%-23s %-6zu %-8zu %-9zu %s, %s%s%s\n", t.standard, t.cells, t.deciding, t.confirmed, t.table,
               t.file, t.site ? " (site)" : "", t.cells ? "" : " (to be filled)");
    for (size_t i = 0; mb_limits_confirmation(limits, i, &c) == 0; i++)
        printf("%s%s: confirmed by %s, %s, %s\n", i == 0 ? "\n" : "", c.file, c.by, c.date, c.copy);
}

static void print_findings(const struct check *c)
{
    json_t *finding;
    size_t i;

    json_array_foreach(c->findings, i, finding)
    {
        const char *file = NULL, *text = NULL;
        int line = 0, site = 0;

        (void)json_unpack(finding, "{s:s, s:i, s:b, s:s}", "file", &file, "line", &line, "site", &site,
                          "text", &text);
        printf("%s%s:%d: %s%s\n", i == 0 ? "\n" : "", file, line, text, site ? " (site)" : "");
    }
}

static int report(const struct mb_limits *limits, struct check *c, const struct options *options)
{
    int status = c->of_site > 0 ? EXIT_BAD_INPUT : EXIT_DONE;

    if (!options->json) {
        print_tables(limits);
        print_findings(c);
    } else {
        status =
            worse_status((enum exit_status)status,
                         (enum exit_status)print_json(json_pack(
                             "{s:b, s:o, s:o, s:O}", "ok", c->of_site == 0, "tables", tables_json(limits),
                             "confirmations", confirmations_json(limits), "findings", c->findings)));
    }
    if (c->of_site > 0)
        (void)fail(EXIT_BAD_INPUT, "standards check: %zu finding%s in the files of the site", c->of_site,
                   c->of_site == 1 ? "" : "s");
    return status;
}

int run_standards_check(int argc, char **argv, const struct options *options)
{
    struct check c = {.findings = json_array()};
    const char *site = NULL;
    const struct argument table[] = {{.name = "--site", .value = &site}, {.name = NULL}};
    struct mb_limits_place place;
    struct mb_limits *limits = NULL;
    struct mb_error err = {""};
    char path[PATH_MAX];
    struct words words;
    int status = parse_arguments(argc, argv, table, 0, 0, &words);

    if (status == EXIT_DONE)
        status = find_limits(site, &place, path);
    place.unchecked = true; /* every finding, not the first one as an error */
    if (status == EXIT_DONE && site && access(site, R_OK | X_OK) < 0)
        status = fail(EXIT_BAD_INPUT, "standards check: %s: the folder cannot be read", site);
    if (status == EXIT_DONE && mb_limits_open(&place, &limits, &err) < 0)
        status = fail(EXIT_BAD_INPUT, "%s", err.text);
    if (status == EXIT_DONE) {
        (void)mb_limits_check(limits, false, take_finding, &c);
        check_names(&c, &place);
        check_confirmations(&c, limits, &place);
        status = report(limits, &c, options);
    }
    mb_limits_free(limits);
    json_decref(c.findings);
    return status;
}
