# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of G1: load test at reduced voltage, stray loss from the assigned allowance, large machine."""
import math

from induction import ROOT3, Motor, constant_losses, cooling_fit, corrected, losses
from readings import COPPER_K, Laboratory
from vector import write

MOTOR = Motor(u_v=6000.0, pairs=2, r1_ohm=0.0725, x1_ohm=1.12, r2_ohm=0.0690, x2_ohm=1.31, magnetising_a=62.0,
              iron_w=21500.0, friction_w=13800.0, stray_w=15000.0, stray_a=265.0)
TORQUE_NM = 2500000.0 / (2 * math.pi * 1490.0 / 60)
REDUCED = 0.6
LAB = Laboratory(MOTOR, 71, 18.9, 94.0, 29.5, 1e-4)


def reduced_point(percent):
    s = MOTOR.loaded(6000 * REDUCED, TORQUE_NM * REDUCED ** 2 * percent / 100, LAB.warm(91.5))
    return {"load_percent": str(percent), "u_v": f"{6000 * REDUCED:.1f}", "i_a": f"{s['i']:.3f}",
            "p1_w": LAB.noisy(s["p1"], 0), "n_rpm": f"{s['n']:.2f}", "f_hz": "50.000",
            "r_ohm": f"{LAB.line_ohm(91.5):.6f}"}


SHEET = {
    "sheet": {"method": "G1", "standard": '"GB/T 1032-2023"'},
    "motor": {"id": '"vector-2500kw"', "kind": "hv-cage-induction", "conductor": "copper", "sealing_ring": "none",
              "rated": {"power_w": "2500000", "voltage_v": "6000", "frequency_hz": "50", "poles": "4"}},
    "cold": LAB.cold(), "cooling": LAB.cooling(60, 20), "no_load": LAB.no_load(70.0),
    "reduced_voltage": {"coolant_c": "29.5", "points": [reduced_point(x) for x in (115, 100, 75, 50)]},
}
MISTAKES = {
    "no-magnetising": "current scaled by UN/Ur alone",
    "current-scalar": "no-load currents added to the amount of the current, not as phasors",
    "power-linear": "power scaled by UN/Ur",
    "allowance-end": "0.5 % of P1 as above 10 MW",
    "allowance-reduced": "allowance of the input at reduced voltage",
    "slip-scaled": "slip scaled by (Ur/UN)²",
    "no-correction": "no correction to 25 °C",
}
TEXT = """
# G1: load at reduced voltage with the assigned stray loss

Synthetic 2500 kW, 6 kV, 50 Hz, 4 poles, copper; not a real motor. Generator: `tests/support/vectors/method_g1.py`. A point
at 60 % of the voltage and 36 % of the torque has the slip of full load.

| formula | mark |
|---|---|
| at equal slip the load component of the current goes with the voltage, the magnetising current does not: `I = Ir UN/Ur − j ΔI0`, `ΔI0 = I0 sin φ0 − I0r sin φ0r UN/Ur` | from circuit theory; GB/T 1032's own text not seen (U) |
| `P1 = √3 UN Re(I)`, `cos φ = Re(I)/I`, slip as measured | as above |
| then as 2-1-1C: stator, iron at the inner voltage, rotor, friction; `PLL = P1 (0.025 − 0.005 lg(PN/1 kW))`, other loads ∝ `I² − I0²` | M+, M |
| `η = (P1 − PT)/P1` (GB form), stator and slip corrected to 25 °C by the hot winding of the cooling curve | M+ |

Compared with `motorbench evaluate`: all members agree. Its note says that how the readings become those of rated voltage
is from memory; this vector derived it from the circuit and comes to the same, which makes a slip of the pen unlikely, not
the text of the standard known.
"""


def at_rated_voltage(p, no_load, un, mistake):
    """The reading as it would be at rated voltage."""
    def reactive(q):
        factor = q["p0_w"] / (ROOT3 * q["u_v"] * q["i_a"])
        return q["i_a"] * math.sqrt(1 - factor ** 2)
    at = {q["u_v"]: q for q in no_load["points"]}
    scale = un / p["u_v"]
    delta = reactive(at[un]) - reactive(at[p["u_v"]]) * scale
    factor = p["p1_w"] / (ROOT3 * p["u_v"] * p["i_a"])
    active, idle = p["i_a"] * factor * scale, p["i_a"] * math.sqrt(1 - factor ** 2) * scale
    if mistake == "no-magnetising":
        delta = 0.0
    i = math.hypot(active, idle) + delta if mistake == "current-scalar" else math.hypot(active, idle + delta)
    p1 = p["p1_w"] * (scale if mistake == "power-linear" else scale ** 2)
    return {"u_v": un, "i_a": i, "p1_w": p1, "n_rpm": p["n_rpm"], "f_hz": p["f_hz"]}


def evaluate(d, mistake):
    rated, test = d["motor"]["rated"], d["reduced_voltage"]
    un, pairs = rated["voltage_v"], rated["poles"] / 2
    hot, theta = cooling_fit(d["cooling"], d["cold"], COPPER_K, test["coolant_c"])
    k_theta = (COPPER_K + theta + 25 - test["coolant_c"]) / (COPPER_K + theta)
    friction, iron, no_load = constant_losses(d["no_load"], un)
    i0 = next(q["i_a"] for q in d["no_load"]["points"] if q["u_v"] == un)
    share = 0.005 if mistake == "allowance-end" else 0.025 - 0.005 * math.log10(rated["power_w"] / 1000)
    points, readings = [], []
    for p in test["points"]:
        q = at_rated_voltage(p, d["no_load"], un, mistake)
        if mistake == "slip-scaled":
            q["n_rpm"] = 1500 - (1500 - q["n_rpm"]) * (p["u_v"] / un) ** 2
        row = losses(q, p["r_ohm"], pairs, friction, iron)
        points.append({"i_a": q["i_a"], "p1_w": q["p1_w"]} | {
            k: row[k] for k in ("slip", "stator_w", "iron_w", "rotor_w", "friction_windage_w")})
        readings.append(q)
    full = [p["load_percent"] for p in test["points"]].index(100)
    base = test["points"][full]["p1_w"] if mistake == "allowance-reduced" else readings[full]["p1_w"]
    stray = share * base
    correction = 1.0 if mistake == "no-correction" else k_theta
    for p, q in zip(points, readings):
        p["additional_load_w"] = stray * (q["i_a"] ** 2 - i0 ** 2) / (readings[full]["i_a"] ** 2 - i0 ** 2)
        p["efficiency"] = corrected(q, p, p["additional_load_w"], correction)[2]
    one = losses(readings[full], hot, pairs, friction, iron)
    out, _, gb = corrected(readings[full], one, stray, correction)
    return {"method": "G1", "standard": "GB/T 1032-2023", "valid": True,
            "winding": {"resistance_hot_ohm": hot, "temperature_c": theta, "k_theta": k_theta},
            "no_load": no_load, "points": points, "rated": out, "efficiency": gb}


if __name__ == "__main__":
    write("G1", "Vector of G1: synthetic 2500 kW, 6 kV, 50 Hz, 4 poles; not a real motor.", SHEET, evaluate,
          MISTAKES, TEXT, unprinted=("no_load.",))
