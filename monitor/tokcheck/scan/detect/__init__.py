"""Find credentials in a chunk of text: anchors, prefilter and candidates."""
