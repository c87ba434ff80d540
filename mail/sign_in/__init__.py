"""Signing in to mail servers with access tokens instead of passwords."""
