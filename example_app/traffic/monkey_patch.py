"""Replaces the standard library's sockets, threads and TLS by gevent's, as Locust needs it.

Import it before anything that uses them: what was imported earlier keeps half of the old ones.
"""

from gevent import monkey

monkey.patch_all()
