# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of the efficiency map of an electric vehicle's drive, motoring and braking."""
import math
import random

from vector import write

RANDOM = random.Random(184)
SPEEDS = [500, 2000, 4000, 8000]
TORQUES = [-120, -3, 10, 60, 150]


def reading(n, t):
    out = 2 * math.pi * n / 60 * t
    motor = 60 + 0.045 * t * t + 2.2e-5 * n * n + 0.02 * n
    controller = 85 + 0.004 * abs(out) + 0.006 * abs(t) * 10
    pac = out + motor
    pdc = (pac + controller) * (1 + RANDOM.gauss(0, 1e-4))
    udc = 345.0 * (1 + RANDOM.gauss(0, 1e-3))
    return {"n_rpm": f"{n:.1f}", "t_nm": f"{t * (1 + RANDOM.gauss(0, 2e-4)):.2f}", "udc_v": f"{udc:.2f}",
            "idc_a": f"{pdc / udc * (1 + 1.5e-3):.3f}", "pdc_w": f"{pdc:.1f}", "pac_w": f"{pac:.1f}"}


SHEET = {
    "sheet": {"method": "ev-map", "standard": '"GB/T 18488-2024"'},
    "motor": {"id": '"vector-ev-60kw"', "kind": "ev-drive", "conductor": "copper", "sealing_ring": "none",
              "rated": {"power_w": "60000", "voltage_v": "345", "frequency_hz": "200", "poles": "8",
                        "speed_rpm": "4000"}},
    "map": {"threshold": "0.85", "points": [reading(n, t) for n in SPEEDS for t in TORQUES]},
}
MISTAKES = {
    "not-inverse": "braking with the ratios of motoring",
    "product-of-means": "Udc · Idc instead of the mean of the product",
    "motor-from-dc": "motor efficiency from the DC power",
    "share-of-motor": "share counted by the motor's efficiency",
    "share-motoring": "share of the motoring points alone",
    "share-strict": "threshold 0.80 instead of that of the sheet",
    "rpm-9550": "power as n T/9.5 in W",
}
TEXT = """
# ev-map: efficiency map of a drive

Synthetic drive 60 kW, 345 V DC; not a real one. Generator: `tests/support/vectors/method_ev_map.py`. 20 points, 8 of
them braking (torque against the rotation).

| formula | mark |
|---|---|
| `P = 2π n T`; motoring: motor `P/Pac`, controller `Pac/Pdc`, system `P/Pdc`; braking the inverse ratios | M (procedures A5) |
| Pdc is the mean of the product (`pdc_w`), not `Udc Idc`; the sheet has an Idc 0.15 % high so that it shows | M |
| share: points with a system efficiency ≥ threshold over all points | M, by count |
| braking where Pdc is still taken from the battery has no system efficiency; it counts among all points | reading of this vector |

As first compared with `motorbench evaluate`, which has been mended since: all efficiencies, best points and shares agree. One braking point (500 r/min, −3 N m)
is open: its 157 W do not cover the losses, so the battery still gives 5 W. The program answers with an efficiency of
−0.03, calls the whole map invalid (`torque-sign`) and exits 3. Such cells are ordinary at low speed in every map that
brakes; the vector has no efficiency there and a valid map. A swapped sign of torque shows in most points at once.
"""


def ratio(out, taken):
    return out / taken if out > 0 and taken > 0 else None


def evaluate(d, mistake):
    points = []
    for p in d["map"]["points"]:
        shaft = 2 * math.pi * p["n_rpm"] / 60 * p["t_nm"]
        if mistake == "rpm-9550":
            shaft = p["n_rpm"] * p["t_nm"] / 9.5
        dc = p["udc_v"] * p["idc_a"] if mistake == "product-of-means" else p["pdc_w"]
        ac = dc if mistake == "motor-from-dc" else p["pac_w"]
        if shaft >= 0 or mistake == "not-inverse":
            row = [ratio(abs(shaft), abs(ac)), ratio(abs(p["pac_w"]), abs(dc)), ratio(abs(shaft), abs(dc))]
        else:
            row = [ratio(-ac, -shaft), ratio(-dc, -p["pac_w"]), ratio(-dc, -shaft)]
        points.append({"shaft_w": shaft, "motor": row[0], "controller": row[1], "system": row[2]})
    key = "motor" if mistake == "share-of-motor" else "system"
    counted = [p for p in points if p["shaft_w"] > 0] if mistake == "share-motoring" else points
    threshold = 0.80 if mistake == "share-strict" else d["map"]["threshold"]

    def share(of):
        return len([p for p in counted if p[of] is not None and p[of] >= threshold]) / len(counted)

    def best(of):
        return max(p[of] or 0.0 for p in points)

    return {"method": "ev-map", "standard": "GB/T 18488-2024", "valid": True,
            "map": {"threshold": threshold, "speeds": float(len(SPEEDS)),
                    "motor": {"best": best("motor"), "share": share("motor")},
                    "controller": {"best": best("controller"), "share": share("controller")},
                    "system": {"best": best("system"), "share": share(key)}},
            "points": points}


if __name__ == "__main__":
    write("ev-map", "Vector of the efficiency map: synthetic 60 kW drive, 345 V DC; not a real one.",
          SHEET, evaluate, MISTAKES, TEXT,
          special={"motor": 6, "controller": 6, "system": 6, "best": 6})
