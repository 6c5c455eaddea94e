"""COLLECT: everything that touches the network. Ends in evidence; decides nothing about makers."""
