"""What can go wrong.

fault     what a fault is
catalog   all of them by name
day       of the registry itself
rows      in the lines of files
dialect   lines that are written differently
package   in archives and files
transit   on the way
"""
