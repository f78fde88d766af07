"""Airbyte source connector for Pinterest."""
