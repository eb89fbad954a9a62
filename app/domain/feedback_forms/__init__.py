"""Forms that feedback from elsewhere comes in, each made into lines of our own form."""
