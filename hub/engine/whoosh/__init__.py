"""The embedded engine; only modules of this folder import Whoosh."""
