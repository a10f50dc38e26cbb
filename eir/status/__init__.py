"""How a node is, in one snapshot, for the page, `eir status` and `eir top`.

models     the snapshot, as `/api/status` gives it
tallies    what each interface has counted
trends     what the last minutes and the last day were like
facts      what a snapshot is made of
judging    fine, degraded or down, and why
snapshot   the facts made into a snapshot
watch      what the supervisor asks for one
reference  docs/status.md
"""
