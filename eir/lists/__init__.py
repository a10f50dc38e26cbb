"""Lists as operators name them and as files carry them.

names      prohibited, tracking, permitted, and the older words for them
columns    which column of a file means what
cells      what a cell may hold: identities, instants, operations
csv_file   a CSV file as fixed-size records, and the lines that are wrong
loader     one file into the store, all of it or nothing
"""
