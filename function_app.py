"""The function app: registers the doors, nothing else."""

import azure.functions as func

from functions import bot, deliveries, health, notifications, schedules, threads

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
for door in (notifications, threads, deliveries, bot, health, schedules):
    app.register_functions(door.blueprint)
