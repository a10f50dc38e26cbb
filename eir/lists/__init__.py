"""Lists as operators name them and as files carry them.

names      prohibited, tracking, permitted, and the older words for them
subjects   what an entry is about: an equipment, a range, a type, a subscriber
columns    which column of a file means what
cells      what a cell may hold: identities, instants, operations
lines      what a line is about
meanings   what a line says of that
pieces     a file in pieces of whole lines
records    the records of a piece, one by one
digits     lines, digits and texts in many octets at once
keys       the key cells of plain lines, all at once
texts      which of many texts are the same
plain      the plain lines of a piece, all at once
batch      rows of numbers
csv_file   a CSV file as rows of numbers, and the lines that are wrong
export     a list as a CSV file
loader     one file into the store, all of it or nothing
"""
