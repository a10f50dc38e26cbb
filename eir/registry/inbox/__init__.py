"""Files of a registry on this machine: how they come, and when a sync is done with them.

fetching    takes complete files from a source, bounded and resumed, into the archive
archive     what was fetched, by its hash, and for how long
unpacking   opens archives that may be hostile
opening     opens files: manifests vouch, the format reads, halves wait for the rest
lacking     files that lack another one
settling    which files a sync is done with
"""
