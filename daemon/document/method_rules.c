/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which edition has which method, by which letter, for which motors (procedures A1.1, A2 to A6). Marks are of
 * procedures.md; no row was compared with a licensed copy. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "document/method.h"
#include "standard/catalogue.h"

#define KIND(name) (1u << MB_KIND_##name)
#define CAGE (KIND(THREE_PHASE_INDUCTION) | KIND(HV_CAGE_INDUCTION))
#define INDUCTION (CAGE | KIND(WOUND_ROTOR_INDUCTION))
#define SINGLE_PHASE                                                                                         \
    (KIND(SINGLE_PHASE_CAPACITOR_START) | KIND(SINGLE_PHASE_CAPACITOR_RUN) | KIND(SINGLE_PHASE_TWO_VALUE))
/* Motors that turn with their field, without a converter. */
#define SYNCHRONOUS                                                                                          \
    (KIND(THREE_PHASE_SYNCHRONOUS) | KIND(SINGLE_PHASE_SYNCHRONOUS) | KIND(THREE_PHASE_PM_LINE_START))
#define CONVERTER_FED (KIND(CONVERTER_FED_INDUCTION) | KIND(PM_CONVERTER_FED))
#define ANY_POWER 0, INFINITY
#define LARGE_W 2e6 /* up to here, and above it, other methods are preferred [V:1] */
#define LIKE_2014 "as in the edition of 2014, the text of 2024 was not seen"
#define LIKE_2023 "as in the edition of 2023"
#define ASSIGNED "the additional load loss is the assigned allowance here"
#define REDUCED_NOTE "how the readings become those of rated voltage is from memory of the older IEC 60034-2"

/* method, standard, its own name for it, kinds, power from and to, voltage to, status, mark, sentence. */
const struct mb_method_rule mb_method_rules[] = {
    {"2-1-1A", "GB/T 1032-2023", "A", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1A", "GB/T 1032-2012", "A", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1A", "IEEE 112-2017", "A", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1B", "GB/T 1032-2023", "B", INDUCTION, 0, LARGE_W, INFINITY, MB_METHOD_PREFERRED, "V:1", ""},
    {"2-1-1B", "GB/T 1032-2023", "B", INDUCTION, LARGE_W, INFINITY, INFINITY, MB_METHOD_ALLOWED, "V:1",
     "above 2000 kW G1 is preferred"},
    {"2-1-1B", "GB/T 1032-2012", "B", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+", ""},
    {"2-1-1B", "IEEE 112-2017", "B", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1A", "IEC 60034-2-1:2024", "2-1-1A", INDUCTION | SINGLE_PHASE, ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1B", "IEC 60034-2-1:2024", "2-1-1B", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+", ""},
    {"2-1-1A", "IEC 60034-2-1:2014", "2-1-1A", INDUCTION | SINGLE_PHASE, ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1B", "IEC 60034-2-1:2014", "2-1-1B", INDUCTION, 0, LARGE_W, INFINITY, MB_METHOD_PREFERRED, "M+",
     ""},
    {"2-1-1B", "IEC 60034-2-1:2014", "2-1-1B", INDUCTION, LARGE_W, INFINITY, INFINITY, MB_METHOD_ALLOWED,
     "M+", "above 2 MW 2-1-1C is preferred"},
    {"2-1-1A", "CSA C390-10", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1B", "CSA C390-10", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+", ""},
    {"2-1-1B", "GB/T 22669-2008", "", KIND(THREE_PHASE_PM_LINE_START), ANY_POWER, INFINITY, MB_METHOD_ALLOWED,
     "M", "with slip 0 and constant losses as measured"},
    {"2-1-1A", "GB/T 22669-2008", "", KIND(THREE_PHASE_PM_LINE_START), ANY_POWER, INFINITY, MB_METHOD_ALLOWED,
     "M", ""},
    {"2-1-1A", "GB/T 9651-2022", "A", SINGLE_PHASE, ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+", ""},
    {"2-1-1A", "GB/T 5171.21-2016", "A", ~KIND(DC), ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+", ""},
    {"2-1-1A", "GB/T 13958-2022", "", KIND(PM_CONVERTER_FED) | KIND(THREE_PHASE_PM_LINE_START), ANY_POWER,
     INFINITY, MB_METHOD_ALLOWED, "M", "at synchronous speed"},
    {"2-1-1A", "GB/T 14481-2008", "", KIND(SINGLE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY, MB_METHOD_ALLOWED,
     "M", "at synchronous speed"},
    {"2-1-1C", "GB/T 1032-2023", "E1", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+",
     "the letter is from memory"},
    {"2-1-1C", "GB/T 1032-2012", "E1", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+",
     "the letter is from memory"},
    {"2-1-1C", "IEC 60034-2-1:2014", "2-1-1C", INDUCTION, 0, LARGE_W, INFINITY, MB_METHOD_ALLOWED, "M+",
     "preferred above 2 MW"},
    {"2-1-1C", "IEC 60034-2-1:2014", "2-1-1C", INDUCTION, LARGE_W, INFINITY, INFINITY, MB_METHOD_PREFERRED,
     "M+", ""},
    {"2-1-1C", "IEC 60034-2-1:2024", "2-1-1C", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-1C", "IEEE 112-2017", "E1", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1D", "GB/T 1032-2023", "C", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1D", "GB/T 1032-2012", "C", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1D", "IEC 60034-2-1:2014", "2-1-1D", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1D", "IEC 60034-2-1:2024", "2-1-1D", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-1D", "IEEE 112-2017", "C", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ""},
    {"2-1-1E", "GB/T 1032-2023", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "whether it has a letter of its own was not seen"},
    {"2-1-1E", "GB/T 1032-2012", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", LIKE_2023},
    {"2-1-1E", "IEC 60034-2-1:2014", "2-1-1E", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-1E", "IEC 60034-2-1:2024", "2-1-1E", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-1E", "IEEE 112-2017", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "part of method C"},
    {"2-1-1F", "GB/T 1032-2023", "E", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "the letter is from memory"},
    {"2-1-1F", "GB/T 1032-2012", "E", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "the letter is from memory"},
    {"2-1-1F", "IEC 60034-2-1:2014", "2-1-1F", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-1F", "IEC 60034-2-1:2024", "2-1-1F", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-1F", "IEEE 112-2017", "E", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-1G", "IEC 60034-2-1:2014", "2-1-1G", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_REFUSED, "U",
     "the formulas of Eh-star were not seen, and no number is given without them"},
    {"2-1-1G", "IEC 60034-2-1:2024", "2-1-1G", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_REFUSED, "U",
     "the formulas of Eh-star were not seen, and no number is given without them"},
    {"2-1-1G", "GB/T 1032-2012", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_REFUSED, "U",
     "the formulas of Eh-star were not seen, and no number is given without them"},
    {"2-1-1G", "GB/T 1032-2023", "", INDUCTION, ANY_POWER, INFINITY, MB_METHOD_REFUSED, "V:1",
     "the edition of 2023 deleted Eh-star"},
    {"G1", "GB/T 1032-2023", "G1", INDUCTION, 0, LARGE_W, INFINITY, MB_METHOD_ALLOWED, "U", REDUCED_NOTE},
    {"G1", "GB/T 1032-2023", "G1", INDUCTION, LARGE_W, INFINITY, INFINITY, MB_METHOD_PREFERRED, "U",
     REDUCED_NOTE},
    {"2-1-1H", "GB/T 1032-2023", "F", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "GB/T 1032-2023", "F1", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "GB/T 1032-2012", "F", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "GB/T 1032-2012", "F1", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "IEC 60034-2-1:2014", "2-1-1H", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "IEC 60034-2-1:2024", "2-1-1H", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", LIKE_2014},
    {"2-1-1H", "IEEE 112-2017", "F1", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1H", "IEEE 112-2017", "F", CAGE, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M+", ASSIGNED},
    {"2-1-1A", "GB/T 1029-2021", "", KIND(THREE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY, MB_METHOD_ALLOWED,
     "M", ""},
    {"2-1-1A", "IEC 60034-2-1:2014", "2-1-2A", SYNCHRONOUS, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "output over input of a synchronous motor"},
    {"2-1-1A", "IEC 60034-2-1:2024", "2-1-2A", SYNCHRONOUS, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-2B", "GB/T 1029-2021", "", KIND(THREE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY, MB_METHOD_ALLOWED,
     "M", "iron loss at the voltage of the terminals"},
    {"2-1-2B", "IEC 60034-2-1:2014", "2-1-2B", KIND(THREE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "iron loss at the inner voltage"},
    {"2-1-2B", "IEC 60034-2-1:2024", "2-1-2B", KIND(THREE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", LIKE_2014},
    {"2-1-3A", "GB/T 1311-2008", "", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-3C", "GB/T 1311-2008", "", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-3A", "IEC 60034-2-1:2014", "2-1-3A", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-3C", "IEC 60034-2-1:2014", "2-1-3C", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"2-1-3A", "IEC 60034-2-1:2024", "2-1-3A", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    {"2-1-3C", "IEC 60034-2-1:2024", "2-1-3C", KIND(DC), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     LIKE_2014},
    /* The labels of the two standards differ (procedures A4). */
    {"2-3-A", "IEC 60034-2-3:2020", "2-3-A", CONVERTER_FED, ANY_POWER, INFINITY, MB_METHOD_PREFERRED, "M+",
     "output over input at seven points"},
    {"2-3-B", "IEC 60034-2-3:2020", "2-3-B", KIND(CONVERTER_FED_INDUCTION), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "sum of losses"},
    {"2-3-A", "GB/T 22670-2018", "2-3-C", CONVERTER_FED, ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "V:10",
     "output over input, 2-3-A of IEC 60034-2-3"},
    {"2-3-B", "GB/T 22670-2018", "2-3-A", KIND(CONVERTER_FED_INDUCTION), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "sum of losses with a test converter, 2-3-B of IEC 60034-2-3"},
    {"2-3-B", "GB/T 22670-2018", "2-3-B", KIND(CONVERTER_FED_INDUCTION), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "sum of losses with the specific converter, 2-3-B of IEC 60034-2-3"},
    {"ev-map", "GB/T 18488-2024", "", KIND(EV_DRIVE), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "the grid and the threshold of this edition were not seen: parameters"},
    {"ev-map", "GB/T 18488.2-2015", "", KIND(EV_DRIVE), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"ev-envelope", "GB/T 18488-2024", "", KIND(EV_DRIVE), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M",
     "the text of this edition was not seen"},
    {"ev-envelope", "GB/T 18488.2-2015", "", KIND(EV_DRIVE), ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", ""},
    {"synchronous-torque", "GB/T 22669-2008", "", KIND(THREE_PHASE_PM_LINE_START), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "the texts of its chapters 12 to 14 were not seen"},
    {"synchronous-torque", "GB/T 13958-2022", "", KIND(PM_CONVERTER_FED) | KIND(THREE_PHASE_PM_LINE_START),
     ANY_POWER, INFINITY, MB_METHOD_ALLOWED, "M", "its text was not seen"},
    {"synchronous-torque", "GB/T 14481-2008", "", KIND(SINGLE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "its text was not seen"},
    {"synchronous-torque", "GB/T 1029-2021", "", KIND(THREE_PHASE_SYNCHRONOUS), ANY_POWER, INFINITY,
     MB_METHOD_ALLOWED, "M", "its text was not seen"},
    {.method = NULL},
};

static bool covers(const struct mb_method_rule *rule, const struct mb_motor *motor)
{
    return (rule->kinds & 1u << motor->kind) && motor->rated.power_w >= rule->power_from_w &&
           motor->rated.power_w <= rule->power_to_w && motor->rated.voltage_v <= rule->voltage_to_v;
}

/* Of what the table has for this method: its standards, or for this standard: its motors. */
static void list_standards(const char *method, char *buffer, size_t size)
{
    const char *last = "";
    size_t used = 0;

    buffer[0] = '\0';
    for (const struct mb_method_rule *rule = mb_method_rules; rule->method && used < size; rule++) {
        if (strcmp(rule->method, method) != 0 || rule->status == MB_METHOD_REFUSED ||
            strcmp(rule->standard, last) == 0)
            continue;
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", rule->standard);
        last = rule->standard;
    }
}

static int refuse_motor(const struct mb_method_rule *rule, const struct mb_motor *motor, struct mb_error *err)
{
    char kinds[300] = "";
    size_t used = 0;

    if (rule->kinds & 1u << motor->kind)
        return mb_error_set(err, -EINVAL,
                            "%s has %s for %g to %g kW up to %g V, this motor has %g kW and %g V%s%s",
                            rule->standard, rule->method, rule->power_from_w / 1000, rule->power_to_w / 1000,
                            rule->voltage_to_v, motor->rated.power_w / 1000, motor->rated.voltage_v,
                            *rule->sentence ? ": " : "", rule->sentence);
    for (int k = 0; k < MB_KIND_COUNT && used < sizeof kinds; k++)
        if (rule->kinds & 1u << k)
            used += (size_t)snprintf(kinds + used, sizeof kinds - used, "%s%s", used ? ", " : "",
                                     mb_motor_kind_names[k]);
    return mb_error_set(err, -EINVAL, "%s is not a method for %s by %s, allowed: %s", rule->method,
                        mb_motor_kind_names[motor->kind], rule->standard, kinds);
}

/* The same method has another label there for this motor: 2-1-2A of a synchronous one. */
static int refuse_label(const struct mb_method_rule *rule, const char *label, const struct mb_motor *motor,
                        struct mb_error *err)
{
    return mb_error_set(err, -EINVAL, "of %s motors %s calls this method %s, not %s",
                        mb_motor_kind_names[motor->kind], rule->standard, rule->label, label);
}

/* ret_near: a rule of this method and standard, if only for other motors. */
static const struct mb_method_rule *find(const char *method, const char *label, const char *standard,
                                         const struct mb_motor *motor, const struct mb_method_rule **ret_near)
{
    for (const struct mb_method_rule *rule = mb_method_rules; rule->method; rule++) {
        if (strcmp(rule->method, method) != 0 || !mb_standard_same(rule->standard, standard) ||
            (label && strcmp(rule->label, label) != 0))
            continue;
        *ret_near = rule;
        if (covers(rule, motor))
            return rule;
    }
    return NULL;
}

const struct mb_method_rule *mb_method_rule_allows(const char *method, const char *standard,
                                                   const struct mb_motor *motor)
{
    const struct mb_method_rule *near = NULL, *rule = find(method, NULL, standard, motor, &near);

    return rule && rule->status != MB_METHOD_REFUSED ? rule : NULL;
}

void mb_method_rules_of(const char *standard, char *buffer, size_t size)
{
    const struct mb_method_rule *before = NULL;
    size_t used = 0;

    buffer[0] = '\0';
    for (const struct mb_method_rule *rule = mb_method_rules; rule->method && used < size; rule++) {
        if (!mb_standard_same(rule->standard, standard) || rule->status == MB_METHOD_REFUSED)
            continue;
        if (before && strcmp(rule->method, before->method) == 0 && strcmp(rule->label, before->label) == 0)
            continue; /* the same by power */
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", used ? ", " : "",
                                 *rule->label ? rule->label : rule->method);
        before = rule;
    }
}

int mb_method_rule_check(const char *method, const char *label, const char *standard,
                         const struct mb_motor *motor, const struct mb_method_rule **ret,
                         struct mb_error *err)
{
    const struct mb_method_rule *near = NULL, *rule = find(method, label, standard, motor, &near);
    const struct mb_method_rule *other = mb_method_rule_allows(method, standard, motor);
    char allowed[300];

    if (!rule && other && label && strcmp(label, method) == 0)
        rule = other; /* by its name here, which is also a label there, if for other motors */
    if (rule && rule->status == MB_METHOD_REFUSED)
        return mb_error_set(err, -EINVAL, "%s is not allowed by %s: %s", method, rule->standard,
                            rule->sentence);
    if (rule) {
        *ret = rule;
        return 0;
    }
    if (near && other && *other->label)
        return refuse_label(other, label, motor, err);
    if (near)
        return refuse_motor(near, motor, err);
    list_standards(method, allowed, sizeof allowed);
    return mb_error_set(err, -EINVAL, "'%.60s' has no method %s here, allowed with it: %s", standard, method,
                        allowed);
}

int mb_method_rule_find(const char *method, const char *label, const char *standard,
                        const struct mb_motor *motor, const struct mb_node *root,
                        const struct mb_method_rule **ret, struct mb_error *err)
{
    const struct mb_method_rule *near = NULL;
    const struct mb_node *at = mb_node_get(root, "sheet");
    struct mb_error why = {""};
    int r = mb_method_rule_check(method, label, standard, motor, ret, &why);

    if (r == 0)
        return 0;
    if (!find(method, label, standard, motor, &near) && near) /* it is the motor that does not fit */
        at = mb_node_get(mb_node_get(root, "motor"), "kind");
    return mb_node_error(at, err, "%s", why.text);
}
