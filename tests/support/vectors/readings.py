# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings of a synthetic induction motor, noted with the digits of a laboratory; a fixed seed adds noise."""
import math
import random

COPPER_K = 235.0


class Laboratory:
    """The motor at its bench: cold resistance, hot winding, what is noted of each reading."""

    def __init__(self, motor, seed, cold_c, hot_c, coolant_c, noise=2e-4):
        self.motor, self.random, self.noise = motor, random.Random(seed), noise
        self.cold_c, self.hot_c, self.coolant_c = cold_c, hot_c, coolant_c

    def noisy(self, value, digits, noise=None):
        return f"{value * (1 + self.random.gauss(0, self.noise if noise is None else noise)):.{digits}f}"

    def warm(self, c):
        return (COPPER_K + c) / (COPPER_K + self.hot_c)

    def line_ohm(self, c):
        return 2 * self.motor.r1_ohm * self.warm(c)

    def cold(self):
        return {"resistance_ohm": f"{self.line_ohm(self.cold_c):.5f}", "temperature_c": f"{self.cold_c:.1f}"}

    def point(self, torque, c, with_torque, coolant=False):
        s = self.motor.loaded(self.motor.u_v, torque, self.warm(c))
        p = {"u_v": f"{self.motor.u_v:.1f}", "i_a": self.noisy(s["i"], 2, 1e-4), "p1_w": self.noisy(s["p1"], 1)}
        if with_torque:
            p["t_nm"] = self.noisy(s["t"], 2)
        p |= {"n_rpm": f"{s['n']:.1f}", "f_hz": "50.00"}
        if coolant:
            p["coolant_c"] = f"{self.coolant_c:.1f}"
        return p

    def cooling(self, first_s=20, step_s=10, count=10, tau_s=900.0):
        return [{"t_s": str(t), "r_ohm": self.noisy(self.line_ohm(
            self.coolant_c + (self.hot_c - self.coolant_c) * math.exp(-t / tau_s)), 5, 2e-5)}
            for t in range(first_s, first_s + count * step_s, step_s)]

    def load(self, rated_torque, with_torque, drop_c=4.0):
        percents = [125, 115, 100, 75, 50, 25]
        points = []
        for i, percent in enumerate(percents):
            c = self.hot_c - drop_c * i / (len(percents) - 1)
            points.append({"load_percent": str(percent)} |
                          self.point(rated_torque * percent / 100, c, with_torque))
        return {"r_before_ohm": f"{self.line_ohm(self.hot_c):.5f}",
                "r_after_ohm": f"{self.line_ohm(self.hot_c - drop_c):.5f}", "points": points}

    def no_load(self, warm_c, drop_c=4.0):
        points = []
        for i, percent in enumerate([110, 100, 95, 90, 60, 50, 40, 30]):
            u = self.motor.u_v * percent / 100
            s = self.motor.unloaded(u, self.warm(warm_c - drop_c * i / 7))
            points.append({"u_v": f"{u:.1f}", "i_a": self.noisy(s["i"], 3, 1e-4), "p0_w": self.noisy(s["p1"], 2)})
        return {"r_before_ohm": f"{self.line_ohm(warm_c):.5f}",
                "r_after_ohm": f"{self.line_ohm(warm_c - drop_c):.5f}", "points": points}
