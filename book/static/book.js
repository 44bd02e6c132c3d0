// A browser lets no page that is read from disk fetch another one. Search would show each page it
// finds with a summary fetched from that page; from disk it lists titles alone.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
