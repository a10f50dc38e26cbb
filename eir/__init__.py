"""The Equipment Identity Register: the network element around `protocols`.

One request takes this path (each step is one module):

    transport.tcp, transport.sctp    whole messages of one readable event (a batch)
    transport.lanes                  answers requests of known shapes at once; the others go on
    transport.driver                 runs the state machine, carries out its effects
    protocols.diameter.node          decode, state rules -> Deliver; for MAP protocols.ss7
    interfaces.s13                   read -> Check;  decide -> Verdict;  write -> octets; for MAP
                                     interfaces.check_imei
    decision                         the policy over one view of the list store

Around it:

    cli            the commands of operators;  control  how they ask a server that runs
    server         the supervisor: memory, admin endpoint, one TaskGroup
    listeners      the sockets that listen;  lasting  work that a bug does not end
    threads        work in threads that nobody leaves behind
    crew           all workers: what they share, what they come to as one node
    supervision    keeps a worker running, and a broken store from killing it over and over
    worker         one process that answers
    deal           which worker runs what
    nodes          the configuration made into the nodes that a worker runs
    garbage        when a worker looks for garbage;  loop  what a worker runs on
    channel        what the two say to each other
    reload         what a changed configuration comes to while we serve
    links          what is connected, and how it is
    lane_rows      what the fast lanes know;  path_rows  the SCTP paths that there are
    survey         what a worker looks at now and then, beside its messages
    pulse          what all workers count, looked at once a second
    overload       how many checks are taken, of each peer and of the node
    lists          files in;  store  LMDB, where they end
    metrics, records, log, admin, systemd    what is told to people and programs
    sampling       which checks leave a record
    shared_memory  how processes share it
    policy_log, policy_record    the journal of overrides and configurations
    override_watch    the override, as running processes follow it
    registry       what national registries send, from their files into the lists
    status         how a node is, for the page, `eir status` and `eir top`
    clock_watch    whether the time of day may be believed by who deletes what is old
    list_watch     what the lists come to, counted at each new version
    alarms         what a network operation centre must act on
    health         how the node is, in a line
    trace          messages of an equipment, a subscriber or a peer, for whoever asks
    doctor         what keeps a node from serving well
    measurements   what performance-management systems collect
    sync_watch     how its syncs went, as the running server tells
    config         the configuration file as types
    errors         what an operator can act on;  backoff  when to try again
    files          what operator and server share on the disk
    printable      what others say, as it may stand on a terminal and in a file
"""
