"""Fuzzing the machines with mutated messages of real peers.

engine     conversations made, played and kept
diameter   the Diameter node as a target
map        the SS7 node as a target
"""
