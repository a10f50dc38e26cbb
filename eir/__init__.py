"""The Equipment Identity Register: the network element around `protocols`.

One request takes this path (each step is one module):

    transport.tcp, transport.sctp    whole messages of one readable event (a batch)
    transport.driver                 runs the state machine, carries out its effects
    protocols.diameter.node          decode, state rules -> Deliver
    interfaces.s13                   read -> Check;  decide -> Verdict;  write -> octets
    decision                         the policy over one view of the list store

Around it: `cli` (commands), `server` (the supervisor), `worker` (one process that answers), `lists`
(files in), `store` (LMDB), `metrics`, `records`, `admin`, `log`, `config`.
"""
