"""How Pinterest is spoken to. Knows no report."""
