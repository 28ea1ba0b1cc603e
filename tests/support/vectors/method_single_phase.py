# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of 2-1-1A for a single-phase motor: output over input, no correction to 25 degrees."""
import math
import random

from algebra import cubic
from readings import COPPER_K
from vector import write

RANDOM = random.Random(1)
POWER_W = 370.0


def reading(percent):
    """A capacitor-run motor of 370 W, 220 V, 4 poles."""
    x = percent / 100
    n = 1500 - 68 * x - 9 * x * x
    t = 2.518 * x * (1 + RANDOM.gauss(0, 5e-4))
    p1 = 2 * math.pi * n / 60 * t + 62 + 12 * x + 68 * x * x
    factor = 0.70 + 0.25 * min(x, 1.0) + 0.01 * x
    return {"u_v": "220.0", "i_a": f"{p1 / 220 / factor:.4f}", "p1_w": f"{p1:.2f}", "t_nm": f"{t:.4f}",
            "n_rpm": f"{n:.1f}", "f_hz": "50.00"}


SHEET = {
    "sheet": {"method": "2-1-1A", "standard": '"GB/T 9651-2022"'},
    "motor": {"id": '"vector-1ph-370w"', "kind": "single-phase-capacitor-run", "conductor": "copper",
              "sealing_ring": "none",
              "rated": {"power_w": "370", "voltage_v": "220", "frequency_hz": "50", "poles": "4"}},
    "load": {"points": [{"load_percent": str(x)} | reading(x) for x in (125, 115, 100, 75, 50, 25)]},
}
WINDINGS = SHEET | {
    "rated_load": reading(99) | {"main_a": "2.1160", "auxiliary_a": "1.0840", "capacitor_v": "338.5",
                                 "coolant_c": "18.6"},
    "windings": {"main_cold_ohm": "9.412", "auxiliary_cold_ohm": "17.530", "cold_c": "20.3",
                 "main_hot_ohm": "11.986", "auxiliary_hot_ohm": "21.744"},
}
WINDING_MISTAKES = {
    "one-temperature": "factor of the main winding for both",
    "cold-r": "losses with the cold resistances",
    "line-current": "line current in the main winding",
    "three-phase-ps": "losses with 1.5 I² R",
    "coolant-sign": "coolant correction with the sign turned",
}
MISTAKES = {
    "three-phase": "power factor with the root of three",
    "rpm": "output as T n/9.55 with 9.5 for 9.549",
    "pole-pairs": "slip with poles for pole pairs",
    "synchronous": "output at the synchronous speed",
    "rotor-loss": "rotor loss s (P1 − P0) taken off as in three-phase motors",
}
TEXT = """
# 2-1-1A, single-phase: output over input

Synthetic 370 W capacitor-run motor, 220 V, 50 Hz, 4 poles; not a real motor. Generator:
`tests/support/vectors/method_single_phase.py`.

| formula | mark |
|---|---|
| `P2 = 2π n T`, `η = P2/P1` at each point | M+ |
| `cos φ = P1/(U I)`: one phase | follows |
| `s = 1 − p n/f` | M+ |
| no correction to 25 °C: whether GB/T 9651-2022 corrects is not known (U); rotor loss of a single-phase motor is not s times the air-gap power | U |
| without a rated-load reading the efficiency is that at rated output: cubic through two points on each side | M+ |

Compared with `motorbench evaluate`: all members agree.
"""

WINDING_TEXT = """
# 2-1-1A, single-phase: losses of both windings

The motor of `single-phase.md` with the currents and resistances of main and auxiliary winding. Generator:
`tests/support/vectors/method_single_phase.py`.

| formula | mark |
|---|---|
| `P2 = 2π n T`, `η = P2/P1` of the rated-load reading | M+ |
| each winding: `θ = R/Rcold (k + θ1) − k`, `kθ = (k + θ + 25 − θc)/(k + θ)`, loss `I² R` with its own current | M+ |
| `ΔPs = Σ (kθ − 1) I² R`, rotor loss not corrected; `η25 = P2/(P1 + ΔPs)` for information | M (procedures A2) |

Compared with `motorbench evaluate`: all members agree.
"""


def windings(d, mistake):
    """Losses of main and auxiliary winding and what 25 degrees of coolant add to them."""
    full, given, losses, change, factors = d["rated_load"], d["windings"], [], 0.0, []
    for name in ("main", "auxiliary"):
        cold, hot = given[f"{name}_cold_ohm"], given[f"{name}_hot_ohm"]
        theta = hot / cold * (COPPER_K + given["cold_c"]) - COPPER_K
        away = (full["coolant_c"] - 25) if mistake == "coolant-sign" else (25 - full["coolant_c"])
        factors.append((COPPER_K + theta + away) / (COPPER_K + theta))
        i = full["i_a"] if name == "main" and mistake == "line-current" else full[f"{name}_a"]
        loss = (1.5 if mistake == "three-phase-ps" else 1.0) * i * i * (cold if mistake == "cold-r" else hot)
        losses.append((theta, loss))
        change += (factors[0 if mistake == "one-temperature" else -1] - 1) * loss
    out = 2 * math.pi * full["n_rpm"] / 60 * full["t_nm"]
    return {"method": "2-1-1A", "standard": "GB/T 9651-2022", "valid": True, "efficiency": out / full["p1_w"],
            "windings": {"main_c": losses[0][0], "auxiliary_c": losses[1][0], "main_w": losses[0][1],
                         "auxiliary_w": losses[1][1],
                         "correction_w": change, "efficiency_corrected": out / (full["p1_w"] + change)}}


def evaluate(d, mistake):
    pairs, points = d["motor"]["rated"]["poles"] / 2, []
    for p in d["load"]["points"]:
        n = 60 * p["f_hz"] / pairs if mistake == "synchronous" else p["n_rpm"]
        out = p["t_nm"] * n / 9.5 if mistake == "rpm" else 2 * math.pi * n / 60 * p["t_nm"]
        factor = p["p1_w"] / p["u_v"] / p["i_a"] / (math.sqrt(3) if mistake == "three-phase" else 1.0)
        slip = 1 - (2 if mistake == "pole-pairs" else 1) * pairs * p["n_rpm"] / 60 / p["f_hz"]
        out -= slip * (p["p1_w"] - 62) if mistake == "rotor-loss" else 0.0
        points.append({"slip": slip, "power_factor": factor, "output_w": out, "efficiency": out / p["p1_w"]})
    efficiency = cubic([p["output_w"] for p in points], [p["efficiency"] for p in points], POWER_W)
    return {"method": "2-1-1A", "standard": "GB/T 9651-2022", "valid": True, "points": points,
            "efficiency": efficiency, "efficiency_at_rated_output": efficiency}


if __name__ == "__main__":
    write("single-phase", "Vector of 2-1-1A, single-phase: synthetic 370 W capacitor-run motor, 220 V, 50 Hz; not a"
          " real motor.", SHEET, evaluate, MISTAKES, TEXT, special={"rated_output": 6})
    write("single-phase-windings", "Vector of 2-1-1A with both windings: synthetic 370 W capacitor-run motor, 220 V,"
          " 50 Hz; not a real motor.", WINDINGS, windings, WINDING_MISTAKES, WINDING_TEXT)
