"""The workbench of curators: pages under /curate, for staff who signed in, and only where it is switched on.

Unlike the public pages it reads and writes the corpus; it never writes the index.
"""
