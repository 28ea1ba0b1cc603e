/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet and the items that a run's readings make, and what counts no longer. */
#include "support/test.h"

#include <string.h>

#include "support/store_fixture.h"

static void test_sheet(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *document, *sheet, *points;

    append(f, record, 0, "run",
           json_pack("{s:{s:s, s:s}, s:{s:s}}", "sheet", "method", "2-1-1B", "standard", "GB/T 1032-2023",
                     "motor", "id", "x"));
    append(f, record, 1, "reading", reading("cold", 0, json_pack("{s:f}", "resistance_ohm", 0.5)));
    append(f, record, 2, "reading", reading("load.r_before_ohm", 0, json_pack("{s:f}", "r_ohm", 0.8821)));
    append(f, record, 3, "reading", reading("load.points", 0, json_pack("{s:f}", "u_v", 400.0)));
    append(f, record, 4, "reading", reading("load.points", 1, json_pack("{s:f, s:n}", "u_v", 401.0, "s_va")));
    append(f, record, 5, "rejected", reading("load.points", 2, json_pack("{s:f}", "u_v", 1.0)));
    append(f, record, 6, "reading", reading("load.points", 0, json_pack("{s:f}", "u_v", 402.0)));
    append(f, record, 7, "reading", reading("monitor", 0, json_pack("{s:f}", "frame_c", 50.0)));
    document = load(f, mb_record_uuid(record));
    sheet = json_object_get(document, "sheet");
    assert_true(json_real_value(json_object_get(json_object_get(sheet, "load"), "r_before_ohm")) == 0.8821);
    points = json_object_get(json_object_get(sheet, "load"), "points");
    assert_int_equal(json_array_size(points), 2);
    /* point 0 was taken again: it stands where it was taken last */
    assert_true(json_real_value(json_object_get(json_array_get(points, 1), "u_v")) == 402.0);
    assert_true(json_real_value(json_object_get(json_array_get(points, 0), "u_v")) == 401.0);
    assert_null(json_object_get(json_array_get(points, 0), "s_va"));
    assert_null(json_object_get(sheet, "monitor"));
    json_decref(document);
    (void)mb_record_free(record);
}

/* Sections of other methods: one reading to which a resistance comes later, and a list of its own. */
static void test_sheet_of_other_methods(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *document, *locked, *reduced, *removed, *forward;

    append(f, record, 0, "run",
           json_pack("{s:{s:s, s:s}, s:{s:s}}", "sheet", "method", "2-1-1H", "standard", "GB/T 1032-2023",
                     "motor", "id", "x"));
    append(f, record, 1, "reading",
           reading("locked_rotor", 0, json_pack("{s:f, s:f}", "u_v", 68.0, "i_a", 20.0)));
    append(f, record, 2, "reading", reading("locked_rotor.r_ohm", 0, json_pack("{s:f}", "r_ohm", 0.17)));
    append(f, record, 3, "reading", reading("points", 0, json_pack("{s:f}", "speed_percent", 90.0)));
    append(f, record, 4, "reading", reading("points", 1, json_pack("{s:f}", "speed_percent", 50.0)));
    append(f, record, 5, "reading",
           reading("reduced_voltage.coolant_c", 0, json_pack("{s:f, s:f}", "u_v", 240.0, "coolant_c", 22.5)));
    append(f, record, 6, "reading",
           reading("removed_rotor.r_ohm", 0, json_pack("{s:f, s:f}", "r_ohm", 0.57, "winding_c", 36.5)));
    /* Maps in maps; a resistance that comes before its map stays in it. */
    append(f, record, 7, "reading",
           reading("back_to_back.forward.motor.r_ohm", 0, json_pack("{s:f}", "r_ohm", 0.67)));
    append(f, record, 8, "reading",
           reading("back_to_back.forward.motor", 0, json_pack("{s:f}", "p_w", 12018.0)));
    append(f, record, 9, "reading",
           reading("back_to_back.forward", 0, json_pack("{s:f}", "coolant_c", 23.5)));
    document = load(f, mb_record_uuid(record));
    removed = json_object_get(json_object_get(document, "sheet"), "removed_rotor");
    assert_true(json_real_value(json_object_get(removed, "r_ohm")) == 0.57);
    assert_true(json_real_value(json_object_get(removed, "winding_c")) == 36.5); /* the sensor with it */
    forward = json_object_get(json_object_get(json_object_get(document, "sheet"), "back_to_back"), "forward");
    assert_true(json_real_value(json_object_get(forward, "coolant_c")) == 23.5);
    assert_true(json_real_value(json_object_get(json_object_get(forward, "motor"), "r_ohm")) == 0.67);
    assert_true(json_real_value(json_object_get(json_object_get(forward, "motor"), "p_w")) == 12018.0);
    reduced = json_object_get(json_object_get(document, "sheet"), "reduced_voltage");
    assert_int_equal(json_object_size(reduced), 1); /* of that reading the coolant alone */
    assert_true(json_real_value(json_object_get(reduced, "coolant_c")) == 22.5);
    locked = json_object_get(json_object_get(document, "sheet"), "locked_rotor");
    assert_true(json_real_value(json_object_get(locked, "u_v")) == 68.0);
    assert_true(json_real_value(json_object_get(locked, "r_ohm")) == 0.17);
    assert_int_equal(json_array_size(json_object_get(json_object_get(document, "sheet"), "points")), 2);
    json_decref(document);
    (void)mb_record_free(record);
}

static json_t *step_entry(const char *step, int attempt, const char *discards, const char *more)
{
    return json_pack("{s:s, s:i, s:[s, s]}", "step", step, "attempt", attempt, "discards", discards, more);
}

static json_t *item_entry(const char *item, int attempt, const char *state, bool is_void)
{
    return json_pack("{s:s, s:i, s:s, s:b, s:s*}", "item", item, "attempt", attempt, "state", state, "void",
                     is_void, "verdict",
                     strcmp(state, "judged") != 0 ? NULL
                     : is_void                    ? "INVALID"
                                                  : "PASS");
}

/* What an item has read that is done again, or that ended without being valid, counts no longer; other items'
 * readings do. */
static void test_items_done_again(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *document, *items, *entries;

    append(f, record, 0, "run",
           json_pack("{s:{s:s}, s:{s:s}}", "sheet", "method", "2-1-1B", "motor", "id", "x"));
    append(f, record, 1, "item", item_entry("thermal", 1, "begun", false));
    append(f, record, 2, "reading", reading("cooling", 0, json_pack("{s:f}", "r_ohm", 0.1)));
    append(f, record, 3, "item", item_entry("thermal", 1, "judged", true));
    append(f, record, 4, "item", item_entry("noise", 1, "begun", false));
    append(f, record, 5, "reading", reading("noise/level", 0, json_pack("{s:f}", "l_db", 70.0)));
    append(f, record, 6, "item", item_entry("noise", 1, "judged", false));
    append(f, record, 7, "item", item_entry("rating", 1, "begun", false));
    append(f, record, 8, "reading", reading("rating/slip", 0, json_pack("{s:f}", "slip", 0.02)));
    append(f, record, 9, "item", item_entry("rating", 1, "judged", false));
    append(f, record, 10, "item", item_entry("noise", 2, "begun", false));
    document = load(f, mb_record_uuid(record));
    entries = json_object_get(document, "entries");
    items = json_object_get(document, "items");
    assert_null(json_object_get(json_object_get(document, "sheet"), "cooling"));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(entries, 6), "replaced_by")), 12);
    assert_null(json_object_get(json_array_get(entries, 9), "replaced_by"));
    assert_int_equal(json_array_size(items), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 0), "verdict")), "INVALID");
    assert_string_equal(json_string_value(json_object_get(json_array_get(items, 1), "state")), "running");
    assert_null(
        json_object_get(json_array_get(items, 1), "verdict")); /* of an attempt that counts no longer */
    json_decref(document);
    (void)mb_record_free(record);
}

/* Interrupted in "load", the run goes on with attempt 2 at an earlier step: the discards of "load" are void,
 * those of steps that were not interrupted are not. */
static void test_sheet_discards(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *document, *sheet, *load_section, *entries;

    append(f, record, 0, "run",
           json_pack("{s:{s:s}, s:{s:s}}", "sheet", "method", "2-1-1B", "motor", "id", "x"));
    append(f, record, 1, "reading", reading("cooling", 0, json_pack("{s:f}", "r_ohm", 0.1)));
    append(f, record, 2, "step", step_entry("load-before", 1, "load.r_before_ohm", "x"));
    append(f, record, 3, "reading", reading("load.r_before_ohm", 0, json_pack("{s:f}", "r_ohm", 0.3)));
    append(f, record, 4, "step", step_entry("load", 1, "load.r_before_ohm", "load.points"));
    append(f, record, 5, "reading", reading("load.points", 0, json_pack("{s:f}", "u_v", 400.0)));
    append(f, record, 6, "reading", reading("load.points", 1, json_pack("{s:f}", "u_v", 401.0)));
    append(f, record, 7, "step", step_entry("load-before", 2, "load.r_before_ohm", "x"));
    append(f, record, 8, "reading", reading("load.r_before_ohm", 0, json_pack("{s:f}", "r_ohm", 0.4)));
    append(f, record, 9, "step", step_entry("load", 2, "load.r_before_ohm", "load.points"));
    append(f, record, 10, "reading", reading("load.points", 0, json_pack("{s:f}", "u_v", 402.0)));
    document = load(f, mb_record_uuid(record));
    sheet = json_object_get(document, "sheet");
    load_section = json_object_get(sheet, "load");
    assert_int_equal(json_array_size(json_object_get(sheet, "cooling")), 1);
    assert_true(json_real_value(json_object_get(load_section, "r_before_ohm")) == 0.4);
    assert_int_equal(json_array_size(json_object_get(load_section, "points")), 1);
    entries = json_object_get(document, "entries");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(entries, 7), "replaced_by")), 9);
    assert_null(json_object_get(json_array_get(entries, 11), "replaced_by"));
    json_decref(document);
    (void)mb_record_free(record);
}

/* Of a record that another program wrote, or that is damaged: it is read, and verification tells. */
static void test_items_without_state(void **state)
{
    struct fixture *f = *state;
    struct mb_record *record = create(f);
    json_t *document, *items;

    append(f, record, 0, "item", json_pack("{s:s}", "item", "rotation"));
    append(f, record, 1, "item", json_pack("{s:s, s:i}", "item", "noise", "state", 3));
    document = load(f, mb_record_uuid(record));
    items = json_object_get(document, "items");
    assert_int_equal(json_array_size(items), 2);
    assert_null(json_object_get(json_array_get(items, 0), "state"));
    json_decref(document);
    (void)mb_record_free(record);
}

#define IN_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_STORE(test_sheet),
        IN_STORE(test_sheet_of_other_methods),
        IN_STORE(test_sheet_discards),
        IN_STORE(test_items_done_again),
        IN_STORE(test_items_without_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
