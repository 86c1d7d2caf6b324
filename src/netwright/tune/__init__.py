"""Proposing plans."""
