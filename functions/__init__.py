"""The doors: each parses what comes in, calls one use case, and shapes the reply. No rules here.

Importing a door loads the standard library, azure.functions and our own light modules; what is heavy is
imported inside the step that needs it.
"""
