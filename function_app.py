"""The function app: registers the doors, nothing else."""

import os

import azure.functions as func

from functions import bot, changes, deliveries, event_hub, health, notifications, reconciliations, schedules, threads

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
for door in (notifications, threads, deliveries, reconciliations, bot, health, schedules):
    app.register_functions(door.blueprint)

# Azure's host would look for a hub that most deployments don't have.
if os.environ.get("CAIRN_TRANSPORT") == "event_hubs":
    app.register_functions(event_hub.blueprint)

# What Azure's host triggers by the database's change feed, a timer asks for where there is none.
app.register_functions(changes.blueprint if changes.are_triggered() else changes.polling)
