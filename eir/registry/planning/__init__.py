"""Which runs are applied, in which order: decided without reading their rows.

chain      the cheapest legal path to the newest run
sorting    which runs are needed, which are not, which contradict others
standing   how a run stands to what was applied last
paths      ways from run to run, and what they cost
gap        why there is none, and what the registry must send
"""
