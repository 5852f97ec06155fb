"""What PM4Py makes of the exports: run it with a Python that has PM4Py, which is no part of this project.

    python benchmarks/mining.py LOG.xes LOG.ocel NET.pnml NET.bpmn

It reads both logs and both models and says what it found, as JSON: how many cases, events and objects, and how many
cases are runs of the net, by alignments and by token replay.
"""

from __future__ import annotations

import json
import sys
import warnings

import pm4py
from pm4py.objects.ocel.importer.jsonocel import importer as jsonocel


def main(xes: str, ocel: str, pnml: str, bpmn: str) -> dict[str, object]:
    """Everything that was found."""
    log = pm4py.read_xes(xes)
    objects = jsonocel.apply(ocel, variant=jsonocel.Variants.OCEL20_STANDARD)
    net = pm4py.read_pnml(pnml)
    drawn = pm4py.convert_to_petri_net(pm4py.read_bpmn(bpmn))
    return {
        "version": pm4py.__version__,
        "xes": {"cases": int(log["case:concept:name"].nunique()), "events": len(log)},
        "ocel": {
            "events": len(objects.events),
            "objects": {str(kind): int(count) for kind, count in objects.objects["ocel:type"].value_counts().items()},
        },
        "net": {"places": len(net[0].places), "transitions": len(net[0].transitions), "sound": _sound(net)},
        "pnml": _fitting(log, net),
        "bpmn": _fitting(log, drawn),
    }


def _sound(net: tuple[object, object, object]) -> bool:
    return bool(pm4py.check_soundness(*net)[0])


def _fitting(log: object, net: tuple[object, object, object]) -> dict[str, int]:
    aligned = pm4py.conformance_diagnostics_alignments(log, *net)
    replayed = pm4py.conformance_diagnostics_token_based_replay(log, *net)
    return {
        "cases": len(aligned),
        "aligned": sum(each["fitness"] == 1 for each in aligned),
        "replayed": sum(bool(each["trace_is_fit"]) for each in replayed),
    }


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(str(__doc__))
    warnings.simplefilter("ignore")
    print(json.dumps(main(*sys.argv[1:]), indent=2))
