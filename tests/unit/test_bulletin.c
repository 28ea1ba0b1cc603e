/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "standard/bulletin_effect.h"
#include "support/tree.h"

#define HEAD "id,edition,title,level,issued,in_force,replaces\n"
#define ROW_18613 "GB 18613,2031,Efficiency limits,mandatory,2030-06-01,2031-06-01,GB 18613-2020\n"
#define ROW_1032 "GB/T 1032,2030,Test methods,voluntary,2030-05-01,2030-12-01,GB/T 1032-2023\n"

static int add(struct mb_bulletins *b, const char *name, const char *text, struct mb_error *err)
{
    return mb_bulletins_add(b, name, text, strlen(text), err);
}

static struct mb_bulletins *bulletins_of(const char *text)
{
    struct mb_bulletins *b = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_bulletins_new(&b), 0);
    if (add(b, "somewhere/b.csv", text, &err) < 0)
        fail_msg("%s", err.text);
    return b;
}

static void rows_are_read(void **state)
{
    struct mb_bulletins *b = bulletins_of(HEAD "# a remark\n" ROW_18613 ROW_1032);
    const struct mb_bulletin_row *row = mb_bulletins_get(b, 1);

    (void)state;
    assert_int_equal(mb_bulletins_count(b), 2);
    assert_string_equal(row->file, "b.csv");
    assert_int_equal(row->line, 4);
    assert_string_equal(row->id, "GB/T 1032");
    assert_string_equal(row->edition, "2030");
    assert_string_equal(row->issued, "2030-05-01");
    assert_int_equal(row->level, MB_LEVEL_VOLUNTARY);
    mb_bulletins_free(b);
}

static void what_contradicts_itself_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *rows, *complaint;
    } cases[] = {
        {"GB 1,2031,T,mandatory,2031-06-01,2030-06-01,\n",
         "b.csv:2: in force on 2030-06-01, before it is issued"},
        {"GB 1,2031,T,mandatory,2030-02-30,2031-06-01,\n", "b.csv:2: issued and in_force are dates"},
        {"GB 1,2031,T,mandatory,,2031-06-01,\n", "b.csv:2: issued and in_force are dates"},
        {"GB 1,2031,T,mandatory,2030-06-01,2031-06-01,GB1-2031\n", "b.csv:2: it replaces itself"},
        {"GB 1,2031,T,mandatory,2030-06-01,2031-06-01,GB 2-2020;GB 1-2032\n",
         "b.csv:2: edition 2031 cannot replace"},
        {"GB 1,2031,T,mandatory,2030-06-01,2031-06-01,;\n", "b.csv:2: replaces"},
        {"GB 1,2031,T,compulsory,2030-06-01,2031-06-01,\n", "b.csv:2: level 'compulsory'"},
        {"GB/T 1,2031,T,mandatory,2030-06-01,2031-06-01,\n", "b.csv:2: GB/T 1 is voluntary by its letters"},
        {"GB 1-2031,2031,T,mandatory,2030-06-01,2031-06-01,\n", "b.csv:2: id, without its edition"},
        {"GB 1,31,T,mandatory,2030-06-01,2031-06-01,\n", "b.csv:2: edition '31'"},
        {"GB 1,2031,,mandatory,2030-06-01,2031-06-01,\n", "b.csv:2: id, without its edition, and title"},
        {"GB 1,2031,a\x1b[2J,mandatory,2030-06-01,2031-06-01,\n", "b.csv:2: title holds a control"},
        {"GB 1,2031,T,mandatory,2030-06-01,2031-06-01\n", "b.csv:2: 6 fields"},
        {ROW_1032 "GB/T 1032,2030,Another title,voluntary,2030-05-01,2030-12-01,\n",
         "b.csv:3: GB/T 1032-2030 stands otherwise in b.csv:2"},
        {"GB 1,2031,T,mandatory,2030-06-01,2031-06-01,GB 2-2031\nGB "
         "2,2031,T,mandatory,2030-06-01,2031-06-01,\n",
         "b.csv:3: it and b.csv:2: what is replaced"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_bulletins *b = NULL;
        struct mb_error err = {""};
        char text[600];

        (void)snprintf(text, sizeof text, HEAD "%s", cases[i].rows);
        assert_int_equal(mb_bulletins_new(&b), 0);
        if (add(b, "b.csv", text, &err) != -EINVAL ||
            strncmp(err.text, cases[i].complaint, strlen(cases[i].complaint)) != 0)
            fail_msg("case %zu: %s", i, err.text);
        assert_int_equal(mb_bulletins_count(b), 0); /* nothing of it */
        mb_bulletins_free(b);
    }
}

static void the_same_again_adds_nothing(void **state)
{
    struct mb_bulletins *b = bulletins_of(HEAD ROW_18613);
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(add(b, "again.csv", HEAD ROW_18613 ROW_1032, &err), 1);
    assert_int_equal(add(b, "once more.csv", HEAD ROW_1032 ROW_18613, &err), 0);
    assert_int_equal(mb_bulletins_count(b), 2);
    mb_bulletins_free(b);
}

static void replaced_editions_are_flagged(void **state)
{
    struct mb_bulletins *b =
        bulletins_of(HEAD "GB 18613,2033,T,mandatory,2032-06-01,2033-06-01,GB18613;JB/T 1012\n" ROW_18613
                          "GB 18613,2032,T,mandatory,2031-06-01,2032-06-01,GB 18613-2020\n");
    char flag[160];

    (void)state;
    assert_true(mb_bulletins_flag(b, "GB 18613", "2020", flag, sizeof flag)); /* the earliest one */
    assert_string_equal(flag, "superseded from 2031-06-01 by GB 18613-2031 (b.csv:3)");
    assert_true(mb_bulletins_flag(b, "GB 18613", "2031", flag, sizeof flag)); /* undated: any but its own */
    assert_string_equal(flag, "superseded from 2033-06-01 by GB 18613-2033 (b.csv:2)");
    assert_true(mb_bulletins_flag(b, "JB/T 1012", "", flag, sizeof flag));
    assert_false(mb_bulletins_flag(b, "GB 18613", "2033", flag, sizeof flag));
    assert_string_equal(flag, "");
    assert_false(mb_bulletins_flag(b, "GB 1861", "2020", flag, sizeof flag));
    assert_false(mb_bulletins_flag(NULL, "GB 18613", "2020", flag, sizeof flag));
    mb_bulletins_free(b);
}

/* ---- What it touches. ---- */

struct touched {
    size_t count[MB_EFFECT_COUNT], cells;
    bool plan, dated;
};

static int take(const struct mb_effect *e, void *userdata)
{
    struct touched *t = userdata;

    t->count[e->kind]++;
    if (e->kind == MB_EFFECT_TABLE)
        t->cells += e->rows;
    t->plan = t->plan || (e->kind == MB_EFFECT_PLAN && strstr(e->file, "efficiency-2-1-1B.yaml"));
    t->dated = t->dated || strstr(e->remark, "dated reference");
    return 0;
}

static struct touched touched_by(const char *row)
{
    static const char *const folders[] = {"daemon/procedure/data", "/nonexistent", NULL};
    struct mb_standards *standards = NULL;
    struct touched t = {.plan = false};
    struct mb_bulletins *b;
    struct mb_error err = {""};
    char text[300];

    if (mb_standards_load("daemon/standard/data", NULL, &standards, &err) < 0)
        fail_msg("%s", err.text);
    (void)snprintf(text, sizeof text, HEAD "%s", row);
    b = bulletins_of(text);
    assert_int_equal(mb_bulletin_effects(mb_bulletins_get(b, 0), standards, folders, take, &t, &err), 0);
    mb_bulletins_free(b);
    mb_standards_free(standards);
    return t;
}

static void effects_on_the_data(void **state)
{
    struct touched t = touched_by(ROW_18613);

    (void)state;
    assert_int_equal(t.count[MB_EFFECT_CATALOGUE], 5); /* the scopes of GB 18613-2020 */
    assert_int_equal(t.count[MB_EFFECT_TABLE], 6);
    assert_int_equal(t.cells, 504);
    assert_true(t.count[MB_EFFECT_ITEM] > 0);
    assert_false(t.plan);
    t = touched_by(ROW_1032);
    assert_int_equal(t.count[MB_EFFECT_CATALOGUE], 1);
    assert_int_equal(t.count[MB_EFFECT_TABLE], 0);
    assert_true(t.plan);
    t = touched_by("GB/T 14711,2030,Safety,voluntary,2030-05-01,2030-12-01,GB/T 14711-2013\n");
    assert_int_equal(t.count[MB_EFFECT_REQUIREMENT], 1);
    assert_true(t.dated && t.count[MB_EFFECT_SUPERVISION] >= 10);
    t = touched_by("GB/T 755,2030,Rating,voluntary,2030-05-01,2030-12-01,GB/T 755-2025\n");
    assert_int_equal(t.count[MB_EFFECT_TOLERANCE], 2);
    t = touched_by("T/CEEIA 380,2030,Green design,association,2030-05-01,2030-12-01,T/CEEIA 380\n");
    assert_true(t.count[MB_EFFECT_INDICATOR] >= 3 && t.count[MB_EFFECT_CATALOGUE] == 1);
    t = touched_by("GB/T 99999,2030,Something new,voluntary,2030-05-01,2030-12-01,\n");
    for (size_t i = 0; i < MB_EFFECT_COUNT; i++)
        assert_int_equal(t.count[i], 0);
}

/* ---- The laboratory's folder. ---- */

struct folder {
    char path[32], bulletin[64];
};

static int make_folder(void **state)
{
    struct folder *f = calloc(1, sizeof *f);

    assert_non_null(f);
    (void)snprintf(f->path, sizeof f->path, "/tmp/mb-bulletin-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    (void)snprintf(f->bulletin, sizeof f->bulletin, "%s/incoming", f->path);
    *state = f;
    return 0;
}

static size_t files_in(const char *path, bool remove_them)
{
    DIR *folder = opendir(path);
    char file[PATH_MAX];
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        count++;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (remove_them)
            (void)unlink(file);
    }
    (void)closedir(folder);
    return count;
}

static int remove_folder(void **state)
{
    struct folder *f = *state;

    (void)files_in(f->path, true);
    assert_int_equal(rmdir(f->path), 0);
    free(f);
    return 0;
}

static int keep(const struct folder *f, const char *text, char name[static 64], struct mb_error *err)
{
    assert_int_equal(mb_file_write(f->bulletin, text, strlen(text), err), 0);
    return mb_bulletin_keep(f->bulletin, f->path, name, 64, err);
}

static void a_bulletin_is_kept_once(void **state)
{
    const struct folder *f = *state;
    struct mb_bulletins *b = NULL;
    struct mb_error err = {""};
    char name[64] = "";

    assert_int_equal(keep(f, HEAD ROW_1032 ROW_18613, name, &err), 1);
    assert_string_equal(name, "bulletin-2030-06-01.csv"); /* the newest day of issue */
    assert_true(mb_bulletin_is_name(name));
    assert_int_equal(keep(f, HEAD ROW_18613 ROW_1032, name, &err), 0);
    assert_int_equal(files_in(f->path, false), 2); /* itself and what came in */
    assert_int_equal(keep(f, HEAD ROW_18613 "GB 5,2030,Five,mandatory,2030-06-01,2031-01-01,\n", name, &err),
                     1);
    assert_string_equal(name, "bulletin-2030-06-01-2.csv");
    assert_int_equal(mb_bulletins_load(f->path, &b, &err), 0);
    assert_int_equal(mb_bulletins_count(b), 3);
    mb_bulletins_free(b);
}

static void nothing_is_kept_of_what_contradicts(void **state)
{
    const struct folder *f = *state;
    struct mb_error err = {""};
    char name[64] = "";

    assert_int_equal(keep(f, HEAD ROW_18613, name, &err), 1);
    assert_int_equal(keep(f,
                          HEAD ROW_1032
                          "GB 18613,2031,Efficiency limits,mandatory,2030-06-01,2031-07-01,GB 18613-2020\n",
                          name, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "stands otherwise in bulletin-2030-06-01.csv:2"));
    assert_int_equal(files_in(f->path, false), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(what_contradicts_itself_is_refused_with_its_line),
        cmocka_unit_test(the_same_again_adds_nothing),
        cmocka_unit_test(replaced_editions_are_flagged),
        cmocka_unit_test(effects_on_the_data),
        cmocka_unit_test_setup_teardown(a_bulletin_is_kept_once, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nothing_is_kept_of_what_contradicts, make_folder, remove_folder),
    };

    return cmocka_run_group_tests_name("bulletin", tests, NULL, NULL);
}
