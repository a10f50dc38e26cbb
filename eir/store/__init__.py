"""The list store: LMDB tables in `<store.path>/lists`, and the only importer of lmdb.

The tables (`layout`) and who reads them:

    truth:<list>:<source>   key -> cell   what one source put on one list; writers, `eir lists`
    base:0, base:1          key -> cell   what the wire is told: immutable, built by append
    overlay                 key -> cell   what changed since the base was built; read first
    rows, row_ids           interned rows: id -> row, digest of a row -> id
    journal                 version -> what that version changed, hash-chained
    meta                    the current version and the base that it serves from

A key is 14 digits in 6 octets (`keys`); a cell is the 3-octet id of an interned row and a check
octet. A load is one write transaction over all of it, so a load that is killed leaves nothing.

    reader, view     what the wire asks: one read transaction a batch
    catalog          what people ask: the entries of a list, counts, versions
    writer           one load: difference, serving rows, journal, in one transaction
    health           meets a broken file before it is mapped; `verify` walks a whole store
"""
