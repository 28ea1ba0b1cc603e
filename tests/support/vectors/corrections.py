# SPDX-License-Identifier: GPL-3.0-or-later
"""Vectors of what instruments and dynamometer take: three sheets of 2-1-1A for a small three-phase motor."""
import math
import random

from algebra import cubic
from induction import ROOT3
from vector import write

RANDOM = random.Random(6)
POWER_W = 180.0


def reading(percent):
    x = percent / 100
    n = 1500 - 78 * x - 12 * x * x
    t = 1.219 * x * (1 + RANDOM.gauss(0, 5e-4))
    p1 = 2 * math.pi * n / 60 * t + 48 + 33 * x * x
    i = math.hypot(p1 / ROOT3 / 400, 0.39)
    return {"load_percent": str(percent), "u_v": "400.0", "i_a": f"{i:.4f}", "p1_w": f"{p1:.2f}",
            "t_nm": f"{t:.4f}", "n_rpm": f"{n:.1f}", "f_hz": "50.00"}


SHEET = {
    "sheet": {"method": "2-1-1A", "standard": '"IEC 60034-2-1:2014"'},
    "motor": {"id": '"vector-180w"', "kind": "three-phase-induction", "conductor": "copper", "sealing_ring": "none",
              "rated": {"power_w": "180", "voltage_v": "400", "frequency_hz": "50", "poles": "4"}},
    "load": {"points": [reading(x) for x in (125, 115, 100, 75, 50, 25)]},
}
MOTOR_SIDE = SHEET | {"instrument": {"tap": "motor-side", "voltage_circuit_ohm": "60000"}}
SOURCE_SIDE = SHEET | {"instrument": {"tap": "source-side", "current_path_ohm": "1.85"}}
TORQUE = SHEET | {"torque": {
    "range_nm": "2", "zero_before_nm": "0.0002", "zero_after_nm": "-0.0004",
    "coupled": {"p_w": "62.80", "i_a": "0.4020", "r_ohm": "41.20", "n_rpm": "1490.4", "f_hz": "50.00",
                "t_nm": "0.0310"},
    "uncoupled": {"p_w": "52.10", "i_a": "0.3980", "r_ohm": "41.05", "n_rpm": "1496.8", "f_hz": "50.00"},
    "iron_w": "27.4"}}
INSTRUMENT_MISTAKES = {
    "no-correction": "no correction",
    "current-as-read": "current as read (motor side)",
    "line-voltage": "line voltage squared over the circuit of one phase, times three (motor side)",
    "voltage-as-read": "voltage as read (source side)",
    "one-phase": "loss of one phase alone (source side)",
    "wrong-side": "correction added instead of taken off",
}
TORQUE_MISTAKES = {
    "no-torque": "no correction",
    "zero-slip": "factor (1 − sB) dropped",
    "short-form": "(PA − PB)/(2π nA) − TA",
    "ps-3": "Ps = 3 I²R",
    "sign": "correction taken off",
    "no-reading": "torque indicated in the coupled run not taken off",
}
INSTRUMENT_TEXT = """
Synthetic 180 W, 400 V, 50 Hz, 4 poles; not a real motor. Generator: `tests/support/vectors/corrections.py`.

| formula | mark |
|---|---|
| tap at the motor: `P1 = P − Σ Uph²/Rv = P − U²/Rv`, the current without the voltage circuit's: active part `I cos φ − Uph/Rv` | M+ (procedures 0.6) |
| tap at the source: `P1 = P − 3 I² Ra`; `Uph,motor = Uph − I Ra` as phasors | M+ (0.6) |
| then `P2 = 2π n T`, `η = P2/P1`, `cos φ = P1/(√3 U I)` with the corrected readings | M+ |

Compared with `motorbench evaluate`: all members agree.
"""
TORQUE_TEXT = """
# 2-1-1A with the torque correction of a dynamometer

Synthetic 180 W, 400 V, 50 Hz, 4 poles; not a real motor. Generator: `tests/support/vectors/corrections.py`.

| formula | mark |
|---|---|
| `Tc = [(PA − PsA − Pfe)(1 − sA) − (PB − PsB − Pfe)(1 − sB)]/(2π nA) − TA`, `Ps = 1.5 I² R` | M+ (procedures 0.7) |
| `T = Td + Tc`, then `η = 2π n T/P1` | V |

Compared with `motorbench evaluate`: all members agree.
"""


def at_motor(p, instrument, mistake):
    """Voltage, current and power at the motor."""
    u, i, p1 = p["u_v"], p["i_a"], p["p1_w"]
    if instrument is None or mistake == "no-correction":
        return u, i, p1
    sign = -1 if mistake == "wrong-side" else 1
    phase, factor = u / ROOT3, p1 / (ROOT3 * u * i)
    active, reactive = i * factor, i * math.sqrt(1 - factor ** 2)
    if instrument["tap"] == "motor-side":
        r = instrument["voltage_circuit_ohm"]
        lost = 3 * u * u / r if mistake == "line-voltage" else 3 * phase ** 2 / r
        if mistake != "current-as-read":
            i = math.hypot(active - sign * phase / r, reactive)
        return u, i, p1 - sign * lost
    r = instrument["current_path_ohm"]
    lost = (1 if mistake == "one-phase" else 3) * i * i * r
    dropped = ROOT3 * math.hypot(phase - sign * active * r, reactive * r)
    return u if mistake == "voltage-as-read" else dropped, i, p1 - sign * lost


def dynamometer(torque, pairs, mistake):
    if torque is None or mistake == "no-torque":
        return 0.0
    a, b, iron = torque["coupled"], torque["uncoupled"], torque["iron_w"]

    def shaft(p):
        slip = 1 - pairs * p["n_rpm"] / 60 / p["f_hz"]
        slip = 0.0 if mistake == "zero-slip" and p is b else slip
        return (p["p_w"] - (3.0 if mistake == "ps-3" else 1.5) * p["i_a"] ** 2 * p["r_ohm"] - iron) * (1 - slip)

    power = a["p_w"] - b["p_w"] if mistake == "short-form" else shaft(a) - shaft(b)
    tc = power / (2 * math.pi * a["n_rpm"] / 60) - (0.0 if mistake == "no-reading" else a["t_nm"])
    return -tc if mistake == "sign" else tc


def evaluate(d, mistake):
    pairs, points = d["motor"]["rated"]["poles"] / 2, []
    tc = dynamometer(d.get("torque"), pairs, mistake)
    for p in d["load"]["points"]:
        u, i, p1 = at_motor(p, d.get("instrument"), mistake)
        out = 2 * math.pi * p["n_rpm"] / 60 * (p["t_nm"] + tc)
        points.append({"t_nm": p["t_nm"] + tc, "slip": 1 - pairs * p["n_rpm"] / 60 / p["f_hz"],
                       "power_factor": p1 / (ROOT3 * u * i), "output_w": out, "efficiency": out / p1})
    efficiency = cubic([p["output_w"] for p in points], [p["efficiency"] for p in points], POWER_W)
    return {"method": "2-1-1A", "standard": "IEC 60034-2-1:2014", "valid": True, "points": points,
            "torque_correction_nm": tc, "efficiency": efficiency}


if __name__ == "__main__":
    COMMENT = "synthetic 180 W, 400 V, 50 Hz, 4 poles; not a real motor."
    PLACES = {"_nm": 6, "power_factor": 6}
    for name, sheet, words in (("instrument-motor-side", MOTOR_SIDE, ("no-correction", "current-as-read",
                                                                      "line-voltage", "wrong-side")),
                               ("instrument-source-side", SOURCE_SIDE, ("no-correction", "voltage-as-read",
                                                                        "one-phase", "wrong-side"))):
        write(name, f"Vector of 2-1-1A with the loss of the instruments: {COMMENT}", sheet, evaluate,
              {w: INSTRUMENT_MISTAKES[w] for w in words},
              f"# 2-1-1A with the loss of the instruments: {name}\n" + INSTRUMENT_TEXT, special=PLACES,
              unprinted=("torque_correction_nm",))
    write("torque-correction", f"Vector of 2-1-1A with a dynamometer's correction: {COMMENT}", TORQUE, evaluate,
          TORQUE_MISTAKES, TORQUE_TEXT, special=PLACES)
