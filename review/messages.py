"""One mail as it came: its HTML for a sandboxed frame, its whole text, and its bytes to keep."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from markupsafe import Markup

from review.desk import desk_of, show
from store.messages import get_message, get_raw

FRAME_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""Nothing runs, nothing is fetched from anywhere else: no tracking pixel learns that the mail was read."""

router = APIRouter(prefix="/messages/{message_id}")


@router.get("/html")
def html(request: Request, message_id: int) -> HTMLResponse:
    desk = desk_of(request)
    message = get_message(desk.store, message_id)
    response = show(request, "message.html.j2", Markup(desk.safe_html(message.html)))
    response.headers["content-security-policy"] = FRAME_POLICY
    return response


@router.get("/text")
def text(request: Request, message_id: int) -> PlainTextResponse:
    return PlainTextResponse(get_message(desk_of(request).store, message_id).text)


@router.get("/original")
def original(request: Request, message_id: int) -> Response:
    raw = get_raw(desk_of(request).store, message_id)
    headers = {"content-disposition": f'attachment; filename="message-{message_id}.eml"'}
    return Response(raw, media_type="application/octet-stream", headers=headers)
