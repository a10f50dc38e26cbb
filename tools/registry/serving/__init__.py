"""Serves an outbox on this machine, to try an EIR with.

door           the protocols, and what each needs to know
sftp           asyncssh's server
ftps           proftpd
https          Python's own server
certificates   for the last two
"""
