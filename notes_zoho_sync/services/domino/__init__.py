"""One way into Notes: Domino Access Services over HTTP.

``session`` signs in and judges answers, ``discovery`` finds services and mail files,
``data`` speaks the data service, ``side`` is what the engine sees, ``diagnosis`` the
check for people.
"""
