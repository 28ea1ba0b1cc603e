/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One gadget in the kernel's configfs with one FunctionFS function, mounted below /run. Steps: make, serve
 * the mounted folder (functionfs.h), bind; at the end unbind, stop serving, remove. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct sim_configfs {
    char name[64]; /* "motorbench-analyser": of the gadget and of its FunctionFS */
    char udc[64];  /* "": not bound yet; else the controller that unplug and replug use */
    bool made;
};

struct sim_configfs_identity {
    uint16_t vendor, product;
    const char *manufacturer, *model, *serial;
};

/* The folder where the FunctionFS is mounted. */
void sim_configfs_folder(const struct sim_configfs *c, char *ret, size_t size);
/* What an earlier process left behind under this name is removed first; -EBUSY where it is still served. */
int sim_configfs_make(struct sim_configfs *c, const char *name, const struct sim_configfs_identity *identity,
                      struct mb_error *err);
/* Plugs in: to the controller of before, or to the first that is free. */
int sim_configfs_bind(struct sim_configfs *c, struct mb_error *err);
/* Pulls the plug. */
int sim_configfs_unbind(struct sim_configfs *c, struct mb_error *err);
void sim_configfs_remove(struct sim_configfs *c);
