/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "modbus/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b, void *userdata)
{
    const struct mb_modbus_value *values = userdata;
    const struct mb_modbus_place *x = &values[*(const size_t *)a].place,
                                 *y = &values[*(const size_t *)b].place;

    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    return (x->address > y->address) - (x->address < y->address);
}

/* Takes the place into the block where it still fits. */
static bool join(const struct mb_modbus_profile *p, struct mb_modbus_block *block,
                 const struct mb_modbus_place *place)
{
    const int end = place->address + (int)mb_modbus_place_width(place);
    const int block_end = block->address + block->count;

    if ((int)block->space != place->space || place->address > block_end + p->fill ||
        end - block->address > p->largest_read)
        return false;
    if (end > block_end)
        block->count = end - block->address;
    return true;
}

int mb_modbus_plan_make(const struct mb_modbus_profile *p, struct mb_modbus_plan *ret)
{
    const size_t places = p->value_count ? p->value_count : 1;
    size_t *order = calloc(places, sizeof *order);
    struct mb_modbus_block *block = NULL;

    *ret = (struct mb_modbus_plan){.blocks = calloc(places, sizeof *ret->blocks),
                                   .where = calloc(places, sizeof *ret->where)};
    if (!order || !ret->blocks || !ret->where) {
        free(order);
        return -ENOMEM;
    }
    for (size_t i = 0; i < p->value_count; i++)
        order[i] = i;
    qsort_r(order, p->value_count, sizeof *order, compare, p->values);
    for (size_t i = 0; i < p->value_count; i++) {
        const struct mb_modbus_place *place = &p->values[order[i]].place;

        if (!block || !join(p, block, place)) {
            block = &ret->blocks[ret->block_count++];
            *block = (struct mb_modbus_block){.space = (enum mb_modbus_space)place->space,
                                              .address = place->address,
                                              .count = (int)mb_modbus_place_width(place)};
        }
        ret->where[order[i]] = (struct mb_modbus_where){.block = ret->block_count - 1,
                                                        .offset = place->address - block->address};
    }
    free(order);
    return 0;
}

void mb_modbus_plan_done(struct mb_modbus_plan *plan)
{
    free(plan->blocks);
    free(plan->where);
    *plan = (struct mb_modbus_plan){0};
}

static bool fits(const struct mb_modbus_invalid *v, unsigned width, uint32_t bits, double value)
{
    return (v->width > 0 && v->width == width && v->bits == bits) || (v->has_above && value > v->above) ||
           (v->has_below && value < v->below);
}

struct mb_modbus_sample mb_modbus_judge(const struct mb_modbus_profile *p,
                                        const struct mb_modbus_value *value, const uint16_t *registers)
{
    const enum mb_modbus_type type = (enum mb_modbus_type)value->place.type;
    const enum mb_modbus_order order = (enum mb_modbus_order)value->place.order;
    const uint32_t bits = mb_modbus_bits(type, order, registers);
    struct mb_modbus_sample sample = {.value = mb_modbus_decode(type, order, registers) * value->factor +
                                               value->offset};

    for (size_t i = 0; i < p->invalid_count; i++)
        if (fits(&p->invalid[i], mb_modbus_width(type), bits, sample.value)) {
            sample.validity = (enum mb_validity)p->invalid[i].validity;
            return sample;
        }
    /* What no row explains is still no number. */
    if (isnan(sample.value))
        sample.validity = MB_NO_DATA;
    else if (isinf(sample.value))
        sample.validity = MB_OVER_RANGE;
    return sample;
}
