"""National registries: their files come in every night, and nothing is believed that should not be.

sync        one registry, from its source to the report
sources     where its files are: a directory, SFTP, FTPS, HTTPS
inbox       how they come, and are kept
trust       manifests and signatures
formats     what files mean: one module for each kind of registry
bundle      what all formats give: runs, and of each list a full file or a delta
planning    which runs are applied, in which order
applying    one run into the store, unless a guard holds it
credential  passwords, keys and tokens, from files
outcome     how a sync may end; exit codes
report      what it did, for people and for programs
status      the last report, as a running server and the prompt read it
holding     what waits to be accepted or refused
dump        what an operator reports to the registry
"""
