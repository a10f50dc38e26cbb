"""Who finds what is wrong: pure, fed with what the supervisor knows, and with the time.

links         peers, gateways, interfaces, destinations
paths         addresses of associations
disks         room where we write
certificates  days until they expire
ratio         the prohibited among the checks, against its own past
overload      how near the limits of [overload] are
workers       those that die again and again
identity      whether counters add up
records       whether check records come to files
"""
