# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-2A: output over input of a synchronous motor whose field has a supply of its own."""
import math
import random

from algebra import cubic
from vector import write

RANDOM = random.Random(60034)
ROOT3 = math.sqrt(3)
BRUSH_V = 0.6  # both rings together, metal-graphite
TORQUE_NM = 37000 / (2 * math.pi * 10)
FIELD_OHM = 2.79


def noisy(value, digits, noise=3e-4):
    return f"{value * (1 + RANDOM.gauss(0, noise)):.{digits}f}"


def reading(percent, field_a, f_hz, field=None):
    """field: where its voltage was read, None where nothing was read of it."""
    torque = TORQUE_NM * percent / 100
    speed = 12 * f_hz
    out = 2 * math.pi * speed / 60 * torque
    p1 = out + 1240 + 1.42e-3 * torque ** 2 + 3.1e-3 * torque
    u = 380 * (1 + RANDOM.gauss(0, 8e-4))
    p = {"u_v": f"{u:.1f}", "i_a": noisy(p1 / (ROOT3 * u * 0.9), 2), "p1_w": noisy(p1, 0), "t_nm": noisy(torque, 1),
         "n_rpm": f"{speed:.1f}", "f_hz": f"{f_hz:.2f}"}
    if field:
        volts = field_a * FIELD_OHM + (BRUSH_V if field == "excitation_supply_v" else 0.0)
        p |= {field: noisy(volts, 2), "excitation_a": f"{field_a:.3f}"}
    return p


SHEET = {
    "sheet": {"method": "2-1-2A", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-sync-37kw"', "kind": "three-phase-synchronous", "brushes": "metal-graphite",
              "sealing_ring": "none",
              "rated": {"power_w": "37000", "voltage_v": "380", "frequency_hz": "50", "poles": "10",
                        "speed_rpm": "600", "excitation_a": "24"}},
    "torque": {"range_nm": "1000", "zero_before_nm": "0.12", "zero_after_nm": "-0.21"},
    "rated_load": reading(100, 24.212, 49.98, "excitation_supply_v") | {"coolant_c": "24.6"},
    "load": {"points": [
        {"load_percent": "125"} | reading(125, 28.905, 50.01, "excitation_supply_v"),
        {"load_percent": "100"} | reading(100, 24.196, 50.02, "excitation_v"),
        {"load_percent": "75"} | reading(75, 20.377, 49.99, "excitation_v"),
        {"load_percent": "50"} | reading(50, 24.212, 50.00),
        {"load_percent": "25"} | reading(25, 15.748, 50.03, "excitation_v")]},
}
MISTAKES = {
    "no-excitation": "the excitation left out of the input",
    "no-brush": "no drop of the brushes where the voltage was read at the winding",
    "carbon": "2.0 V of carbon brushes for those of metal-graphite",
    "drop-twice": "the drop added to the supply's voltage, too",
    "as-loss": "the excitation taken off the output",
    "missing-zero": "a point without excitation counted as one that needs none",
    "rated-everywhere": "the excitation of rated load at every point",
    "curve-point": "the 100 % point of the curve as the answer",
    "nominal-speed": "600 r/min instead of the speed that was read",
    "n-9550": "P2 = n T/9550 in kW",
}
TEXT = """
# 2-1-2A: synchronous motor, output over input

Synthetic 37 kW, 380 V, 50 Hz, 10 poles, excited through metal-graphite brushes; not a real motor. Generator:
`tests/support/vectors/method_2_1_2a.py`. The same as 2-1-1A with a separate excitation.

| formula | mark |
|---|---|
| `P2 = 2π n T` | M+ (procedures A1.8) |
| `Pe = Uf If` at the field's supply; at the winding `Pe = (Uf + 0.6 V) If`, metal-graphite brushes | M (procedures A3) |
| `η = P2/(P1 + Pe)`, at the end of the thermal run | M+; the excitation as input: reading of this vector |
| a point without excitation has that of rated load | choice of the sheet |

Compared with `motorbench evaluate`, which has been mended since: it took 2.0 V for the drop of any brushes, so the points read at the
winding had too large an excitation (1682.6 W instead of 1648.7 W at 100 %). The motor file says which brushes there are, also of slip
rings, and procedures A3 has 0.6 V for metal-graphite: the vector is right. All other members agree. The answer calls the method by
the name of the house, 2-1-1A.

The efficiency at rated output is a cubic through the four points around it. The excitation follows the load here, is read at the supply at two readings, at the winding at three, and not at all at 50 %.
The zero of the transducer gates the test and is not taken off the readings.
"""


def excitation(p, full, mistake):
    if mistake == "no-excitation":
        return 0.0
    if "excitation_a" not in p or mistake == "rated-everywhere":
        if mistake == "missing-zero":
            return 0.0
        p = full
    drop = {"no-brush": 0.0, "carbon": 2.0}.get(mistake, BRUSH_V)
    volts = p["excitation_v"] + drop if "excitation_v" in p else p["excitation_supply_v"]
    if mistake == "drop-twice" and "excitation_supply_v" in p:
        volts += BRUSH_V
    return volts * p["excitation_a"]


def result(p, full, mistake):
    n = 600.0 if mistake == "nominal-speed" else p["n_rpm"]
    out = n * p["t_nm"] / 9.55 if mistake == "n-9550" else 2 * math.pi * n / 60 * p["t_nm"]
    pe = excitation(p, full, mistake)
    taken = p["p1_w"] + (0.0 if mistake == "as-loss" else pe)
    return {"excitation_w": pe, "output_w": out, "input_w": taken,
            "efficiency": (out - (pe if mistake == "as-loss" else 0.0)) / taken}


def evaluate(d, mistake):
    full, power = d["rated_load"], d["motor"]["rated"]["power_w"]
    points = [result(p, full, mistake) for p in d["load"]["points"]]
    rated = points[1] if mistake == "curve-point" else result(full, full, mistake)
    return {"method": "2-1-1A", "standard": "IEC 60034-2-1:2014", "valid": True,
            "points": [{"output_w": p["output_w"], "efficiency": p["efficiency"]} for p in points],
            "excitation": {"rated_w": rated["excitation_w"], "points_w": [p["excitation_w"] for p in points]},
            "input": {"rated_w": rated["input_w"], "points_w": [p["input_w"] for p in points]},
            "efficiency": rated["efficiency"],
            "efficiency_at_rated_output": cubic([p["output_w"] for p in points], [p["efficiency"] for p in points], power)}


if __name__ == "__main__":
    write("2-1-2A", "Vector of 2-1-2A: synthetic 37 kW, 380 V, 50 Hz, 10 poles synchronous motor with a separate excitation;"
          " not a real motor.", SHEET, evaluate, MISTAKES, TEXT,
          special={"_w.0": 3, "_w.1": 3, "_w.2": 3, "_w.3": 3, "_w.4": 3, "rated_output": 6}, unprinted=("input",))
