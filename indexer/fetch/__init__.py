"""Polite and safe fetching: what comes over the network, within limits, from public addresses, at each host's pace."""
