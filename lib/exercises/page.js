// Last of the scripts of a page: its questions start.
Questions.begin(document);
