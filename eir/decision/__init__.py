"""The policy: may this equipment be used, and why. docs/decision.md says what all of it means.

verdict    what is asked (Check), what is answered (Verdict)
view       what rules may ask of one version of the lists
facts      what is known of one check, each thing read when a rule asks for it
matching   which entry of a list names a check
rule       what a rule is, and what it is prepared for
rules      the rules, one module each; `listed` is what some of them share
policy     which settings count for a check
plan       the rules of a policy, prepared for a version of the lists
outcomes   what was decided before, so that it need not be decided again
explain    the same rules, with what each of them found
override   the operator's switch
decider    plans over the list store, a batch at a time; what to answer when it fails
"""
