# What each environment runs: its stack's own task definition, with a place for the image.
release=$PWD/$release
# Away from the source, whose .python-version would choose a Python that is not there.
work=$(mktemp -d)
