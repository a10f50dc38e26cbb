"""How fast and how large, as ratios to named references in the same run; no time is asserted.

python -m tests.benchmarks.list_store       loading, size and lookups at growing sizes
python -m tests.benchmarks.delta_latency    checks while a large delta is loaded
"""
