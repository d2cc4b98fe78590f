"""The whitelist desk: negotiation, the year of a list, demand."""
