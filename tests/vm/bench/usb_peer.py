# SPDX-License-Identifier: GPL-3.0-or-later
"""usb_peer.py VENDOR PRODUCT SERIAL N QUERY: queries a second through pyvisa-py."""
import sys
import time

import pyvisa

vendor, product, serial, count, query = sys.argv[1:]
instrument = pyvisa.ResourceManager("@py").open_resource(f"USB0::{vendor}::{product}::{serial}::0::INSTR")
instrument.query(query)
start = time.monotonic()
for _ in range(int(count)):
    instrument.query(query)
print(f"{int(count) / (time.monotonic() - start):.1f}")
instrument.close()
