"""What a registry says of its files, and whether that is believed.

manifest       whether files are as their manifests say
manifest_file  what stands in a manifest
signature      who says it
certificates   whether a signer's certificate leads to a root that we believe
signing        how a registry writes both
"""
