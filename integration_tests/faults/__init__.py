"""Faults as data, and the harnesses that run syncs under them."""
