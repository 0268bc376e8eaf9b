# A small real HTTP API for the tests of OpenAPI services: notes that are kept in memory, behind a key.
# SPDX-License-Identifier: GPL-3.0-or-later
"""It runs in the gateway's own image, which has FastAPI; the document is FastAPI's own, at /openapi.json."""

import os

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

api = FastAPI(title="Notes")
notes: dict[int, dict] = {1: {"text": "first", "tags": ["old"]}}


def known(x_api_key: str = Header("")) -> None:
    """The key, which FastAPI's document names as a parameter of each operation."""
    if x_api_key != os.environ["API_KEY"]:
        raise HTTPException(401, "wrong key")


class Note(BaseModel):
    """The body of a new note."""

    text: str
    tags: list[str] = []


@api.get("/notes", operation_id="list_notes", dependencies=[Depends(known)])
def list_notes(tag: str = "", least: int = 0):
    return [{"id": key, **note} for key, note in notes.items() if key >= least and (not tag or tag in note["tags"])]


@api.get("/notes/{note_id}", operation_id="read_note", dependencies=[Depends(known)])
def read_note(note_id: str):
    if not note_id.isdigit() or int(note_id) not in notes:
        raise HTTPException(404, f"no note {note_id}")
    return notes[int(note_id)]


@api.post("/notes", status_code=201, dependencies=[Depends(known)])
def create_note(note: Note):
    notes[max(notes) + 1] = note.model_dump()
    return {"id": max(notes)}


@api.delete("/notes/{note_id}", operation_id="delete_note", dependencies=[Depends(known)])
def delete_note(note_id: int):
    return {"was": notes.pop(note_id)}


@api.get("/headers", dependencies=[Depends(known)])
def headers(request: Request):
    return dict(request.headers)


if __name__ == "__main__":
    uvicorn.run(api, host="0.0.0.0", port=9000, root_path="")
