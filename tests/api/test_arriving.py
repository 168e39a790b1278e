"""When enough of a request has come to give it a thread."""

import pytest

from dsr.api.arriving import HEAD_SECONDS, MOST_BODY, MOST_HEAD, SLOWEST, Arriving, HeadTooLarge

HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"\r\n",
        HEAD + b"content-length: 3\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: gzip, Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_whole_request_is_enough_however_it_is_cut(request_: bytes) -> None:
    for size in (1, 2, 3, 7, len(request_)):
        arriving = Arriving(b"", at=0)
        pieces = [request_[begin : begin + size] for begin in range(0, len(request_), size)]
        for piece in pieces[:-1]:
            arriving.add(piece, at=0)
            assert not arriving.is_enough or b"0\r\n" in arriving.received
        arriving.add(pieces[-1], at=0)
        assert arriving.is_enough
        assert arriving.received == request_


def test_who_waits_for_a_go_ahead_is_told_once() -> None:
    arriving = Arriving(HEAD + b"Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n", at=0)
    assert (arriving.waits_for_go_ahead, arriving.is_enough) == (True, False)
    arriving.add(b"abc", at=1)
    assert arriving.is_enough
    assert arriving.received == HEAD + b"Content-Length: 3\r\n\r\nabc", "nobody else says so again"


def test_a_large_body_is_read_by_the_thread() -> None:
    assert Arriving(HEAD + b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1), at=0).is_enough
    expecting = b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY + 1)
    assert Arriving(HEAD + expecting, at=0).received == HEAD + expecting
    chunked = Arriving(HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFF\r\n", at=0)
    assert not chunked.is_enough
    chunked.add(b"x" * MOST_BODY, at=0)
    assert chunked.is_enough


def test_a_head_comes_within_its_time_and_a_body_at_its_rate() -> None:
    arriving = Arriving(HEAD, at=100)
    arriving.add(b"X: y\r\n", at=110)
    assert arriving.ends_at == 100 + HEAD_SECONDS
    arriving.add(b"Content-Length: 9000\r\n\r\n", at=112)
    assert arriving.ends_at == 112 + HEAD_SECONDS
    arriving.add(b"x" * SLOWEST, at=113)
    assert arriving.ends_at == 112 + HEAD_SECONDS + 1


def test_a_head_without_end_is_not_kept() -> None:
    with pytest.raises(HeadTooLarge):
        Arriving(HEAD + b"X: " + b"y" * MOST_HEAD, at=0)
