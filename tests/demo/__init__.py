"""What `./dev demo` plays: invented people, the story, and an independent comparer."""
