"""What a case is worth: an award table applied to the figures of the case, with every step of the reckoning.

Pure and exact: the same table and figures always give the same amount, whatever the decimal context of the host. The
steps are enough to reckon it again by hand, and `assess` made again over the recorded figures gives an equal value,
which is how an audit checks a paid amount. (Bavarian administrative court, 6 ZB 16.1464: an authority had to decide
again because the reckoning of a premium could not be followed.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, InvalidOperation
from typing import Any, NamedTuple

from workflow.definition.awards import EQUAL, Adjustment, Award, Band, Cell, Formula, Pool
from workflow.definition.conditions import Conditions, Verdict
from workflow.definition.model import Definition
from workflow.definition.numbers import BadValue
from workflow.definition.parts import titles
from workflow.errors import Blocker
from workflow.rules import payments
from workflow.rules.assessment import Assessment
from workflow.rules.payments import EXACT, ZERO, Share

_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN, "up": ROUND_UP}
_ROUNDER = Context(400, ROUND_HALF_EVEN, -9999, 9999, 1, 0, [], [InvalidOperation])
_HUNDREDTH = Decimal("0.01")
_ONE = Decimal(1)


class _Range(NamedTuple):
    """Between which amounts an award lies; both are the same where a person has nothing to set."""

    low: Decimal
    high: Decimal
    grade: str | None = None
    honour: Mapping[str, str] | None = None

    def __str__(self) -> str:
        return _plain(self.high) if self.low == self.high else f"{_plain(self.low)}–{_plain(self.high)}"


def assess(
    definition: Definition, name: str, data: Mapping[str, Any], author: str, judge: Callable[[str], Verdict]
) -> Assessment | tuple[Blocker, ...]:
    """The award of that name for a case with these (kept) values and this submitter, or every reason against it.

    `judge` gives the verdict on a CEL expression, as `Conditions.judge` does: a condition that is plainly false leaves
    the grade alone, one that cannot be judged blocks. Blockers are `missing_field`, `bad_field`, `condition` and
    `award`, the last with its `problem`.
    """
    return _Reckoning(definition, name, data, judge).assessment(author)


def rung(award: Award, amount: Decimal) -> tuple[str, ...] | None:
    """The roles that approve an award of that amount; None when the table asks for no approval."""
    if not award.approval:
        return None
    return next((each.by for each in award.approval if each.holds(amount)), ())


def pool_of(definition: Definition, award: Award) -> Pool | None:
    """The pool of an award, with the amount that stands at it or at another award that names it."""
    if award.pool is None:
        return None
    named = [each.pool for each in definition.awards.values() if each.pool and each.pool.name == award.pool.name]
    return next((pool for pool in named if pool.amount is not None), award.pool)


class _Reckoning:
    """One award being reckoned: collects what was read, the steps, and everything that stands against it."""

    def __init__(
        self, definition: Definition, name: str, data: Mapping[str, Any], judge: Callable[[str], Verdict]
    ) -> None:
        self.fields = definition.fields
        self.conditions = Conditions(definition.fields)
        self.award = definition.awards[name]
        self.name = name
        self.data = data
        self.judge = judge
        self.inputs: dict[str, str] = {}
        self.steps: list[Mapping[str, str]] = []
        self.blockers: list[Blocker] = []

    def assessment(self, author: str) -> Assessment | tuple[Blocker, ...]:
        award = self.award
        found = self._found()
        amount = self._amount(found)
        people, weights = self._people(author)
        if self.blockers or found is None or amount is None:
            return tuple(self.blockers)
        shares = self._shares(amount, people, weights)
        return Assessment(
            self.name,
            award.version,
            award.currency,
            amount,
            found.grade,
            found.honour,
            shares,
            award.again,
            self.inputs,
            tuple(self.steps),
        )

    # -- Which amounts ------------------------------------------------------------------------------------------------

    def _found(self) -> _Range | None:
        """Between which amounts the award lies, rounded; None when something is missing."""
        award = self.award
        changes = [each for each in award.adjust if self._holds(each)]
        fixed = any(each.grade is not None for each in changes)
        if award.floor is not None and not fixed:
            value = self._number(award.of)
            if value is not None and value < award.floor:
                self._step("floor", field=award.of or "", value=_plain(value), floor=_plain(award.floor))
                return _Range(_rounded(ZERO, award), _rounded(ZERO, award))
        found = [self._formula(each, changes) for each in award.formulas]
        ranges = [each for each in found if each is not None]
        if self.blockers or len(ranges) < len(found):
            return None
        best = max(ranges, key=lambda each: (each.high, each.low))
        if award.best:
            self._step("best", values=", ".join(map(str, ranges)), result=str(best))
        return self._limited(best)

    def _limited(self, found: _Range) -> _Range:
        """After `up_to`, `least`, `cap` and rounding."""
        award = self.award
        if found.high < 0:
            self._step("nothing", value=str(found))
            found = found._replace(low=ZERO, high=ZERO)
        if award.up_to:
            self._step("up_to", result=_plain(found.high))
            found = found._replace(low=ZERO)
        if award.least is not None and found.low < award.least and not award.up_to:
            raised = found._replace(low=award.least, high=max(found.high, award.least))
            self._step("least", value=str(found), least=_plain(award.least), result=str(raised))
            found = raised
        if award.cap is not None and found.high > award.cap:
            capped = found._replace(low=min(found.low, award.cap), high=award.cap)
            self._step("cap", value=str(found), cap=_plain(award.cap), result=str(capped))
            found = capped
        rounded = found._replace(low=_rounded(found.low, award), high=_rounded(found.high, award))
        if rounded != found:
            how = award.rounding or ""
            self._step("round", value=str(found), rounding=how, places=str(award.places), result=str(rounded))
        return rounded

    def _formula(self, formula: Formula, changes: Sequence[Adjustment]) -> _Range | None:
        if formula.matrix is not None:
            return self._cell(formula)
        field = formula.of or self.award.of
        if formula.bands:
            return self._banded(formula.bands, field, changes)
        return self._worth(formula, field, self._number(field) if formula.percent is not None else None)

    def _banded(self, bands: Sequence[Band], field: str | None, changes: Sequence[Adjustment]) -> _Range | None:
        """The band in which the input lies, and the one to which adjustments move it."""
        ordered = sorted(bands, key=lambda each: (each.low is not None, each.low or ZERO))
        # A grade that is set makes the input, and every change before it, count for nothing.
        last = max((at for at, each in enumerate(changes) if each.grade is not None), default=-1)
        value = self._number(field, needed=last < 0)
        here = 0 if last >= 0 else self._band(ordered, field, value)
        if here is None:
            return None
        for change in changes[max(last, 0) :]:
            here = self._changed(change, here, ordered)
        return self._worth(ordered[here], field, self._inside(ordered[here], field, value))

    def _band(self, ordered: Sequence[Band], field: str | None, value: Decimal | None) -> int | None:
        """Which band holds the input."""
        if value is None:
            return None
        for at, band in enumerate(ordered):
            if band.holds(value):
                self._step("band", field=field or "", value=_plain(value), bounds=band.words(), grade=band.grade or "")
                return at
        self._against("no_band", field=field)
        return None

    def _inside(self, band: Band, field: str | None, value: Decimal | None) -> Decimal | None:
        """The input as a band reckons with it: in another band than its own, it counts as far as that one reaches."""
        if band.percent is None and band.percent_above is None:
            return value
        value = self._number(field) if value is None else value
        if value is None or band.holds(value):
            return value
        inside = band.high if band.high is not None and value >= band.high else band.low
        assert inside is not None
        self._step("within", value=_plain(value), bounds=band.words(), result=_plain(inside))
        return inside

    def _changed(self, change: Adjustment, here: int, ordered: Sequence[Band]) -> int:
        grades = {band.grade: at for at, band in enumerate(ordered) if band.grade is not None}
        if change.down is not None:
            rule, there = "down", max(here - change.down, 0)
        elif change.up is not None:
            rule, there = "up", min(here + change.up, len(ordered) - 1)
        elif change.highest is not None:
            rule, there = "highest", min(here, grades[change.highest])
        else:
            rule, there = "grade", grades[change.grade or ""]
        names = [band.grade or band.words() for band in ordered]
        moved = {} if rule == "grade" else {"from": names[here]}
        self._step(rule, condition=_condition(change), **moved, to=names[there])
        return there

    def _cell(self, formula: Formula) -> _Range | None:
        assert formula.matrix is not None
        table = formula.matrix
        row, column = self._read(table.rows), self._read(table.columns)
        if row is None or column is None:
            return None
        cell = table.cells.get(row, {}).get(column)
        if cell is None:
            self._against("no_cell", rows=table.rows, columns=table.columns)
            return None
        self._step("cell", rows=table.rows, row=row, columns=table.columns, column=column, grade=cell.grade or "")
        return self._worth(cell, None, None)

    def _worth(self, worth: Band | Cell | Formula, field: str | None, value: Decimal | None) -> _Range | None:
        """What a band, a cell or a formula gives for that input; None when it needs one and there is none."""
        named = (worth.grade, titles(worth.honour))
        if worth.max is not None:
            low = worth.min or ZERO
            self._step("range", min=_plain(low), max=_plain(worth.max))
            return _Range(low, worth.max, *named)
        percent = None if isinstance(worth, Cell) else worth.percent
        above = worth.percent_above if isinstance(worth, Band) else None
        amount = worth.amount or ZERO
        if percent is None and above is None:
            self._step("amount", result=_plain(amount))
            return _Range(amount, amount, *named)
        if value is None:
            return None
        shown = {"field": field or "", "value": _plain(value)}
        if percent is not None:
            gives = _percent(percent, value)
            self._step("percent", **shown, percent=_plain(percent), result=_plain(gives))
        else:
            assert isinstance(worth, Band) and worth.low is not None and above is not None
            gives = EXACT.add(amount, _percent(above, EXACT.subtract(value, worth.low)))
            figures = {"amount": _plain(amount), "percent": _plain(above), "bound": _plain(worth.low)}
            self._step("above", **shown, **figures, result=_plain(gives))
        return _Range(gives, gives, *named)

    def _amount(self, found: _Range | None) -> Decimal | None:
        """The amount: what comes out, or what a person set within the range."""
        award = self.award
        if found is not None and found.low == found.high:
            return found.low
        if found is None and not (
            award.up_to or all(each.ranged for one in award.formulas for _, each in one.worths())
        ):
            return None
        chosen = self._number(award.set_in)
        if chosen is None or found is None:
            return None
        if not found.low <= chosen <= found.high:
            limits = {"min": f"{found.low:f}", "max": f"{found.high:f}", "currency": award.currency}
            self._against("outside", field=award.set_in, **limits, grade=found.grade)
            return None
        if chosen != (amount := _rounded(chosen, award, exact=False)):
            figures = {"problem": "too_many_places", "places": award.places, "got": payments.places_of(chosen)}
            self.blockers.append(Blocker("bad_field", {"field": award.set_in, **figures}))
            return None
        self._step("set", field=award.set_in or "", min=_plain(found.low), max=_plain(found.high), result=f"{amount:f}")
        return amount

    # -- Who ----------------------------------------------------------------------------------------------------------

    def _people(self, author: str) -> tuple[list[str], list[Decimal]]:
        """Who shares the award, and what the share of each counts."""
        split = self.award.split
        others = self._listed(split.among) if split is not None else []
        if split is None or not others:
            return [author], [_ONE]
        people = others if author in others else [author, *others]
        weights = [_ONE] * len(people)
        if len(set(people)) < len(people):
            self._against("person_twice", field=split.among)
        if split.by == EQUAL:
            return people, weights
        given = self._listed(split.by, needed=True)
        if given:
            weights = [Decimal(each) for each in given]
            whole = payments.total(weights)
            if len(weights) != len(people):
                self._against("contributions", field=split.by, needs=len(people), got=len(weights))
            elif any(each < 0 for each in weights) or whole == 0:
                self._against("no_contribution", field=split.by)
            elif split.total is not None and whole != split.total:
                self._against("total", field=split.by, total=_plain(split.total))
        return people, weights

    def _shares(self, amount: Decimal, people: list[str], weights: list[Decimal]) -> tuple[Share, ...]:
        places = self.award.places
        if len(people) == 1:
            return (Share(people[0], amount),)
        floors, one_more = payments.quotas(amount, weights, places)
        whole = _plain(payments.total(weights))
        for person, weight, floor in zip(people, weights, floors, strict=True):
            result = f"{payments.in_units(floor, places):f}"
            self._step("share", person=person, part=_plain(weight), whole=whole, result=result)
        if one_more:
            unit = f"{payments.in_units(1, places):f}"
            self._step("remainder", people=", ".join(people[at] for at in sorted(one_more)), result=unit)
        return tuple(map(Share, people, payments.divide(amount, weights, places)))

    # -- What is read -------------------------------------------------------------------------------------------------

    def _holds(self, change: Adjustment) -> bool:
        """Do all conditions of an adjustment hold? One that cannot be judged blocks."""
        holds = True
        for condition in change.when:
            found = self.judge(condition.check)
            self._noted(condition.check)
            holds = holds and found.ok
            for field in found.missing:
                self._missing(field)
            if found.why is not None and not found.missing:
                self.blockers.append(Blocker("condition", {"condition": condition.check, "why": found.why}))
        if not holds:
            self._step("skip", condition=_condition(change))
        return holds

    def _read(self, field: str | None, *, needed: bool = True) -> Any:
        """The kept value of a field, noted as an input; None when it has none, which blocks if it is needed."""
        name = field or ""
        value = self.data.get(name)
        if value in (None, "", []):
            if needed:
                self._missing(name)
            return None
        try:
            kept = self.fields[name].accept(value)
        except BadValue as error:
            self._block(Blocker("bad_field", {"field": name, "problem": error.reason, **error.figures}))
            return None
        self.inputs[name] = ", ".join(map(str, kept)) if isinstance(kept, list) else str(kept)
        return kept

    def _noted(self, expression: str) -> None:
        """What a condition reads, among the inputs."""
        for name in self.conditions.reads(expression):
            value = self.data.get(name)
            if value is not None:
                self.inputs[name] = ("false", "true")[value] if isinstance(value, bool) else str(value)

    def _number(self, field: str | None, *, needed: bool = True) -> Decimal | None:
        kept = self._read(field, needed=needed)
        return None if kept is None else Decimal(kept)

    def _listed(self, field: str, *, needed: bool = False) -> list[Any]:
        return list(self._read(field, needed=needed) or ())

    def _missing(self, field: str) -> None:
        self._block(Blocker("missing_field", {"field": field, "type": self.fields[field].type}))

    def _against(self, problem: str, **figures: Any) -> None:
        said = {name: value for name, value in figures.items() if value is not None}
        self._block(Blocker("award", {"award": self.name, "problem": problem, **said}))

    def _block(self, blocker: Blocker) -> None:
        if blocker not in self.blockers:
            self.blockers.append(blocker)

    def _step(self, rule: str, **figures: str) -> None:
        self.steps.append({"rule": rule, **{name: value for name, value in figures.items() if value}})


def _percent(percent: Decimal, value: Decimal) -> Decimal:
    return EXACT.multiply(EXACT.multiply(percent, _HUNDREDTH), value)


def _rounded(amount: Decimal, award: Award, *, exact: bool = True) -> Decimal:
    """The amount with just the places of the award; without a declared rounding nothing may be lost."""
    unit = Decimal((0, (1,), -award.places))
    how = _ROUNDING.get(award.rounding or "", ROUND_HALF_EVEN)
    return amount.quantize(unit, how, EXACT if exact and award.rounding is None else _ROUNDER)


def _plain(number: Decimal) -> str:
    """A figure without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _condition(change: Adjustment) -> str:
    return " && ".join(each.check for each in change.when)
