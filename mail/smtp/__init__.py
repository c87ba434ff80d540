"""Replies put together and sent."""
