/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One profile over another: maps are joined, one level below the top as well; lists and values are replaced
 * as a whole; a key without a value takes the other's away. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scpi/profile_parts.h"

struct mb_like {
    struct mb_document *base;
    struct mb_node root;
    bool *joined; /* parallel to root.items: this map's arrays are ours */
};

/* Room for all of both; the texts stay where they are. */
static int map_init(struct mb_node *map, const struct mb_node *own, size_t extra, struct mb_error *err)
{
    size_t n = own->count + extra + 1;

    *map = *own;
    map->count = 0;
    map->keys = calloc(n, sizeof *map->keys);
    map->items = calloc(n, sizeof *map->items);
    if (map->keys && map->items)
        return 0;
    free(map->keys);
    free(map->items);
    map->keys = map->items = NULL;
    return mb_error_set(err, -ENOMEM, "out of memory for a profile");
}

static void map_add(struct mb_node *map, const struct mb_node *key, const struct mb_node *item)
{
    map->keys[map->count] = *key;
    map->items[map->count++] = *item;
}

static int join_maps(const struct mb_node *own, const struct mb_node *base, struct mb_node *ret,
                     struct mb_error *err)
{
    int r = map_init(ret, own, base->count, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < own->count; i++)
        if (own->items[i].kind != MB_NODE_NULL)
            map_add(ret, &own->keys[i], &own->items[i]);
    for (size_t i = 0; i < base->count; i++)
        if (!mb_node_get(own, base->keys[i].text))
            map_add(ret, &base->keys[i], &base->items[i]);
    return 0;
}

/* What the joined maps of the top hold in both files is joined too. */
static int join_children(struct mb_like *like, const struct mb_node *own, const struct mb_node *base,
                         struct mb_error *err)
{
    int r = 0;

    like->joined = calloc(like->root.count + 1, sizeof *like->joined);
    if (!like->joined)
        return mb_error_set(err, -ENOMEM, "out of memory for a profile");
    for (size_t i = 0; r == 0 && i < like->root.count; i++) {
        const struct mb_node *ours = mb_node_get(own, like->root.keys[i].text);
        const struct mb_node *theirs = mb_node_get(base, like->root.keys[i].text);

        if (!ours || !theirs || ours->kind != MB_NODE_MAP || theirs->kind != MB_NODE_MAP)
            continue;
        r = join_maps(ours, theirs, &like->root.items[i], err);
        like->joined[i] = r == 0;
    }
    return r;
}

/* What a file must say for itself: it is another product, and another source may be as good or not. */
static int check_own(const struct mb_node *own, struct mb_error *err)
{
    static const char *const needed[] = {"id", "models", "maturity", "source"};
    const struct mb_node *profile = mb_node_get(own, "profile");

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!mb_node_get(profile, needed[i]))
            return mb_node_error(profile ? profile : own, err,
                                 "a profile that is like another one must give its own profile: %s",
                                 needed[i]);
    return 0;
}

int mb_like_new(const struct mb_node *own, const struct mb_node *base, struct mb_document *base_document,
                struct mb_like **ret, struct mb_error *err)
{
    struct mb_like *like;
    int r;

    if (base->kind != MB_NODE_MAP || mb_node_get(base, "like"))
        r = mb_node_error(mb_node_get(own, "like"), err,
                          "that profile is itself like another one; name the first");
    else
        r = check_own(own, err);
    if (r < 0) {
        (void)mb_document_free(base_document);
        return r;
    }
    like = calloc(1, sizeof *like);
    if (!like) {
        (void)mb_document_free(base_document);
        return mb_error_set(err, -ENOMEM, "out of memory for a profile");
    }
    like->base = base_document;
    r = join_maps(own, base, &like->root, err);
    if (r == 0)
        r = join_children(like, own, base, err);
    if (r < 0) {
        (void)mb_like_free(like);
        return r;
    }
    *ret = like;
    return 0;
}

const struct mb_node *mb_like_root(const struct mb_like *like)
{
    return &like->root;
}

struct mb_like *mb_like_free(struct mb_like *like)
{
    if (!like)
        return NULL;
    for (size_t i = 0; like->joined && i < like->root.count; i++)
        if (like->joined[i]) {
            free(like->root.items[i].keys);
            free(like->root.items[i].items);
        }
    free(like->joined);
    free(like->root.keys);
    free(like->root.items);
    (void)mb_document_free(like->base);
    free(like);
    return NULL;
}
