/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/data.h"

struct inner {
    int poles;
};

struct sample {
    double power_w, share;
    bool share_given, flag;
    char *name;
    int kind;
    struct inner inner;
    const struct mb_node *list;
};

static const char *const kinds[] = {"alpha", "beta", NULL};
static const struct mb_field inner_fields[] = {
    {"poles", MB_FIELD_INTEGER, offsetof(struct inner, poles), .required = true, .minimum = 2,
     .maximum = 100},
    {0},
};
static const struct mb_field fields[] = {
    {"power_w", MB_FIELD_NUMBER, offsetof(struct sample, power_w), .required = true, .maximum = 1e9,
     .exclusive_minimum = true},
    {"share", MB_FIELD_NUMBER, offsetof(struct sample, share), .maximum = 1,
     .present_offset = offsetof(struct sample, share_given)},
    {"name", MB_FIELD_STRING, offsetof(struct sample, name)},
    {"flag", MB_FIELD_BOOL, offsetof(struct sample, flag)},
    {"kind", MB_FIELD_CHOICE, offsetof(struct sample, kind), .choices = kinds},
    {"inner", MB_FIELD_MAP, offsetof(struct sample, inner), .fields = inner_fields},
    {"list", MB_FIELD_NODE, offsetof(struct sample, list)},
    {0},
};

static int read_text(const char *text, struct sample *sample, struct mb_error *err)
{
    struct mb_document *document = NULL;
    int r = mb_document_parse("x.yaml", text, strlen(text), &document, err);

    *sample = (struct sample){0};
    if (r == 0)
        r = mb_node_read(mb_document_root(document), fields, sample, err);
    sample->list = NULL;
    mb_document_free(document);
    return r;
}

static void fills_a_struct(void **state)
{
    struct sample s;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(
        read_text("power_w: 7.5e3\nname: \"12\"\nflag: true\nkind: beta\ninner: {poles: 4}\nshare: 0.5\n", &s,
                  &err),
        0);
    assert_true(s.power_w == 7500 && s.share == 0.5 && s.share_given && s.flag);
    assert_string_equal(s.name, "12");
    assert_int_equal(s.kind, 1);
    assert_int_equal(s.inner.poles, 4);
    free(s.name);
}

/* JSON is YAML: records come back through the same reader. */
static void reads_json(void **state)
{
    struct sample s;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(
        read_text("{\"power_w\": 1.5e-05, \"name\": \"x\", \"inner\": {\"poles\": 2}}", &s, &err), 0);
    assert_true(s.power_w == 1.5e-05 && !s.share_given);
    free(s.name);
}

static void names_file_line_and_what_is_allowed(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"power_w: 7500 W\n", "x.yaml:1: '7500 W' is not a number"},
        {"power_w: 1,5\n", "x.yaml:1: '1,5' is not a number"},
        {"\npower_w: 1e400\n", "x.yaml:2: '1e400' is too large"},
        {"power_w: 0x1p3\n", "is not a number"},
        {"power_w: .nan\n", "is not a number"},
        {"power_w: .inf\n", "is not a number"},
        {"power_w: \"5\"\n", "is not a number"},
        {"power_w: 0\n", "allowed: above 0 to 1e+09"},
        {"power_w: -1\n", "allowed: above 0"},
        {"power_kw: 7.5\n", "unknown key 'power_kw'; the unit is part of the name: 'power_w'"},
        {"power_w: 1\nfoo: 2\n", "x.yaml:2: unknown key 'foo', allowed: power_w, share"},
        {"{power_w: 3,50}\n",
         "x.yaml:1: unknown key '50'; in a number the decimal mark is a point, no comma"},
        {"name: x\n", "x.yaml:1: 'power_w' is missing here"},
        {"power_w: 1\npower_w: 2\n", "x.yaml:2: key 'power_w' stands twice, first in line 1"},
        {"power_w: 1\nflag: yes\n", "only true or false"},
        {"power_w: 1\nkind: gamma\n", "'gamma' is not known, allowed: alpha, beta"},
        {"power_w: 1\ninner: {poles: 3.5}\n", "'3.5' is not a whole number"},
        {"power_w: 1\ninner: {poles: 1}\n", "out of range"},
        {"power_w: 1\ninner: [1]\n", "a map of 'key: value' is expected here, not a list"},
        {"power_w: [1]\n", "a number is expected here, not a list"},
        {"power_w:\n", "'power_w' has no value"},
        {"power_w: 1\nname: \"\"\n", "empty text"},
        {"power_w: &a 1\n", "anchors, aliases and tags are not allowed"},
        {"a: !!int 1\n", "anchors, aliases and tags are not allowed"},
        {"a: &x [1]\nb: [*x,*x]\n", "anchors, aliases and tags are not allowed"},
        {"power_w: 1\n---\npower_w: 2\n", "more than one document"},
        {"power_w: [1\n", "not well-formed YAML"},
        {"{a: 1}: 2\n", "a key must be a plain word"},
        {"", "the file is empty"},
        {"power_w: \"a\\0b\"\n", "NUL byte"},
        {"- [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "nested deeper"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample s;
        struct mb_error err = {""};
        int r = read_text(cases[i].text, &s, &err);

        free(s.name);
        if (r != -EINVAL || !strstr(err.text, cases[i].message))
            fail_msg("case %zu: %d '%s', expected '%s'", i, r, err.text, cases[i].message);
    }
}

static void a_file_of_zeros_is_one_line(void **state)
{
    char zeros[512] = {0};
    struct mb_document *document = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_document_parse("z.yaml", zeros, sizeof zeros, &document, &err), -EINVAL);
    assert_non_null(strstr(err.text, "z.yaml:1: not well-formed YAML"));
}

static void files_that_cannot_be_read(void **state)
{
    struct mb_document *document = NULL;
    struct mb_error err = {""};

    (void)state;
    assert_int_equal(mb_document_load("/nonexistent/a.yaml", &document, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/a.yaml: cannot be opened: No such file"));
    assert_int_equal(mb_document_load("/", &document, &err), -EINVAL);
    assert_non_null(strstr(err.text, "not a regular file"));
}

static void lists_of_maps(void **state)
{
    static const char text[] = "- {poles: 2}\n- {poles: 4}\n";
    struct mb_document *document = NULL;
    struct inner *items = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(mb_document_parse("l", text, strlen(text), &document, NULL), 0);
    assert_int_equal(mb_node_read_list(mb_document_root(document), inner_fields, sizeof *items, 2, NULL,
                                       (void **)&items, &count, NULL),
                     0);
    assert_int_equal(count, 2);
    assert_int_equal(items[1].poles, 4);
    free(items);
    assert_int_equal(mb_node_read_list(mb_document_root(document), inner_fields, sizeof *items, 1, NULL,
                                       (void **)&items, &count, NULL),
                     -EINVAL);
    mb_document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_a_struct),
        cmocka_unit_test(reads_json),
        cmocka_unit_test(names_file_line_and_what_is_allowed),
        cmocka_unit_test(a_file_of_zeros_is_one_line),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(lists_of_maps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
