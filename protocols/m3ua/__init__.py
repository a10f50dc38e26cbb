"""M3UA as an EIR speaks it: RFC 4666, as an ASP and as the SG or IPSP that ASPs come to.

codes               code points, named as the RFC names them
errors              what is wrong with a message, and the Error that answers it
framing             where a message says its length
layout              where the parameters of a message begin and end
codec               octets <-> messages; the one module that knows pycrate
messages            the messages we send, made; the parameters of those we get, read
local               who we are to our peers, and who they are to us
asp_table           §4.3.1: the states of an ASP, here and remote, as tables
asp                 our ASP at a peer: the machine over one table
sgp                 a peer's ASP at us: the machine over the other
application_server  §4.3.2: what a peer's ASPs together amount to; Notify
registry            all application servers that peers' ASPs serve
destinations        what a peer says of the SS7 network behind it
traffic             what DATA and SSNM messages must say to be for us
heartbeat           §4.3.4.6: is the peer alive
backoff             when to try again
association         one association: who gets what comes on it
node                all associations of one node
"""
