"""`release door`: prod's Deploy stage lets in nobody while its inbound transition is disabled."""
