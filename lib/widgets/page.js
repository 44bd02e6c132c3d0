// Last of the scripts of a page: every figure that can be touched starts.
Widgets.startAll();
