"""TCAP as an EIR speaks it: dialogues that peers open, ITU-T Q.771 to Q.774.

codes          code points, named as their Recommendation names them; `Refusal` is ours
primitives     what TCAP gives its user, and takes from it
errors         messages whose transaction portion cannot be understood
ber            tags and lengths, bounded and made definite before a decoder sees them
messages       messages, dialogue portions and components as values
portions       a message cut into its portions and components
codec          octets <-> messages; the one module that knows pycrate
transactions   what is open, and the transaction ids that name their worker
refusal        the Aborts by which a message is refused
machine        everything put together
"""
