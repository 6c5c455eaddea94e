"""What can go wrong in a way a person should read."""


class LabError(Exception):
    """The lab cannot do what was asked; the message says what, where and what to do."""


class NotPermitted(LabError):
    """This machine does not let us make network namespaces."""
