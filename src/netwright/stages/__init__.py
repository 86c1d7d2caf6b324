"""The stages that runs of all kinds of data go through: begun, trained, treated, searched, chosen, tested, recorded."""
