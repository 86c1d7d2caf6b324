"""Bundles that someone made to do harm, by the hundred, and a process that loads each of them under watch."""
