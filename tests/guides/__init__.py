"""What the front page and the guides show is run as written."""
