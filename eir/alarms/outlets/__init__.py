"""Who else is told when an alarm is raised or cleared; none of them delays anybody.

outlet   a bounded queue, and who empties it
webhook  JSON over HTTP
snmp     traps
opening  those that the configuration names
"""
