"""One run into the store: read, compared, guarded, and all of it in one transaction.

run        the whole of it
reading    the parts of a list, from files to sorted rows that count
comparing  these rows against what is there
compared   what that comes to
guards     what holds a run until somebody accepts it
pacing     the daily cap on new blocks
dating     what keeps late files from undoing newer ones
drift      how far a delta leads away from the full list of its run
"""
