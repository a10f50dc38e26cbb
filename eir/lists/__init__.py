"""Lists as operators name them and as files carry them.

What lists are made of:

names      prohibited, tracking, permitted, and the older words for them
subjects   what an entry is about: an equipment, a range, a type, a subscriber
tac        what is known of a type of equipment

Files in, and out again:

columns    which column of a file means what
cells      what a cell may hold: identities, instants, operations
dialect    how a source writes what our own files write in one way only
lines      what a line is about
meanings   what a line says of that
ids        the ids of what lines say
pieces     a file in pieces of whole lines
records    the records of a piece, one by one
digits     lines, digits and texts in many octets at once
keys       the key cells of plain lines, all at once
texts      which of many texts are the same
plain      the plain lines of a piece, all at once
batch      rows of numbers
csv_file   a CSV file as rows of numbers, and the lines that are wrong
tac_file   a TAC database as types, and the lines that are wrong
faults     the lines that are wrong
export     a list as a CSV file

Into the store:

sorted_lines    the lines of a file, each subject once
loader          one file, all of it or nothing
subscriber_loader, tac_loader    the same for subscribers and types
rollback        what an earlier version had

What people ask:

search     entries by what they say and what they name
notified   what registries announced about an equipment
impact     what a change comes to;  totals  the same as sums that name nobody
guarded    what the protected list protects
summary    all lists in numbers, and what changed last
"""
