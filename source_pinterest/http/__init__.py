"""Requests to Pinterest. Knows nothing about reports."""
