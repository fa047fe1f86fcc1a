package sourcepb

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// What host and plugin must agree on before the first call. The cookie only
// tells a plugin that a host started it; it guards nothing.
const (
	CookieKey   = "SINUSTA_SOURCE_PLUGIN"
	CookieValue = "9b6f0e9c5d6e4c0f8a51f2f6c0c7a4d1"
	// ProtocolVersion is the major version of this package's messages.
	ProtocolVersion = 1
	// PluginName is the name under which go-plugin dispenses the source.
	PluginName = "source"
	// MaxMessage bounds one message in either direction, in bytes.
	MaxMessage = 8 << 20
	// MaxChunk bounds the data of one chunk of an attachment, in bytes.
	MaxChunk = 256 << 10
)

// maxHello bounds the first message on the plugin's standard input.
const maxHello = 64 << 10

// Hello is the first message on the plugin's standard input, the only place
// where key material passes: neither environment nor arguments ever hold it.
// The pipe then stays open as the plugin's life line. Without certificates the
// transport is left to go-plugin.
type Hello struct {
	// Cert and Key are the plugin's certificate and private key, in PEM.
	Cert []byte `json:"cert,omitempty"`
	Key  []byte `json:"key,omitempty"`
	// HostCert is the one certificate that the plugin lets in, in PEM.
	HostCert []byte `json:"host_cert,omitempty"`
}

// Write writes the message as JSON after its length in four bytes.
func (h Hello) Write(w io.Writer) error {
	body, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("write the first message to the plugin: %w", err)
	}
	msg := binary.BigEndian.AppendUint32(nil, uint32(len(body))) //nolint:gosec // a few kilobytes
	if _, err := w.Write(append(msg, body...)); err != nil {
		return fmt.Errorf("write the first message to the plugin: %w", err)
	}
	return nil
}

// ReadHello reads what Write wrote, and nothing after it.
func ReadHello(r io.Reader) (Hello, error) {
	var h Hello
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return h, fmt.Errorf("read the host's first message: %w", err)
	}
	size := binary.BigEndian.Uint32(n[:])
	if size > maxHello {
		return h, errors.New("read the host's first message: it is too long to be one")
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(r, body); err != nil {
		return h, fmt.Errorf("read the host's first message: %w", err)
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return h, errors.New("read the host's first message: it is no JSON")
	}
	return h, nil
}
