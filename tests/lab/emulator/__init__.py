"""A LAN of emulated devices: namespaces and veth pairs, one server process, a journal."""
