/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only numeric addresses and "localhost" are taken: looking up a name can block for many seconds, and an
 * instrument whose outputs must be switched off is not to depend on a name server. */
#pragma once

#include <sys/socket.h>

/* "ADDRESS:PORT", "[ADDRESS]:PORT". -EINVAL, -ENOMEM. */
int mb_tcp_address_parse(const char *rest, struct sockaddr_storage *ret_address, socklen_t *ret_size);
