/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test sheet that a run's accepted readings make. A table says where each kind of reading goes. */
#include <errno.h>
#include <string.h>

#include "record/internal.h"
#include "document/number_json.h"

#define ITEMS_MAX 32

enum place {
    PLACE_MAP,     /* the values become the map at path */
    PLACE_LIST,    /* one element of the list at path */
    PLACE_NUMBER,  /* value "r_ohm" becomes the number at path */
    PLACE_COOLANT, /* value "coolant_c" does */
};

static const struct {
    const char *store;
    enum place place;
    const char *section, *key; /* key NULL: the section itself; "forward.motor": a map in a map */
} places[] = {
    {"cold", PLACE_MAP, "cold", NULL},
    {"rated_load", PLACE_MAP, "rated_load", NULL},
    {"rated_load.r_ohm", PLACE_NUMBER, "rated_load", "r_ohm"},
    {"cooling", PLACE_LIST, "cooling", NULL},
    {"load.r_before_ohm", PLACE_NUMBER, "load", "r_before_ohm"},
    {"load.r_after_ohm", PLACE_NUMBER, "load", "r_after_ohm"},
    {"load.points", PLACE_LIST, "load", "points"},
    {"no_load.r_before_ohm", PLACE_NUMBER, "no_load", "r_before_ohm"},
    {"no_load.r_after_ohm", PLACE_NUMBER, "no_load", "r_after_ohm"},
    {"no_load.points", PLACE_LIST, "no_load", "points"},
    {"points", PLACE_LIST, "points", NULL},
    {"map.points", PLACE_LIST, "map", "points"},
    {"reduced_voltage.coolant_c", PLACE_COOLANT, "reduced_voltage", "coolant_c"},
    {"reduced_voltage.r_before_ohm", PLACE_NUMBER, "reduced_voltage", "r_before_ohm"},
    {"reduced_voltage.r_after_ohm", PLACE_NUMBER, "reduced_voltage", "r_after_ohm"},
    {"reduced_voltage.points", PLACE_LIST, "reduced_voltage", "points"},
    {"removed_rotor.points", PLACE_LIST, "removed_rotor", "points"},
    {"removed_rotor.r_ohm", PLACE_NUMBER, "removed_rotor", "r_ohm"},
    {"reverse_rotation.points", PLACE_LIST, "reverse_rotation", "points"},
    {"reverse_rotation.r_ohm", PLACE_NUMBER, "reverse_rotation", "r_ohm"},
    {"open_circuit.points", PLACE_LIST, "open_circuit", "points"},
    {"short_circuit.points", PLACE_LIST, "short_circuit", "points"},
    {"short_circuit.r_ohm", PLACE_NUMBER, "short_circuit", "r_ohm"},
    {"back_to_back.forward", PLACE_MAP, "back_to_back", "forward"},
    {"back_to_back.forward.motor", PLACE_MAP, "back_to_back", "forward.motor"},
    {"back_to_back.forward.motor.r_ohm", PLACE_NUMBER, "back_to_back", "forward.motor.r_ohm"},
    {"back_to_back.forward.generator", PLACE_MAP, "back_to_back", "forward.generator"},
    {"back_to_back.forward.generator.r_ohm", PLACE_NUMBER, "back_to_back", "forward.generator.r_ohm"},
    {"back_to_back.reversed", PLACE_MAP, "back_to_back", "reversed"},
    {"back_to_back.reversed.motor", PLACE_MAP, "back_to_back", "reversed.motor"},
    {"back_to_back.reversed.motor.r_ohm", PLACE_NUMBER, "back_to_back", "reversed.motor.r_ohm"},
    {"back_to_back.reversed.generator", PLACE_MAP, "back_to_back", "reversed.generator"},
    {"back_to_back.reversed.generator.r_ohm", PLACE_NUMBER, "back_to_back", "reversed.generator.r_ohm"},
    {"zero_power_factor.points", PLACE_LIST, "zero_power_factor", "points"},
    {"converter.load.points", PLACE_LIST, "converter", "load.points"},
    {"converter.load.r_before_ohm", PLACE_NUMBER, "converter", "load.r_before_ohm"},
    {"converter.load.r_after_ohm", PLACE_NUMBER, "converter", "load.r_after_ohm"},
    {"converter.no_load.points", PLACE_LIST, "converter", "no_load.points"},
    {"converter.no_load.r_before_ohm", PLACE_NUMBER, "converter", "no_load.r_before_ohm"},
    {"converter.no_load.r_after_ohm", PLACE_NUMBER, "converter", "no_load.r_after_ohm"},
    {"locked_rotor", PLACE_MAP, "locked_rotor", NULL},
    {"locked_rotor.r_ohm", PLACE_NUMBER, "locked_rotor", "r_ohm"},
};

#define PLACE_COUNT (sizeof places / sizeof places[0])

/* The object or list under key, made when it is not there. */
static json_t *child(json_t *parent, const char *key, bool list)
{
    json_t *found = json_object_get(parent, key);

    if (found)
        return found;
    (void)json_object_set_new(parent, key, list ? json_array() : json_object());
    return json_object_get(parent, key);
}

/* A quantity without a value is left out: the sheet has no null. */
static json_t *values_given(const json_t *values)
{
    json_t *copy = json_object(), *value;
    const char *key;

    json_object_foreach((json_t *)values, key, value) if (!json_is_null(value))(void)
        json_object_set(copy, key, value);
    return copy;
}

static size_t place_of(const json_t *entry)
{
    const char *store = json_string_value(json_object_get(entry, "store"));
    size_t i = 0;

    while (i < PLACE_COUNT && !(store && strcmp(places[i].store, store) == 0))
        i++;
    return i;
}

/* -------------------------------------------------- what no longer counts */

static void replace(json_t *reading, const json_t *by)
{
    if (!json_object_get(reading, "replaced_by"))
        (void)json_object_set(reading, "replaced_by", json_object_get(by, "seq"));
}

/* A reading taken again has the store, and in a list the step and the index, of the first one. */
static void replace_earlier(json_t *latest, json_t *reading)
{
    size_t place = place_of(reading);
    const char *step = json_string_value(json_object_get(reading, "step"));
    const char *store = json_string_value(json_object_get(reading, "store"));
    /* Readings of an item that makes no sheet: "grounding/bond". */
    bool list = place == PLACE_COUNT ? store && strchr(store, '/') : places[place].place == PLACE_LIST;
    json_t *index = json_object_get(reading, "index"), *earlier;
    char key[160];

    if ((place == PLACE_COUNT && !list) || (list && !json_is_integer(index)))
        return;
    if (list)
        (void)snprintf(key, sizeof key, "%s/%s/%lld", store, step ? step : "",
                       (long long)json_integer_value(index));
    else
        (void)snprintf(key, sizeof key, "%s", places[place].store);
    earlier = json_object_get(latest, key);
    if (earlier)
        replace(earlier, reading);
    (void)json_object_set(latest, key, reading);
}

/* A run that goes on after a pause begins anew at an earlier step; the interrupted step says which stores are
 * void then. */
static void discard(json_t *entries, const json_t *interrupted, const json_t *by)
{
    json_t *store, *reading;
    size_t i, k;

    json_array_foreach(json_object_get(interrupted, "discards"), k, store)
        json_array_foreach(entries, i, reading)
    {
        if (reading == by)
            break;
        if (mb_json_text_is(reading, "type", "reading") &&
            json_equal(json_object_get(reading, "store"), store))
            replace(reading, by);
    }
}

/* From an item's beginning to its verdict, in entries; end 0: it lasts. */
struct item_span {
    char item[64];
    size_t begun, end;
};

static struct item_span *span_of(struct item_span spans[ITEMS_MAX], const json_t *entry)
{
    const char *item = json_string_value(json_object_get(entry, "item"));
    size_t i = 0;

    if (!item)
        return NULL;
    while (i < ITEMS_MAX && *spans[i].item && strcmp(spans[i].item, item) != 0)
        i++;
    if (i == ITEMS_MAX)
        return NULL;
    (void)snprintf(spans[i].item, sizeof spans[i].item, "%s", item);
    return &spans[i];
}

static void void_span(json_t *entries, const struct item_span *span, size_t end, const json_t *by)
{
    for (size_t i = span->begun; i < end; i++)
        if (mb_json_text_is(json_array_get(entries, i), "type", "reading"))
            replace(json_array_get(entries, i), by);
}

/* An item that is done again, or that ended without being valid, leaves nothing that counts. */
static void follow_item(json_t *entries, size_t i, struct item_span spans[ITEMS_MAX])
{
    const json_t *entry = json_array_get(entries, i);
    const char *state = json_string_value(json_object_get(entry, "state"));
    struct item_span *span = span_of(spans, entry);

    if (!span || !state)
        return;
    if (strcmp(state, "begun") == 0) {
        void_span(entries, span, span->end, entry);
        span->begun = span->end = i;
    } else if (strcmp(state, "judged") == 0) {
        span->end = i;
        if (json_is_true(json_object_get(entry, "void")))
            void_span(entries, span, i, entry);
    }
}

static json_int_t attempt_of(const json_t *step)
{
    return json_integer_value(json_object_get(step, "attempt"));
}

void mb_mark_replaced(json_t *entries)
{
    json_t *latest = json_object(), *entry, *step = NULL;
    struct item_span spans[ITEMS_MAX] = {0};
    size_t i;

    json_array_foreach(entries, i, entry)
    {
        if (mb_json_text_is(entry, "type", "reading"))
            replace_earlier(latest, entry);
        if (mb_json_text_is(entry, "type", "item")) {
            follow_item(entries, i, spans);
            step = NULL; /* a step of another item is not the one that was interrupted */
        }
        if (!mb_json_text_is(entry, "type", "step"))
            continue;
        if (step && attempt_of(entry) > attempt_of(step))
            discard(entries, step, entry);
        step = entry;
    }
    json_decref(latest);
}

/* -------------------------------------------------------------- the sheet */

static void set_number(json_t *parent, const char *key, const json_t *values, const char *name)
{
    if (json_object_get(values, name))
        (void)json_object_set(parent, key, json_object_get(values, name));
}

static void place_reading(json_t *sheet, const json_t *entry)
{
    size_t i = place_of(entry);
    json_t *values, *parent;
    const char *key;

    if (i == PLACE_COUNT || json_object_get(entry, "replaced_by"))
        return;
    values = values_given(json_object_get(entry, "values"));
    parent = places[i].key ? child(sheet, places[i].section, false) : sheet;
    key = places[i].key ? places[i].key : places[i].section;
    for (const char *dot; (dot = strchr(key, '.')) != NULL; key = dot + 1) {
        char name[32];

        (void)snprintf(name, sizeof name, "%.*s", (int)(dot - key), key);
        parent = child(parent, name, false);
    }
    if (places[i].place == PLACE_LIST)
        (void)json_array_append(child(parent, key, true), values);
    else if (places[i].place == PLACE_MAP)
        (void)json_object_update(child(parent, key, false), values); /* its resistance may be there already */
    else
        set_number(parent, key, values, places[i].place == PLACE_COOLANT ? "coolant_c" : "r_ohm");
    if (places[i].place == PLACE_NUMBER) /* what the winding sensor read with it, where that matters */
        set_number(parent, "winding_c", values, "winding_c");
    json_decref(values);
}

int mb_record_sheet(const json_t *document, json_t **ret, struct mb_error *err)
{
    json_t *sheet = json_object(), *entry;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry)
    {
        if (mb_json_text_is(entry, "type", "run") && json_object_get(entry, "sheet") &&
            json_object_get(entry, "motor")) {
            (void)json_object_set(sheet, "sheet", json_object_get(entry, "sheet"));
            (void)json_object_set(sheet, "motor", json_object_get(entry, "motor"));
            if (json_object_get(entry, "sample"))
                (void)json_object_set(sheet, "sample", json_object_get(entry, "sample"));
        }
        if (mb_json_text_is(entry, "type", "reading"))
            place_reading(sheet, entry);
    }
    if (!json_object_get(sheet, "sheet")) {
        json_decref(sheet);
        return mb_error_set(err, -ENODATA, "the record has no run entry that names a method and a motor");
    }
    *ret = sheet;
    return 0;
}
