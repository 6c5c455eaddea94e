"""The parts of a document, what people are told to do and asked to fill in."""

SECTIONS = (
    ("summary", "Summary"),
    ("editions", "Lists used"),
    ("applicability", "Which lists concern this organisation"),
    ("where", "Where the devices are"),
    ("laydown", "Devices of listed or suspected makers"),
    ("devices", "All devices"),
    ("lists", "What the lists say"),
    ("coverage", "What could not be seen"),
    ("mitigation", "Until a device is replaced"),
    ("plan", "Phase-out plan"),
    ("clocks", "Reporting periods"),
    ("exceptions", "Exceptions"),
    ("closure", "Closure evidence"),
    ("findings", "Evidence, device by device"),
    ("record", "Record"),
    ("sign-off", "Sign-off"),
)
"""Parts of a document in reading order: anchor (and name of the HTML template), heading."""

MITIGATION_LIMITS = (
    "These steps lower the risk until the device is replaced. They change nothing about what a "
    "list says of its maker. A report under a contract clause asks which of them were taken."
)

EXCLUSIONS = "Left out on request; reason and owner to be filled in"
EXCLUSION_COLUMNS = ("Range", "Reason", "Owner")

RECORDERS = (
    "A recorder can have cameras on ports of its own, which no scan of the network meets. Read its "
    "list of channels at:"
)

CLOSURE = (
    "One row for each listed device, to be filled in when it is gone. Sanitisation is named as in "
    "NIST SP 800-88 Rev. 2: clear, purge or destroy. A later scan that does not find the hardware "
    "address or serial number says “not seen”, never “removed”."
)
CLOSURE_COLUMNS = (
    "Removed on, by",
    "Media sanitised: method, verified by",
    "Certificate no., disposer",
    "Not seen since (scan)",
)

SIGN_OFF = ("Prepared by", "Reviewed by", "Accepted by")
SIGN_OFF_COLUMNS = ("Name", "Role", "Date", "Signature")
ATTESTS = (
    "The signatures confirm that this report was read and its gaps are known. It is neither legal "
    "advice nor a certification."
)

UNSHOWN = (
    "Characters that the fonts of this document do not hold are written as their Unicode number, "
    "such as \\u9ed1; the HTML and JSON reports have them as they were said."
)
