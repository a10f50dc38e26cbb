"""What a network operation centre must act on: raised, kept over restarts, cleared.

catalogue  every kind of alarm there is
watches    who finds what is wrong
facts      what they are told
rounds     the one place that asks them
desk       all of it, as the supervisor runs it
board      the alarms that are on
outlets    who else is told: a webhook, SNMP managers
keeping    the file that keeps them
reference  the table of docs/alarms.md
collector  what `/metrics` tells of them
"""
