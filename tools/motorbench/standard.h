/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about standards, one file each. */
#pragma once

#include "motorbench/command.h"
#include "standard/standards.h"

/* All of the data, and of the laboratory's folder (site; NULL: the usual one). EXIT_DONE, or EXIT_BAD_INPUT
 * when fail() has said why not. */
int load_standards(const char *site, struct mb_standards **ret);

/* --rule by its name. EXIT_DONE, or EXIT_BAD_INPUT when fail() has said which are allowed. */
int parse_rule(const char *command, const char *text, enum mb_decision_rule *ret);
/* Rule, uncertainty, guard band, probability and statement; nothing for the simple rule without
 * uncertainty. */
void print_decision(const struct mb_grade *grade);

int run_methods(int argc, char **argv, const struct options *options);
int run_plan(int argc, char **argv, const struct options *options);
int run_standards_check(int argc, char **argv, const struct options *options);
int run_standards_diff(int argc, char **argv, const struct options *options);
int run_standards_import(int argc, char **argv, const struct options *options);
int run_standards(int argc, char **argv, const struct options *options);
