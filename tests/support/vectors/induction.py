# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic induction motor (one phase of the star circuit) and the losses of IEC 60034-2-1 that all its
methods share. The motor only makes plausible readings; what is compared comes from the rounded readings."""
import cmath
import math

from algebra import line, parabola

ROOT3 = math.sqrt(3)


class Motor:
    def __init__(self, **values):
        self.__dict__.update(values)

    def iron_and_magnetising(self, e):
        """Iron loss and magnetising current of three phases at the inner phase voltage e."""
        x = e / (self.u_v / ROOT3)
        return self.iron_w * x ** 1.9, self.magnetising_a * (0.9 * x + 0.1 * x ** 7)

    def at(self, u, slip, warm, f=50.0, reverse=False):
        """Phasors at line voltage u: current, input, air-gap power. warm: resistance over resistance hot."""
        share, phase = f / 50.0, u / ROOT3
        e = complex(phase * 0.95)
        for _ in range(300):
            iron, magnetising = self.iron_and_magnetising(abs(e) / share)
            iron *= share ** 1.5
            rotor = e / complex(self.r2_ohm * warm / slip, self.x2_ohm * share) if slip else 0.0
            i0 = complex(iron / 3 / abs(e), 0) * e / abs(e) - 1j * magnetising * e / abs(e)
            i = i0 + rotor
            e = 0.5 * e + 0.5 * (phase - i * complex(self.r1_ohm * warm, self.x1_ohm * share))
        gap = 3 * abs(rotor) ** 2 * self.r2_ohm * warm / slip if slip else 0.0
        p1 = 3 * (phase * i.conjugate()).real
        return {"i": abs(i), "p1": p1, "gap": gap, "i2": abs(rotor), "iron": iron}

    def shaft(self, u, slip, warm):
        s = self.at(u, slip, warm)
        stray = self.stray_w * (s["i2"] / self.stray_a) ** 2
        s["out"] = s["gap"] * (1 - slip) - self.friction_w * (1 - slip) ** 2.5 - stray
        s["n"] = 3000.0 / self.pairs * (1 - slip)
        s["t"] = s["out"] / (2 * math.pi * s["n"] / 60)
        return s

    def loaded(self, u, torque, warm):
        low, high = 1e-6, 0.08
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.shaft(u, middle, warm)["t"] < torque else (low, middle)
        return self.shaft(u, low, warm)

    def unloaded(self, u, warm):
        s = self.loaded(u, 0.0, warm)
        return s


def cooling_fit(readings, cold, k, coolant, mistake=None):
    """Resistance at t = 0: ln(theta - coolant) on t over all readings."""
    def theta(r):
        return r / cold["resistance_ohm"] * (k + cold["temperature_c"]) - k
    slope, start, _ = line([c["t_s"] for c in readings],
                           [math.log(theta(c["r_ohm"]) - coolant) for c in readings])
    at = 30.0 if mistake == "delay" else 0.0
    hot = coolant + math.exp(start + slope * at)
    return cold["resistance_ohm"] * (k + hot) / (k + cold["temperature_c"]), hot


def constant_losses(no_load, rated_v, mistake=None):
    """Friction and windage (intercept on U0 squared), iron loss as a function of voltage, the points."""
    points, before, after = no_load["points"], no_load["r_before_ohm"], no_load["r_after_ohm"]
    first, last = points[0]["p0_w"], points[-1]["p0_w"]
    out = []
    for i, p in enumerate(points):
        share = (p["p0_w"] - last) / (first - last)
        if mistake == "r0-time":
            share = 1 - i / (len(points) - 1)
        r = after + (before - after) * share
        stator = 1.5 * p["i_a"] ** 2 * r
        out.append({"r_ohm": r, "stator_w": stator, "constant_w": p["p0_w"] - stator})
    low = [(p, o) for p, o in zip(points, out) if p["u_v"] <= 0.605 * rated_v]
    power = 1 if mistake == "intercept-u" else 2
    _, friction, r = line([p["u_v"] ** power for p, _ in low], [o["constant_w"] for _, o in low])
    band = [(p, o) for p, o in zip(points, out) if 0.895 * rated_v <= p["u_v"] <= 1.105 * rated_v]
    iron = parabola([p["u_v"] for p, _ in band], [o["constant_w"] - friction for _, o in band])
    return friction, iron, {"friction_windage_w": friction, "r": r, "points": out}


def inner_voltage(p, r):
    factor = p["p1_w"] / (ROOT3 * p["u_v"] * p["i_a"])
    drop = ROOT3 / 2 * p["i_a"] * r
    return factor, math.hypot(p["u_v"] - drop * factor, drop * math.sqrt(max(0.0, 1 - factor ** 2)))


def losses(p, r, pairs, friction, iron, mistake=None):
    """Losses of one reading without stray loss, not corrected for temperature."""
    factor, inner = inner_voltage(p, r)
    slip = 1 - pairs * p["n_rpm"] / 60 / p["f_hz"]
    stator = (3.0 if mistake == "ps-3" else 1.5) * p["i_a"] ** 2 * r
    core = iron(p["u_v"] if mistake == "iron-at-u" else inner)
    rotor = (p["p1_w"] - stator - (0.0 if mistake == "rotor-without-iron" else core)) * slip
    scaled = friction * (1.0 if mistake == "friction-not-scaled" else (1 - slip) ** 2.5)
    return {"r_ohm": r, "slip": slip, "stator_w": stator, "power_factor": factor, "inner_voltage_v": inner,
            "iron_w": core, "rotor_w": rotor, "friction_windage_w": scaled}


def corrected(p, one, stray, k_theta, iec_form=True):
    """Losses at 25 degrees coolant and the efficiency of one reading."""
    stator, slip = one["stator_w"] * k_theta, one["slip"] * k_theta
    rotor = (p["p1_w"] - stator - one["iron_w"]) * slip
    total = stator + rotor + one["iron_w"] + one["friction_windage_w"] + stray
    p1 = p["p1_w"] - (one["stator_w"] - stator + one["rotor_w"] - rotor)
    iec, direct = (p1 - total) / p1, (p["p1_w"] - total) / p["p1_w"]
    return {"slip": slip, "stator_w": stator, "rotor_w": rotor, "iron_w": one["iron_w"],
            "friction_windage_w": one["friction_windage_w"], "additional_load_w": stray, "total_w": total,
            "input_w": p1}, iec, direct


def load_resistance(load, mistake=None):
    """Before at and above 100 %, below linear in load to after. Without torque the load is the nominal one."""
    points, before, after = load["points"], load["r_before_ohm"], load["r_after_ohm"]
    top = next(p for p in points if p["load_percent"] == 100)
    key = "t_nm" if "t_nm" in top else "load_percent"
    bottom = points[-1][key] / top[key]
    out = []
    for p in points:
        share = (p[key] / top[key] - bottom) / (1 - bottom)
        out.append(before if p["load_percent"] >= 100 or mistake == "r-constant" else
                   after + (before - after) * share)
    return out
