"""The recording of the demo is a sound that any player plays, and long enough to be sent in parts."""

import io
import wave
from itertools import pairwise

from dsr.demo import recording


def test_the_recording_is_a_sound_file() -> None:
    with wave.open(io.BytesIO(recording.tone())) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, recording.RATE)
        assert sound.getnframes() == recording.SECONDS * recording.RATE
        samples = memoryview(sound.readframes(recording.RATE)).cast("h")
    assert max(samples) > 1000, "it can be heard"
    crossings = sum(before < 0 <= after for before, after in pairwise(samples))
    assert 438 <= crossings <= 442, "a tone of 440 Hz"
