"""`python -m text2promql`."""

from text2promql.cli import main

main()
