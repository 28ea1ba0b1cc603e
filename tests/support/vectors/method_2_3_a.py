# SPDX-License-Identifier: GPL-3.0-or-later
"""Vector of IEC 2-3-A: converter-fed motor, input-output at the seven points, losses between them."""
import math
import random

from algebra import solve
from vector import write

RANDOM = random.Random(23)
POINTS = [(90, 100), (50, 100), (25, 100), (90, 50), (50, 50), (50, 25), (25, 25)]
POWER_W, BASE_RPM = 15000.0, 1480.0
TORQUE_NM = POWER_W / (2 * math.pi * BASE_RPM / 60)
AT = [(100, 100), (75, 75), (60, 90), (30, 40)]


def truth(n, t):
    return 62 + 95 * n + 120 * n * n + 75 * n * t * t + 48 * n * n * t * t + 40 * t + 690 * t * t


def reading(speed, torque):
    n, t = BASE_RPM * speed / 100, TORQUE_NM * torque / 100 * (1 + RANDOM.gauss(0, 1e-3))
    p1 = 2 * math.pi * n / 60 * t + truth(speed / 100, t / TORQUE_NM)
    return {"speed_percent": str(speed), "torque_percent": str(torque), "p1_w": f"{p1:.1f}", "t_nm": f"{t:.3f}",
            "n_rpm": f"{n:.1f}"}


SHEET = {
    "sheet": {"method": "2-3-A", "standard": '"IEC 60034-2-3:2020"'},
    "motor": {"id": '"vector-vsd-15kw"', "kind": "converter-fed-induction", "conductor": "copper",
              "sealing_ring": "none",
              "rated": {"power_w": "15000", "voltage_v": "400", "frequency_hz": "50", "poles": "4",
                        "speed_rpm": "1480"}},
    "points": [reading(*p) for p in POINTS],
    "at": [{"speed_percent": str(n), "torque_percent": str(t)} for n, t in AT],
}
MISTAKES = {
    "percent-order": "speed and torque exchanged",
    "rpm": "n in r/min over 60 forgotten (P2 = 2π n T/100)",
    "linear-torque": "c4 n T instead of c4 n T²",
    "nominal": "readings at the nominal torque instead of the measured one",
    "synchronous": "speed per unit of 1500 instead of the base speed",
    "output-of-nominal": "output from the nominal torque",
}
TEXT = """
# IEC 60034-2-3 2-3-A: seven points and the losses between them

Synthetic 15 kW, 1480 r/min, converter-fed; not a real motor. Generator: `tests/support/vectors/method_2_3_a.py`.
The label is that of the IEC text; GB/T 22670-2018 calls it 2-3-C.

| formula | mark |
|---|---|
| `P2 = 2π n T`, `PL = P1 − P2`, `η = P2/P1` at the seven points (90,100) (50,100) (25,100) (90,50) (50,50) (50,25) (25,25) | points M+, V |
| `PL(n,T) = c1 + c2 n + c3 n² + c4 n T² + c5 n² T² + c6 T + c7 T²`, per unit, through all seven (7 × 7, pivoting) | M |
| PL(1,1) = 1.4423 P1 − 0.7500 P2 + 0.3077 P3 | follows by algebra |
| at a wanted point `P2 = n T PN`, `η = P2/(P2 + PL)` | M |
| n and T of a reading: as measured, over the base speed and the rated torque PN/(2π nN) | reading of this vector |

The printed efficiency of the whole sheet is that of the first point. Generating truth (W): 62, 95, 120, 75, 48, 40, 690.

Compared with `motorbench evaluate`: all members agree. A first computation put the readings at their nominal torque
(mutation "nominal torque"), which the text of the specification allows as well; the loss belongs to the torque that was
there, so the program's choice is the better one.
"""


def terms(n, t, mistake=None):
    t4 = t if mistake == "linear-torque" else t * t
    return [1.0, n, n * n, n * t4, n * n * t * t, t, t * t]


def evaluate(d, mistake):
    rated = d["motor"]["rated"]
    torque_nm = rated["power_w"] / (2 * math.pi * rated["speed_rpm"] / 60)
    points, rows, losses = [], [], []
    for p in d["points"]:
        n, t = p["n_rpm"] / rated["speed_rpm"], p["t_nm"] / torque_nm
        if mistake == "nominal":
            n, t = p["speed_percent"] / 100, p["torque_percent"] / 100
        if mistake == "synchronous":
            n = p["n_rpm"] / 1500
        if mistake == "percent-order":
            n, t = t, n
        torque = p["torque_percent"] / 100 * torque_nm if mistake == "output-of-nominal" else p["t_nm"]
        out = 2 * math.pi * p["n_rpm"] / (100 if mistake == "rpm" else 60) * torque
        points.append({"output_w": out, "loss_w": p["p1_w"] - out, "efficiency": out / p["p1_w"]})
        rows.append(terms(n, t, mistake))
        losses.append(p["p1_w"] - out)
    c = solve(rows, losses)
    at = []
    for wanted in d["at"]:
        n, t = wanted["speed_percent"] / 100, wanted["torque_percent"] / 100
        loss = sum(a * b for a, b in zip(c, terms(n, t, mistake)))
        out = n * t * rated["power_w"]
        at.append({"output_w": out, "loss_w": loss, "efficiency": out / (out + loss)})
    return {"method": "2-3-A", "standard": "IEC 60034-2-3:2020", "valid": True, "points": points,
            "coefficients_w": c, "at": at,
            "efficiency": points[0]["efficiency"]}


if __name__ == "__main__":
    write("2-3-A", "Vector of IEC 2-3-A: synthetic 15 kW converter-fed motor, 1480 r/min; not a real motor.",
          SHEET, evaluate, MISTAKES, TEXT, special={f"coefficients_w.{i}": 3 for i in range(7)})
