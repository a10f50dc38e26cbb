"""The list store: an LMDB environment in `<store.path>/lists`, and the only importer of lmdb.

Everything large is a sorted map (`layout`). What sources say is kept in maps of their own; what the
wire is told follows from those, in maps by equipment, range and subscriber. A change is one write
transaction over all of it, so that a writer that is killed leaves nothing.

What is stored:

    layout           names of tables and maps; the record that says what serves
    catalog_file     that record, read and written; records of the journal, read
    rows, texts      what entries say, each different one once, under a number
    interning        the same, as a writer gives numbers
    block, packing   the base of a map: neighbouring entries in one page
    overlay, overlay_arrays    what changed since the base
    history          what each version found before it changed it
    journal          who made each version, hash-chained
    feeds            how far the lists of each registry have come
    array_file, arrays, runs   sorted entries in memory and in scratch files

What it is asked:

    reader, view     by the wire: one read transaction a batch
    looking          one key in one map
    known            blocks that need not be read again
    past, past_view  what a version had that no longer serves
    catalog          by people: entries, versions, differences, counts
    scanning         whole maps
    sizes            about how much of the file a map takes

What is done to it:

    lock, session    one writer at a time, and its scratch directory
    writer           one change, in one transaction
    changes          what a file changes in a map
    map_writer       a changed map
    serving, segments    what follows from a change
    backup, compact, copies    the whole store as one file
    migrate, update  a store of an older format
    environment      opens LMDB, and turns its errors into ours
    health           meets a broken file before it is mapped
    verify, verify_maps    walk a whole store
    residency        gives memory back
"""
