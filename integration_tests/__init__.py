"""The connector against a Pinterest of our own, and that Pinterest against the vendor's description."""
