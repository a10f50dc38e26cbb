"""National registries: their files come in every night, and nothing is believed that should not be.

fetching     takes complete files from a source, bounded and resumed, into the archive
sources      where files are: a directory, SFTP, FTPS, HTTPS
archive      what was fetched, by its hash, and for how long
unpacking    opens archives that may be hostile
formats      what files mean: one module for each kind of registry
bundle       what all formats give: runs, and of each list a full file or a delta
manifest     what a registry says of its files, and whether they are so
manifest_file  the file that says it
signature    who says that
certificates how they lead to somebody whom we believe
signing      how a registry makes manifests and signatures
chain        which runs are applied, in which order: the cheapest legal path
sorting      what becomes of each run before that: needed, not needed, contradictory
standing     how what a run says of a list stands to what was applied last
paths        ways from run to run, and what they cost
gap          why the newest run cannot be reached
reading      the rows of a run, compared with what is there
guards       what holds a run until somebody accepts it
pacing       the daily cap on new blocks
dating       when a registry last spoke of what, so that late files undo nothing
drift        how far a delta leads away from the full list
applying     one run into the store, all lists in one transaction
sync         one registry, from its source to the report
settling     which files a sync is done with
holding      what waits to be accepted or refused
report       what a sync did, for people and for programs
status       the last report, as a running server and the prompt read it
dump         what an operator reports to the registry
outcome      how a sync may end; exit codes
"""
