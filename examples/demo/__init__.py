"""The whole way of a request, shown: real mail, a real server, five cases over HTTP, and the log replayed.

`python -m examples.demo` makes `./demo-data` anew, leaves it there to look at, and exits 0 only if all went as told.
"""
