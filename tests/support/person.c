/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include "support/person.h"

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

const char person_users[] =
    "root:x:0:0::/:/bin/sh\nmotorbench:x:986:987::/:/bin/sh\noperator:x:1000:1000::/:/bin/sh\n"
    "other:x:1001:1001::/:/bin/sh\npolkitd:x:985:985::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n";

sd_bus *person_connect(const char *address, const struct person *person)
{
    sd_bus *bus = NULL;
    int r;

    assert_int_equal(sd_bus_new(&bus), 0);
    assert_true(sd_bus_set_address(bus, address) >= 0 && sd_bus_set_bus_client(bus, 1) >= 0);
    assert_int_equal(setgroups(person->group_count, person->groups), 0);
    assert_true(setegid(person->gid) == 0 && seteuid(person->uid) == 0);
    r = sd_bus_start(bus);
    assert_true(seteuid(0) == 0 && setegid(0) == 0 && setgroups(0, NULL) == 0);
    (void)prctl(PR_SET_DUMPABLE, 1);
    assert_true(r >= 0);
    return bus;
}
