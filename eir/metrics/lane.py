"""What is counted of the fast lanes."""

from itertools import product

from eir.metrics.checks import INTERFACES
from eir.metrics.family import Family, Kind

LANE_ANSWERS = Family(
    "eir_lane_answers",
    "Checks answered by the fast lane",
    Kind.COUNTER,
    ("interface",),
    tuple(product(INTERFACES)),
)
LANE_MISSES = Family(
    "eir_lane_misses",
    "Checks that the fast lane left to the slow path",
    Kind.COUNTER,
    ("interface",),
    tuple(product(INTERFACES)),
)
LANE_STUDIES = Family(
    "eir_lane_studies",
    "Kinds of requests that the fast lane studied",
    Kind.COUNTER,
    ("interface", "result"),
    tuple(product(INTERFACES, ("learned", "unlearnable"))),
)
LANE_DROPPED = Family(
    "eir_lane_dropped_examples",
    "Examples, such as who asks, that the fast lane forgot because they were too many or too long",
    Kind.COUNTER,
    ("interface",),
    tuple(product(INTERFACES)),
)
LANE_STUDY_SECONDS = Family(
    "eir_lane_study_seconds",
    "Time that the fast lane spent studying",
    Kind.SECONDS,
    ("interface",),
    tuple(product(INTERFACES)),
)

LANE_FAMILIES = (
    LANE_ANSWERS,
    LANE_MISSES,
    LANE_STUDIES,
    LANE_DROPPED,
    LANE_STUDY_SECONDS,
)
