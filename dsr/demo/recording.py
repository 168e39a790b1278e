"""A recording: uploaded in parts over a broken connection, and attached to its item once complete."""

import array
import hashlib
import io
import math
import sys
import wave

from dsr.demo.story import DemoCase, expect, refusal

SECONDS = 3
RATE = 8000
"""Samples a second, as of a telephone."""

_HERTZ = 440
_LOUDNESS = 8000
"""Of 32767."""
_PART = 16 * 1024
"""Bytes sent at once: few, so that the recording needs several parts."""


def tone(seconds: int = SECONDS) -> bytes:
    """A sine tone as a WAV file, mono, 16 bits a sample: stands for a call, without a voice."""
    samples = array.array(
        "h", (round(_LOUDNESS * math.sin(2 * math.pi * _HERTZ * n / RATE)) for n in range(seconds * RATE))
    )
    if sys.byteorder == "big":  # WAV is little-endian
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def attach(case: DemoCase, item: str) -> None:
    """Send the recording in parts; after a break the service says how far it is, and the rest follows."""
    scene, sys_, content = case.scene, case.scene.staff["sys"], tone()
    upload = sys_.post(
        f"{case.path}/items/{item}/uploads",
        {
            "name": "c-118204",
            "size": len(content),
            "media_type": "audio/wav",
            "system": "recordings",
            "purpose": "To improve the service and to train staff, by listening to calls that customers agreed to "
            "have recorded.",
            "provenance": "observed",
            "description": "Ihr Anruf C-118204 vom 11. Februar 2026.",
        },
    ).body
    path = f"/uploads/{upload['upload_id']}"
    sys_.send_part(path, content[:_PART], offset=0)
    refusal("a part sent again", "upload-offset-wrong", lambda: sys_.send_part(path, content[:_PART], offset=0))
    reached = sys_.get(path).body["offset"]
    expect("bytes that came before the connection broke", reached, _PART)
    scene.tell(
        "sys", f"uploads a recording of {SECONDS} s; the connection breaks after {reached} of {len(content)} bytes"
    )
    parts = 1
    while reached < len(content):
        reached = sys_.send_part(path, content[reached : reached + _PART], offset=reached).body["offset"]
        parts += 1
    sys_.post(f"{path}/completion", {"sha256": hashlib.sha256(content).hexdigest()}, etag=f'"{case.now["version"]}"')
    case.look()
    attachments = [
        (each["name"], each["media_type"], each["size"]) for each in case.listed(f"items/{item}/attachments")
    ]
    expect(f"attachments of {item}", attachments, [("c-118204.wav", "audio/wav", len(content))])
    scene.tell("sys", f"asks how far it came, sends the rest, and completes it: {parts} parts, attached to {item}")
