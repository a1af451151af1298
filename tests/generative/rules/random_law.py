"""Invents models of the law: tables of every hit policy and expressions of every compiled form, in a chain.

Everything is drawn from one random.Random, so a seed names a model and a failure can be kept as a case.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.spec.rules.drawing import Drawn, draw

from amends import rules

INPUTS = {
    "kind": 'string "house", "flat", "dacha", "garage"',
    "town": 'string "Одеса", "Херсон", "Ізюм"',
    "note": "string",
    "lives": "boolean",
    "area": "number [0.0..999.9]",
    "cost": "number [-99999.99..99999.99]",
    "rooms": "number [-20..20]",
    "share": "number [0.0001..1.0000]",
    "lost": 'date [date("2022-02-24")..date("2026-12-31")]',
    "filed": "date",
}
_KINDS = {
    "kind": "text",
    "town": "text",
    "note": "free",
    "lives": "truth",
    "area": "number",
    "cost": "number",
    "rooms": "number",
    "share": "number",
    "lost": "date",
    "filed": "date",
}
_CHOICES = {
    "kind": ["house", "flat", "dacha", "garage"],
    "town": ["Одеса", "Херсон", "Ізюм"],
    "note": ["", "так", "ні"],
}
_ROUNDINGS = ("round half up", "round half even", "round half down", "round up", "round down", "decimal")


def law(seed: int) -> rules.Model:
    """The model of a seed."""
    return rules.load(text(seed), name=f"law {seed}")


def text(seed: int) -> str:
    """The DMN text of a seed."""
    return _Author(random.Random(seed)).write()


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = {kind: [name for name, k in _KINDS.items() if k == kind] for kind in set(_KINDS.values())}

    def write(self) -> str:
        decisions: dict[str, str | Drawn] = {}
        for n in range(self.chance.randint(2, 5)):
            kind = self.chance.choice(["number", "number", "text", "truth", "date"])
            name = f"D{n} {kind}"
            made: str | Drawn = self.table(kind) if self.chance.random() < 0.6 else self.rounded(kind)
            decisions[name] = made
            if isinstance(made, str) or made.policy in ("UNIQUE", "FIRST", "ANY", "PRIORITY"):
                if kind != "text":  # texts of rules would need their own values in the cells that test them
                    self.names[kind].append(name)
            elif made.aggregation:
                self.names["number"].append(name)
        return draw(INPUTS, decisions, {"extra(n)": "n * 2 + 1", "rate(n, d)": "round half up(n / d, 3)"})

    def rounded(self, kind: str) -> str:
        """A decision's expression; its numbers are rounded, so that digits do not grow without end."""
        made = self.expression(kind, 3)
        return f"{self.chance.choice(_ROUNDINGS)}({made}, {self.chance.randint(0, 3)})" if kind == "number" else made

    # -- tables

    def table(self, kind: str) -> Drawn:
        policies = ["UNIQUE", "FIRST", "FIRST", "ANY", "PRIORITY", "RULE ORDER", "OUTPUT ORDER"]
        policy, aggregation = self.chance.choice(policies), ""
        if kind == "number" and self.chance.random() < 0.4:
            policy, aggregation = "COLLECT", self.chance.choice(["SUM", "MIN", "MAX", "COUNT"])
        columns = [self.column() for _ in range(self.chance.randint(1, 4))]
        constant = policy in ("ANY", "PRIORITY", "OUTPUT ORDER") or aggregation in ("MIN", "MAX")
        outputs = [self.constant(kind) for _ in range(3)]
        rows = []
        for _ in range(self.chance.randint(1, 9)):
            tests = [self.cell(name) for name in columns]
            output = self.chance.choice(outputs)
            if not constant and self.chance.random() < 0.4:
                output = self.rounded(kind)
            rows.append(f"{' | '.join(tests)} => {output}")
        ranked = policy in ("PRIORITY", "OUTPUT ORDER")
        default = (
            self.constant(kind) if self.chance.random() < 0.4 and policy not in ("RULE ORDER", "OUTPUT ORDER") else ""
        )
        return Drawn(
            f"{' | '.join(columns)} => ",
            policy,
            rows,
            default=default,
            values=", ".join(dict.fromkeys(outputs)) if ranked else "",
            aggregation=aggregation,
        )

    def column(self) -> str:
        kind = self.chance.choice(["text", "text", "free", "truth", "number", "number", "date"])
        if kind == "number" and self.chance.random() < 0.2:
            return self.rounded("number")
        return self.chance.choice(self.names[kind])

    def cell(self, name: str) -> str:
        if self.chance.random() < 0.25:
            return "-"
        kind = _KINDS.get(name, name.rpartition(" ")[2] if " " in name and "(" not in name else "number")
        if kind in ("text", "free"):
            chosen = self.chance.sample(_CHOICES[name], self.chance.randint(1, 2))
            made = ", ".join(f'"{value}"' for value in chosen)
            return self.chance.choice([made, made, f"not({made})", "null", f'= "{chosen[0]}"'])
        if kind == "truth":
            return self.chance.choice(["true", "false", "null", "not(true)"])
        return self.ordered_cell(self.number if kind == "number" else self.day, kind)

    def ordered_cell(self, literal: Callable[[], str], kind: str) -> str:
        low, high = literal(), literal()
        if kind == "number" and float(low) > float(high):
            low, high = high, low
        if kind == "date" and low > high:
            low, high = high, low
        left, right = self.chance.choice("[("), self.chance.choice("])")
        forms = [
            f"{left}{low}..{high}{right}",
            f"{self.chance.choice(['<', '<=', '>', '>='])} {low}",
            low,
            f"not({low}, > {high})",
            f"< {low}, [{high}..{high}]",
            "null",
            f"? > {low} and ? < {high}",
            f"> {self.chance.choice(self.names[kind])}",
            f"[{low}..{self.chance.choice(self.names[kind])})",
        ]
        return self.chance.choice(forms)

    # -- expressions

    def constant(self, kind: str) -> str:
        match kind:
            case "number":
                return self.number()
            case "text":
                return self.chance.choice(['"pay"', '"refuse"', '"wait"'])
            case "truth":
                return self.chance.choice(["true", "false"])
        return self.day()

    def number(self) -> str:
        return self.chance.choice(["0", "1", "-1", "2.5", "10", "0.005", "99.99", "-7.25", "1000", "33.333"])

    def day(self) -> str:
        return self.chance.choice([f'date("{d}")' for d in ("2022-02-24", "2023-01-31", "2024-02-29", "2025-12-31")])

    def expression(self, kind: str, depth: int) -> str:
        if depth == 0 or self.chance.random() < 0.2:
            names = self.names.get(kind, [])
            return self.chance.choice(names) if names and self.chance.random() < 0.8 else self.constant(kind)
        if self.chance.random() < 0.2:
            then, other = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
            return f"(if {self.expression('truth', depth - 1)} then {then} else {other})"
        return {"number": self.of_number, "text": self.of_text, "truth": self.of_truth, "date": self.of_date}[kind](
            depth - 1
        )

    def of_number(self, depth: int) -> str:
        a, b = (self.expression("number", depth) for _ in range(2))
        day, other = (self.expression("date", depth) for _ in range(2))
        mode, places = self.chance.choice(_ROUNDINGS), self.chance.randint(0, 4)
        return self.chance.choice(
            [
                f"({a} + {b})",
                f"({a} - {b})",
                f"({mode}({a}, 2) * {mode}({b}, 1))",
                f"-{a}" if not a.startswith("-") else a,
                f"{mode}({a} / {b}, {places})",
                f"{mode}({a} / 7, {places})",
                f"{mode}({a}, {places})",
                f"floor({a})",
                f"ceiling({a})",
                f"abs({a})",
                f"modulo({mode}({a}, 2), 3)",
                f"min({a}, {b})",
                f"max({a}, {b}, 0)",
                f"sum({a}, {b})",
                f"sum(for n in 1..3 return n * round down({a}, 1))",
                "sum(for n in 1..rooms return n)",
                f"{day}.{self.chance.choice(['year', 'month', 'day', 'weekday'])}",
                f"({day} - {other}).days",
                f"years and months duration({day}, {other}).{self.chance.choice(['years', 'months'])}",
                f"extra(round down({a}, 1))",
                f"rate({a}, {b})",
                f"count([{a}, {b}])",
                f"{{v: {a}, w: v + 1}}.w",
                "string length(kind)",
            ]
        )

    def of_text(self, depth: int) -> str:
        return self.chance.choice(
            ['"pay"', '"wait"', "kind", "town", "upper case(kind)", "substring(town, 1, 2)", "note"]
        )

    def of_truth(self, depth: int) -> str:
        a, b = (self.expression("number", depth) for _ in range(2))
        p, q = (self.expression("truth", depth) for _ in range(2))
        day, other = (self.expression("date", depth) for _ in range(2))
        sign = self.chance.choice(["=", "!=", "<", "<=", ">", ">="])
        return self.chance.choice(
            [
                f"({a} {sign} {b})",
                f"({a} {sign} {self.number()})",
                f"({a} / {b} {sign} {self.number()})",
                f"({day} {sign} {other})",
                f"({p} and {q})",
                f"({p} or {q})",
                f"not({p})",
                f"({a} between {self.number()} and {b})",
                f"({a} in [{self.number()}..{self.number()}])",
                f"({a} in ({self.number()}..{b}])",
                f"({a} in (< {self.number()}, {b}))",
                f"({a} = null)",
                f"({p} = {q})",
                '(kind in ("house", "flat"))',
                '(town = "Ізюм")',
                "(kind = town)",
                "(kind != note)",
                'list contains(["house", "так"], kind)',
                'starts with(note, "т")',
                f"(some n in [1, 5, 20] satisfies n > {a})",
                f"(every n in 1..3 satisfies n * 2 < {a})",
                f'({day} > date("2023-06-30") - duration("P3M"))',
            ]
        )

    def of_date(self, depth: int) -> str:
        day = self.expression("date", depth)
        length = self.chance.choice(["P1M", "P13M", "P2Y", "P30D", "P1D", "P400D"])
        return self.chance.choice(
            [f'({day} + duration("{length}"))', f'({day} - duration("{length}"))', "date(2024, rooms, 29)"]
        )
