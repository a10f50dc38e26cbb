"""What each kind of registry writes.

dirbs        archives of full lists and events
csv          our own simple files
gl           dumps of a GL CEIR
subsystems   of DIRBS: LSDS and DPS
"""
