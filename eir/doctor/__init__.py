"""What keeps a node from serving well: found before it does, each with how to mend it.

    finding      what one check found
    examining    every check, in the order that they are shown
    running      the server that runs, if one does
    kernel       SCTP, and the queues of the kernel
    limits       descriptors
    clock        whether it is right
    files        directories, what is free there, the lists
    rights       who may read secrets, and use the control socket
    ports        where we listen
    peers        nodes that we connect to
    registries   sources of lists
    certificates what expires
    versions     Python, and the libraries against the lock
    memory       the lists against the memory

Nothing here disturbs a server that runs: what it knows is asked of it, not tried a second time.
"""
