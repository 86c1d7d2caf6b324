"""The nouns, errors, events and registries that everything else is built on."""
