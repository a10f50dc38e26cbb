"""How fast and how large, as ratios to named references in the same run; no time is asserted.

python -m tests.benchmarks.list_store       loading, size and lookups at growing sizes
python -m tests.benchmarks.delta_latency    decisions while a large delta is loaded
python -m tests.benchmarks.registry_sync    how long a night takes
python -m tests.benchmarks.checks           checks a second, beside peers and the ceiling
python -m tests.benchmarks.checks_sctp      the same over kernel SCTP
python -m tests.benchmarks.lane             checks from octets to octets, without sockets
python -m tests.benchmarks.decision         what a decision costs
python -m tests.benchmarks.records          answers beside records of every check
python -m tests.benchmarks.trace            answers beside a trace that finds nothing
python -m tests.benchmarks.memory           memory of a server under hours of load

Checks are asked by programs in C, in `load`: `load_s13` and `load_map` ask, `ceiling_s13` and
`ceiling_map` patch identifiers. `cases` says what is measured, `servers` starts who answers.
"""
