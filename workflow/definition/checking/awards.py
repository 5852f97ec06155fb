"""Lint of award tables: gaps and overlaps, amounts that nobody approves, roundings left open, unknown names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from workflow.definition.awards import EQUAL, Award, Band, Formula, Matrix
from workflow.definition.checking.found import Found, Path, near, unknown
from workflow.definition.checking.spans import Span, gaps, spans
from workflow.definition.conditions import Conditions
from workflow.definition.fields import (
    ChoiceField,
    DecimalField,
    FieldType,
    IntegerField,
    ListField,
    MoneyField,
    TextField,
)
from workflow.definition.model import Definition
from workflow.definition.parts import Bounds

_NUMBERS = (MoneyField, DecimalField, IntegerField)


def check_awards(definition: Definition) -> Iterator[Found]:
    """Every finding about the awards of a definition."""
    engine = Conditions(definition.fields)
    for name, award in definition.awards.items():
        path: Path = ("awards", name)
        for where, formula in _formulas(award):
            yield from _formula(definition, award, formula, (*path, *where))
        yield from _adjustments(engine, award, path)
        yield from _amounts(award, path)
        yield from _people(definition, award, path)
        yield from _approval(definition, award, path)
        if award.set_in is None and (award.up_to or any(each.ranged for _, each in _worths(award))):
            yield "nobody_sets", "error", path, {"name": name}
        if award.rounding is None and any(_inexact(definition, award, each) for each in award.formulas):
            yield "rounding_missing", "error", path, {"name": name, "places": award.places}
        for at, other in enumerate(award.counts):
            if other not in definition.awards:
                yield unknown("award", other, definition.awards, (*path, "counts", at))
    yield from _pools(definition)


def _formulas(award: Award) -> Iterator[tuple[Path, Formula]]:
    yield (), award
    for at, formula in enumerate(award.best):
        yield ("best", at), formula


def _worths(award: Award) -> Iterator[tuple[Path, Any]]:
    for where, formula in _formulas(award):
        for inside, worth in formula.worths():
            yield (*where, *inside), worth


# -- Fields ------------------------------------------------------------------------------------------------------------


def _typed(
    definition: Definition, name: str, path: Path, kinds: tuple[type, ...], *, listed: bool = False
) -> Iterator[Found]:
    """Is there such a field, and is it of one of these types?"""
    field = definition.fields.get(name)
    if field is None:
        yield unknown("field", name, definition.fields, path)
        return
    inner: Any = field.of if listed and isinstance(field, ListField) else None if listed else field
    if not isinstance(inner, kinds):
        needed = [f"list of {_type(kind)}" if listed else _type(kind) for kind in kinds]
        found = f"list of {field.of.type}" if isinstance(field, ListField) else field.type
        yield "wrong_type", "error", path, {"name": name, "type": found, "needed": needed}


def _type(kind: Any) -> str:
    return str(kind.__name__.removesuffix("Field").lower())


def _people(definition: Definition, award: Award, path: Path) -> Iterator[Found]:
    if award.set_in is not None:
        yield from _typed(definition, award.set_in, (*path, "set_in"), (MoneyField,))
        yield from _currency(definition, award, award.set_in, (*path, "set_in"))
    if award.split is not None:
        yield from _typed(definition, award.split.among, (*path, "split", "among"), (TextField,), listed=True)
        if award.split.by != EQUAL:
            kinds = (DecimalField, IntegerField)
            yield from _typed(definition, award.split.by, (*path, "split", "by"), kinds, listed=True)


def _currency(definition: Definition, award: Award, name: str, path: Path) -> Iterator[Found]:
    """A field that is paid out, or of which a share is, has the currency and no more than the places of the award."""
    field = definition.fields.get(name)
    if isinstance(field, MoneyField) and field.currency != award.currency:
        figures = {"name": name, "currency": field.currency, "award": award.currency}
        yield "other_currency", "error", path, figures
    elif name == award.set_in and isinstance(field, MoneyField) and field.places > award.places:
        yield "amount_places", "error", path, {"amount": name, "places": award.places}


# -- Tables ------------------------------------------------------------------------------------------------------------


def _formula(definition: Definition, award: Award, formula: Formula, path: Path) -> Iterator[Found]:
    name = formula.of
    if name is not None:
        yield from _typed(definition, name, (*path, "of"), _NUMBERS)
        if any(_computed(each) for _, each in formula.worths()):
            yield from _currency(definition, award, name, (*path, "of"))
    field = definition.fields.get(name or award.of or "")
    if formula.bands:
        yield from _grades(formula.bands, (*path, "bands"))
    if formula.bands and isinstance(field, _NUMBERS):
        faults = list(_held(formula.bands, field, award if name in (None, award.of) else None, (*path, "bands")))
        yield from faults or _rises(formula.bands, (*path, "bands"))
    if formula.matrix is not None:
        yield from _matrix(definition, formula, (*path, "matrix"))


def _computed(worth: Any) -> bool:
    return bool(_percents(worth))


def _percents(worth: Any) -> dict[str, Decimal]:
    """The percentages in what a band, a cell or a formula gives, by their keys."""
    named = {key: getattr(worth, key, None) for key in ("percent", "percent_above")}
    return {key: percent for key, percent in named.items() if percent is not None}


def _held(bands: Sequence[Band], field: Any, award: Award | None, path: Path) -> Iterator[Found]:
    """Each number that the input can be lies in one band."""
    places = 0 if isinstance(field, IntegerField) else field.places
    yield from _lines(bands, places, path)
    least = [each for each in (field.min, award.floor if award else None) if each is not None]
    first = math.ceil(max(map(Fraction, least)) * 10**places) if least else None
    last = math.floor(Fraction(field.max) * 10**places) if field.max is not None else None
    for gap in gaps(spans(bands, places), first, last, places):
        yield "band_gap", "error", path, gap


def _grades(bands: Sequence[Band], path: Path) -> Iterator[Found]:
    grades: set[str] = set()
    for at, band in enumerate(bands):
        if band.grade is not None and band.grade in grades:
            yield "repeated_grade", "error", (*path, at, "grade"), {"name": band.grade}
        grades.add(band.grade or "")


def _rises(bands: Sequence[Band], path: Path) -> Iterator[Found]:
    """Whoever saves more gets no less."""
    ordered = sorted(enumerate(bands), key=lambda each: (each[1].low is not None, each[1].low or 0))
    for (_, below), (at, above) in pairwise(ordered):
        if below.high is not None and above.low is not None and _falls(below, below.high, above, above.low):
            yield "award_falls", "warning", (*path, at), {"bounds": above.words()}


def _falls(below: Band, end: Decimal, above: Band, start: Decimal) -> bool:
    """Does the award, or the range in which it is set, fall from the end of one band to the start of the next?"""
    lower, upper = _ends(below, Fraction(end)), _ends(above, Fraction(start))
    return upper[0] < lower[0] or upper[1] < lower[1]


def _ends(band: Band, value: Fraction) -> tuple[Fraction, Fraction]:
    if band.max is not None:
        return Fraction(band.min or 0), Fraction(band.max)
    if band.percent is not None:
        gives = Fraction(band.percent) * value / 100
    else:
        gives = Fraction(band.amount or 0)
        gives += Fraction(band.percent_above or 0) * (value - Fraction(band.low or 0)) / 100
    return gives, gives


def _matrix(definition: Definition, formula: Formula, path: Path) -> Iterator[Found]:
    table = formula.matrix
    assert table is not None
    for key, name in (("rows", table.rows), ("columns", table.columns)):
        yield from _typed(definition, name, (*path, key), (ChoiceField,))
    rows, columns = _choices(definition, table.rows), _choices(definition, table.columns)
    if rows is None or columns is None:
        return
    strange = list(_strange(table, rows, columns, path))
    yield from strange
    missing = [f"{row}/{column}" for row in rows for column in columns if column not in table.cells.get(row, {})]
    # A misspelt row would leave another one empty; one finding for one mistake.
    if missing and not strange:
        yield "matrix_incomplete", "error", (*path, "cells"), {"missing": missing}


def _strange(table: Matrix, rows: list[str], columns: list[str], path: Path) -> Iterator[Found]:
    for row, cells in table.cells.items():
        if row not in rows:
            yield _no_choice(row, table.rows, rows, (*path, "cells", row))
        for column in cells:
            if column not in columns:
                yield _no_choice(column, table.columns, columns, (*path, "cells", row, column))


def _choices(definition: Definition, name: str) -> list[str] | None:
    field: FieldType | None = definition.fields.get(name)
    return list(field.choices) if isinstance(field, ChoiceField) else None


def _no_choice(name: str, field: str, known: list[str], path: Path) -> Found:
    return "no_such_choice", "error", path, {"name": name, "field": field, "near": near(name, known)}


def _adjustments(engine: Conditions, award: Award, path: Path) -> Iterator[Found]:
    grades = [band.grade for band in award.bands if band.grade is not None]
    for at, change in enumerate(award.adjust):
        for index, condition in enumerate(change.when):
            for mistake in engine.mistakes(condition.check):
                params = {"check": condition.check, "problem": mistake.text, "offset": mistake.column - 1}
                yield "bad_condition", "error", (*path, "adjust", at, "when", index, "check"), params
        for key in ("highest", "grade"):
            name = getattr(change, key)
            if name is not None and name not in grades:
                yield unknown("grade", name, grades, (*path, "adjust", at, key))


# -- Amounts -----------------------------------------------------------------------------------------------------------


def _amounts(award: Award, path: Path) -> Iterator[Found]:
    """Amounts with more places than the award has, and percentages of more than the whole."""
    named = [
        ((*where, key), getattr(worth, key)) for where, worth in _worths(award) for key in ("amount", "min", "max")
    ]
    for where, amount in [*named, (("least",), award.least), (("cap",), award.cap)]:
        if amount is not None and not _whole(amount, award.places):
            yield "amount_places", "error", (*path, *where), {"amount": f"{amount:f}", "places": award.places}
    for where, worth in _worths(award):
        for key, percent in _percents(worth).items():
            if percent > 100:
                yield "percent_above_100", "error", (*path, *where, key), {"percent": f"{percent:f}"}


def _whole(amount: Decimal | Fraction, places: int) -> bool:
    """Has the amount no more digits after the point than that?"""
    return (Fraction(amount) * Fraction(10**places)).denominator == 1


def _inexact(definition: Definition, award: Award, formula: Formula) -> bool:
    """Can the formula give an amount with more places than the award has? A figure is a multiple of its last place."""
    field = definition.fields.get(formula.of or award.of or "")
    if not isinstance(field, _NUMBERS):
        return False
    unit = Fraction(1, 10 ** (0 if isinstance(field, IntegerField) else field.places))
    for _, worth in formula.worths():
        # In another band than its own, an input counts as much as the bound of that band.
        figures = [unit, *(Fraction(each) for each in _ends_of(worth) if each is not None)]
        if any(
            not _whole(Fraction(each) * figure / 100, award.places)
            for each in _percents(worth).values()
            for figure in figures
        ):
            return True
    return False


def _ends_of(worth: Any) -> tuple[Decimal | None, ...]:
    return (worth.low, worth.high) if isinstance(worth, Band) else ()


def _approval(definition: Definition, award: Award, path: Path) -> Iterator[Found]:
    """Whatever comes out, from nothing to the largest award, somebody approves it."""
    if not award.approval:
        return
    for at, rung in enumerate(award.approval):
        for index, role in enumerate(rung.by):
            if role not in definition.roles:
                yield unknown("role", role, definition.roles, (*path, "approval", at, "by", index))
    yield from _lines(award.approval, award.places, (*path, "approval"))
    most = _most(award)
    last = math.floor(most * 10**award.places) if most is not None else None
    for gap in gaps(spans(award.approval, award.places), 0, last, award.places):
        yield "no_approver", "error", (*path, "approval"), gap


def _most(award: Award) -> Fraction | None:
    """The largest amount that can come out; None when nothing limits it."""
    worths = [worth for _, worth in _worths(award)]
    if any(map(_computed, worths)):
        return None if award.cap is None else Fraction(award.cap)
    largest = max(Fraction(worth.max if worth.max is not None else worth.amount) for worth in worths)
    largest = max(largest, Fraction(award.least or 0))
    return largest if award.cap is None else min(largest, Fraction(award.cap))


def _pools(definition: Definition) -> Iterator[Found]:
    """One name is one pool: one amount, one currency, one period."""
    pools = [(name, award, award.pool) for name, award in definition.awards.items() if award.pool is not None]
    first: dict[str, tuple[str, Award, Any]] = {}
    for name, award, pool in pools:
        path: Path = ("awards", name, "pool")
        if all(other.amount is None for _, _, other in pools if other.name == pool.name):
            yield "pool_without_amount", "error", path, {"name": pool.name}
        known = first.setdefault(pool.name, (name, award, pool))
        amounts = {each.amount for each in (known[2], pool) if each.amount is not None}
        if len(amounts) > 1 or known[1].currency != award.currency or known[2].per != pool.per:
            yield "pool_differs", "error", path, {"name": pool.name, "other": known[0]}


def _lines(bounds: Sequence[Bounds], places: int, path: Path) -> Iterator[Found]:
    """Bounds that hold nothing, stand out of order, or hold what others hold."""
    held = spans(bounds, places)
    for at, span in enumerate(held):
        if span.empty:
            yield "bounds_empty", "error", (*path, at), {"bounds": bounds[at].words()}
    full = [(at, span) for at, span in enumerate(held) if not span.empty]
    falling = len(full) > 1 and full[0][1].start > full[-1][1].start
    for (_, before), (at, span) in pairwise(full):
        if (span.start > before.start) if falling else (span.start < before.start):
            yield "bounds_unordered", "error", (*path, at), {"bounds": bounds[at].words()}
    reached: tuple[int, Span] | None = None
    for at, span in sorted(full, key=lambda each: each[1].start):
        if reached is not None and reached[1].overlaps(span):
            figures = {"bounds": bounds[at].words(), "other": bounds[reached[0]].words()}
            yield "bounds_overlap", "error", (*path, at), figures
        if reached is None or span.reaches_beyond(reached[1]):
            reached = (at, span)
