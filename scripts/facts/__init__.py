"""What AWS says, read page by page into plain objects. Nothing here judges."""
