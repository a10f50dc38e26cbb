"""Brings a store of an older format up to date: what its sources said becomes a new store.

Format 1, which had one key for each IMEI, in the tables that are read here:

    meta                    state: version, when it was loaded, format
    journal                 version -> record; the same today
    rows                    id of 3 octets -> a row; of a truth table, of one entry
    truth:<list>:<source>   14 digits in 6 octets -> id of a row, and a check octet over both

What the wire was told followed from these, and does again. Nothing of an earlier version was kept,
so that history starts with the version that the migration makes.
"""

_OLDEST = 1
_KEY_OCTETS = 6
_ID_OCTETS = 3
_FIRST_NUMBER = 10**14  # "1" and 14 digits, as numbers of digits are kept
_CHUNK = 1 << 17  # entries; ours: what is held at a time
