"""A simulated national registry: it makes up lists, writes them right or wrong, and serves them.

days       a registry, run after run
state      what it remembers between two commands
world      what it knows
changes    what changed between two runs
variants   how registries of one kind differ
parcel     files on their way to the outbox
sheet      a file as cells
signing    manifests and signatures
table      the `[[registry]]` table that takes its lists
writers    what each kind of registry writes
faults     what can go wrong
serving    SFTP, FTPS and HTTPS
"""
