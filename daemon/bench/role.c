/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/role.h"

#include <string.h>

#define AT(member) offsetof(struct mb_bench_setting, member)
/* Roles that are one instrument (index, -1 none) and roles that are a channel or a person. */
static const struct {
    const char *name;
    size_t offset;
} actors[] = {{"analyser", AT(analyser)},
              {"supply", AT(supply_source)},
              {"load", AT(load_machine)},
              {"excitation", AT(excitation)},
              {"partner-analyser", AT(partner_analyser)}},
  sources[] = {{"ohmmeter", AT(ohmmeter)}, {"torque", AT(torque)},
               {"speed", AT(speed)},       {"coolant", AT(coolant)},
               {"winding", AT(winding)},   {"vibration", AT(vibration)},
               {"sound", AT(sound)},       {"partner-ohmmeter", AT(partner_ohmmeter)}};
#undef AT

bool mb_bench_has_role(const struct mb_bench_setting *setting, const char *role)
{
    if (strcmp(role, "safety-tester") == 0)
        return setting->safety_tester_count > 0;
    for (size_t i = 0; i < sizeof actors / sizeof actors[0]; i++)
        if (strcmp(actors[i].name, role) == 0)
            return *(const int *)((const char *)setting + actors[i].offset) >= 0;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (strcmp(sources[i].name, role) == 0) {
            const struct mb_bench_source *s =
                (const struct mb_bench_source *)((const char *)setting + sources[i].offset);

            return s->manual || s->instrument >= 0;
        }
    return false;
}
