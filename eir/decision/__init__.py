"""The policy: may this equipment be used, and why.

verdict    what is asked (Check), what is answered (Verdict)
rules      the rules, in their order: one pure function over one view of the lists
decider    the rules over the list store, a batch at a time; what to answer when it fails
"""
