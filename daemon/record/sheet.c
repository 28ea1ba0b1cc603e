/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test sheet that a run's accepted readings make. A table says where each kind of reading goes. */
#include <errno.h>
#include <string.h>

#include "record/record.h"

enum place {
    PLACE_MAP,    /* the values become the map at path */
    PLACE_LIST,   /* one element of the list at path */
    PLACE_NUMBER, /* value "r_ohm" becomes the number at path */
};

static const struct {
    const char *store;
    enum place place;
    const char *section, *key; /* key NULL: the section itself */
} places[] = {
    {"cold", PLACE_MAP, "cold", NULL},
    {"rated_load", PLACE_MAP, "rated_load", NULL},
    {"cooling", PLACE_LIST, "cooling", NULL},
    {"load.r_before_ohm", PLACE_NUMBER, "load", "r_before_ohm"},
    {"load.r_after_ohm", PLACE_NUMBER, "load", "r_after_ohm"},
    {"load.points", PLACE_LIST, "load", "points"},
    {"no_load.r_before_ohm", PLACE_NUMBER, "no_load", "r_before_ohm"},
    {"no_load.r_after_ohm", PLACE_NUMBER, "no_load", "r_after_ohm"},
    {"no_load.points", PLACE_LIST, "no_load", "points"},
};

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

    json_object_foreach((json_t *)values, key, value)
        if (!json_is_null(value))
            (void)json_object_set(copy, key, value);
    return copy;
}

/* A reading taken again has the step and the index of the first one, and takes its place. */
static json_t *list_slot(json_t *order, json_t *list, const json_t *entry)
{
    const char *step = json_string_value(json_object_get(entry, "step"));
    json_t *index = json_object_get(entry, "index"), *position;
    char key[160];

    if (!json_is_integer(index))
        return NULL;
    (void)snprintf(key, sizeof key, "%s/%s/%lld", json_string_value(json_object_get(entry, "store")), step ? step : "",
                   (long long)json_integer_value(index));
    position = json_object_get(order, key);
    if (position)
        return position;
    (void)json_object_set_new(order, key, json_integer((json_int_t)json_array_size(list)));
    return NULL;
}

static void place_reading(json_t *sheet, json_t *order, size_t i, const json_t *entry)
{
    json_t *values = values_given(json_object_get(entry, "values"));
    json_t *parent = places[i].key ? child(sheet, places[i].section, false) : sheet;
    const char *key = places[i].key ? places[i].key : places[i].section;

    if (places[i].place == PLACE_LIST) {
        json_t *list = child(parent, key, true);
        json_t *slot = list_slot(order, list, entry);

        if (slot)
            (void)json_array_set(list, (size_t)json_integer_value(slot), values);
        else
            (void)json_array_append(list, values);
    } else if (places[i].place == PLACE_MAP)
        (void)json_object_set(parent, key, values);
    else if (json_object_get(values, "r_ohm"))
        (void)json_object_set(parent, key, json_object_get(values, "r_ohm"));
    json_decref(values);
}

static void place_entry(json_t *sheet, json_t *order, const json_t *entry)
{
    const char *store = json_string_value(json_object_get(entry, "store"));

    for (size_t i = 0; store && i < sizeof places / sizeof places[0]; i++)
        if (strcmp(places[i].store, store) == 0)
            place_reading(sheet, order, i, entry);
}

/* Also what is known of the places that readings had there. */
static void discard_store(json_t *sheet, json_t *order, const char *store)
{
    size_t n = strlen(store);
    const char *key;
    json_t *unused;
    void *next;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(places[i].store, store) == 0)
            (void)json_object_del(places[i].key ? json_object_get(sheet, places[i].section) : sheet,
                                  places[i].key ? places[i].key : places[i].section);
    json_object_foreach_safe(order, next, key, unused)
        if (strncmp(key, store, n) == 0 && key[n] == '/')
            (void)json_object_del(order, key);
}

/* A step that starts again says with "discards": [store, ...] what of the earlier attempt no longer counts. */
static void discard(json_t *sheet, json_t *order, const json_t *entry)
{
    json_t *store;
    size_t i;

    json_array_foreach(json_object_get(entry, "discards"), i, store)
        if (json_is_string(store))
            discard_store(sheet, order, json_string_value(store));
}

static bool has_type(const json_t *entry, const char *type)
{
    const char *text = json_string_value(json_object_get(entry, "type"));

    return text && strcmp(text, type) == 0;
}

int mb_record_sheet(const json_t *document, json_t **ret, struct mb_error *err)
{
    json_t *sheet = json_object(), *order = json_object(), *entry;
    size_t i;

    json_array_foreach(json_object_get(document, "entries"), i, entry) {
        if (has_type(entry, "run") && json_object_get(entry, "sheet") && json_object_get(entry, "motor")) {
            (void)json_object_set(sheet, "sheet", json_object_get(entry, "sheet"));
            (void)json_object_set(sheet, "motor", json_object_get(entry, "motor"));
        }
        if (has_type(entry, "reading"))
            place_entry(sheet, order, entry);
        else
            discard(sheet, order, entry);
    }
    json_decref(order);
    if (!json_object_get(sheet, "sheet")) {
        json_decref(sheet);
        return mb_error_set(err, -ENODATA, "the record has no run entry that names a method and a motor");
    }
    *ret = sheet;
    return 0;
}
