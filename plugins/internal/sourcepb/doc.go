// Package sourcepb is the protocol between the host and its source plugins:
// the generated code of sinusta/source/v1/source.proto, the one conversion
// between its messages and core, and the handshake that both sides share.
package sourcepb
