"""How is a caseload made? Column by column, from one seed: the same seed gives the same bytes.

The file has the columns of the standard claims file, all as text, as files have them. Beside the good claims stand
planted ones, whose truth goes to a second file (claim, other, kind), and a few rows that intake must set aside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from amends.claims.caseload import shares
from amends.claims.caseload.claimants import Claimants, invent
from amends.claims.caseload.shares import Answers, Shares
from amends.programmes.programme import Programme, Question
from amends.refusal import Refusal

CLAIMS_PER_CLAIMANT = 1.15
OPTIONAL_EVIDENCE = 0.5
SPREAD = 0.7  # of the logarithm, where a spread has a median
Progress = Callable[[int, int], None]
Columns = dict[str, np.ndarray]


class CaseloadUnusable(Refusal):
    """No caseload can be written like this."""


def write(
    programme: Programme,
    *,
    claims: int,
    seed: int,
    out: Path,
    truth: Path | None = None,
    dirty: float = 0.002,
    progress: Progress | None = None,
) -> int:
    """Writes `claims` well-formed claims and the share `dirty` of rows that are not; returns the number of rows.

    `out` ends in .parquet or .csv. Both files appear whole or not at all.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise CaseloadUnusable(
            f"{out.name}: a caseload is written as .parquet or .csv.",
            "The ending says which.",
            f"Write for example {out.with_suffix('.parquet').name}.",
        )
    if claims < 1:
        raise CaseloadUnusable("A caseload needs at least one claim.")
    steps = _Steps(progress)
    rng = np.random.default_rng(seed)
    plan = shares.of(programme)
    columns, planted = _claims(programme, plan, rng, claims, steps)
    columns = _with_dirt(columns, rng, round(claims * dirty))
    with _whole(out) as file:
        _write_table(columns, file, out.suffix)
    with _whole(truth or out.with_suffix(".truth.csv")) as file:
        pa.csv.write_csv(
            pa.table({name: pa.array(list(values), pa.string()) for name, values in planted.items()}), file
        )
    steps.done()
    return len(columns["claim"])


class _Steps:
    """Progress in the few large steps that making consists of."""

    total = 6

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._at = progress, 0

    def done(self) -> None:
        self._at += 1
        if self._progress:
            self._progress(self._at, self.total)


# ------------------------------------------------------------------ good claims


def _claims(
    programme: Programme, plan: Shares, rng: np.random.Generator, count: int, steps: _Steps
) -> tuple[Columns, Columns]:
    sisters = _sisters(programme)
    twice, again = int(count * plan.duplicates), int(count * plan.overlaps) if sisters else 0
    honest = max(1, count - twice - again)
    category = _weighted(rng, plan.categories, honest)
    filed = _filing_days(programme, plan, rng, category)
    steps.done()
    kinds = np.array([programme.categories[code].claimants[0] for code in category], dtype=object)
    claimants = invent(rng, kinds, household=plan.household, largest=plan.household_largest)
    steps.done()
    whose = _whose(rng, kinds)
    columns = {**_people(claimants, whose), "category": category, "filed_at": _moments(rng, filed)}
    columns["evidence"] = _evidence(programme, plan, rng, category)
    for name, question in programme.questions.items():
        asked_in = [code for code, each in programme.categories.items() if name in each.questions]
        given = _answers(rng, question, plan.answers[name], filed)
        columns[name] = np.where(np.isin(category.astype(str), asked_in), given, "")
    steps.done()
    columns, planted = _plant(sisters, columns, rng, twice, again)
    steps.done()
    order = np.argsort(columns["filed_at"], kind="stable")
    columns = {name: values[order] for name, values in columns.items()}
    steps.done()
    return columns, planted


def _weighted(rng: np.random.Generator, weights: Mapping[str, float], count: int) -> np.ndarray:
    names = np.array(list(weights), dtype=object)
    share = np.array(list(weights.values()), dtype=float)
    return names[rng.choice(len(names), size=count, p=share / share.sum())]


def _filing_days(programme: Programme, plan: Shares, rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """The day each claim is filed: evenly, with a burst when its category opens."""
    days = np.arange(np.datetime64(plan.first_day), np.datetime64(plan.last_day) + 1)
    filed = np.empty(len(category), dtype="datetime64[D]")
    for code in np.unique(category):
        opens = programme.categories[code].opens_on or plan.first_day
        open_days = days[days >= np.datetime64(min(opens, plan.last_day))]
        weight = np.ones(len(open_days))
        for burst in plan.bursts:
            if burst.category in (code, ""):
                since = (open_days - np.datetime64(burst.day)).astype(int)
                weight += np.where(since >= 0, burst.weight * 0.5 ** (np.maximum(since, 0) / burst.half_life_days), 0)
        mine = category == code
        filed[mine] = open_days[rng.choice(len(open_days), size=int(mine.sum()), p=weight / weight.sum())]
    return filed


def _whose(rng: np.random.Generator, kinds: np.ndarray) -> np.ndarray:
    """Which claimant files each claim: mostly somebody new, sometimes somebody of the same kind who filed before."""
    whose = np.arange(len(kinds))
    earlier = (rng.random(len(kinds)) * np.maximum(whose, 1)).astype(int)
    returns = (rng.random(len(kinds)) < 1 - 1 / CLAIMS_PER_CLAIMANT) & (kinds[earlier] == kinds)
    return np.where(returns, earlier, whose)


def _people(claimants: Claimants, whose: np.ndarray) -> Columns:
    fields = ("kind", "name", "name_latin", "birth_date", "tax_number", "household", "iban")
    columns = {
        "claim": np.char.add("c", np.char.zfill(np.arange(len(whose)).astype(str), 8)).astype(object),
        "claimant": claimants.key[whose],
    }
    columns |= {("claimant_kind" if name == "kind" else name): getattr(claimants, name)[whose] for name in fields}
    columns["language"] = np.full(len(whose), "uk", dtype=object)
    return columns


def _moments(rng: np.random.Generator, days: np.ndarray) -> np.ndarray:
    seconds = rng.integers(6 * 3600, 23 * 3600, len(days)).astype("timedelta64[s]")
    return np.char.add((days.astype("datetime64[s]") + seconds).astype(str), "Z").astype(object)


def _evidence(programme: Programme, plan: Shares, rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """The codes of the papers supplied. A claim that lacks papers lacks its first required one."""
    lacks = rng.random(len(category)) < plan.evidence_missing
    has_optional = rng.random(len(category)) < OPTIONAL_EVIDENCE
    texts = {}
    for code, each in programme.categories.items():
        required = [paper.code for paper in each.evidence if paper.required]
        optional = [paper.code for paper in each.evidence if not paper.required]
        for lack in (False, True):
            for more in (False, True):
                texts[code, lack, more] = ";".join((required[1:] if lack else required) + (optional if more else []))
    pairs = zip(category, lacks, has_optional, strict=True)
    return np.array([texts[code, bool(lack), bool(more)] for code, lack, more in pairs], dtype=object)


# ------------------------------------------------------------------ answers


def _answers(rng: np.random.Generator, question: Question, spread: Answers, filed: np.ndarray) -> np.ndarray:
    """Answers to one question as text; empty where the claimant gave none."""
    count = len(filed)
    if question.type == "date":
        given = _dates(rng, spread, filed)
    elif spread.choices:
        given = _weighted(rng, spread.choices, count)
    elif question.type == "yes-no":
        given = np.where(rng.random(count) < spread.yes, "yes", "no").astype(object)
    elif question.type == "text":
        given = np.char.add("text ", rng.integers(0, 10**6, count).astype(str)).astype(object)
    else:
        given = _numbers(rng, question, spread, count)
    answers: np.ndarray = np.where(rng.random(count) < spread.missing, "", given)
    return answers


def _dates(rng: np.random.Generator, spread: Answers, filed: np.ndarray) -> np.ndarray:
    first = np.datetime64(spread.first or date(2020, 1, 1))
    last = np.minimum(filed, np.datetime64(spread.last)) if spread.last else filed
    room = np.maximum((last - first).astype(int), 1)
    # Damage is not spread evenly: most of it lies near the beginning.
    drawn = first + (rng.random(len(filed)) ** 1.6 * room).astype("timedelta64[D]")
    too_early = first - rng.integers(1, 3000, len(filed)).astype("timedelta64[D]")
    days: np.ndarray = np.where(rng.random(len(filed)) < spread.before, too_early, drawn)
    return days.astype(str).astype(object)


def _numbers(rng: np.random.Generator, question: Question, spread: Answers, count: int) -> np.ndarray:
    low = spread.low if spread.low is not None else 0.0
    high = spread.high if spread.high is not None else max(1000.0, 20 * (spread.median or 50.0))
    if spread.median is not None:
        drawn = np.exp(rng.normal(np.log(spread.median), SPREAD, count))
    else:
        drawn = rng.uniform(low, high, count)
    whole = np.rint(np.clip(drawn, low, high) * 10**question.decimals).astype(np.int64)
    if question.decimals == 0:
        texts: np.ndarray = whole.astype(str).astype(object)
        return texts
    text = np.char.zfill(whole.astype(str), question.decimals + 1)
    return np.array(
        [f"{number[: -question.decimals]}.{number[-question.decimals :]}" for number in text], dtype=object
    )


# ------------------------------------------------------------------ planted truth, and dirt


def _plant(
    sisters: Mapping[str, str], columns: Columns, rng: np.random.Generator, twice: int, again: int
) -> tuple[Columns, Columns]:
    """Adds `twice` claims filed a second time under a new claimant id, and `again` filed once more in a category that
    asks the same questions."""
    honest = len(columns["claim"])
    can_overlap = np.flatnonzero([code in sisters for code in columns["category"]])
    doubles = rng.choice(honest, size=min(twice, honest), replace=False)
    source = np.concatenate([doubles, rng.permutation(can_overlap)[:again]]).astype(int)
    if len(source) == 0:
        return columns, {"claim": source, "other": source, "kind": source}
    copies = {name: values[source].copy() for name, values in columns.items()}
    number = np.arange(honest, honest + len(source))
    copies["claim"] = np.char.add("c", np.char.zfill(number.astype(str), 8)).astype(object)
    later = rng.integers(1, 90, len(source)).astype("timedelta64[D]")
    filed = np.array([text.removesuffix("Z") for text in copies["filed_at"]], dtype="datetime64[s]") + later
    copies["filed_at"] = np.char.add(filed.astype(str), "Z").astype(object)
    # The register does not know that it is the same person: a second account, the name in other letters.
    is_double = np.arange(len(source)) < len(doubles)
    copies["claimant"] = np.where(is_double, copies["claimant"] + "-again", copies["claimant"])
    copies["name"] = np.where(is_double, [name.upper() for name in copies["name"]], copies["name"])
    others = [code if double else sisters[code] for code, double in zip(copies["category"], is_double, strict=True)]
    copies["category"] = np.array(others, dtype=object)
    planted = {
        "claim": copies["claim"],
        "other": columns["claim"][source],
        "kind": np.where(is_double, "duplicate", "overlap").astype(object),
    }
    return {name: np.concatenate([values, copies[name]]) for name, values in columns.items()}, planted


def _sisters(programme: Programme) -> dict[str, str]:
    """For a category in which an amount is asked: another that could be mistaken for it."""
    asked = [code for code, each in programme.categories.items() if each.amount_asked and "person" in each.claimants]
    return {code: asked[(place + 1) % len(asked)] for place, code in enumerate(asked)} if len(asked) > 1 else {}


def _with_dirt(columns: Columns, rng: np.random.Generator, count: int) -> Columns:
    """Adds rows as life brings them: an impossible date, a category that does not exist, no claimant."""
    if count == 0:
        return columns
    source = rng.choice(len(columns["claim"]), size=count)
    dirt = {name: values[source].copy() for name, values in columns.items()}
    dirt["claim"] = np.char.add("d", np.arange(count).astype(str)).astype(object)
    for row in range(count):
        column, value = (("filed_at", "0206-02-30"), ("category", "A9.9"), ("claimant", ""))[row % 3]
        dirt[column][row] = value
    place = np.sort(rng.choice(len(columns["claim"]), size=count))
    return {name: np.insert(values, place, dirt[name]) for name, values in columns.items()}


# ------------------------------------------------------------------ files


def _write_table(columns: Columns, file: Path, suffix: str) -> None:
    table = pa.table(
        {name: pa.array([value or None for value in values], pa.string()) for name, values in columns.items()}
    )
    if suffix == ".csv":
        pa.csv.write_csv(table, file)
    else:
        pa.parquet.write_table(table, file, compression="zstd")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file that gets its name only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except OSError as fault:
        raise CaseloadUnusable(
            f"The caseload could not be written to {path}: {fault}.",
            "Nothing half done was left there.",
            "Free some space or choose another place, and run again.",
        ) from fault
    finally:
        part.unlink(missing_ok=True)
