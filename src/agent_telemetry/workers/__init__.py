"""Several processes of one service: counted as one, told apart, cleared up."""
