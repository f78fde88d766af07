"""`python -m source_pinterest` is `source-pinterest`."""

from source_pinterest.run import main

main()
