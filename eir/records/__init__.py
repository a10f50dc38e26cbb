"""What checks leave behind: records, from the worker that answered into files for people.

`eir.sampling` says which checks leave one.

    ring        shared memory between one worker, which never waits, and the recorder
    recorder    the process that reads all rings and writes files
    account     what became of the records, in memory that outlives the recorder
    keeper      starts the recorder, again and again, and tells it what to do by `orders`
    files       the directory of files that is written to:  part  the file that is open
    archive     files that are whole: compressed, and deleted when they are old
    names       how files are called
    line        a record as a line of text;  identities  what it shows of whom
    reading     records back out of files, by a query;  row  one of them;  following  new ones
"""

from eir.records.ring import CAPACITY, SIZE, CheckRecord, RecordReader, RecordWriter, ring_size

__all__ = ["CAPACITY", "SIZE", "CheckRecord", "RecordReader", "RecordWriter", "ring_size"]
