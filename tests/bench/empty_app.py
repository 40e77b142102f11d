"""The yardstick: a function app with one HTTP function that does nothing."""

from pathlib import Path

SOURCE = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="notifications", methods=["POST"])
async def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("{}", status_code=202)
"""


def write(folder: Path) -> Path:
    """Put the app into a folder and return it."""
    (folder / "function_app.py").write_text(SOURCE)
    (folder / "host.json").write_text('{"version": "2.0"}')
    return folder
