"""What performance-management systems collect: numbers of each period, as files (TS 32.401 §4).

rows       the numbers of one interface or one peer, and how they are added up
sampler    counters looked at every second become the rows of five minutes
reading    what is looked at: the workers' counters, and which links are open
kept       five-minute rows on the disk, for as long as the configuration says
periods    rows of five minutes, an hour or a day
files      a CSV file of each period
export     which files there are to be, written and removed
measuring  all of it, in the supervisor
"""
