"""Rows that the connector should emit, computed without it."""
