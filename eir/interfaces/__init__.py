"""What the network asks: one request in, one answer out.

s13    Diameter S13/S13': ME-Identity-Check
"""
